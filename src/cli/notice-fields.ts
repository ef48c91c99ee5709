// The header of a notice that went out. Its bytes are gone once the server has it, and its subject follows from what it says: the last
// line of a notice names its reason, in its language.

import { languages } from '../domain/binding.ts'
import { noticeDraft } from '../exchange/decide/notices.ts'
import { type Reason, reasons } from '../exchange/decide/reasons.ts'
import type { Desk } from '../exchange/desk.ts'
import type { JournalEntry } from '../store/journal.ts'
import type { Delivery } from '../store/outbox/outbox.ts'
import type { MailOnSheet } from './sheet.ts'

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

/** Of a notice about this message. */
export function noticeFields(
  { recipient: to, text }: Pick<Delivery, 'recipient' | 'text'>,
  { medium, sender, subject }: Pick<JournalEntry, 'medium' | 'sender' | 'subject'>,
  { settings, now }: Pick<Desk, 'settings' | 'now'>,
): MailOnSheet['fields'] {
  const end = lastLine(text)
  const about = {
    ...{ to, detail: '', mailId: null, messageId: '', ownMailbox: settings.ownMailbox, now: now() },
    ...{ about: medium, subject: medium === 'sms' ? `SMS from ${sender}` : subject },
  }
  const named = (Object.keys(reasons) as Reason[]).filter((reason) => end.includes(reason))
  const drafts = named.flatMap((reason) =>
    languages.map((language) => noticeDraft({ ...about, reason, language })),
  )
  const draft = drafts.find((one) => lastLine(one.text) === end)
  return [['To', to], ...(draft === undefined ? [] : [['Subject', draft.subject] as const])]
}
