// Who else uses a modem port: a process that holds it open, the owner of a UUCP lock file (/run/lock/LCK..ttyUSB2, FHS 5.9), and
// programs known to open modem ports by themselves. Invariants: nothing is opened, ended or deleted; what cannot be read counts as
// absent. Open files of other users are for root only, names of programs for everybody who sees their processes.

import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { GatewayError } from '../../domain/errors.ts'

export interface Rival {
  readonly pid: number
  /** Its program, as in /proc/PID/comm; `simpost` for one of ours. Empty: its process is hidden from us. */
  readonly name: string
  /** `open`: it holds the port; `lock`: it owns a lock file; `known`: it opens ports like this one by itself. */
  readonly how: 'open' | 'lock' | 'known'
  readonly what: string
  readonly hint: string
}

/** Where to look; tests give folders and processes of their own. */
export interface RivalRoots {
  readonly proc: string
  readonly run: string
  readonly sys: string
  /** Our own process, which is no rival. */
  readonly self: number
  readonly isAlive: (pid: number) => boolean
}

/** A process that we may not signal lives all the same. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

const systemRoots: RivalRoots = { proc: '/proc', run: '/run', sys: '/sys', self: process.pid, isAlive }

interface Port {
  /** As configured, with the links followed, and the last part of that. */
  readonly given: string
  readonly real: string
  readonly tty: string
}

interface Running {
  readonly pid: number
  readonly name: string
  readonly args: readonly string[]
}

/**
 * When a running program of that name is a rival. `usb`: takes every USB modem that udev does not keep from it; `any`: its config names
 * its port, we cannot see which; `named`: its command line names this port; `gone`: it makes the tty vanish.
 */
interface KnownProgram {
  readonly takes: 'usb' | 'any' | 'named' | 'gone'
  readonly cure: (running: Running, port: Port) => string
}

const leave = ({ name, pid }: Running): string => `Quit ${name} where it runs, or end it: sudo kill ${pid}`
const disable = (unit: string) => () => `sudo systemctl disable --now ${unit}`

const knownPrograms: ReadonlyMap<string, KnownProgram> = new Map([
  [
    'ModemManager',
    {
      takes: 'usb',
      cure: () =>
        'sudo systemctl stop ModemManager; to keep it off this modem only, install 78-simpost-modem.rules as hardware.md says',
    },
  ],
  ['brltty', { takes: 'gone', cure: () => 'sudo systemctl mask --now brltty; then plug the modem in again' }],
  ['gammu-smsd', { takes: 'any', cure: disable('gammu-smsd') }],
  ['smsd', { takes: 'any', cure: disable('smstools') }],
  ['agetty', { takes: 'named', cure: (_, { tty }) => disable(`serial-getty@${tty}`)() }],
  ['getty', { takes: 'named', cure: (_, { tty }) => disable(`serial-getty@${tty}`)() }],
  ...['pppd', 'wvdial', 'minicom', 'picocom', 'screen', 'cu', 'tio', 'gammu'].map(
    (name): [string, KnownProgram] => [name, { takes: 'named', cure: leave }],
  ),
  ['simpost', { takes: 'named', cure: () => 'sudo systemctl stop simpost' }],
])

async function read(...path: readonly string[]): Promise<string> {
  return readFile(join(...path), 'latin1').catch(() => '')
}

async function entries(...path: readonly string[]): Promise<string[]> {
  return readdir(join(...path)).catch(() => [])
}

async function describe({ proc }: RivalRoots, pid: number): Promise<Running> {
  const comm = (await read(proc, String(pid), 'comm')).trim()
  const args = (await read(proc, String(pid), 'cmdline')).split('\0').filter((arg) => arg !== '')
  // Our own name is in the command line only: the process is called after Node.js.
  const ours = args.slice(0, 4).some((arg) => /^simpost(\.cjs)?$/.test(basename(arg)))
  return { pid, name: ours ? 'simpost' : comm, args }
}

async function holds({ proc }: RivalRoots, pid: number, { real }: Port): Promise<boolean> {
  for (const fd of await entries(proc, String(pid), 'fd'))
    if ((await readlink(join(proc, String(pid), 'fd', fd)).catch(() => '')) === real) return true
  return false
}

async function names({ args }: Running, { given, real, tty }: Port): Promise<boolean> {
  for (const arg of args.slice(1)) {
    if (arg === given || arg === real || arg === tty) return true
    if (arg.startsWith('/') && (await realpath(arg).catch(() => '')) === real) return true
  }
  return false
}

/** True when udev told ModemManager to leave the device alone (78-simpost-modem.rules): see udev's own record of the tty. */
async function isIgnoredByUdev({ run, sys }: RivalRoots, { tty }: Port): Promise<boolean> {
  const number = (await read(sys, 'class/tty', tty, 'dev')).trim()
  return number !== '' && /^E:ID_MM_(DEVICE|PORT)_IGNORE=1$/m.test(await read(run, 'udev/data', `c${number}`))
}

