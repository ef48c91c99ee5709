// What the operator hears of the mail servers. Of the sign-in one alarm, however many of them refuse it, for mostly they refuse the same
// password or token; it ends only when every server that refused has let the box in again. Of mails that are not taken another.

import { type ErrorCode, type GatewayError, messageOf } from '../domain/errors.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { Alarms, Trouble } from '../exchange/alarm.ts'
import { log } from '../log.ts'
import type { SignInTrouble } from '../mail/sign-in/sign-in-trouble.ts'
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
  /** The provider of tokens; null: all is well. */
  readonly provider: (trouble: SignInTrouble | null) => void
  /** The line to the mailbox is down; null: it stands. */
  readonly mailbox: (problem: GatewayError | null) => void
  /** Why the submission server refuses the account: its sign-in, its address, its quota. @param problem null: it takes mails again */
  readonly submission: (problem: GatewayError | null) => void
}

const key = 'sign-in'
const notTakenKey = 'submission'
const endingKey = 'sign-in ends'
const mailboxKey = 'mailbox'
/** Networks and servers come back by themselves. */
const mailboxPatienceMs = 30 * 60_000
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
  /** The last word about each alarm, until it is written down: a full disk must not make an alarm stand, or be missed, for ever. */
  const undone = new Map<string, () => Promise<void>>()
  const attempt = (name: string, work: () => Promise<void>, isFirst: boolean): void => {
    serial(async () => {
      if (!isFirst && undone.get(name) !== work) return
      await work()
      if (undone.get(name) === work) undone.delete(name)
    }).catch((error: unknown) => log.error('alarm-failed', { error: messageOf(error) }))
  }
  const inTurn = (name: string, work: () => Promise<void>): void => {
    for (const [other, earlier] of undone) if (other !== name) attempt(other, earlier, false)
    undone.set(name, work)
    attempt(name, work, true)
  }
  const signIn: MailAlarms['signIn'] = (who, refusal) => {
    const { [who]: _, ...others } = refusals
    refusals = refusal === null ? others : { ...others, [who]: refusal }
    const { oauth: __, ...kept } = refusals
    memory.save(kept)
    const standing = Object.values(refusals)
    inTurn(key, () => settle(standing))
  }
  const stands = (trouble: Trouble): void => inTurn(trouble.key, () => alarms.raise(trouble))
  const over = (name: string): void => inTurn(name, () => alarms.end(name))
  return {
    signIn,
    provider: (trouble) => {
      signIn('oauth', trouble?.kind === 'refused' ? trouble : null)
      if (trouble === null || trouble.kind === 'refused') return over(endingKey)
      const { message: detail, mailBroken } = trouble
      stands({ key: endingKey, reason: 'sign-in-ending', detail, mailBroken })
    },
    mailbox: (problem) => {
      if (problem === null) return over(mailboxKey)
      const trouble = { key: mailboxKey, reason: 'mailbox-out-of-reach', detail: problem.message } as const
      stands({ ...trouble, mailBroken: false, afterMs: mailboxPatienceMs })
    },
    submission: (problem) => {
      // Without a token the server was not even asked, and the provider's refusal is told as such.
      if (problem?.code.startsWith('OAUTH_')) return
      const refused = problem !== null && noSignIn.has(problem.code)
      signIn('smtp', refused ? { message: problem.message, mailBroken: true } : null)
      const trouble = problem === null || refused ? null : problem.message
      if (trouble === null) over(notTakenKey)
      else stands({ key: notTakenKey, reason: 'mail-not-taken', detail: trouble, mailBroken: true })
    },
  }
}
