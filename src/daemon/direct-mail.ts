// A mail to the operator of which no database knows: for the time in which nothing can be written, and so nothing queued. Whoever sends
// one remembers in memory that it went. Invariant: it reads the database for the language only, and does without.

import type { Language } from '../domain/binding.ts'
import { messageOf } from '../domain/errors.ts'
import type { MailTransport } from '../domain/ports.ts'
import type { AlarmReason } from '../exchange/decide/notice-texts/words.ts'
import { languageOf } from '../exchange/decide/rules.ts'
import { type Desk, worldOf } from '../exchange/desk.ts'
import { composeNotice } from '../exchange/notify.ts'
import { log } from '../log.ts'

/**
 * @param since tells this trouble from every other, in ms since 1970
 * @returns true if the server took it, or there is nobody to tell
 */
export type DirectMail = (reason: AlarmReason, detail: string, since: number) => Promise<boolean>

export function createDirectMail(desk: Desk, transport: MailTransport): DirectMail {
  const { operatorMailbox: to, ownMailbox } = desk.settings
  if (to === null) return async () => true
  let language: Language = 'en'
  const learn = (): void => {
    try {
      language = languageOf(to, worldOf(desk))
    } catch {
      // A database that cannot be read is what the mail is about.
    }
  }
  learn()
  return async (reason, detail, since) => {
    learn()
    const about = { subject: 'database', mailId: null, key: `database ${since}`, medium: 'mail' } as const
    try {
      const { raw } = await composeNotice(desk, { to, reason, detail, language }, about)
      await transport.send({ from: ownMailbox, to, raw })
      log.info('operator-told', { reason })
      return true
    } catch (error) {
      log.warn('operator-not-told', { reason, error: messageOf(error) })
      return false
    }
  }
}