async function mayTake(roots: RivalRoots, running: Running, port: Port): Promise<boolean> {
  const takes = knownPrograms.get(running.name)?.takes
  if (takes === 'usb') return /^tty(USB|ACM)\d+$/.test(port.tty) && !(await isIgnoredByUdev(roots, port))
  return takes === 'any' || (takes === 'named' && (await names(running, port)))
}

const words: Readonly<Record<Rival['how'], string>> = {
  open: 'has it open',
  lock: 'has locked it',
  known: 'uses such ports, too',
}

function rival(running: Running, how: Rival['how'], port: Port, file = ''): Rival {
  const { pid, name } = running
  const cure = (knownPrograms.get(name)?.cure ?? leave)(
    name === '' ? { ...running, name: 'the program' } : running,
    port,
  )
  const by = file === '' ? '' : ` by ${file}`
  const what = `${name === '' ? 'a program' : name} (pid ${pid}) ${words[how]}${by}`
  return { pid, name, how, what, hint: cure }
}

/** Lock files are named after the last part of the path, or after all of it below /dev with `_` for `/`. */
function lockNames({ given, real }: Port): ReadonlySet<string> {
  const both = [given, real]
  return new Set(
    both
      .flatMap((path) => [basename(path), path.replace(/^\/dev\//, '').replaceAll('/', '_')])
      .map((name) => `LCK..${name}`),
  )
}

/** The process number in decimal digits, or as the four octets of old programs; NaN: neither. */
function lockPid(content: string): number {
  if (content.length === 4 && !/^[\d\s]+$/.test(content)) return Buffer.from(content, 'latin1').readInt32LE()
  return Number(/^\s*(\d{1,10})\b/.exec(content)?.[1])
}

async function portOf(path: string): Promise<Port | null> {
  const real = await realpath(path).catch(() => null)
  return real === null ? null : { given: path, real, tty: basename(real) }
}

/**
 * The live owner of a UUCP lock file of this port; null: there is none, or it is stale. We write no such file ourselves: newer systems
 * keep /run/lock for root, and one that a kill leaves behind would name a stranger once its number is used again. The kernel's
 * lock (flock, see serial-line.ts) ends with its process.
 */
export async function lockOwner(path: string, roots: RivalRoots = systemRoots): Promise<Rival | null> {
  const port = await portOf(path)
  if (port === null) return null
  for (const name of lockNames(port)) {
    const file = join(roots.run, 'lock', name)
    const pid = lockPid(await read(file))
    if (pid > 0 && pid !== roots.self && roots.isAlive(pid))
      return rival(await describe(roots, pid), 'lock', port, file)
  }
  return null
}

/** Everybody else at this port, holders first. For a port that is not there: who may have made it vanish. */
export async function findRivals(path: string, roots: RivalRoots = systemRoots): Promise<readonly Rival[]> {
  if (path.startsWith('tcp://')) return []
  const pids = (await entries(roots.proc)).filter((name) => /^\d+$/.test(name)).map(Number)
  const others = await Promise.all(
    pids.filter((pid) => pid !== roots.self).map((pid) => describe(roots, pid)),
  )
  const port = await portOf(path)
  if (port === null) {
    const absent = { given: path, real: path, tty: basename(path) }
    return others
      .filter(({ name }) => knownPrograms.get(name)?.takes === 'gone')
      .map((running) => ({
        ...rival(running, 'known', absent),
        what: `${running.name} (pid ${running.pid}) takes some USB-serial chips for Braille displays`,
      }))
  }
  const found: Rival[] = []
  const later: Rival[] = []
  for (const running of others) {
    if (await holds(roots, running.pid, port)) found.push(rival(running, 'open', port))
    else if (await mayTake(roots, running, port)) later.push(rival(running, 'known', port))
  }
  // A program that is known for it is likelier the one that a person started.
  found.sort((one, other) => Number(knownPrograms.has(other.name)) - Number(knownPrograms.has(one.name)))
  const owner = await lockOwner(path, roots)
  if (owner !== null && !found.some(({ pid }) => pid === owner.pid)) found.push(owner)
  return [...found, ...later.filter(({ pid }) => pid !== owner?.pid)]
}

/** A path such as /dev/null has many users; an error names so many. */
const namedMax = 3

/** The error of a port that cannot be had or does not answer, with the rival and its cure if there is one; others as they are. */
export async function withRival(
  error: unknown,
  path: string,
  roots: RivalRoots = systemRoots,
): Promise<unknown> {
  if (!(error instanceof GatewayError) || !['MODEM_SILENT', 'MODEM_UNAVAILABLE'].includes(error.code))
    return error
  const rivals = await findRivals(path, roots)
  const [first] = rivals
  if (first === undefined || error.message.includes(first.what)) return error
  const holders = rivals.filter(({ how }) => how !== 'known')
  const named = (holders.length === 0 ? [first] : holders.slice(0, namedMax)).map(({ what }) => what)
  return new GatewayError(error.code, `${error.message}; ${named.join('; ')}`, {
    retry: error.retry,
    hint: first.hint,
    context: { ...error.context, rival: first.name, rivalPid: first.pid },
    cause: error,
  })
}
