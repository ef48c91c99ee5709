// The kinds of values that options have, each with the words of its error: durations, counts, addresses, times.

import * as v from 'valibot'
import { parseMailAddress, parsePhoneNumber } from '../domain/address.ts'
import { parseDuration } from '../domain/duration.ts'
import { parseQuietHours } from '../domain/quiet-hours.ts'

function checked(read: (text: string) => string | null, wrong: string) {
  return v.pipe(
    v.string('must be text in quotes'),
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value)
      if (value !== null) return value
      addIssue({ message: wrong })
      return NEVER
    }),
  )
}

export const mailAddress = checked((text) => {
  const parsed = parseMailAddress(text)
  return parsed.ok ? parsed.value : null
}, 'must be a mail address such as "sms@office.example"')

export const internationalNumber = checked((text) => {
  const parsed = text.trim().startsWith('+') ? parsePhoneNumber(text, '') : undefined
  return parsed?.ok ? parsed.value : null
}, 'must be a phone number with its country code, such as "+4917012345678"')

/** `least` keeps a loop from turning without a pause; `most` keeps a wait within what a timer can count (2^31 ms). */
export const duration = (standard: string, least: string, most: string) =>
  v.pipe(
    v.optional(v.string('must be text in quotes, such as "7d"'), standard),
    v.check(
      (text) => parseDuration(text) !== null,
      'must be a duration such as "90s", "15m", "2h", "7d" or "1w"',
    ),
    v.check((text) => !isShorter(text, least), `must be at least "${least}"`),
    v.check((text) => !isShorter(most, text), `must be at most "${most}"`),
    v.transform((text) => parseDuration(text) ?? 0),
  )

/** As `duration`, without an upper end; null: for ever. */
export const keeping = (standard: string, least: string) =>
  v.pipe(
    v.optional(v.string('must be text in quotes, such as "365d"'), standard),
    v.check(
      (text) => text === 'forever' || parseDuration(text) !== null,
      'must be a duration such as "30d" or "52w", or "forever"',
    ),
    v.check((text) => !isShorter(text, least), `must be at least "${least}"`),
    v.transform(parseDuration),
  )

const isShorter = (one: string, other: string): boolean =>
  (parseDuration(one) ?? Number.NaN) < (parseDuration(other) ?? Number.NaN)

export const count = (from: number, to: number) =>
  v.pipe(
    v.number('must be a number'),
    v.integer('must be a whole number'),
    v.minValue(from, `must be at least ${from}`),
    v.maxValue(to, `must be at most ${to}`),
  )
export const whole = (from: number, to: number, standard: number) => v.optional(count(from, to), standard)
export const money = v.pipe(v.number('must be a number'), v.minValue(0, 'must not be negative'))

export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  v.picklist(values, `must be one of ${values.map((value) => `"${value}"`).join(', ')}`)

export const text = v.pipe(v.string('must be text in quotes'), v.nonEmpty('must not be empty'))
export const quietHours = v.pipe(
  text,
  v.check((hours) => parseQuietHours(hours) !== null, 'must be two times such as "22:00-07:00"'),
)
export const policy = oneOf('always', 'flagged', 'never')
