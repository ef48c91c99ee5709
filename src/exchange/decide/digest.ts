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

/**
 * "3 messages:\n1 anna: …\n2 bob: …": texts in full where they fit the phone's part limit, else each cut to its share.
 * @returns a text that fits the part limit
 */
export function digestOf(waited: readonly Waited[], rules: Rules, settings: ExchangeSettings): string {
  const entries = waited.map(({ cause, text }, index) => ({
    head: `${index + 1} ${cause === null ? '' : `${cause.split('@')[0] ?? ''}: `}`,
    // What the binding puts around each SMS stands once around all of them.
    text: withoutAround(text, rules).replace(/\s+/g, ' ').trim(),
  }))
  const build = (share: number): string =>
    foldTypography(
      [`${entries.length}:`, ...entries.map(({ head, text }) => head + shortened(text, share))].join('\n'),
    )
  let share = Math.max(shareMin, ...entries.map(({ text }) => text.length))
  while (share > shareMin && fitText(build(share), rules, settings).cut) share = Math.floor(share * 0.9)
  return fitText(build(share), rules, settings).text
}

function withoutAround(text: string, { before, after }: Rules): string {
  const start = text.startsWith(before) ? text.slice(before.length) : text
  return after !== '' && start.endsWith(after) ? start.slice(0, -after.length) : start
}

function shortened(text: string, share: number): string {
  const characters = [...text]
  return characters.length <= share ? text : `${characters.slice(0, Math.max(1, share - 3)).join('')}...`
}
