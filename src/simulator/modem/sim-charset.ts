// Texts as AT+CSCS spells them between modem and host (TS 27.007 5.5).
// Invariant: readText undoes showText for every text that the character set can spell.

import { AtError } from './sim-at-errors.ts'
import type { Machine } from './sim-machine.ts'
import { septetsOf, textOfSeptets } from './sim-septets.ts'

/** A question mark. */
const unknownSeptets = [0x3f]

/** Spells a text for the host: one byte per septet under GSM, ASCII with `?` under IRA, else hex. */
export function showText(machine: Machine, text: string): string {
  const { charset } = machine.settings
  if (charset === 'IRA') return text.replace(/[^\x00-\x7f]/gu, '?')
  if (charset === 'UCS2') return Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()
  const septets = Buffer.from(Array.from(text).flatMap((character) => septetsOf(character) ?? unknownSeptets))
  return charset === 'HEX' ? septets.toString('hex').toUpperCase() : septets.toString('latin1')
}

/** Reads a text of the host. Throws AtError CMS 305. */
export function readText(machine: Machine, text: string): string {
  const { charset } = machine.settings
  if (charset === 'IRA') return text
  if (charset === 'GSM') return textOfSeptets([...Buffer.from(text, 'latin1')])
  const digits = charset === 'UCS2' ? 4 : 2
  if (/[^0-9a-f]/i.test(text) || text.length % digits !== 0) throw new AtError('CMS', 305)
  const octets = Buffer.from(text, 'hex')
  return charset === 'UCS2' ? octets.swap16().toString('utf16le') : textOfSeptets([...octets])
}
