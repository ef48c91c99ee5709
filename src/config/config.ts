// Reads and checks the one config file (TOML). An unknown key or a wrong value is refused with its line and the nearest right key.
// Secrets in files of their own are read when they are needed, so that a changed password needs no restart.

import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse as parseToml, TomlError } from 'smol-toml'
import * as v from 'valibot'
import { countryOf, mailKey } from '../domain/address.ts'
import { GatewayError, type GatewayErrorOptions, messageOf } from '../domain/errors.ts'
import { secretFilesOf } from './exposed-files.ts'
import { describeFault, lineOf } from './faults.ts'
import {
  authservIdAdvice,
  missingServerHint,
  tokenFaults,
  withProviderDefaults,
} from './provider-defaults.ts'
import { type RawConfig, schema } from './schema.ts'
import { filled, readSecret } from './secret-file.ts'
import { parseSenderSecrets, type SenderSecrets } from './sender-secrets.ts'

export interface Server {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls' | 'none'
  readonly user: string | null
  /** True: signs in by the token of [mail.oauth], and no password is used. */
  readonly byToken: boolean
  /** Read anew at every call; null if none is configured. Throws CONFIG_INVALID if the file cannot be read. */
  readonly password: () => string | null
  /** Certificates in PEM to trust instead of the well-known ones, read anew at every call; null: the well-known ones. */
  readonly ca: () => string | null
}

/** [mail.oauth]; null: not given, and the provider's usual is meant. */
export interface OauthConfig {
  readonly provider: string
  readonly clientId: string
  /** As the password of a server. */
  readonly clientSecret: () => string | null
  readonly tenant: string | null
  readonly flow: 'device' | 'code' | 'client-credentials' | null
  readonly scopes: readonly string[] | null
  readonly redirectUri: string
}

/** The checked config as the parts use it: durations in ms, secrets behind functions, paths absolute. */
export type Config = Omit<RawConfig, 'modem' | 'mail' | 'trust'> & {
  readonly file: string
  /** The files that hold secrets; the config itself is one if a secret stands in it. */
  readonly secretFiles: readonly string[]
  readonly modem: Omit<RawConfig['modem'], 'pin' | 'pin_file' | 'country'> & {
    readonly country: string
    readonly pin: () => string | null
  }
  readonly mail: Omit<RawConfig['mail'], 'imap' | 'smtp' | 'oauth'> & {
    readonly imap: Server & {
      readonly user: string
      readonly folder: string
      readonly doneFolder: string
      readonly rescan: number
      /** Milliseconds before the first start of which mails are read too; 0: none. */
      readonly since: number
    }
    readonly smtp: Server
    /** Null: sign in with passwords. */
    readonly oauth: OauthConfig | null
  }
  readonly trust: Omit<RawConfig['trust'], 'secrets_file'> & {
    /**
     * The secrets of senders by mailKey, read anew at every call; empty if no file is configured. Throws CONFIG_INVALID if the file
     * cannot be read or has a wrong line.
     */
    readonly secrets: () => SenderSecrets
  }
}

/**
 * Reads the config file.
 * @throws GatewayError CONFIG_INVALID with one line per fault: file, line, key, what is wrong, the nearest right key.
 */
export function readConfig(file: string): Config {
  let source: string
  try {
    source = readFileSync(file, 'utf8')
  } catch (cause) {
    throw unreadable(file, cause)
  }
  return parseConfig(source, file)
}

function unreadable(file: string, cause: unknown): GatewayError {
  const code = (cause as NodeJS.ErrnoException).code
  if (code === 'EACCES')
    return new GatewayError('CONFIG_INVALID', `${file} is not readable for this user`, {
      hint: 'run the command as the user of the service: sudo -u simpost simpost …',
      cause,
    })
  return new GatewayError(
    'CONFIG_INVALID',
    code === 'ENOENT'
      ? `there is no config file ${file}`
      : code === 'EISDIR'
        ? `${file}: it is a folder`
        : `${file}: ${messageOf(cause)}`,
    {
      hint: 'write one (README.md, "Ten minutes to a real box", shows the smallest) or name yours with --config FILE',
      cause,
    },
  )
}

/** As readConfig, from text; `file` is used in messages and to resolve relative paths. */
export function parseConfig(source: string, file: string): Config {
  let tree: unknown
  try {
    tree = parseToml(source)
  } catch (cause) {
    const place = cause instanceof TomlError ? `${file}:${cause.line}` : file
    const what = messageOf(cause).split('\n')[0] ?? ''
    throw invalid([`${place}: ${what.replace(/^Invalid TOML document: /, 'not valid TOML: ')}`], { cause })
  }
  const result = v.safeParse(schema, withProviderDefaults(tree))
  if (!result.success) {
    const noServer = result.issues.some(
      (issue) =>
        issue.received === 'undefined' && /^mail\.(imap|smtp)(\.host)?$/.test(v.getDotPath(issue) ?? ''),
    )
    throw invalid(
      result.issues.map((issue) => describeFault(issue, source, file)),
      noServer ? { hint: missingServerHint(tree) } : {},
    )
  }
  const faults = contradictions(result.output)
  if (faults.length > 0)
    throw invalid(faults.map(([key, what]) => `${file}:${lineOf(source, key)}: ${key}: ${what}`))
  return refine(result.output, file)
}

