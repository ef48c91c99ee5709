// A real Dovecot for one test: IMAP (RFC 9051/3501 with IDLE, MOVE, UIDPLUS, CONDSTORE) and LMTP (RFC 2033) on free ports of 127.0.0.1.
// Works as root (it then runs as `nobody`) and as an ordinary user, with Dovecot 2.3 and 2.4; 0.1 to 0.3 s to the greeting.
// Mailboxes are Maildirs in a temporary folder that `stop()` removes; the folder separator is ".", any folder can be created.
// Dovecot tells an idling client about new mail half a second after the delivery (its own delay), through inotify.
// Needs the packages dovecot-imapd and dovecot-lmtpd: scripts/test.sh installs them.

import { readdir, readFile, utimes } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createTransport } from 'nodemailer'
import type { Certificate } from './certificate.ts'
import { type DovecotSettings, dovecotConfig, oauthFile, oauthLines } from './dovecot-config.ts'
import {
  type Account,
  findAccount,
  findProgram,
  makeServerFolder,
  removeServerFolder,
  runProgram,
  type ServerProcess,
  startServerProcess,
  withFreePorts,
  writeForServer,
} from './server-process.ts'

/** `name` is a local part: the user may log in and gets mail as `name` and as `name@any.domain`. */
export interface MailUser {
  readonly name: string
  readonly password: string
}

export interface DovecotOptions {
  readonly users: readonly MailUser[]
  /** Deliver `user+detail` to `user` (RFC 5233). Default true; false: such a recipient is unknown. */
  readonly plusAddresses?: boolean
  /** Users may also sign in with an access token, which this address (RFC 7662) vouches for. Default: they may not. */
  readonly introspectionUrl?: string
  /** All that the server says it can do, such as "IMAP4rev1", to be like a poorer one. Default: all that it can. */
  readonly imapCapability?: string
  /** With a certificate: imaps on a port of its own and STARTTLS. Default: neither. */
  readonly tls?: Certificate
}

export interface Dovecot {
  readonly imapPort: number
  readonly lmtpPort: number
  /** null without `tls`. */
  readonly imapsPort: number | null
  /** Hands a mail over by LMTP; `from` may be empty (a DSN). Rejects with Dovecot's reply if it did not take it. */
  deliver(raw: string | Buffer, from: string, to: string): Promise<void>
  /** The user's Maildir: folders `new`, `cur`, `.Simpost/new`... It appears with the first mail or login. */
  maildir(user: string): string
  /** Mails of one folder as they are in the Maildir (lines end in LF), oldest delivery first; empty while the folder does not exist. */
  mails(user: string, mailFolder?: string): Promise<string[]>
  /** After a second, when it resolves, only this password works; sessions that are logged in stay. */
  setPassword(user: string, password: string): Promise<void>
  /** Ends all connections and comes back on the same ports with the same mail, with another certificate or quota if one is given. */
  restart(change?: DovecotChange): Promise<void>
  /** Only ends: connections are refused until `restart()`. */
  halt(): Promise<void>
  log(): Promise<string>
  /** Ends the server and removes its folder. */
  stop(): Promise<void>
}

export interface DovecotChange {
  /** Only for a server that was started with one. */
  readonly tls?: Certificate
  /** Mails that all folders but INBOX may hold together, whatever they held before; null takes the limit away. */
  readonly quotaMails?: number | null
}

