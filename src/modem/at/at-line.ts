// What one line from a modem is: echo, stale prompt, information response, final result code, URC, or unknown (TS 27.007 clause 4,
// V.250 clause 5). Pure; the command in flight is the only context. Invariant: nothing a modem can say makes it throw, and a line
// that is not understood is `unknown`, never an answer.

import { type AtError, atError } from './at-errors.ts'

/** The part of a command that decides what belongs to its answer. */
export interface LineContext {
  /** The command line without CR, such as `AT+CPMS?`. */
  readonly line: string
  /** Names that open its information responses: `+CPMS`. */
  readonly prefixes: readonly string[]
  /** True when its answer has lines without a name (AT+CGMI, ATI). */
  readonly bare: boolean
  /** True when each header of its answer is followed by a line of hex (AT+CMGL, AT+CMGR in PDU mode). */
  readonly pduLines: boolean
  /** PDU and Ctrl-Z that follow the prompt; null if the command has none. */
  readonly payload: string | null
}

export type AtLine =
  | { readonly kind: 'blank' | 'echo' | 'prompt' | 'ok' }
  | { readonly kind: 'error'; readonly error: AtError }
  | { readonly kind: 'information' | 'unknown'; readonly text: string }
  | { readonly kind: 'urc'; readonly urc: Urc }

/** An unsolicited result code. `name` is the text before the colon (`+CMTI`, `RING`), `values` what follows it. */
export interface Urc {
  readonly name: string
  readonly values: string
  /** The hex line of a two-line URC (+CMT, +CDS, +CBM); null for all others and while it is still to come. */
  readonly pdu: string | null
  /** Octets of the TPDU as the header stated them; null if it did not. */
  readonly tpduLength: number | null
}

const twoLineUrcs = new Set(['+CMT', '+CDS', '+CBM'])

/** URCs without a leading sign (Huawei, SIMCom, Quectel, u-blox; V.250 6.3.4). */
const plainUrcs =
  /^(RING|NO CARRIER|BUSY|NO ANSWER|NO DIAL ?TONE|CONNECT.*|RDY|READY|START|Call Ready|SMS Ready|PB DONE|SMS DONE|(?:NORMAL )?POWER(?:ED)? DOWN|(?:UNDER|OVER)-VOLTAGE.*|DST: .*|MISSED_CALL: .*|VOICE CALL: .*|MODEM:STARTUP|SYSSTART|UNSOLICITED.*)$/i

const named = /^([+^#*%$&!][A-Z][A-Z0-9_]*)(?::\s*(.*))?$/i

/** Names that are the answer of their read command and also a URC: only the number of values tells (TS 27.007 7.2). */
const registration = new Set(['+CREG', '+CGREG', '+CEREG', '+C5GREG'])

/** Takes control characters off both ends; a modem that restarts often sends NULs before its first line. */
export function cleanLine(raw: string): string {
  return raw.replace(/^[\u0000-\u0020\u007f]+|[\u0000-\u0020\u007f]+$/g, '')
}

/** True for a line that can be a PDU: hex digits only, at least one octet. An odd count is allowed: the line is damaged then. */
export function isHex(line: string): boolean {
  return line.length >= 2 && /^[0-9A-F]+$/i.test(line)
}

/**
 * True when the hex line has as many octets as `tpduLength` and its own SMSC octet state (TS 27.005 3.1 <length>).
 * @param tpduLength octets of the TPDU; null: not stated, then only whole octets are asked for
 */
export function pduFits(hex: string, tpduLength: number | null): boolean {
  if (!isHex(hex) || hex.length % 2 !== 0) return false
  return tpduLength === null || hex.length === 2 * (1 + Number.parseInt(hex.slice(0, 2), 16) + tpduLength)
}

/** The last number of a header such as `+CMT: ,24` or `+CMGL: 3,1,,24`; ZTE puts a further field before it. */
export function lastNumber(values: string): number | null {
  const digits = /(?:^|,)\s*(\d{1,4})\s*$/.exec(values)?.[1]
  return digits === undefined ? null : Number(digits)
}

function isRegistrationUrc(values: string): boolean {
  const parts = values.split(',')
  // `+CREG: 1` and `+CREG: 1,"00C3","1A2B",7` are URCs; in the answer `+CREG: 0,1` the second value is <stat>.
  return parts.length === 1 || !/^\s*\d{1,2}\s*$/.test(parts[1] ?? '')
}

function finalOf(line: string): AtLine | null {
  if (line === 'OK') return { kind: 'ok' }
  const error = atError(line)
  return error === null ? null : { kind: 'error', error }
}

function isEcho(line: string, context: LineContext | null): boolean {
  if (context !== null) {
    if (line === context.line) return true
    if (context.payload !== null && line === cleanLine(context.payload)) return true
  }
  // A line that starts like a command is one: ours, cut short, or that of another program on the same port.
  return /^AT($|[+^#*%$&!\\DEHQVXZ])/i.test(line)
}

function urcOf(name: string, values: string): AtLine {
  const tpduLength = twoLineUrcs.has(name) ? lastNumber(values) : null
  return { kind: 'urc', urc: { name, values, pdu: null, tpduLength } }
}

/** True when a hex line must follow this URC. */
export function wantsPdu(urc: Urc): boolean {
  return twoLineUrcs.has(urc.name) && urc.pdu === null
}

/** Says what `raw` is while `context` (null: nothing) is in flight. */
export function classifyLine(raw: string, context: LineContext | null): AtLine {
  // A prompt has no line end, so it clings to the line after it; with echo on, that is the PDU.
  const prompted = cleanLine(raw)
  const line = prompted.replace(/^(?:>[\s\u0000]*)+/, '')
  if (line === '') return { kind: prompted === '' ? 'blank' : 'prompt' }
  const final = finalOf(line)
  if (final !== null) return final
  if (isEcho(line, context)) return { kind: 'echo' }
  const match = named.exec(line)
  if (match !== null) {
    const name = (match[1] ?? '').toUpperCase()
    const values = match[2] ?? ''
    const ours = context?.prefixes.includes(name) === true
    if (ours && !(registration.has(name) && isRegistrationUrc(values)))
      return { kind: 'information', text: line }
    return urcOf(name, values)
  }
  if (plainUrcs.test(line)) return urcOf(line.toUpperCase(), '')
  if (context?.pduLines === true && isHex(line)) return { kind: 'information', text: line }
  return { kind: context?.bare === true ? 'information' : 'unknown', text: line }
}
