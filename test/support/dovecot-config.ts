// The configuration text of the tests' Dovecot, for 2.3 (Debian 12) and 2.4 (Debian 13), which share no syntax for most of it.
// Invariant: every process runs as one ordinary account, so that Dovecot works without root (it needs no chroot and no second user then).
// Sources: doc.dovecot.org "Dovecot CE 2.3" and "2.4 upgrading"; subaddresses RFC 5233; LMTP RFC 2033.

import type { Account } from './server-process.ts'

export interface DovecotSettings {
  readonly folder: string
  readonly account: Account
  readonly imapPort: number
  readonly lmtpPort: number
  /** null: no TLS at all, neither imaps nor STARTTLS. */
  readonly imapsPort: number | null
  readonly plusAddresses: boolean
  /** Mails that all folders but INBOX may hold together (RFC 9208 OVERQUOTA); null: no quota. */
  readonly quotaMails: number | null
  /** Where access tokens are looked at (RFC 7662), with name and password; null: no sign-in by token. */
  readonly introspectionUrl: string | null
  /** All that the server says it can do; null: all that it can. */
  readonly imapCapability: string | null
}

/** `version` as `dovecot --version` prints it. Throws for a version that neither form fits. */
export function dovecotConfig(version: string, settings: DovecotSettings): string {
  if (/^2\.3\./.test(version)) return [...common(settings), ...form23(settings)].join('\n')
  if (/^2\.[4-9]\./.test(version)) return [...head24, ...common(settings), ...form24(settings)].join('\n')
  throw new Error(`Dovecot ${version} is not known to these tests, only 2.3 and 2.4.`)
}

const head24 = ['dovecot_config_version = 2.4.0', 'dovecot_storage_version = 2.4.0']

function common(settings: DovecotSettings): string[] {
  const { folder, account, imapPort, imapsPort, plusAddresses, introspectionUrl, imapCapability } = settings
  return [
    `base_dir = ${folder}/run`,
    `state_dir = ${folder}/run`,
    `log_path = ${folder}/dovecot.log`,
    'protocols = imap lmtp',
    'listen = 127.0.0.1',
    `default_internal_user = ${account.user}`,
    `default_internal_group = ${account.group}`,
    `default_login_user = ${account.user}`,
    'first_valid_uid = 1',
    `auth_mechanisms = plain login${introspectionUrl === null ? '' : ' oauthbearer xoauth2'}`,
    // A wrong password is answered at once, else each such test waits two seconds and more with every repetition.
    'auth_failure_delay = 0',
    'mail_max_userip_connections = 1000',
    // Where inotify has no watch left, Dovecot looks for new mail at this interval; its default is longer than tests wait.
    'mailbox_idle_check_interval = 2 secs',
    ...(imapCapability === null ? [] : [`imap_capability = ${imapCapability}`]),
    `recipient_delimiter = ${plusAddresses ? '+' : ''}`,
    ...block('service anvil', ['chroot =', ...block('unix_listener anvil-auth-penalty', ['mode = 0'])]),
    ...block('service imap-login', [
      'chroot =',
      ...block('inet_listener imap', [`port = ${imapPort}`]),
      ...block('inet_listener imaps', [
        `port = ${imapsPort ?? 0}`,
        ...(imapsPort === null ? [] : ['ssl = yes']),
      ]),
    ]),
  ]
}

function form23(settings: DovecotSettings): string[] {
  const { folder, lmtpPort, imapsPort, quotaMails, introspectionUrl } = settings
  const passwd = `${folder}/passwd`
  return [
    'disable_plaintext_auth = no',
    'auth_username_format = %Ln',
    'mail_location = maildir:~/Maildir',
    ...(imapsPort === null
      ? ['ssl = no']
      : ['ssl = yes', `ssl_cert = <${folder}/certificate.pem`, `ssl_key = <${folder}/key.pem`]),
    ...block('service stats', ['chroot =']),
    ...block('service lmtp', block('inet_listener lmtp', ['address = 127.0.0.1', `port = ${lmtpPort}`])),
    ...(introspectionUrl === null
      ? []
      : block('passdb', [
          'driver = oauth2',
          'mechanisms = oauthbearer xoauth2',
          `args = ${oauthFile(folder)}`,
        ])),
    ...block('passdb', ['driver = passwd-file', `args = ${passwd}`]),
    ...block('userdb', ['driver = passwd-file', `args = ${passwd}`]),
    ...block('namespace inbox', ['inbox = yes', 'separator = .']),
    ...(quotaMails === null ? [] : quota23(quotaMails)),
    '',
  ]
}

function quota23(mails: number): string[] {
  const rules = ['quota = maildir:User', `quota_rule = *:messages=${mails}`, 'quota_rule2 = INBOX:ignore']
  return ['mail_plugins = quota', ...block('plugin', [...rules, 'quota_grace = 0'])]
}

function quota24(mails: number): string[] {
  return [
    ...block('mail_plugins', ['quota = yes']),
    `quota_message_count = ${mails}`,
    ...block('quota "User"', ['driver = maildir']),
    ...block('mailbox INBOX', ['quota_ignore = yes']),
  ]
}

function form24(settings: DovecotSettings): string[] {
  const { folder, lmtpPort, imapsPort, quotaMails, introspectionUrl } = settings
  const passwd = `${folder}/passwd`
  return [
    'auth_allow_cleartext = yes',
    'auth_username_format = %{user|username|lower}',
    'mail_driver = maildir',
    'mail_path = ~/Maildir',
    ...(imapsPort === null
      ? ['ssl = no']
      : [
          'ssl = yes',
          `ssl_server_cert_file = ${folder}/certificate.pem`,
          `ssl_server_key_file = ${folder}/key.pem`,
        ]),
    ...block('service lmtp', block('inet_listener lmtp', ['listen = 127.0.0.1', `port = ${lmtpPort}`])),
    ...(introspectionUrl === null ? [] : block('oauth2', oauthLines(introspectionUrl))),
    ...block('passdb passwd-file', [`passwd_file_path = ${passwd}`]),
    ...block('userdb passwd-file', [`passwd_file_path = ${passwd}`]),
    ...block('namespace inbox', ['inbox = yes', 'separator = .']),
    ...(quotaMails === null ? [] : quota24(quotaMails)),
    '',
  ]
}

/** Dovecot 2.3 has a file of its own for this. */
export const oauthFile = (folder: string): string => `${folder}/oauth2.conf`

/** A token is good if the provider says so and names the user. */
export function oauthLines(introspectionUrl: string): string[] {
  return [
    'introspection_mode = post',
    `introspection_url = ${introspectionUrl}`,
    'username_attribute = sub',
    'active_attribute = active',
    'active_value = true',
  ]
}

function block(name: string, lines: readonly string[]): string[] {
  return [`${name} {`, ...lines.map((line) => `  ${line}`), '}']
}
