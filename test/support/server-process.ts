// Runs one real mail server as a child of the test process: free ports, an account that is not root, the greeting, the end.
// Invariant: a server ends with `stop()`, or, if the test process dies in any way, by the kernel's parent death signal (prctl(2)),
// and is only ever signalled through its own process group.
// Everything listens on 127.0.0.1. Ports come from below the ephemeral range, so that no outgoing connection takes them meanwhile.

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { accessSync, closeSync, constants, openSync } from 'node:fs'
import { chown, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const startTimeoutMs = 30_000
const stopTimeoutMs = 5_000
const pollMs = 10
const lowestPort = 10_000
const portCount = 20_000
const portAttempts = 5

/** Whom a server runs as: the caller, or `nobody` when the caller is root. */
export interface Account {
  readonly uid: number
  readonly gid: number
  readonly user: string
  readonly group: string
}

export interface ServerProcess {
  readonly pid: number
  /** SIGTERM, SIGKILL after 5 seconds; resolves when the server and its children are gone. May be called again. */
  stop(): Promise<void>
}

interface ServerStart {
  readonly program: string
  readonly args: readonly string[]
  readonly account: Account
  readonly env?: Readonly<Record<string, string>>
  /** The first line each port must say before the server counts as started. */
  readonly greetings: readonly { readonly port: number; readonly pattern: RegExp }[]
  /** Where the server keeps its files; what it prints goes to `output` there. */
  readonly folder: string
  /** The server's own log, inside `folder`: shown with the output when it does not start. */
  readonly logFile: string
  /** Names of processes that hold nothing: when they are the last ones at the end, they are not waited for. */
  readonly expendable?: readonly string[]
}

/** Absolute path of a program, also from the folders that only root has in PATH. Throws with the cure if it is missing. */
export function findProgram(name: string, wellKnown: readonly string[] = []): string {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  const candidates = [
    ...wellKnown,
    ...folders.filter((folder) => folder !== '').map((folder) => join(folder, name)),
  ]
  const found = candidates.find(isExecutable)
  if (found === undefined) throw new Error(`The program ${name} is not installed. Try: scripts/test.sh`)
  return found
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Output of a short program; throws with its stderr. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args])
  return stdout
}

export async function findAccount(): Promise<Account> {
  const id = findProgram('id')
  const of = process.getuid?.() === 0 ? ['nobody'] : []
  const ask = async (option: string) => (await runProgram(id, [option, ...of])).trim()
  const [uid, gid, user, group] = await Promise.all([ask('-u'), ask('-g'), ask('-un'), ask('-gn')])
  return { uid: Number(uid), gid: Number(gid), user, group }
}

/** A new folder for one server, its owner the server's account. */
export async function makeServerFolder(name: string, account: Account): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `simpost-${name}-`))
  await chown(folder, account.uid, account.gid)
  return folder
}

export async function removeServerFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 5 })
}

/** Writes a file that only the server's account (and root) can read. */
export async function writeForServer(path: string, content: string, account: Account): Promise<void> {
  await writeFile(path, content, { mode: 0o600 })
  await chown(path, account.uid, account.gid)
}

/** Calls `start` with free ports; again with others if somebody was quicker to bind one of them. */
export async function withFreePorts<Result>(
  count: number,
  start: (ports: readonly number[]) => Promise<Result>,
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    const ports = await freePorts(count)
    try {
      return await start(ports)
    } catch (error) {
      if (attempt === portAttempts || !/address already in use/i.test(String(error))) throw error
    }
  }
}

async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    const port = lowestPort + Math.floor(Math.random() * portCount)
    if (!ports.includes(port) && (await isFree(port))) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

/** Starts the server in the foreground and waits for its greetings. Throws with its output and log if it ends or is silent for 30 s. */
export async function startServerProcess(start: ServerStart): Promise<ServerProcess> {
  const { account } = start
  const drop = process.getuid?.() === 0 ? { uid: account.uid, gid: account.gid } : {}
  const outputFile = join(start.folder, 'output')
  const output = openSync(outputFile, 'a')
  // setpriv asks the kernel to end the server when the test process is killed and cannot do it itself.
  const args = ['--pdeathsig', 'TERM', '--no-new-privs', start.program, ...start.args]
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', ...start.env }
  const stdio = ['ignore' as const, output, output]
  const child = spawn(findProgram('setpriv'), args, { ...drop, cwd: '/', detached: true, env, stdio })
  closeSync(output)
  // A test that forgets stop() still ends, and the server with it.
  child.unref()
  child.on('error', () => undefined)
  const server = { pid: child.pid ?? 0, stop: () => stopProcess(child, start.expendable ?? []) }
  try {
    await Promise.all(start.greetings.map(({ port, pattern }) => waitForGreeting(child, port, pattern)))
    return server
  } catch (error) {
    await server.stop()
    const reason = error instanceof Error ? error.message : String(error)
    const words = [outputFile, start.logFile].map((file) => readFile(file, 'utf8').catch(() => ''))
    throw new Error([`${start.program} ${reason}`, ...(await Promise.all(words))].join('\n'))
  }
}

async function waitForGreeting(child: ChildProcess, port: number, pattern: RegExp): Promise<void> {
  const end = performance.now() + startTimeoutMs
  let line = ''
  while (performance.now() < end) {
    if (hasEnded(child))
      throw new Error(`ended with ${child.exitCode ?? child.signalCode} before its greeting`)
    line = await firstLine(port)
    if (pattern.test(line)) return
    await sleep(pollMs)
  }
  throw new Error(`said "${line}" on port ${port} instead of its greeting for ${startTimeoutMs / 1000} s`)
}

/** What the server says before it is asked; empty if nobody listens or says a line within a second. */
function firstLine(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    let heard = ''
    socket.setTimeout(1_000, () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => resolve(heard))
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1')
      if (heard.includes('\n')) socket.destroy()
    })
  })
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null
}

async function stopProcess(child: ChildProcess, expendable: readonly string[]): Promise<void> {
  if (child.pid === undefined) return
  const group = child.pid
  const end = performance.now() + stopTimeoutMs
  child.kill('SIGTERM')
  for (;;) {
    const names = await namesInGroup(group)
    if (names.length === 0 && hasEnded(child)) return
    // Exim leaves one process per connection behind, which would speak on.
    if (hasEnded(child)) signalGroup(group, 'SIGTERM')
    const nothingToLose = names.every((name) => expendable.includes(name))
    if (nothingToLose || performance.now() > end) signalGroup(group, 'SIGKILL')
    await sleep(pollMs)
  }
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal)
  } catch {
    // The last process of the group ended by itself.
  }
}

/** Names (proc(5), comm) of the living processes in a process group. */
async function namesInGroup(group: number): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')))
  return stats.flatMap((stat) => {
    const [, name, state, pgrp] = /^\d+ \((.*)\) (\S) \d+ (\d+) /s.exec(stat) ?? []
    return name !== undefined && state !== 'Z' && Number(pgrp) === group ? [name] : []
  })
}
