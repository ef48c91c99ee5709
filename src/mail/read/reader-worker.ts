// The reader's own thread: gets a raw mail, answers with its content. reader-thread.ts starts it and ends it.
// Invariant: it holds nothing between two mails, so that it can be ended at any moment.

import { parentPort } from 'node:worker_threads'
import { messageOf } from '../../domain/errors.ts'
import { type ContentOptions, type MailContent, readContent } from './read-mail.ts'

export interface ReaderJob {
  readonly raw: Uint8Array
  readonly options: ContentOptions
}

/** What the thread says: that it is there, what a mail says (null: it has no header field), or which defect of ours it met. */
export type ReaderWord =
  | { readonly kind: 'ready' }
  | { readonly kind: 'read'; readonly content: MailContent | null }
  | { readonly kind: 'defect'; readonly message: string }

const say = (word: ReaderWord): void => parentPort?.postMessage(word)

async function read({ raw, options }: ReaderJob): Promise<void> {
  try {
    const octets = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
    say({ kind: 'read', content: await readContent(octets, options) })
  } catch (error) {
    say({ kind: 'defect', message: messageOf(error) })
  }
}

parentPort?.on('message', (job: ReaderJob) => void read(job))
say({ kind: 'ready' })
