// What the operator hears of the sign-in to the mail servers: one alarm, however many of them refuse it, for mostly they refuse the same
// password or token. Invariant: it ends only when every server that refused has let the box in again.

import { messageOf } from '../domain/errors.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { MailTransport } from '../domain/ports.ts'
import type { Alarms } from '../exchange/alarm.ts'
import { log } from '../log.ts'
import { asGatewayError } from './supervisor.ts'

/** Who refuses: the IMAP server, the SMTP server, or the provider that gives tokens. */
export type Refuser = 'imap' | 'smtp' | 'oauth'

export interface Refusal {
  readonly message: string
  /** No mail can leave. */
  readonly mailBroken: boolean
}

/** To be called after every sign-in. @param refusal null: it worked */
export type SignInWatch = (who: Refuser, refusal: Refusal | null) => void

const key = 'sign-in'

export function createSignInWatch(alarms: Alarms): SignInWatch {
  const refusals = new Map<Refuser, Refusal>()
  const serial = oneAtATime()
  const settle = async (standing: readonly Refusal[]): Promise<void> => {
    const [first] = standing
    if (first === undefined) return alarms.end(key)
    const mailBroken = standing.some((refusal) => refusal.mailBroken)
    await alarms.raise({ key, reason: 'sign-in-refused', detail: first.message, mailBroken })
  }
  return (who, refusal) => {
    if (refusal === null) refusals.delete(who)
    else refusals.set(who, refusal)
    const standing = [...refusals.values()]
    serial(() => settle(standing)).catch((error: unknown) =>
      log.error('alarm-failed', { key, error: messageOf(error) }),
    )
  }
}

/** A transport whose sign-ins are watched. */
export function watchedTransport(transport: MailTransport, watch: SignInWatch): MailTransport {
  return {
    ...transport,
    send: async (mail) => {
      try {
        const sent = await transport.send(mail)
        watch('smtp', null)
        return sent
      } catch (reason) {
        const error = asGatewayError(reason)
        if (error.code === 'SMTP_AUTH') watch('smtp', { message: error.message, mailBroken: true })
        throw reason
      }
    },
  }
}
