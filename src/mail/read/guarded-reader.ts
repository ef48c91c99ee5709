// Reads any mail within limits of time (mail-limits.ts) and without standing in the way of other work: a small mail here, which costs
// nothing, and what is large or turns out to be slow in the thread of the reader. The same for the service and for "explain".
// Invariant: no mail is tried without end, and whatever could not be read in time is known by its header at least.

import { GatewayError } from '../../domain/errors.ts'
import { log } from '../../log.ts'
import { DeadlinePassed, within } from './deadline.ts'
import { largeMailMs, largeMailTries, smallMailMs, smallMailOctets, withoutThreadMs } from './mail-limits.ts'
import { headerOf } from './mime-tree.ts'
import { type ContentOptions, type MailContent, type ReadContent, readContent } from './read-mail.ts'
import { createReaderThread, type ReaderThread } from './reader-thread.ts'

/** Reads a mail in this thread. @returns null: the time passed */
async function hereInTime(
  raw: Buffer,
  options: ContentOptions,
  ms = smallMailMs,
): Promise<{ readonly content: MailContent | null } | null> {
  try {
    return { content: await readContent(raw, options, (work) => within(ms, work)) }
  } catch (error) {
    if (error instanceof DeadlinePassed) return null
    throw error
  }
}

/** A mail that takes too long, by its header. */
async function headerAlone(raw: Buffer, options: ContentOptions): Promise<MailContent | null> {
  const header = await hereInTime(headerOf(raw), options)
  if (header === null)
    throw new GatewayError('MAIL_MALFORMED', 'not even the header of the mail could be read in time', {
      hint: 'read it in the mailbox',
      context: { octets: raw.length },
    })
  const { content } = header
  return content === null ? null : { ...content, text: '', attachments: [], unreadable: 'mail-too-slow' }
}

/**
 * Makes a reader for many mails. Its thread ends by itself, and with the program.
 * @returns a reader that throws GatewayError MAIL_MALFORMED where even the header takes too long
 */
export function createGuardedReader(thread: ReaderThread = createReaderThread()): ReadContent {
  return async (raw, options) => {
    if (raw.length <= smallMailOctets) {
      const read = await hereInTime(raw, options)
      if (read !== null) return read.content
    }
    for (let tries = 1; tries <= largeMailTries; tries++) {
      const outcome = await thread.read(raw, options, largeMailMs)
      if (outcome.kind === 'read') return outcome.content
      log.warn('mail-reader-ended', { octets: raw.length, tries, why: outcome.detail })
      if (outcome.kind !== 'unstarted') continue
      // An installation without its second file, or a computer without memory: its mails are as good as ever.
      const read = await hereInTime(raw, options, withoutThreadMs)
      if (read !== null) return read.content
      break
    }
    return headerAlone(raw, options)
  }
}