function invalid(lines: readonly string[], options: GatewayErrorOptions = {}): GatewayError {
  return new GatewayError('CONFIG_INVALID', lines.join('\n'), {
    hint: 'README.md, "Options", lists every key with its meaning; `simpost config check` reads the file again',
    ...options,
  })
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/

function contradictions(config: RawConfig): (readonly [string, string])[] {
  const faults: (readonly [string, string])[] = []
  for (const side of ['imap', 'smtp'] as const) {
    const { security, host, insecure, password, password_file } = config.mail[side]
    if (security === 'none' && !insecure && !loopback.test(host))
      faults.push([
        `mail.${side}.security`,
        '"none" sends the password in clear text; use "tls" or "starttls", or set insecure = true',
      ])
    if (password !== undefined && password_file !== undefined)
      faults.push([`mail.${side}.password_file`, 'give either password or password_file, not both'])
  }
  const { imap, oauth } = config.mail
  if (oauth !== undefined && (imap.password ?? imap.password_file) !== undefined)
    faults.push([
      `mail.imap.${imap.password === undefined ? 'password_file' : 'password'}`,
      'give either a password or [mail.oauth], not both',
    ])
  if (oauth?.client_secret !== undefined && oauth.client_secret_file !== undefined)
    faults.push([
      'mail.oauth.client_secret_file',
      'give either client_secret or client_secret_file, not both',
    ])
  if (config.mail.imap.done_folder === config.mail.imap.folder)
    faults.push(['mail.imap.done_folder', 'must be another folder than mail.imap.folder'])
  const { keep_texts: texts, keep_rows: rows } = config.store
  if (rows !== null && (texts === null || texts > rows))
    faults.push(['store.keep_rows', 'must not be shorter than store.keep_texts'])
  if (config.modem.pin !== undefined && config.modem.pin_file !== undefined)
    faults.push(['modem.pin_file', 'give either pin or pin_file, not both'])
  if (config.trust.method === 'authentication-results' && config.trust.authserv_id === undefined)
    faults.push([
      'trust.authserv_id',
      `missing; it is the first word of the Authentication-Results field that your mail server writes${authservIdAdvice(config.mail.imap.host)}`,
    ])
  faults.push(...tokenFaults(config.mail))
  faults.push(...moneyWithoutPrice(config.budget))
  if (
    config.operator.mailbox !== undefined &&
    mailKey(config.operator.mailbox) === mailKey(config.mail.address)
  )
    faults.push(['operator.mailbox', "must be another mailbox than the box's own"])
  if (config.operator.number === config.modem.number)
    faults.push(['operator.number', "must be another phone than the SIM's own number"])
  if (config.modem.country === undefined && countryOf(config.modem.number) === undefined)
    faults.push(['modem.country', 'missing; modem.number does not tell the country'])
  return faults
}

/** Money is counted in parts, so it needs the price of one. */
function moneyWithoutPrice({ price_per_part: price, ...budget }: RawConfig['budget']) {
  if (price !== undefined && price > 0) return []
  const limits = { 'budget.': budget, 'budget.sender.': budget.sender, 'budget.binding.': budget.binding }
  return Object.entries(limits).flatMap(([section, limit]) =>
    (['money_per_day', 'money_per_month'] as const)
      .filter((key) => limit[key] !== undefined)
      .map((key) => [section + key, 'needs budget.price_per_part, the price of one SMS part'] as const),
  )
}

function refine(raw: RawConfig, file: string): Config {
  const { pin, pin_file, country, ...modem } = raw.modem
  const { imap, smtp, oauth, ...mail } = raw.mail
  const { secrets_file, ...trust } = raw.trust
  const base = dirname(resolve(file))
  const secret = (value: string | undefined, path: string | undefined) => () =>
    value ?? (path === undefined ? null : filled(resolve(base, path)))
  const imapPassword = secret(imap.password, imap.password_file)
  const ownPassword = smtp.password !== undefined || smtp.password_file !== undefined
  return {
    ...raw,
    file: resolve(file),
    secretFiles: secretFilesOf(raw, resolve(file)),
    modem: { ...modem, country: country ?? countryOf(modem.number) ?? '', pin: secret(pin, pin_file) },
    mail: {
      ...mail,
      imap: {
        host: imap.host,
        port: imap.port,
        security: imap.security,
        user: imap.user,
        byToken: oauth !== undefined,
        password: imapPassword,
        ca: secret(undefined, imap.ca_file),
        folder: imap.folder,
        doneFolder: imap.done_folder,
        rescan: imap.rescan,
        since: imap.since,
      },
      smtp: {
        host: smtp.host,
        port: smtp.port,
        security: smtp.security,
        user: smtp.user === '' ? null : (smtp.user ?? imap.user),
        byToken: oauth !== undefined && !ownPassword,
        password: ownPassword ? secret(smtp.password, smtp.password_file) : imapPassword,
        ca: secret(undefined, smtp.ca_file),
      },
      oauth:
        oauth === undefined
          ? null
          : {
              provider: oauth.provider,
              clientId: oauth.client_id,
              clientSecret: secret(oauth.client_secret, oauth.client_secret_file),
              tenant: oauth.tenant ?? null,
              flow: oauth.flow ?? null,
              scopes: oauth.scopes ?? null,
              redirectUri: oauth.redirect_uri,
            },
    },
    trust: { ...trust, secrets: senderSecrets(base, secrets_file) },
    store: {
      ...raw.store,
      path: raw.store.path === ':memory:' ? raw.store.path : resolve(base, raw.store.path),
      backup_folder: raw.store.backup_folder && resolve(base, raw.store.backup_folder),
    },
  }
}

function senderSecrets(base: string, file: string | undefined): () => SenderSecrets {
  if (file === undefined) return () => new Map()
  const path = resolve(base, file)
  return () => parseSenderSecrets(readSecret(path), path)
}
