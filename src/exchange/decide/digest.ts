// The morning digest: what waited for one phone over its quiet hours, as one SMS. Pure.

import { foldTypography } from '../../sms/fold.ts'
import { fitText } from './convert.ts'
import type { ExchangeSettings } from './decision.ts'
import type { Rules } from './rules.ts'

interface Waited {
  readonly cause: string | null
  readonly text: string
}

/** Each text gets at least so many characters. */
const shareMin = 20

export interface Digest {
  readonly text: string
  /** So many of the texts stand in it, from the first one on. */
  readonly count: number
  readonly parts: number
}

/**
 * "3:\n1 anna: …\n2 bob: …": as many texts as fit the phone's part limit, in full where they fit, else each cut to its share. What does
 * not fit is for the next one.
 */
export function digestOf(waited: readonly Waited[], rules: Rules, settings: ExchangeSettings): Digest {
  for (let count = waited.length; ; count = Math.ceil(count / 2)) {
    const digest = fitted(waited.slice(0, count), rules, settings)
    if (digest !== null || count <= 1) return digest ?? { text: '', count: 0, parts: 0 }
  }
}

/** Null if not even short shares fit. */
function fitted(waited: readonly Waited[], rules: Rules, settings: ExchangeSettings): Digest | null {
  const entries = waited.map(({ cause, text }, index) => ({
    head: `${index + 1} ${cause === null ? '' : `${cause.split('@')[0] ?? ''}: `}`,
    // What the binding puts around each SMS stands once around all of them.
    text: withoutAround(text, rules).replace(/\s+/g, ' ').trim(),
  }))
  const build = (share: number) => {
    const lines = entries.map(({ head, text }) => head + shortened(text, share))
    return fitText(foldTypography([`${entries.length}:`, ...lines].join('\n')), rules, settings)
  }
  let share = Math.max(shareMin, ...entries.map(({ text }) => text.length))
  let whole = build(share)
  while (whole.cut && share > shareMin) {
    share = Math.max(shareMin, Math.floor(share * 0.8))
    whole = build(share)
  }
  return whole.cut ? null : { text: whole.text, count: waited.length, parts: whole.parts }
}

function withoutAround(text: string, { before, after }: Rules): string {
  const start = text.startsWith(before) ? text.slice(before.length) : text
  return after !== '' && start.endsWith(after) ? start.slice(0, -after.length) : start
}

function shortened(text: string, share: number): string {
  const characters = [...text]
  return characters.length <= share ? text : `${characters.slice(0, Math.max(1, share - 3)).join('')}...`
}
