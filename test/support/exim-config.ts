// The configuration text of the tests' Exim (4.94 or newer): a small office's mail server in front of Dovecot's LMTP.
// It takes mail for its domains from anybody (RFC 5321), submissions with AUTH (RFC 6409, RFC 4954), and says on each mail what it proved
// in an Authentication-Results field (RFC 8601). Invariant: nothing is ever sent to another machine; there is no DNS look-up at all.
// Names are those of the Exim specification, chapters 14 (main), 43 (ACL), 15 (routers), 30 (smtp transport), 34 (authenticators).

export interface EximSettings {
  readonly folder: string
  /** Path of the Exim binary: it calls itself. */
  readonly program: string
  readonly uid: number
  readonly gid: number
  readonly port: number
  /** Port for TLS from the first byte; null: no TLS at all, nor STARTTLS. */
  readonly tlsPort: number | null
  readonly lmtpPort: number
  /** The first one is Exim's own. */
  readonly domains: readonly string[]
  /** domain -> local part in the first domain. */
  readonly catchAll: Readonly<Record<string, string>>
  /** Local part that gets what authenticated users send to any other domain; null: such mail is refused. */
  readonly outside: string | null
  readonly authservId: string
  readonly keepForeignResults: boolean
  readonly messageBytesMax: number
  /** Domain whose mails are accepted and then come back, one whose mails wait for ever with a warning at once; null: none. */
  readonly bounces: string | null
  readonly defers: string | null
  /** MAIL FROM:<> of a signed-in user is refused. */
  readonly refusesNullSender: boolean
  readonly smtpUtf8: boolean
  readonly keepEnvironment: readonly string[]
}

/** The whole configuration file. */
export function eximConfig(settings: EximSettings): string {
  const parts = [
    main(settings),
    acls(settings),
    routers(settings),
    transports(settings),
    authenticators(settings),
  ]
  return `${parts.flat().join('\n')}\n`
}

function main(settings: EximSettings): string[] {
  const { folder, port, tlsPort, domains, catchAll } = settings
  const tls =
    tlsPort === null
      ? ['tls_advertise_hosts =']
      : [
          'tls_advertise_hosts = *',
          `tls_certificate = ${folder}/certificate.pem`,
          `tls_privatekey = ${folder}/key.pem`,
          `tls_on_connect_ports = ${tlsPort}`,
        ]
  return [
    `exim_path = ${settings.program}`,
    `exim_user = ${settings.uid}`,
    `exim_group = ${settings.gid}`,
    // One account for everything: no root at hand, and no second start of the binary for each delivery.
    'deliver_drop_privilege = true',
    `keep_environment = ${settings.keepEnvironment.join(' : ')}`,
    `spool_directory = ${folder}/spool`,
    `log_file_path = ${folder}/log/%s`,
    `pid_file_path = ${folder}/exim.pid`,
    'log_selector = -queue_run +smtp_protocol_error +smtp_syntax_error +received_recipients',
    'write_rejectlog = false',
    'timezone = UTC',
    `primary_hostname = ${settings.authservId}`,
    `qualify_domain = ${domains[0] ?? ''}`,
    `domainlist local_domains = ${list([...domains, ...Object.keys(catchAll)])}`,
    'disable_ipv6 = true',
    `local_interfaces = <; ${[port, ...(tlsPort === null ? [] : [tlsPort])].map((each) => `[127.0.0.1]:${each}`).join(' ; ')}`,
    // Its default is a name in /etc/services, which a small container has not.
    `daemon_smtp_ports = ${port}`,
    'daemon_startup_retries = 0',
    ...tls,
    'auth_advertise_hosts = *',
    'dsn_advertise_hosts = *',
    `smtputf8_advertise_hosts =${settings.smtpUtf8 ? ' *' : ''}`,
    'rfc1413_query_timeout = 0s',
    'helo_lookup_domains =',
    `message_size_limit = ${settings.messageBytesMax}`,
    // A mail storm is delivered at once, never left for the queue runner.
    'smtp_accept_max = 0',
    'smtp_accept_queue_per_connection = 0',
    'smtp_accept_max_per_connection = 1000000',
    'delay_warning = 1s',
    'delay_warning_condition = yes',
    'acl_smtp_mail = check_mail',
    'acl_smtp_rcpt = check_rcpt',
    'acl_smtp_data = check_data',
  ]
}

