// Runs other people's mail programs for the tests: with a home of their own, so that no setting of this machine counts, and no display.
// Invariant: a program that hangs is ended after a minute, and what it said is in the error.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '../../support/server-process.ts'

const limitMs = 60_000

export interface Scratch {
  readonly folder: string
  remove(): Promise<void>
}

/** A folder for the files of one test. */
export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'simpost-programs-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

export interface RunOptions {
  /** Goes to its standard input. */
  readonly input?: string | Buffer
  /** Its home; default: one that does not exist. */
  readonly home?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Resolves with what it wrote to standard output; rejects with all that it said unless it ends with status 0. */
export async function runWith(
  program: string,
  args: readonly string[],
  { input = '', home = '/nonexistent', env = {} }: RunOptions = {},
): Promise<string> {
  const child = spawn(findProgram(program), args, {
    env: { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8', TERM: 'dumb', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text
    })
  child.stdin.on('error', () => undefined).end(input)
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const [status] = (await once(child, 'close')) as [number | null]
  clearTimeout(limit)
  if (status !== 0)
    throw new Error(
      `${program} ended with ${status ?? 'a signal'}: ${said.stderr}\n${said.stdout}`.slice(0, 8_000),
    )
  return said.stdout
}
