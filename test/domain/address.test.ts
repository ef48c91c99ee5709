// Phone numbers (ITU-T E.164) and mail addresses (RFC 5321 4.1.2) as people write them: what is read, and what is refused
// rather than guessed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  countryOf,
  domainOf,
  isCountry,
  mailKey,
  parseMailAddress,
  parseNetworkNumber,
  parsePhoneNumber,
  splitPlus,
} from '../../src/domain/address.ts'

const numberOf = (text: string, country = 'DE'): string | null => {
  const parsed = parsePhoneNumber(text, country)
  return parsed.ok ? parsed.value : null
}

/** As written, read in this country, the E.164 form. */
const numbers: readonly (readonly [string, string, string])[] = [
  ['+49 (0) 170-123 45 67', 'DE', '+491701234567'],
  ['+49 (0) 170-123 45 67', 'US', '+491701234567'],
  ['0049 170 1234567', 'DE', '+491701234567'],
  ['0049(0)170/1234567', 'DE', '+491701234567'],
  ['0170 1234567', 'DE', '+491701234567'],
  ['(0170) 12.34.567', 'DE', '+491701234567'],
  ['+49\u00a0170\u00a01234567', 'DE', '+491701234567'],
  ['  +4917012345678\t', 'DE', '+4917012345678'],
  ['+491701234567', 'DE', '+491701234567'],
  ['+44 (0)20 7946 0018', 'DE', '+442079460018'],
  ['07911 123456', 'GB', '+447911123456'],
  ['0664 1234567', 'AT', '+436641234567'],
  ['06 12 34 56 78', 'FR', '+33612345678'],
  ['(212) 555-0100', 'US', '+12125550100'],
  ['+39 06 1234567', 'DE', '+39061234567'],
  ['06 1234567', 'IT', '+39061234567'],
  ['+39 (0)6 1234567', 'DE', '+39061234567'],
  // Countries in which no zero is dialled, or none need be.
  ['2125550100', 'US', '+12125550100'],
  ['1 212 555 0100', 'US', '+12125550100'],
  ['138 0013 8000', 'CN', '+8613800138000'],
  ['98765 43210', 'IN', '+919876543210'],
  ['612 34 56 78', 'ES', '+34612345678'],
  ['333 123 4567', 'IT', '+393331234567'],
  ['916 123-45-67', 'RU', '+79161234567'],
]

for (const [text, country, e164] of numbers)
  test(`the number "${text}" read in ${country} is ${e164}`, () => {
    assert.deepEqual(parsePhoneNumber(text, country), { ok: true, value: e164 })
  })

/** What it is, as written. */
const noNumbers: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['blanks', '   '],
  ['an emergency number', '112'],
  ['a short code', '11833'],
  ['an emergency number with a country code', '+49110'],
  ['a plus alone', '+'],
  ['a country code alone', '+49'],
  ['letters', '0800REIFEN'],
  ['a URI', 'tel:+4917012345678'],
  ['an extension', '+49 30 123456 ext 5'],
  ['a number with a direction mark', '\u202a+4917012345678'],
  ['a service code', '*100#'],
  ['two numbers with a blank', '+4917012345678 +4917012345679'],
  ['two numbers with a slash', '+49 170 1234567 / +49 171 7654321'],
  ['two national numbers', '0170 1234567/0171 7654321'],
  ['two numbers with a comma', '+4917012345678, +4917012345679'],
  ['a plus in the middle', '+49+1701234567'],
  ['two plus signs', '++491701234567'],
  ['a country code that nobody has', '+999123456789'],
  ['more digits than E.164 allows', '+49170123456789012'],
  ['a number that is too short for its country', '+1 212 555'],
  ['a number that lost its plus sign', '4917012345678'],
  ['a national number that lost its zero', '170 1234567'],
]

for (const [what, text] of noNumbers)
  test(`${what} is no phone number, and the reason is said`, () => {
    const parsed = parsePhoneNumber(text, 'DE')
    assert.equal(parsed.ok, false)
    assert.match(parsed.ok ? '' : parsed.reason, /^\w[\w ,()]{9,}/)
  })

test('networks write national numbers without the zero that people dial', () => {
  assert.deepEqual(parseNetworkNumber('1701234567', 'DE'), { ok: true, value: '+491701234567' })
  assert.deepEqual(parsePhoneNumber('1701234567', 'DE'), {
    ok: false,
    reason: 'it begins neither with + and a country code nor as in its country (01701234567)',
  })
})

