// Reads what an operator types or writes into a file for a binding, and says what is wrong with it and how to write it.
// Invariant: no binding leads an SMS to the SIM itself, to a refused number, or a mail back into the box.

import { mailKey, parseMailAddress, parsePhoneNumber, splitPlus } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import { parseDuration } from '../../domain/duration.ts'
import { GatewayError } from '../../domain/errors.ts'
import { judgeNumber } from '../../exchange/decide/judge.ts'
import { numberInAddress } from '../../exchange/decide/lookup.ts'
import { reasons } from '../../exchange/decide/reasons.ts'
import type { Office } from '../context.ts'
import { type Details, fields, readField } from './fields.ts'

/** 52 weeks: what lasts longer is no temporary binding. */
export const lastsMaxMs = 52 * 7 * 86_400_000

/** Options of `binding add` and `binding set`: one for each row of `fields`. A switch is true or false unless a word was given. */
export type DetailOptions = { readonly [Name in keyof Details]?: string | boolean }

/** What is wrong, and what to do about it. */
export interface Fault {
  readonly message: string
  readonly hint: string
}

/** @throws GatewayError USAGE for the first option with a wrong value */
export function readDetails(options: DetailOptions): Partial<Details> {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const given = options[field.property]
      if (given === undefined) return []
      const value = typeof given === 'boolean' ? { ok: true as const, value: given } : readField(field, given)
      if (value.ok) return [[field.property, value.value]]
      const option = field.flags.split(' ')[0]
      throw new GatewayError('USAGE', `${option} "${given}": ${value.reason}`, {
        hint: `${field.form}; default takes back what was set`,
      })
    }),
  )
}

/** @throws GatewayError ADDRESS_INVALID */
export function readMailbox(text: string): string {
  const parsed = parseMailAddress(text)
  if (parsed.ok) return parsed.value
  throw new GatewayError('ADDRESS_INVALID', `"${text}" is no mail address: ${parsed.reason}`, {
    hint: 'write it as name@domain',
  })
}

/** @returns E.164; national numbers are read in the SIM's home country. @throws GatewayError ADDRESS_INVALID */
export function readNumber(text: string, { config }: Office): string {
  const parsed = parsePhoneNumber(text, config.modem.country)
  if (parsed.ok) return parsed.value
  throw new GatewayError('ADDRESS_INVALID', `"${text}" is no phone number: ${parsed.reason}`, {
    hint: 'write it with its country code, such as +4917012345678',
  })
}

/** @returns milliseconds. @throws GatewayError USAGE */
export function readLasting(text: string): number {
  const lasts = parseDuration(text)
  if (lasts !== null && lasts > 0 && lasts <= lastsMaxMs) return lasts
  throw new GatewayError(
    'USAGE',
    `--for "${text}": ${lasts === null ? 'it is no duration' : lasts === 0 ? 'it is over at once' : 'it is longer than 52 weeks'}`,
    {
      hint: 'write one number and its unit: 30m, 2h, 3d or 2w, at most 52w; a permanent binding needs no --for',
    },
  )
}

/** Why these two cannot be bound; null if they can. */
export function pairFault(
  { mailbox, number, line }: Pick<Binding, 'mailbox' | 'number' | 'line'>,
  { config, desk }: Office,
): Fault | null {
  const own = config.modem.number
  if (line)
    return number === own
      ? null
      : {
          message: `${number} is not the SIM's own number, ${own}, that the binding of the line has`,
          hint: 'leave the number out to bind the line, or leave --line out to bind a phone',
        }
  const refusal = judgeNumber(number, desk.settings)
  if (refusal !== null)
    return {
      message: `${number} cannot be bound: ${reasons[refusal].means}`,
      hint:
        refusal === 'number-own'
          ? "--line instead of the number binds a mailbox to the SIM's own line"
          : `exchange.${refusal === 'country-denied' ? 'allowed_countries' : 'denied_numbers'} in the config decides it`,
    }
  const { box } = splitPlus(mailbox)
  if (
    mailKey(mailbox) === mailKey(config.mail.address) ||
    (config.mail.plus_addresses && box === mailKey(config.mail.address))
  )
    return {
      message: `${mailbox} is the box's own mailbox: every SMS of ${number} would come back to the box as a mail`,
      hint: "bind the mailbox of the person who reads the answers; --line binds the SIM's own number",
    }
  if (numberInAddress(mailbox, desk.settings) !== null)
    return {
      message: `${mailbox} is a phone itself (exchange.number_domain): an SMS of ${number} would go out as an SMS`,
      hint: 'bind a mailbox that a person reads',
    }
  return null
}

/** @throws GatewayError ADDRESS_INVALID if the two cannot be bound */
export function refusePair(pair: Pick<Binding, 'mailbox' | 'number' | 'line'>, office: Office): void {
  const fault = pairFault(pair, office)
  if (fault !== null) throw new GatewayError('ADDRESS_INVALID', fault.message, { hint: fault.hint })
}