function acls({
  refusesNullSender,
  folder,
  outside,
  authservId,
  keepForeignResults,
}: EximSettings): string[] {
  const scripted = `\${lookup{$local_part@$domain}lsearch{${folder}/refusals}}`
  const refuse = (verb: 'defer' | 'deny', digit: 4 | 5) => [
    `  ${verb}  condition = \${if match{${scripted}}{\\N^${digit}\\N}}`,
    `          message = ${scripted}`,
  ]
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Exim's own expansion
  const fromDomain = '${lc:${domain:$h_from:}}'
  // Exim light has no DMARC of its own: who logged in may use our domains, who did not may not (as after a DMARC reject policy).
  const verdict = [
    `\${if match_domain{${fromDomain}}{+local_domains}`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Exim's own expansion
    '{${if def:authenticated_id {pass}{fail}}}{none}}',
    `\${if match_domain{${fromDomain}}{*}{ header.from=${fromDomain}}}`,
  ].join('')
  return [
    '',
    'begin acl',
    'check_mail:',
    // As servers do that let each user send under the own address only.
    ...(refusesNullSender
      ? [
          '  deny    authenticated = *',
          '          senders = :',
          '          message = sender address rejected',
        ]
      : []),
    '  accept',
    'check_rcpt:',
    '  warn    control = dkim_disable_verify',
    '  warn    authenticated = *',
    '          control = submission/sender_retain',
    ...refuse('defer', 4),
    ...refuse('deny', 5),
    ...(outside === null ? [] : ['  accept  authenticated = *', '          domains = !+local_domains']),
    '  require message = relay not permitted',
    '          domains = +local_domains',
    // Dovecot itself is asked (callout): 550 for an unknown user, 451 while Dovecot is down.
    '  require verify = recipient/callout=10s,no_cache',
    '  accept',
    'check_data:',
    ...(keepForeignResults ? [] : ['  warn    remove_header = Authentication-Results']),
    `  warn    add_header = :at_start:\${authresults{${authservId}}};\\n\\tdmarc=${verdict}`,
    '  accept',
  ]
}

function routers({ domains, catchAll, outside, bounces, defers }: EximSettings): string[] {
  const own = domains[0] ?? ''
  const redirect = (name: string, condition: string, localPart: string) => [
    `${name}:`,
    '  driver = redirect',
    `  domains = ${condition}`,
    `  data = ${localPart}@${own}`,
  ]
  const trouble = (name: string, domain: string | null, what: readonly string[]) =>
    domain === null ? [] : [`${name}:`, '  driver = redirect', `  domains = ${domain}`, ...what]
  return [
    '',
    'begin routers',
    ...trouble('bounces', bounces, ['  allow_fail', '  data = :fail: there is nobody of that name']),
    ...trouble('defers', defers, ['  allow_defer', '  data = :defer: the line is down']),
    ...Object.entries(catchAll).flatMap(([domain, user], index) =>
      redirect(`catch_all_${index}`, list([domain]), user),
    ),
    ...(outside === null ? [] : redirect('outside', '!+local_domains', outside)),
    'dovecot:',
    '  driver = manualroute',
    '  domains = +local_domains',
    '  route_data = 127.0.0.1',
    '  self = send',
    '  transport = dovecot_lmtp',
  ]
}

function transports({ lmtpPort }: EximSettings): string[] {
  return [
    '',
    'begin transports',
    'dovecot_lmtp:',
    '  driver = smtp',
    '  protocol = lmtp',
    `  port = ${lmtpPort}`,
    '  hosts_avoid_tls = *',
    // One mail per recipient, so that Envelope-To names nobody else (a Bcc). Return-Path and Delivered-To are Dovecot's.
    '  max_rcpt = 1',
    '  envelope_to_add = true',
    '  delivery_date_add = true',
    '',
    // While Dovecot is down mail waits here; it follows within seconds.
    'begin retry',
    '*  *  F,1h,1s',
  ]
}

function authenticators({ folder }: EximSettings): string[] {
  const check = (user: string, password: string) =>
    `  server_condition = \${lookup{\${lc:${user}}}lsearch{${folder}/passwd}{\${if eq{$value}{\${base64:${password}}}}}{false}}`
  return [
    '',
    'begin authenticators',
    'plain:',
    '  driver = plaintext',
    '  public_name = PLAIN',
    '  server_prompts = :',
    check('$auth2', '$auth3'),
    '  server_set_id = $auth2',
    'login:',
    '  driver = plaintext',
    '  public_name = LOGIN',
    '  server_prompts = <| Username: | Password:',
    check('$auth1', '$auth2'),
    '  server_set_id = $auth1',
  ]
}

function list(names: readonly string[]): string {
  return names.join(' : ')
}
