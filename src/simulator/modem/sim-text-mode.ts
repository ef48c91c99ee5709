// Messages in text mode (TS 27.005 clause 3.4): what CMGL, CMGR, CMT, CMTI and CDS print for a stored TPDU, and the TPDU of a typed text.
// Invariant: only the interpreter's text mode uses this; PDU mode shows the stored octets untouched.

import { AtError } from './sim-at-errors.ts'
import { showText } from './sim-charset.ts'
import type { Machine } from './sim-machine.ts'
import { createReader, fromHex, PduError, toHex } from './sim-octets.ts'
import { decodeDeliver, decodeSubmit, encodeAddress } from './sim-pdu.ts'
import type { StoredState } from './sim-store.ts'
import { decodeText, splitText, type UserData } from './sim-user-data.ts'

/** <stat> in words, by its number. */
export const stateNames = ['REC UNREAD', 'REC READ', 'STO UNSENT', 'STO SENT', 'ALL'] as const

/** The TPDU behind the SMSC field; both hex. */
export function tpduOf(pdu: string): string {
  return pdu.slice(2 + 2 * Number.parseInt(pdu.slice(0, 2), 16))
}

interface Shown {
  readonly address: string
  /** TP-SCTS as clock text; '' for a message of our own. */
  readonly time: string
  readonly text: string
  /** <fo>,<pid>,<dcs> for AT+CSDH=1. */
  readonly octets: readonly [number, number, number]
}

function timeText(scts: string): string {
  const digits = Array.from(fromHex(scts), (octet) => `${octet & 15}${octet >> 4}`)
  const zoneOctet = Number.parseInt(scts.slice(12), 16)
  const zone = (zoneOctet & 0x07) * 10 + (zoneOctet >> 4)
  const [year = '', month = '', day = '', hour = '', minute = '', second = ''] = digits
  const sign = (zoneOctet & 0x08) === 0 ? '+' : '-'
  return `${year}/${month}/${day},${hour}:${minute}:${second}${sign}${String(zone).padStart(2, '0')}`
}

function bodyText(machine: Machine, userData: UserData): string {
  const { alphabet, text } = decodeText(userData)
  if (alphabet === 'gsm7') return showText(machine, text)
  return alphabet === '8bit' ? text : Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()
}

function show(machine: Machine, tpdu: string): Shown {
  const octets = fromHex(tpdu)
  if (((octets[0] ?? 0) & 3) === 1) {
    const { to, firstOctet, pid, userData } = decodeSubmit(octets)
    return {
      address: to,
      time: '',
      text: bodyText(machine, userData),
      octets: [firstOctet, pid, userData.dcs],
    }
  }
  const { from, firstOctet, pid, timestamp, userData } = decodeDeliver(octets)
  const text = bodyText(machine, userData)
  return { address: from, time: timeText(timestamp), text, octets: [firstOctet, pid, userData.dcs] }
}

const typeOf = (address: string): number =>
  address.startsWith('+') ? 145 : /^[\d*#]/.test(address) ? 129 : 208

/** One message of AT+CMGL or AT+CMGR in text mode: information line and text. Throws PduError. */
export function textLines(machine: Machine, prefix: string, state: StoredState, pdu: string): string[] {
  const tpdu = tpduOf(pdu)
  if ((Number.parseInt(tpdu.slice(0, 2), 16) & 3) === 2)
    return [`${prefix}"${stateNames[state]}",${reportText(tpdu)}`]
  const { address, time, text, octets } = show(machine, tpdu)
  const head = `${prefix}"${stateNames[state]}","${showText(machine, address)}",`
  const [fo, pid, dcs] = octets
  const details =
    machine.settings.numbers.get('+CSDH') === 1
      ? `,${typeOf(address)},${fo},${pid},${dcs},"${machine.smsc}",145,${text.length}`
      : ''
  return [`${head}${time === '' ? '' : `,"${time}"`}${details}`, text]
}

/** The information line and text of a direct +CMT in text mode. Throws PduError. */
export function directLines(machine: Machine, tpdu: string): string[] {
  const { address, time, text } = show(machine, tpdu)
  return [`+CMT: "${showText(machine, address)}",,"${time}"`, text]
}

/** <fo>,<mr>,<ra>,<tora>,<scts>,<dt>,<st> of a status report. Throws PduError. */
export function reportText(tpdu: string): string {
  const reader = createReader(fromHex(tpdu))
  const [fo, mr, digits, type] = [reader.octet(), reader.octet(), reader.octet(), reader.octet()]
  const swapped = Array.from(
    reader.take(Math.ceil(digits / 2)),
    (octet) => `${octet & 15}${octet >> 4}`,
  ).join('')
  const address = `${type === 0x91 ? '+' : ''}${swapped.slice(0, digits)}`
  const [sent, discharged] = [timeText(toHex(reader.take(7))), timeText(toHex(reader.take(7)))]
  return `${fo},${mr},"${address}",${type},"${sent}","${discharged}",${reader.octet()}`
}

/** The SMS-SUBMIT of a text typed at the prompt, built as AT+CSMP says (TS 27.005 3.1, 4.3). Throws AtError CMS 305. */
export function submitOf(machine: Machine, to: string, text: string): string {
  const [firstOctet, validity, pid, dcs] = machine.settings.csmp
  if (!/^\+?[\d*#]+$/.test(to)) throw new AtError('CMS', 305)
  const ucs2 = (dcs & 0x0c) === 0x08
  try {
    const [userData, ...more] = splitText(text, { reference: 0, alphabet: ucs2 ? 'ucs2' : 'gsm7' })
    if (userData === undefined || more.length > 0) throw new AtError('CMS', 305)
    const relative = ((firstOctet >> 3) & 3) === 2
    return toHex(
      Uint8Array.from([
        ...[firstOctet & 0x3f & (relative ? 0xff : 0xe7), 0, ...encodeAddress(to), pid, dcs],
        ...(relative ? [validity] : []),
        ...[userData.length, ...userData.octets],
      ]),
    )
  } catch (error) {
    if (error instanceof PduError) throw new AtError('CMS', 305)
    throw error
  }
}
