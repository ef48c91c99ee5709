// Puts notices into the outbox: composed before the commit, queued inside it. What is to be said once is remembered in the same commit.

import type { Medium } from '../domain/message.ts'
import type { NewMail } from '../store/outbox/outbox.ts'
import type { Notice } from './decide/decision.ts'
import { noticeDraft, smsQuestion } from './decide/notices.ts'
import { type Desk, mailIdOf } from './desk.ts'
import { queueText } from './queue-text.ts'

/** The message that a notice speaks of. */
export interface About {
  readonly subject: string
  readonly mailId: string | null
  /** Tells it from every other. */
  readonly key: string
  readonly medium: Medium
}

/** A notice as an outgoing mail, not yet stored. */
export async function composeNotice(
  desk: Desk,
  notice: Pick<Notice, 'to' | 'reason' | 'detail' | 'language'>,
  about: About,
): Promise<Omit<NewMail, 'messageId'>> {
  const now = desk.now()
  const mailId = mailIdOf(desk, 'notice', about.key, notice.reason, notice.to, notice.detail)
  const draft = noticeDraft({
    ...notice,
    subject: about.subject,
    mailId: about.mailId,
    about: about.medium,
    ownMailbox: desk.settings.ownMailbox,
    messageId: mailId,
    now,
  })
  const raw = await desk.compose(draft)
  return {
    ...{ conversationId: null, recipient: notice.to, rule: 'notice', text: draft.text },
    ...{ now, mailId, raw },
  }
}

/**
 * Prepares the notices of a decision.
 * @returns a function for the inside of the transaction that adds the message with this number (null: none) to the journal
 */
export async function prepareNotices(
  desk: Desk,
  notices: readonly Notice[],
  about: About,
): Promise<(messageId: number | null) => void> {
  const queue = await Promise.all(
    notices.map(async (notice) => {
      if (notice.medium === 'sms')
        return (messageId: number | null) => queueSmsNotice(desk, notice, messageId)
      const mail = await composeNotice(desk, notice, about)
      return (messageId: number | null) => {
        if (notice.once === null || desk.spending.remember(notice.once, mail.now))
          desk.outbox.addMail({ ...mail, messageId })
      }
    }),
  )
  return (messageId) => {
    for (const add of queue) add(messageId)
  }
}

function queueSmsNotice(desk: Desk, { to, language, detail }: Notice, messageId: number | null): void {
  queueText(desk, {
    ...{ messageId, conversationId: null, recipient: to, rule: 'notice' },
    ...{ text: smsQuestion(language, detail), cause: to, now: desk.now() },
  })
}
