// A process seen from outside, through proc(5): memory, processor time, wake-ups, octets written. And the service as such a process.

import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** proc(5): fields of stat are in hundredths of a second on Linux. */
const ticksPerSecond = 100

const numberOf = (text: string, pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)
const statusOf = ({ pid }: ChildProcess): string => readFileSync(`/proc/${pid}/status`, 'utf8')
const ioOf = ({ pid }: ChildProcess): string => readFileSync(`/proc/${pid}/io`, 'utf8')

/** MiB. */
export const residentMib = (child: ChildProcess): number => numberOf(statusOf(child), /VmRSS:\s+(\d+)/) / 1024

/** The most MiB it had, since its start or `forgetPeak`. */
export const peakMib = (child: ChildProcess): number => numberOf(statusOf(child), /VmHWM:\s+(\d+)/) / 1024

/** Sets the peak back to what is in use now (proc(5), clear_refs). */
export const forgetPeak = ({ pid }: ChildProcess): void => writeFileSync(`/proc/${pid}/clear_refs`, '5')

const threadsOf = ({ pid }: ChildProcess): string[] =>
  readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`)

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

/** What its threads ran, in milliseconds, exact; those that have ended do not count (proc(5), schedstat: nanoseconds). */
export const runningMs = (child: ChildProcess): number =>
  sum(
    threadsOf(child).map((thread) => Number(readFileSync(`${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6),
  )

/** User and system time in milliseconds, in steps of 10. */
export function processorMs({ pid }: ChildProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond
}

/** Octets handed to write(2) and the like: tty, sockets, log and database. */
export const octetsWritten = (child: ChildProcess): number => numberOf(ioOf(child), /wchar: (\d+)/)

/** Octets that went, or will go, to a disk: whole pages. */
export const diskOctets = (child: ChildProcess): number => numberOf(ioOf(child), /^write_bytes: (\d+)/m)

/** How often its threads slept and were woken again. */
export const wakeUps = (child: ChildProcess): number =>
  sum(
    threadsOf(child).map((thread) =>
      numberOf(readFileSync(`${thread}/status`, 'utf8'), /^voluntary_ctxt_switches:\s+(\d+)/m),
    ),
  )

/** As systemd/simpost.service starts it. */
export function startService(
  program: string,
  config: string,
  environment: Record<string, string> = {},
): ChildProcess {
  const memory = ['--max-semi-space-size=1', '--max-old-space-size=128']
  return spawn(process.execPath, [...memory, program, 'run', '--allow-root', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MALLOC_ARENA_MAX: '1', ...environment },
  })
}

/** SIGTERM, and its end. */
export async function stopService(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  await new Promise((done) => child.once('exit', done))
}

const pollMs = 2

/** @throws Error that names `what` after the limit, one minute by default */
export async function until(condition: () => boolean, what: string, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not happen within ${limitMs} ms`)
    await sleep(pollMs)
  }
}
