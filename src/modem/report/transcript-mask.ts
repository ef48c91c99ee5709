// Takes out of a transcript what must not leave the box: numbers of people, SIM and device, names, texts, cells, addresses, PINs.
// Letters become x, digits 0, in their number, so that the transcript still reads and plays like the device.
// Invariants: pure; what is not understood and looks like a number (five digits), like hex (ten digits) or like a text is masked too.

import type { TranscriptLine } from '../../domain/transcript.ts'
import { atError } from '../at/at-errors.ts'
import { classifyLine, isHex } from '../at/at-line.ts'
import { maskPdu } from './mask-pdu.ts'

/** Their header is followed by a PDU, or by a text in text mode. */
const messages = /^\+(CMG[RL]|CMT|CDS|CBM)$/
/** Numbers and names of people; all that stands in quotes is masked. */
const people =
  /^(\+(CLIP|CCWA|COLP|CNAP|CNUM|CPB[RFW]|CDNR|CLCC|CSCA|CCFC|CDIP|CMGW|CUSD|CMWN)|[+^#*]?\w*(AUTH|PASS|CSGP|USER|APN|PDP)\w*|\+CGDCONT|\+CGPADDR|\+CGCONTRDP)$/
/** Where the box is. */
const places =
  /^(\+(C5?[GE]?REG|CPSI|QENG|QCELLINFO|CCED|QNWINFO|CENG|UCELLINFO|UGRMI|CMGRMI|CNETCI|ZCELLINFO|CGPSINFO|QGPSLOC)|\^(LOCINFO|SMONI|MONSC|MONNC|SMOND|CELLINFO)|#(MONI|SERVINFO|RFSTS|GPSACP)|!\w+)$/
/** Their answers are lines without a name. */
const tells = /^AT(\+C?G(MI|MM|MR|SN|CAP)|\+CIMI|[+^#*]Q?I?CCID\??|I\d*)$/i
/** An echo, ours or that of another program; "at nine" is none. */
const isCommand = /^AT([+^#*%$&!\\]|[A-Z]\d*$|D|$)/i
const words = /^(REC (UN)?READ|STO (UN)?SENT|SM|ME|MT|SR|BM|IP|IPV6|IPV4V6|PPP)$/

const hide = (text: string): string => text.replace(/\p{L}/gu, 'x').replace(/\d/g, '0')

/** Country code at most; `*` and `#` stay. */
function hideNumber(number: string): string {
  const kept = /^\+\d{0,2}/.exec(number)?.[0] ?? ''
  return kept + number.slice(kept.length).replace(/\d/g, '0')
}

const ucs2 = /^(?:00[0-9A-F]{2})+$/i

/** Hex digits stay hex: letters in UCS-2 stay letters. */
const hideHex = (hex: string): string =>
  ucs2.test(hex) ? '0078'.repeat(hex.length / 4) : '0'.repeat(hex.length)

function hideQuoted(text: string): string {
  if (text === '' || words.test(text)) return text
  if (/^[+\d*#() -]+$/.test(text) && !/^(?:00\d\d){2,}$/.test(text)) return hideNumber(text)
  return isHex(text) && text.length % 4 === 0 ? hideHex(text) : hide(text)
}

const quoted = (text: string): string =>
  text.replace(/"([^"]*)("|$)/g, (_, inside: string, end: string) => `"${hideQuoted(inside)}${end}`)

/** UCS-2 in quotes, hex with letters, digits. */
const runs = /(?<=")(?:00[0-9A-F]{2}){2,}(?=")|(?=\d*[A-F])[0-9A-F]{10,}|\+?\d{5,}/gi
/** People write numbers with blanks and hyphens. */
const runsWithGaps = /(?<=")(?:00[0-9A-F]{2}){2,}(?=")|(?=\d*[A-F])[0-9A-F]{10,}|\+?\d(?:[ -]?\d){4,}/gi

/** The rule for everything: what looks like a number, hex, an address or a PIN. `version`: dotted numbers are no IP addresses. */
function careful(text: string, version = false): string {
  const pins = text.replace(
    /([+^#*$%]\w*(?:PIN|PUK|PWD|LCK)\w*\s*=)([^;?]*)/gi,
    (_, name: string, rest: string) => name + rest.replace(/\d{4,}/g, hide),
  )
  const addresses = version
    ? pins
    : pins
        .replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:(?:\.\d{1,3}){12})?(?![\d.])/g, hide)
        .replace(/(?<![0-9A-F:])(?:[0-9A-F]{0,4}:){3,7}[0-9A-F]{0,4}/gi, (address) =>
          address.replace(/[0-9A-F]/gi, '0'),
        )
  return addresses
    .replace(/[^\s"<>,;=@]+@[^\s"<>,;=@]+/g, hide)
    .replace(version ? runs : runsWithGaps, (run) =>
      /[A-F]/i.test(run) || ucs2.test(run) ? hideHex(run) : hideNumber(run),
    )
}

/** Cells, areas and positions: every value of three hex digits and more. */
const hidePlace = (values: string): string =>
  careful(values).replace(
    /(?<![0-9A-Z])(0x)?([0-9A-F]{3,})(?![0-9A-Z])/gi,
    (_, prefix: string | undefined, hex: string) => (prefix ?? '') + '0'.repeat(hex.length),
  )

/** Names of operators and their five digits are no secret. */
const operators = (values: string): string =>
  values.replace(/"([^"]*)"/g, (whole, name: string) =>
    isHex(name) && name.length > 6 ? `"${hideHex(name)}"` : whole,
  )

function maskCommand(line: string): string {
  if (/^AT\s*D/i.test(line)) return line.slice(0, 3) + hide(line.slice(3))
  if (/^AT\+COPS=/i.test(line)) return operators(line)
  const isUssd = /^AT\+CUSD=/i.test(line)
  const name = /^AT([+^#*$%!]\w+)=/i.exec(line)?.[1]?.toUpperCase() ?? ''
  // A short code such as *100# says nothing of who asked.
  if (isUssd && /"[*#]\d{1,3}#"/.test(line)) return line
  return people.test(name) ? careful(quoted(line)) : careful(line)
}

type Speaker = TranscriptLine['from']

class Mask {
  #command = ''
  /** Whose message header came last, while its body is still to come. */
  #bodyOf: Speaker | null = null
  /** A text in quotes goes on over line ends. */
  #textOpen = false

  line({ from, text }: TranscriptLine): TranscriptLine {
    if (from !== 'host') return { from, text: this.#said(text, from) }
    this.#command = text
    return { from, text: maskCommand(text) }
  }

  #said(text: string, from: Speaker): string {
    const error = atError(text)
    if (text === 'OK' || error !== null) {
      if (from === 'modem') this.#bodyOf = null
      this.#textOpen = false
      return error?.number === null && error.kind !== 'ERROR' ? careful(text) : text
    }
    if (this.#textOpen) {
      this.#textOpen = !text.includes('"')
      return hide(text)
    }
    const [, name = '', colon = '', values = ''] =
      /^([+^#*$%!][A-Z][A-Z0-9_]*)(\s*:?\s*)(.*)$/i.exec(text) ?? []
    const isHeader = messages.test(name.toUpperCase())
    // A text may begin like an answer, so that only the next header ends it.
    if (this.#bodyOf === from && !isHeader) return this.#body(text)
    if (isHeader) this.#bodyOf = from
    if (name !== '') return name + colon + this.#values(name.toUpperCase(), values)
    return isCommand.test(text) ? maskCommand(text) : this.#nameless(text, from)
  }

  #body(text: string): string {
    if (isHex(text) || this.#bodyOf === 'itself') this.#bodyOf = null
    return isHex(text) ? maskPdu(text) : hide(text)
  }

  #values(name: string, values: string): string {
    const open = (values.match(/"/g) ?? []).length % 2 === 1
    this.#textOpen = open && people.test(name)
    if (messages.test(name) || people.test(name)) return careful(quoted(values))
    if (places.test(name)) return hidePlace(values)
    return name === '+COPS' ? operators(values) : careful(values)
  }

  #nameless(text: string, from: Speaker): string {
    if (from === 'modem' && tells.test(this.#command))
      return careful(text, /GMR$|I\d*$/i.test(this.#command) && !/\bIP\b/.test(text))
    if (isHex(text) && text.length >= 10) return maskPdu(text)
    const known = classifyLine(text, null).kind
    return known === 'urc' || known === 'prompt' ? careful(text) : hide(text)
  }
}

/** The lines in their order, masked. */
export function maskTranscript(lines: readonly TranscriptLine[]): TranscriptLine[] {
  const mask = new Mask()
  return lines.map((line) => mask.line(line))
}

/** A fact such as the name of the device. */
export const maskFact = (text: string): string => careful(text, true)