test('a national number without a country is refused', () => {
  assert.equal(numberOf('0170 1234567', ''), null)
  assert.equal(numberOf('+49 170 1234567', ''), '+491701234567')
})

test('the E.164 form is read as itself, in every country', () => {
  for (const [, , e164] of numbers)
    for (const country of ['DE', 'US', 'IT', '']) assert.equal(numberOf(e164, country), e164)
})

test('whatever is typed, the answer is E.164 or a reason', () => {
  const typed = fc.oneof(
    fc.string({ maxLength: 30 }),
    fc.array(fc.constantFrom(...'0123456789+() -./'), { maxLength: 25 }).map((letters) => letters.join('')),
  )
  fc.assert(
    fc.property(typed, (text) => {
      const number = numberOf(text)
      assert.ok(number === null || /^\+[1-9]\d{4,14}$/.test(number), `${text} became ${number}`)
    }),
  )
})

test('a country is a code with a numbering plan', () => {
  assert.equal(isCountry('DE'), true)
  assert.equal(isCountry('XX'), false)
  assert.equal(isCountry('Germany'), false)
})

test('the country of a number is known where its country code has one', () => {
  assert.equal(countryOf('+4917012345678'), 'DE')
  assert.equal(countryOf('+8821234567890'), undefined)
  assert.equal(countryOf('nonsense'), undefined)
})

const addresses: readonly (readonly [string, string])[] = [
  ['anna@office.example', 'anna@office.example'],
  [' Anna.Berg@Office.EXAMPLE ', 'Anna.Berg@office.example'],
  ["o'hara+x@b.example", "o'hara+x@b.example"],
  ['root@localhost', 'root@localhost'],
  ['änne@bücher.example', 'änne@bücher.example'],
  [`${'a'.repeat(64)}@b.example`, `${'a'.repeat(64)}@b.example`],
]

for (const [text, address] of addresses)
  test(`the mail address "${text.trim().slice(0, 40)}" is read, its domain in lower case`, () => {
    assert.deepEqual(parseMailAddress(text), { ok: true, value: address })
  })

const noAddresses: readonly (readonly [string, string])[] = [
  ['nothing', ''],
  ['a word', 'anna'],
  ['nothing before the @', '@office.example'],
  ['nothing after the @', 'anna@'],
  ['two @', 'anna@office@example'],
  ['a display name', 'Anna <anna@office.example>'],
  ['angle brackets', '<anna@office.example>'],
  ['a comment', 'anna(home)@office.example'],
  ['a quoted local part', '"anna b"@office.example'],
  ['a blank', 'anna b@office.example'],
  ['two addresses', 'anna@office.example,bob@office.example'],
  ['a dot at the start', '.anna@office.example'],
  ['a dot at the end', 'anna.@office.example'],
  ['two dots', 'an..na@office.example'],
  ['an empty label', 'anna@office..example'],
  ['a dash at the end of a label', 'anna@office-.example'],
  ['an address literal', 'anna@[127.0.0.1]'],
  ['a NUL', 'an\u0000na@office.example'],
  ['a direction mark', 'an\u202ena@office.example'],
  ['a line feed within', 'anna\n@office.example'],
  ['a local part of 65 octets', `${'a'.repeat(65)}@b.example`],
  ['a label of 64 characters', `anna@${'b'.repeat(64)}.example`],
  ['an address of 255 octets', `a@${'bcdefghi.'.repeat(28)}b`],
]

for (const [what, text] of noAddresses)
  test(`${what} makes no mail address, and the reason is said`, () => {
    const parsed = parseMailAddress(text)
    assert.equal(parsed.ok, false)
    assert.match(parsed.ok ? '' : parsed.reason, /^\w[\w ,@]{9,}/)
  })

test('mail addresses are compared without regard to case', () => {
  assert.equal(mailKey(' Anna@Office.Example'), mailKey('anna@office.example'))
  assert.notEqual(mailKey('anna@office.example'), mailKey('anne@office.example'))
  assert.equal(domainOf('anna@Office.Example'), 'office.example')
})

test('a plus address falls into box and detail at its first plus', () => {
  assert.deepEqual(splitPlus('SMS+abc+d@Office.example'), { box: 'sms@office.example', detail: 'abc+d' })
  assert.deepEqual(splitPlus('sms+@office.example'), { box: 'sms@office.example', detail: '' })
  assert.deepEqual(splitPlus('sms@office.example'), { box: 'sms@office.example', detail: null })
})

test('a plus at the very start is no plus address', () => {
  assert.deepEqual(splitPlus('+4917012345678@sms.example'), {
    box: '+4917012345678@sms.example',
    detail: null,
  })
})
