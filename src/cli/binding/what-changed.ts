// What `binding set` changed, in words: "bob@office.example: quiet hours 22:00-07:00 (was: as the config says)".

import type { Binding } from '../../domain/binding.ts'
import { localTime } from '../output.ts'
import { type DetailName, fields, writeField } from './fields.ts'

/** The config has no value for these. */
const ofTheBindingAlone: ReadonlySet<DetailName> = new Set(['alias', 'name', 'before', 'after'])

/** One line for each thing that is another now; one line if nothing is. */
export function changeLines(before: Binding, after: Binding): string[] {
  const ends = ({ expiresAt }: Binding): string => (expiresAt === null ? 'never' : localTime(expiresAt))
  const things = [
    ['mailbox', before.mailbox, after.mailbox],
    ['number', before.number, after.number],
    ...fields.map(({ property, column }) => [
      column.replaceAll('_', ' '),
      shown(property, before),
      shown(property, after),
    ]),
    ['ends', ends(before), ends(after)],
  ] as const
  const changed = things.filter(([, was, is]) => was !== is)
  if (changed.length === 0) return [`${after.mailbox}: it was so already`]
  return changed.map(([what, was, is]) => `${after.mailbox}: ${what} ${is} (was: ${was})`)
}

function shown(property: DetailName, binding: Binding): string {
  const value = binding[property]
  if (value !== null) return property === 'alias' ? `@${value}` : writeField(value)
  return ofTheBindingAlone.has(property) ? 'none' : 'as the config says'
}
