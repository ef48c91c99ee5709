// The credit of a prepaid SIM, as the network tells it by USSD: what an answer says, and who hears of it. Pure.
// Invariants: a low credit is told once until it has risen; an answer that cannot be read is told once, when it was the third in a row.

import { groupIn } from '../../domain/bounded-pattern.ts'
import type { Notice, World } from './decision.ts'
import { tellOperator } from './tell.ts'

export interface BalanceSettings {
  /** One group: the amount. */
  readonly pattern: string
  readonly warnBelow: number
  readonly currency: string
}

/** What is remembered from one question to the next; times in ms since 1970. */
export interface BalanceMemory {
  readonly amount: number | null
  /** When that was the credit; null: never known. */
  readonly knownAt: number | null
  readonly askedAt: number
  /** Answers in a row that could not be read. */
  readonly misses: number
  readonly warned: boolean
}

const missesMax = 3

/** "1.234,56" and "1,234.56" -> 1234.56; null if it is no amount. The last mark stands before the decimals, unless three digits follow. */
export function readAmount(written: string): number | null {
  const match = /^\s*(-?)\s*(\d[\d.,'\s]*?)(?:[.,](\d{1,2}|\d{4,}))?\s*$/.exec(written)
  const whole = match?.[2]?.replace(/\D/g, '') ?? ''
  if (match === null || whole === '') return null
  const amount = Number(`${match[1]}${whole}.${match[3] ?? '0'}`)
  return Number.isFinite(amount) ? amount : null
}

/**
 * What is known after an answer, and who is told.
 * @param answer the network's text, or in words why there is none
 */
export function judgeBalance(
  answer: string,
  before: BalanceMemory | null,
  settings: BalanceSettings,
  world: World,
): { readonly memory: BalanceMemory; readonly notices: readonly Notice[] } {
  const amount = readAmount(groupIn(settings.pattern, answer) ?? '')
  const asked = { askedAt: world.now, warned: before?.warned ?? false }
  if (amount === null) {
    const misses = (before?.misses ?? 0) + 1
    const memory = { ...asked, amount: before?.amount ?? null, knownAt: before?.knownAt ?? null, misses }
    const what = { reason: 'balance-unreadable', detail: answer } as const
    return { memory, notices: misses === missesMax ? tellOperator(what, world) : [] }
  }
  const low = amount < settings.warnBelow
  const memory = { amount, knownAt: world.now, askedAt: world.now, misses: 0, warned: low }
  const what = { reason: 'balance-low', detail: amountText(amount, settings.currency) } as const
  return { memory, notices: low && !asked.warned ? tellOperator(what, world) : [] }
}

/** "4.50 EUR" */
export const amountText = (amount: number, currency: string): string => `${amount.toFixed(2)} ${currency}`

/** When the network is asked again: an answer that could not be read is asked for again soon, the first times. */
export function nextQuestion(memory: BalanceMemory | null, everyMs: number): number {
  if (memory === null) return 0
  const soon = memory.misses > 0 && memory.misses < missesMax
  return memory.askedAt + (soon ? Math.min(everyMs, againMs) : everyMs)
}

const againMs = 3_600_000
