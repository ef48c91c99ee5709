// Simpost as its users run it, for the scenarios: the bundle that scripts/build.mjs makes, the service as a child process, and the
// command line beside it. A test file that runs alone builds a bundle of its own, so that files that run at the same time do not overwrite
// each other's.
// Invariant: a service ends with `stop()`, or, if the test process dies in any way, by the kernel's parent death signal (prctl(2)).

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findProgram, runProgram } from '../support/server-process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Everything happens within a second or two; the limit is for a machine that does much else. */
const eventLimitMs = 40_000
const pollMs = 20

export interface Finished {
  /** Exit status; null if a signal ended it. */
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Service {
  readonly pid: number
  /** Everything it has logged so far. */
  log(): string
  /** Resolves when the log holds `count` lines that match. Throws after 40 s, or when the service ends before. */
  logged(pattern: RegExp, count?: number): Promise<void>
  signal(signal: NodeJS.Signals): void
  /** Types a line at its keyboard. */
  type(line: string): void
  /** Resolves with the exit status, null after a signal. */
  readonly ended: Promise<number | null>
  /** SIGTERM; resolves with the exit status. May be called again. */
  stop(): Promise<number | null>
}

export interface Program {
  /** The file that Node.js runs. */
  readonly bundle: string
  /** Runs one command to its end, or for 40 s at most; `input` goes to its standard input. */
  run(args: readonly string[], input?: string): Promise<Finished>
  /** Starts a command that stays, such as `run`; `environment` comes on top of the test's own. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): Service
  remove(): Promise<void>
}

/** The bundle that scripts/test.sh has built before all tests; a test file that runs alone builds its own. */
const readyBundle = process.env.SIMPOST_TEST_BUNDLE

/** Builds the bundle into a temporary folder. Throws with the builder's words if it cannot be built. */
export async function buildProgram(): Promise<Program> {
  if (readyBundle !== undefined) return programOf(readyBundle, async () => {})
  const folder = await mkdtemp(join(tmpdir(), 'simpost-bundle-'))
  const script = join(root, 'scripts', 'build.mjs')
  await runProgram(process.execPath, [script, join(root, 'src', 'cli', 'main.ts'), folder])
  // Packages with compiled code are not in the bundle; they are looked for beside it.
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  const bundle = join(folder, 'simpost.cjs')
  return programOf(bundle, () => rm(folder, { recursive: true, force: true }))
}

function programOf(bundle: string, remove: Program['remove']): Program {
  return {
    bundle,
    run: (args, input = '') => runToEnd(launch(bundle, args), input),
    start: (args, environment) => serviceOf(launch(bundle, args, environment)),
    remove,
  }
}

function launch(
  bundle: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  // setpriv replaces itself by the program, so that the child's pid is the program's.
  const [command = '', ...more] = args
  // The tests may be run by root, whom the service refuses.
  const told = command === 'run' && process.getuid?.() === 0 ? ['run', '--allow-root', ...more] : args
  const guard = ['--pdeathsig', 'KILL', process.execPath, bundle, ...told]
  const env = { ...process.env, ...environment }
  return spawn(findProgram('setpriv'), guard, { stdio: ['pipe', 'pipe', 'pipe'], cwd: '/', env })
}

async function runToEnd(child: ChildProcess, input: string): Promise<Finished> {
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  // A command that reads no input may be gone before it was written.
  child.stdin?.on('error', () => undefined).end(input)
  const limit = setTimeout(() => child.kill('SIGKILL'), eventLimitMs)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(limit)
  return { status, ...said }
}

function serviceOf(child: ChildProcess): Service {
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      written += text
    })
  let running = true
  const ended = once(child, 'close').then(([status]) => {
    running = false
    return status as number | null
  })
  const count = (pattern: RegExp): number => written.split('\n').filter((line) => pattern.test(line)).length
  return {
    pid: child.pid ?? 0,
    ended,
    log: () => written,
    async logged(pattern, wanted = 1) {
      await eventually(`log line ${pattern}`, () => {
        if (count(pattern) >= wanted) return true
        if (!running) throw new Error(`the service ended before it logged ${pattern}`)
        return undefined
      })
    },
    signal: (signal) => void child.kill(signal),
    type: (line) => void child.stdin?.write(`${line}\n`),
    async stop() {
      if (running) child.kill('SIGTERM')
      return ended
    },
  }
}

/**
 * Asks again and again until there is an answer.
 * @param look undefined: not yet; what it throws ends the waiting
 * @throws Error that names `what` after the limit, 40 s by default
 */
export async function eventually<T>(
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
  limitMs = eventLimitMs,
): Promise<T> {
  const end = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain for: ${what}`)
    await sleep(pollMs)
  }
}
