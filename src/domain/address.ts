// Phone numbers (E.164, ITU-T) and mail addresses (RFC 5321 4.1.2): parse, compare, print.
// The only file that knows libphonenumber-js. A number is never guessed: what is not clearly one is refused with a reason.

import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min'

/** ITU-T E.164: at most 15 digits with the country code; number plans in libphonenumber may be longer. */
const e164 = /^\+\d{1,15}$/
/** Fewer digits than in any number that can be dialled from abroad. */
const shortCodeDigitsMax = 6
const localPartOctetsMax = 64
const addressOctetsMax = 254

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

/** True for an ISO 3166 two-letter code that has a numbering plan. */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code)
}

/**
 * Reads a phone number as people write it: "+49 (0) 170-123 45 67", "0049...", "0170 1234567" (national, read in `country`). Where
 * national numbers begin with a zero, one without it is none: "4917012345678" lost its plus sign and is no number of the town 0491.
 * @param country ISO 3166 code of the SIM's home country, not of the visited network.
 * @returns the E.164 form "+491701234567", or the reason why the text is no number. Short codes and texts with letters are none.
 */
export function parsePhoneNumber(text: string, country: string): Parsed<string> {
  const parsed = parseNetworkNumber(text, country)
  const digits = text.normalize('NFKC').replace(/\D/g, '')
  if (!parsed.ok || /^\s*(\+|00)/.test(text.normalize('NFKC')) || digits.startsWith('0')) return parsed
  const read = parsePhoneNumberFromString(parsed.value)
  const dialled = read?.format('NATIONAL', { nationalPrefix: false }).replace(/\D/g, '')
  if (digits === read?.nationalNumber && digits !== dialled)
    return {
      ok: false,
      reason: `it begins neither with + and a country code nor as in its country (${dialled})`,
    }
  return parsed
}

/** Reads a number as networks write it: as `parsePhoneNumber`, and a national one also without the zero that people dial before it. */
export function parseNetworkNumber(text: string, country: string): Parsed<string> {
  const trimmed = text.normalize('NFKC').trim()
  if (trimmed === '') return { ok: false, reason: 'it is empty' }
  if (/[^0-9+()\s./-]/u.test(trimmed))
    return { ok: false, reason: 'it holds characters that no phone number has' }
  const digits = trimmed.replace(/\D/g, '')
  if (!/^\s*(\+|00)/.test(trimmed) && digits.length <= shortCodeDigitsMax)
    return { ok: false, reason: 'it is too short for a phone number (a short code cannot be bound)' }
  // Italian numbers (+39, with San Marino and the Vatican) keep their zero from abroad.
  const withoutTrunkZero = trimmed.replace(/^(\+|00)(?!39|378)([\d\s./-]*)\(0\)/, '$1$2')
  const parsed = parsePhoneNumberFromString(withoutTrunkZero.replace(/^00/, '+'), {
    ...(isSupportedCountry(country) ? { defaultCountry: country as CountryCode } : {}),
    extract: false,
  })
  if (parsed === undefined) return { ok: false, reason: 'it has no country code, or an unknown one' }
  if (!parsed.isPossible() || !e164.test(parsed.number))
    return { ok: false, reason: `no number in its country has ${digits.length} digits like that` }
  return { ok: true, value: parsed.number }
}

/** The ISO 3166 country of an E.164 number; undefined if its country code has several or none. */
export function countryOf(number: string): string | undefined {
  return parsePhoneNumberFromString(number)?.country
}

/**
 * Reads one bare mail address (no display name, no comment, no quoted local part).
 * @returns the address with its domain in lower case.
 */
export function parseMailAddress(text: string): Parsed<string> {
  const trimmed = text.trim()
  if (trimmed === '') return { ok: false, reason: 'it is empty' }
  const at = trimmed.lastIndexOf('@')
  if (at < 1) return { ok: false, reason: 'it has no @ between a name and a domain' }
  const local = trimmed.slice(0, at)
  const domain = trimmed.slice(at + 1)
  if (Buffer.byteLength(local) > localPartOctetsMax || Buffer.byteLength(trimmed) > addressOctetsMax)
    return { ok: false, reason: 'it is too long for a mail address' }
  if (!/^[^\s@"(),:;<>[\\\]\p{C}]+$/u.test(local) || /^\.|\.$|\.\./.test(local))
    return { ok: false, reason: 'the part before the @ holds characters that an address cannot have' }
  if (
    !/^(?=.{1,253}$)(?!.*[^.]{64})[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]*[\p{L}\p{N}])?)*$/u.test(
      domain,
    )
  )
    return { ok: false, reason: 'the part after the @ is not a domain' }
  return { ok: true, value: `${local}@${domain.toLowerCase()}` }
}

/**
 * The form under which mail addresses are compared. RFC 5321 lets a server tell apart upper and lower case before the @; none that
 * people use does, and two bindings that differ only in case would be a trap.
 */
export function mailKey(address: string): string {
  return address.trim().toLowerCase()
}

export function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** "box+detail@domain" -> its parts (RFC 5233); detail is null without a plus sign. */
export function splitPlus(address: string): { readonly box: string; readonly detail: string | null } {
  const at = address.lastIndexOf('@')
  const plus = address.indexOf('+')
  if (plus < 1 || plus > at) return { box: mailKey(address), detail: null }
  return { box: mailKey(address.slice(0, plus) + address.slice(at)), detail: address.slice(plus + 1, at) }
}
