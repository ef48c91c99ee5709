// Asks the network for the credit of the SIM now and then, while the modem has nothing else to do, and tells the operator when it is low.
// Invariants: no SMS waits for a question; that one is asked is committed before, so that no trouble of ours asks all the time; what was
// found out and who is told stand in one commit.

import { messageOf } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import { createServiceState } from '../store/service-state.ts'
import {
  amountText,
  type BalanceMemory,
  type BalanceSettings,
  judgeBalance,
  nextQuestion,
} from './decide/balance.ts'
import { type Desk, worldOf } from './desk.ts'
import { prepareNotices } from './notify.ts'

/** The way to the network. */
export interface UssdLine {
  ussd(code: string): Promise<{ readonly state: string; readonly text: string }>
  cancelUssd(): Promise<void>
  ussdIsBusy(): boolean
}

export interface BalanceOptions {
  readonly desk: Desk
  readonly clock: Clock
  readonly settings: BalanceSettings & { readonly code: string; readonly everyMs: number }
  /** Null while the modem is not ready, or has an SMS to send. */
  readonly line: () => UssdLine | null
}

/** Where the last balance stands in the service's state. */
export const balanceKey = 'balance'

const unknown: BalanceMemory = { amount: null, knownAt: null, askedAt: 0, misses: 0, warned: false }

/** How often it is looked whether it is time, and the modem free. */
const lookMs = 15_000

/** Asks when it is time, until the signal aborts. */
export async function watchBalance(options: BalanceOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options
  while (!signal.aborted) {
    await askIfDue(options)
    await clock.sleep(lookMs, signal).catch(() => {})
  }
}

/** Asks if it is time and the line is free. */
export async function askIfDue({ desk, settings, line }: BalanceOptions): Promise<void> {
  const state = createServiceState(desk.store)
  const before = state.read<BalanceMemory>(balanceKey)?.value ?? null
  const now = desk.now()
  // A clock that ran ahead must not keep it from asking for years.
  const due = nextQuestion(before, settings.everyMs) <= now || (before !== null && before.askedAt > now)
  const free = due ? line() : null
  if (free === null || free.ussdIsBusy()) return
  state.save(balanceKey, { ...(before ?? unknown), askedAt: now }, now)
  const answer = await answerOf(free, settings.code)
  const { memory, notices } = judgeBalance(answer, before, settings, worldOf(desk))
  const { amount, misses } = memory
  const subject = amount === null || misses > 0 ? '' : amountText(amount, settings.currency)
  const about = { subject, mailId: null, key: `balance ${memory.askedAt}`, medium: 'sms' } as const
  const addNotices = await prepareNotices(desk, notices, about)
  desk.store.transaction(() => {
    state.save(balanceKey, memory, desk.now())
    addNotices(null)
  })
  log.info('balance', { known: misses === 0, misses })
  if (notices.length > 0) desk.wake('mail')
}

/** The network's words, or in ours why there are none. */
async function answerOf(line: UssdLine, code: string): Promise<string> {
  try {
    const { state, text } = await line.ussd(code)
    if (state === 'wants-answer') await line.cancelUssd()
    return text === '' ? `(${state})` : text
  } catch (error) {
    return `(${messageOf(error)})`
  }
}
