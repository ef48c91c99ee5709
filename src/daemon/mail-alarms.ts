// What the operator hears of the mail servers. Of the sign-in one alarm, however many of them refuse it, for mostly they refuse the same
// password or token; it ends only when every server that refused has let the box in again. Of mails that are not taken another.

import { type ErrorCode, type GatewayError, messageOf } from '../domain/errors.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { Alarms } from '../exchange/alarm.ts'
import { log } from '../log.ts'
import type { Memory } from './hold-memory.ts'

/** Who refuses: the IMAP server, the SMTP server, or the provider that gives tokens. */
type Refuser = 'imap' | 'smtp' | 'oauth'

interface Refusal {
  readonly message: string
  /** No mail can leave. */
  readonly mailBroken: boolean
}

export interface MailAlarms {
  /** To be called after every sign-in. @param refusal null: it worked */
  readonly signIn: (who: Refuser, refusal: Refusal | null) => void
  /** Why the submission server refuses the account: its sign-in, its address, its quota. @param problem null: it takes mails again */
  readonly submission: (problem: GatewayError | null) => void
}

const key = 'sign-in'
const notTakenKey = 'submission'
/** The server refused, or the file of the password cannot be read. */
const noSignIn: ReadonlySet<ErrorCode> = new Set(['SMTP_AUTH', 'CONFIG_INVALID'])

/** What each mail server refused when it was last asked. */
export type Refusals = Readonly<Partial<Record<Refuser, Refusal>>>

/** @param memory of earlier runs: a server is asked again at its next mail only. The provider is not in it, for every start asks it. */
export function createMailAlarms(alarms: Alarms, memory: Memory<Refusals>): MailAlarms {
  let refusals: Refusals = memory.read() ?? {}
  const serial = oneAtATime()
  const settle = async (standing: readonly Refusal[]): Promise<void> => {
    const [first] = standing
    if (first === undefined) return alarms.end(key)
    const mailBroken = standing.some((refusal) => refusal.mailBroken)
    await alarms.raise({ key, reason: 'sign-in-refused', detail: first.message, mailBroken })
  }
  const inTurn = (work: () => Promise<void>): void => {
    serial(work).catch((error: unknown) => log.error('alarm-failed', { error: messageOf(error) }))
  }
  const signIn: MailAlarms['signIn'] = (who, refusal) => {
    const { [who]: _, ...others } = refusals
    refusals = refusal === null ? others : { ...others, [who]: refusal }
    const { oauth: __, ...kept } = refusals
    memory.save(kept)
    const standing = Object.values(refusals)
    inTurn(() => settle(standing))
  }
  return {
    signIn,
    submission: (problem) => {
      // Without a token the server was not even asked, and the provider's refusal is told as such.
      if (problem?.code.startsWith('OAUTH_')) return
      const refused = problem !== null && noSignIn.has(problem.code)
      signIn('smtp', refused ? { message: problem.message, mailBroken: true } : null)
      const trouble = problem === null || refused ? null : problem.message
      inTurn(() => (trouble === null ? alarms.end(notTakenKey) : raiseNotTaken(alarms, trouble)))
    },
  }
}

function raiseNotTaken(alarms: Alarms, detail: string): Promise<void> {
  return alarms.raise({ key: notTakenKey, reason: 'mail-not-taken', detail, mailBroken: true })
}
