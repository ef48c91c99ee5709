// The secret by which a sender proves itself: in the field X-SMS-Secret, as "[secret WORD]" in the subject, or as the first line
// "secret: WORD" of the text.
// Pure. Invariant: what looks like the place of a secret is cut, right or wrong, before the journal, a log or a phone sees the mail.

import { createHash, timingSafeEqual } from 'node:crypto'
import { every, type HeaderField } from '../header/mail-headers.ts'

/** "[secret WORD]"; a missing bracket at the end does not save a mistyped one. */
const inSubject = /\[\s*secret\b[\s:：]*([^[\]]*)(?:\]|(?=\[)|$)/giu
const firstLine = /^\s*secret[ \t]*[:：]([^\n]*)(?:\n|$)/iu
/** What stands for a secret that was found where none belongs, such as in a quoted mail. */
const hidden = '***'
/** One for each place; a mail with more of them tries out words. */
const wordsMax = 3

/** What a mail says to prove its sender. */
export interface SecretCheck {
  /** `right`: each word is the sender's secret. `wrong`: there are others among them, or too many. `absent`: there are none. */
  readonly outcome: 'right' | 'wrong' | 'absent'
  readonly subject: string
  readonly text: string
}

interface SecretPlaces {
  readonly fields: readonly HeaderField[]
  readonly subject: string
  readonly text: string
  /** The secret of the one From address; null if it has none or there is no such address. */
  readonly secret: string | null
}

/** Takes the same time for every word: both sides are hashed to one length first. */
function equal(word: string, secret: string): boolean {
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(word), hash(secret))
}

/**
 * Looks for the secret and cuts it. Subject and text of a sender without a secret stay as they are: "secret: sauce" is a sentence then.
 */
export function checkSecret({ fields, subject, text, secret }: SecretPlaces): SecretCheck {
  const words = every(fields, 'x-sms-secret').map((value) => value.trim())
  if (secret === null) return { outcome: words.length > 0 ? 'wrong' : 'absent', subject, text }
  const take = (_: string, word: string): string => {
    words.push(word.trim())
    return ' '
  }
  const found = subject.match(inSubject) !== null
  const bareSubject = found ? subject.replace(inSubject, take).replace(/ {2,}/g, ' ').trim() : subject
  const bareText = text.replace(firstLine, (_, word: string) => take('', word)).trim()
  // One mail is one guess: if one right word of many were enough, a mail could try out a whole dictionary.
  const right =
    words.length <= wordsMax && words.filter((word) => equal(word, secret)).length === words.length
  return {
    outcome: words.length === 0 ? 'absent' : right ? 'right' : 'wrong',
    subject: bareSubject.replaceAll(secret, hidden),
    text: bareText.replaceAll(secret, hidden),
  }
}
