// What becomes of a talk when the binding of its two ends. No message must reach a phone that is no longer this person's, so the talk of
// exactly this phone with exactly this mailbox ends, and what waits for the phone because of the binding is cancelled; talks of the phone
// with others are no matter of the binding and stay.

import { mailKey } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import type { Desk } from '../../exchange/desk.ts'
import { cancelForBinding } from '../../exchange/dispatch/by-hand.ts'
import type { Conversation } from '../../store/conversations.ts'
import { localTime } from '../output.ts'

export interface Talks {
  /** As it was; null if there was none, or if another binding still joins the two. */
  readonly ended: Conversation | null
  /** Of the same phone, with others. */
  readonly open: readonly Conversation[]
  /** Journal numbers of messages that waited for the phone and are cancelled. */
  readonly cancelled: readonly number[]
}

/** To be called in the transaction that took the binding away. */
export function endTalk(desk: Desk, { mailbox, number }: Pick<Binding, 'mailbox' | 'number'>): Talks {
  const now = desk.now()
  const bound = [desk.bindings.permanentOfNumber(number), desk.bindings.temporaryOfNumber(number, now)].some(
    (other) => other !== undefined && mailKey(other.mailbox) === mailKey(mailbox),
  )
  return {
    ended: (bound ? undefined : desk.conversations.endOf(number, mailbox, now)) ?? null,
    open: desk.conversations.openOf(number, now),
    cancelled: bound ? [] : cancelForBinding(desk, number),
  }
}

/** One line for each talk. */
export function talkLines({ ended, open, cancelled }: Talks): string[] {
  return [
    ...cancelled.map((id) => `message ${id}, which waited for this phone, is cancelled`),
    ...(ended === null ? [] : [`the talk of ${ended.number} with ${ended.correspondent} has ended`]),
    ...open.map(
      ({ number, correspondent, expiresAt }) =>
        `the talk of ${number} with ${correspondent} stays open until ${localTime(expiresAt)}`,
    ),
  ]
}

export function talksJson({ ended, open, cancelled }: Talks) {
  const toJson = ({ number, correspondent, subject, expiresAt }: Conversation) => ({
    number,
    correspondent,
    subject,
    open_until: new Date(expiresAt).toISOString(),
  })
  return { ended: ended === null ? [] : [toJson(ended)], still_open: open.map(toJson), cancelled }
}
