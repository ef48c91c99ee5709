// A real Exim for one test: SMTP with AUTH on a free port of 127.0.0.1, delivering through LMTP to a Dovecot (see dovecot.ts).
// Works as root (it then runs as `nobody`) and as an ordinary user, beside an installed Exim; it writes only into its own folder.
// Exim need not be installed (exim-binary.ts tells where it is looked for) and mail never leaves the machine (exim-config.ts).
// Unlike a mail server for people it delivers at once, without limits on connections, and retries every few seconds.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Certificate } from './certificate.ts'
import type { MailUser } from './dovecot.ts'
import { copyExim, type EximBinary, findExim } from './exim-binary.ts'
import { type EximSettings, eximConfig } from './exim-config.ts'
import {
  type Account,
  findAccount,
  makeServerFolder,
  removeServerFolder,
  type ServerProcess,
  startServerProcess,
  withFreePorts,
  writeForServer,
} from './server-process.ts'

export interface EximOptions {
  /** The office's domain; `name@domain` goes to Dovecot's user `name`, an unknown name gets 550 in RCPT. */
  readonly domain: string
  /** More domains with the same users. */
  readonly otherDomains?: readonly string[]
  /** domain -> user who gets whatever is sent to it, such as `{ 'sms.office.example': 'sms' }`; Envelope-To keeps the address. */
  readonly catchAll?: Readonly<Record<string, string>>
  /** User who gets what authenticated users send to all other domains. Default: such mail is refused with 550. */
  readonly outside?: string
  readonly lmtpPort: number
  /** Who may submit, with AUTH PLAIN or LOGIN, as `name` or `name@domain`. */
  readonly authUsers: readonly MailUser[]
  /** Default `mx.<domain>`: the first word of our Authentication-Results field, and Exim's host name. */
  readonly authservId?: string
  /** Leaves Authentication-Results fields of other (or forged) origin below our own. Default false: they are removed (RFC 8601 5). */
  readonly keepForeignResults?: boolean
  /** Larger mails are refused with 552. Default 50 MB. */
  readonly messageBytesMax?: number
  /** Offers SMTPUTF8 (RFC 6531), for mails with UTF-8 in their header. Default false. */
  readonly smtpUtf8?: boolean
  /** Domain whose mails Exim takes and then sends back with a report (RFC 3464). Default: none. */
  readonly bounces?: string
  /** Domain whose mails wait for ever; their sender is warned with a report within seconds. Default: none. */
  readonly defers?: string
  /** Refuses MAIL FROM:<> of users who signed in, as many submission servers do. Default false. */
  readonly refusesNullSender?: boolean
  /** With a certificate: STARTTLS on `port`, TLS from the first byte on `tlsPort`. Default: neither. */
  readonly tls?: Certificate
}