/** Resolves when IMAP and LMTP greet. Throws with Dovecot's own words if it does not start. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const program = findProgram('dovecot')
  const version = (await runProgram(program, ['--version'])).trim()
  const account = await findAccount()
  const folder = await makeServerFolder('dovecot', account)
  const plusAddresses = options.plusAddresses ?? true
  const home = (user: string) => join(folder, 'mail', user.toLowerCase())
  const passwords = new Map(options.users.map(({ name, password }) => [name.toLowerCase(), password]))
  const passwordFile = join(folder, 'passwd')
  let passwordFileTime = 1_000_000_000
  const writePasswords = () => writeForServer(passwordFile, passwordLines(passwords, account, home), account)
  const writeCertificate = async ({ key, certificate }: Certificate) => {
    await writeForServer(join(folder, 'key.pem'), key, account)
    await writeForServer(join(folder, 'certificate.pem'), certificate, account)
  }
  let quotaMails: number | null = null
  const { introspectionUrl = null, imapCapability = null } = options
  const launch = (ports: Ports) =>
    launchDovecot(program, {
      folder,
      account,
      plusAddresses,
      version,
      quotaMails,
      introspectionUrl,
      imapCapability,
      ...ports,
    })

  let server: ServerProcess
  let ports: Ports
  try {
    await writePasswords()
    if (introspectionUrl !== null)
      await writeForServer(oauthFile(folder), oauthLines(introspectionUrl).join('\n'), account)
    if (options.tls !== undefined) await writeCertificate(options.tls)
    ;({ server, ports } = await withFreePorts(3, async ([imapPort = 0, lmtpPort = 0, third = 0]) => {
      const chosen = { imapPort, lmtpPort, imapsPort: options.tls === undefined ? null : third }
      return { server: await launch(chosen), ports: chosen }
    }))
  } catch (error) {
    await removeServerFolder(folder)
    throw error
  }
  return {
    ...ports,
    deliver: (raw, from, to) => deliverByLmtp(ports.lmtpPort, raw, { from, to }),
    maildir: (user) => join(home(user), 'Maildir'),
    mails: (user, mailFolder = 'INBOX') =>
      readMaildir(join(home(user), 'Maildir', mailFolder === 'INBOX' ? '' : `.${mailFolder}`)),
    async setPassword(user, password) {
      passwords.set(user.toLowerCase(), password)
      await writePasswords()
      // Dovecot looks at the file once in a second, and reads it when its size or its time in whole seconds changed.
      passwordFileTime += 1
      await utimes(passwordFile, passwordFileTime, passwordFileTime)
      await sleep(1_010)
    },
    async restart(change = {}) {
      await server.stop()
      if (change.tls !== undefined) await writeCertificate(change.tls)
      if (change.quotaMails !== undefined) quotaMails = change.quotaMails
      server = await launch(ports)
    },
    halt: () => server.stop(),
    log: () => readFile(join(folder, 'dovecot.log'), 'utf8'),
    async stop() {
      await server.stop()
      await removeServerFolder(folder)
    },
  }
}

interface Ports {
  readonly imapPort: number
  readonly lmtpPort: number
  readonly imapsPort: number | null
}

async function launchDovecot(
  program: string,
  { version, ...settings }: DovecotSettings & { readonly version: string },
): Promise<ServerProcess> {
  const { folder, account, imapPort, lmtpPort } = settings
  const configFile = join(folder, 'dovecot.conf')
  await writeForServer(configFile, dovecotConfig(version, settings), account)
  return startServerProcess({
    program,
    args: ['-F', '-c', configFile],
    account,
    greetings: [
      { port: imapPort, pattern: /^\* OK / },
      { port: lmtpPort, pattern: /^220 / },
    ],
    folder,
    logFile: join(folder, 'dovecot.log'),
    // Without them the master waits three seconds for its log process.
    expendable: ['dovecot', 'log'],
  })
}

/** Dovecot's passwd-file; base64 because a password may hold anything. */
function passwordLines(
  passwords: ReadonlyMap<string, string>,
  { uid, gid }: Account,
  home: (user: string) => string,
): string {
  const line = ([name, password]: readonly [string, string]) =>
    `${name}:{PLAIN.b64}${Buffer.from(password).toString('base64')}:${uid}:${gid}::${home(name)}::\n`
  return [...passwords].map(line).join('')
}

async function deliverByLmtp(
  port: number,
  raw: string | Buffer,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const transport = createTransport({ host: '127.0.0.1', port, lmtp: true, ignoreTLS: true })
  try {
    // LMTP answers for each recipient after the text (RFC 2033 4.2); a refusal there is a value for the library.
    const { rejected, response } = await transport.sendMail({ envelope: { from, to: [to] }, raw })
    if (rejected.length > 0) throw new Error(response)
  } finally {
    transport.close()
  }
}

async function readMaildir(maildir: string): Promise<string[]> {
  const parts = ['new', 'cur'].map(async (part) => {
    const names = await readdir(join(maildir, part)).catch(() => [])
    return names.map((name) => join(maildir, part, name))
  })
  // Dovecot's file names begin with the delivery's time: <seconds>.M<microseconds>P<pid>.
  const microseconds = (file: string) => {
    const [, seconds, rest] = /^(\d+)\.M(\d+)/.exec(basename(file)) ?? []
    return Number(seconds) * 1e6 + Number(rest)
  }
  const files = (await Promise.all(parts))
    .flat()
    .sort((one, other) => microseconds(one) - microseconds(other))
  return Promise.all(files.map((file) => readFile(file, 'utf8')))
}
