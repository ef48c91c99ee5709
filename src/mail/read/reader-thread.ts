// Reads mails in a thread of its own, with a limit of time and of memory (node:worker_threads): what takes too long there stops nobody else.
// Started for the first mail that needs it, about 0.15 s and 20 MiB, and ended when it had nothing to do for a while.
// Invariants: one mail at a time; a thread that was too slow or broke is never used again; while it rests it keeps no program from ending.

import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { messageOf } from '../../domain/errors.ts'
import { oneAtATime } from '../../domain/one-at-a-time.ts'
import { readerHeapMib } from './mail-limits.ts'
import type { ContentOptions, MailContent } from './read-mail.ts'
import type { ReaderJob, ReaderWord } from './reader-worker.ts'

/** Mails with pictures come in bunches. */
const restMs = 60_000
/** Loading the program, on a small computer that does much else. */
const startMs = 30_000
/** Larger than what is allowed to live long by far; what one mail leaves behind is collected soon. */
const youngHeapMib = 4

const limits = { maxOldGenerationSizeMb: readerHeapMib, maxYoungGenerationSizeMb: youngHeapMib }

/** In the shipped program the thread is a file beside the main one (scripts/build.mjs); run from its source it needs tsx, as all does. */
export function newWorker(): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./simpost-reader.cjs', import.meta.url), { resourceLimits: limits })
  const { resolve } = createRequire(import.meta.url)
  const quoted = (text: string): string => JSON.stringify(text)
  const source = `require(${quoted(resolve('tsx/cjs/api'))}).register(); require(${quoted(resolve('./reader-worker.ts'))})`
  return new Worker(source, { eval: true, resourceLimits: limits })
}

interface Failure {
  /**
   * `slow`: the time passed. `broken`: the thread ended by itself, mostly for want of memory. `unstarted`: there is none, for which no mail
   * is to blame.
   */
  readonly kind: 'slow' | 'broken' | 'unstarted'
  readonly detail: string
}

export type ThreadOutcome = { readonly kind: 'read'; readonly content: MailContent | null } | Failure

export interface ReaderThread {
  /** @throws Error for a defect of the reader */
  read(raw: Buffer, options: ContentOptions, limitMs: number): Promise<ThreadOutcome>
  /** Ends the thread; the next mail starts another. */
  end(): Promise<void>
}

/** The next word of the thread within the time. */
function hear(worker: Worker, limitMs: number): Promise<ReaderWord | Failure> {
  return new Promise((resolve) => {
    const limit = AbortSignal.timeout(limitMs)
    const settle = (word: ReaderWord | Failure): void => {
      limit.removeEventListener('abort', late)
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      // An error that comes after the end of the thread was decided must not end the service.
      worker.on('error', () => undefined)
      resolve(word)
    }
    const broken = (detail: string): void => settle({ kind: 'broken', detail })
    const late = (): void => settle({ kind: 'slow', detail: `not done within ${limitMs} ms` })
    limit.addEventListener('abort', late)
    worker.once('message', settle)
    worker.once('error', (error) => broken(messageOf(error)))
    worker.once('exit', (code) => broken(`ended with ${code}`))
  })
}

/** @param newThread starts a thread that runs reader-worker.ts */
export function createReaderThread(newThread: () => Worker = newWorker): ReaderThread {
  const serial = oneAtATime()
  let thread: Worker | null = null
  let uses = 0

  async function end(): Promise<void> {
    const ended = thread
    thread = null
    await ended?.terminate()
  }

  async function start(): Promise<Worker | Failure> {
    try {
      const worker = newThread()
      thread = worker
      const word = await hear(worker, startMs)
      if (word.kind === 'ready') return worker
      await end()
      return { kind: 'unstarted', detail: 'detail' in word ? word.detail : word.kind }
    } catch (error) {
      return { kind: 'unstarted', detail: messageOf(error) }
    }
  }

  /** From here on the thread ends when it is not used again for a while, or with the program. */
  function rest(worker: Worker): void {
    worker.unref()
    // What ends while it rests must not get the next mail.
    worker.once('exit', () => {
      if (thread === worker) thread = null
    })
    const use = uses
    AbortSignal.timeout(restMs).addEventListener('abort', () => {
      if (use === uses) void end()
    })
  }

  async function read(raw: Buffer, options: ContentOptions, limitMs: number): Promise<ThreadOutcome> {
    uses++
    thread?.ref()
    const worker = thread ?? (await start())
    if (!(worker instanceof Worker)) return worker
    const heard = hear(worker, limitMs)
    const copy = new Uint8Array(raw)
    const job: ReaderJob = { raw: copy, options }
    worker.postMessage(job, [copy.buffer])
    const word = await heard
    if (word.kind === 'read' || word.kind === 'defect') rest(worker)
    else await end()
    if (word.kind === 'defect') throw new Error(word.message)
    return word.kind === 'ready' ? { kind: 'broken', detail: 'it began anew' } : word
  }

  return { read: (raw, options, limitMs) => serial(() => read(raw, options, limitMs)), end }
}