export interface Exim {
  readonly port: number
  /** null without `tls`. */
  readonly tlsPort: number | null
  readonly authservId: string
  /** From now on only this password is accepted for the user. */
  setPassword(user: string, password: string): Promise<void>
  /** From now on RCPT for this address gets this reply, such as "451 4.7.1 greylisted"; null: no longer. */
  refuse(address: string, reply: string | null): Promise<void>
  /** Mails that are accepted and not yet delivered: all, or those of one envelope sender. */
  queued(sender?: string): Promise<number>
  /** Exim's main log and panic log. */
  log(): Promise<string>
  /** Ends all connections and comes back on the same ports with the same queue. */
  restart(): Promise<void>
  /** Only ends: connections are refused until `restart()`. */
  halt(): Promise<void>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

/** Resolves when SMTP greets. Throws with Exim's own words if it does not start. */
export async function startExim(options: EximOptions): Promise<Exim> {
  const source = findExim()
  const account = await findAccount()
  const folder = await makeServerFolder('exim', account)
  const authservId = options.authservId ?? `mx.${options.domain}`
  const passwords = new Map(options.authUsers.map(({ name, password }) => [name, password]))
  const refusals = new Map<string, string>()
  const writeRefusals = () => {
    const lines = [...refusals].map(([address, reply]) => `${address}: ${reply}\n`)
    return writeForServer(join(folder, 'refusals'), lines.join(''), account)
  }
  const writePasswords = () =>
    writeForServer(join(folder, 'passwd'), passwordLines(passwords, domainsOf(options)), account)

  let binary: EximBinary
  const launch = (ports: Ports) =>
    launchExim({ ...settingsOf(options, authservId), ...ports, folder, account, binary })
  let server: ServerProcess
  let ports: Ports
  try {
    binary = await copyExim(source, folder, account)
    await writePasswords()
    await writeRefusals()
    if (options.tls !== undefined) {
      await writeForServer(join(folder, 'key.pem'), options.tls.key, account)
      await writeForServer(join(folder, 'certificate.pem'), options.tls.certificate, account)
    }
    ;({ server, ports } = await withFreePorts(2, async ([port = 0, second = 0]) => {
      const chosen = { port, tlsPort: options.tls === undefined ? null : second }
      return { server: await launch(chosen), ports: chosen }
    }))
  } catch (error) {
    await removeServerFolder(folder)
    throw error
  }
  return {
    ...ports,
    authservId,
    async setPassword(user, password) {
      passwords.set(user, password)
      await writePasswords()
    },
    async refuse(address, reply) {
      if (reply === null) refusals.delete(address)
      else refusals.set(address, reply)
      await writeRefusals()
    },
    async queued(sender) {
      const input = join(folder, 'spool', 'input')
      const files = await readdir(input).catch(() => [])
      // A file that Exim writes anew during the look, and renames, may be listed twice.
      const heads = [...new Set(files.filter((file) => file.endsWith('-H')))]
      if (sender === undefined) return heads.length
      // The third line of a header file is the envelope sender (Exim specification, "Format of spool files").
      const senders = heads.map(async (file) => (await readFile(join(input, file), 'utf8')).split('\n')[2])
      return (await Promise.all(senders)).filter((one) => one === `<${sender}>`).length
    },
    async log() {
      const files = ['main', 'panic'].map((name) => join(folder, 'log', name))
      return (await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))).join('')
    },
    async restart() {
      await server.stop()
      server = await launch(ports)
    },
    halt: () => server.stop(),
    async stop() {
      await server.stop()
      await removeServerFolder(folder)
    },
  }
}

interface Ports {
  readonly port: number
  readonly tlsPort: number | null
}

type Launch = Ports &
  OfficeSettings & { readonly folder: string; readonly account: Account; readonly binary: EximBinary }

async function launchExim({ account, binary, ...settings }: Launch): Promise<ServerProcess> {
  const { folder, port } = settings
  const { uid, gid } = account
  const configFile = join(folder, 'exim.conf')
  const keepEnvironment = Object.keys(binary.env)
  const config = eximConfig({ ...settings, ...binary, uid, gid, keepEnvironment })
  await writeForServer(configFile, config, account)
  return startServerProcess({
    program: binary.program,
    // The queue runner only ever finds mail that waited for Dovecot.
    args: ['-C', configFile, '-bdf', '-q2s'],
    account,
    env: binary.env,
    greetings: [{ port, pattern: /^220 / }],
    folder,
    logFile: join(folder, 'log', 'main'),
  })
}

type OfficeSettings = Omit<
  EximSettings,
  'folder' | 'program' | 'uid' | 'gid' | 'port' | 'tlsPort' | 'keepEnvironment'
>

function settingsOf(options: EximOptions, authservId: string): OfficeSettings {
  return {
    lmtpPort: options.lmtpPort,
    domains: domainsOf(options),
    catchAll: options.catchAll ?? {},
    outside: options.outside ?? null,
    authservId,
    keepForeignResults: options.keepForeignResults ?? false,
    messageBytesMax: options.messageBytesMax ?? 50_000_000,
    smtpUtf8: options.smtpUtf8 ?? false,
    bounces: options.bounces ?? null,
    defers: options.defers ?? null,
    refusesNullSender: options.refusesNullSender ?? false,
  }
}

function domainsOf({ domain, otherDomains = [] }: EximOptions): string[] {
  return [domain, ...otherDomains]
}

/** For Exim's lsearch: each user as a bare name and with every domain; base64 because a password may hold anything. */
function passwordLines(passwords: ReadonlyMap<string, string>, domains: readonly string[]): string {
  const lines = [...passwords].flatMap(([user, password]) => {
    const names = [user, ...domains.map((domain) => `${user}@${domain}`)]
    return names.map((name) => `"${name.toLowerCase()}": ${Buffer.from(password).toString('base64')}\n`)
  })
  return lines.join('')
}
