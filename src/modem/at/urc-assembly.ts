// Puts URCs of several lines together: +CMT, +CDS and +CBM bring a header with <length> and then a line of hex (TS 27.005 3.4.1), and
// the text of +CUSD may have line ends (TS 27.007 7.15).
// Invariants: inside a listing a hex line goes to a URC only if its length is the one that the header states; any other belongs to the
// listing that the URC interrupted. Outside of one, a damaged PDU is handed on as it came.

import { isHex, pduFits, type Urc, wantsPdu } from './at-line.ts'

export interface UrcAssembly {
  /** Takes a URC line: hands it on at once, or keeps it until its PDU comes. */
  take(urc: Urc): void
  /** True when `line` belongs to the URC that waits for more. `inListing`: the command in flight has PDU lines of its own. */
  takeNext(line: string, inListing: boolean): boolean
  reset(): void
}

export interface UrcHandlers {
  readonly onUrc: (urc: Urc) => void
  readonly onNoise: (line: string) => void
}

/** The PDU comes next, or soon: so many other lines may stand between. */
const linesBeforePdu = 3

/** A USSD text of 182 characters has no more lines than this; what never ends is handed on as it is. */
const textLinesMax = 24

/** True while the string of `+CUSD: <m>,"<str>"[,<dcs>]` is not closed; the text may hold quotes of its own. */
function textIsOpen(values: string): boolean {
  const quotes = values.split('"').length - 1
  if (quotes === 0 || (quotes > 1 && /"\s*,\s*\d{1,3}\s*$/.test(values))) return false
  return quotes % 2 === 1 || !/"\s*$/.test(values)
}

/** Headers that may wait at a time. */
const headersMax = 3

/** Shorter hex lines are numbers (IMEI 15 digits, ICCID 20); a PDU, even a damaged one, is hardly ever that short. */
const damagedDigitsMin = 24

export function createUrcAssembly({ onUrc, onNoise }: UrcHandlers): UrcAssembly {
  /** Headers whose PDU is still to come; more than one when a URC stands between another and its PDU. */
  let headers: Urc[] = []
  let text: Urc | null = null
  let linesLeft = 0

  function takeText(urc: Urc, line: string): void {
    const whole = { ...urc, values: `${urc.values}\n${line}` }
    linesLeft -= 1
    text = linesLeft > 0 && textIsOpen(whole.values) ? whole : null
    if (text === null) onUrc(whole)
  }

  function takePdu(line: string, inListing: boolean): boolean {
    if (!isHex(line)) return false
    const fitting = headers.findLast(({ tpduLength }) => pduFits(line, tpduLength))
    if (fitting !== undefined) {
      headers = headers.filter((each) => each !== fitting)
      onUrc({ ...fitting, pdu: line.toUpperCase() })
      return true
    }
    const damaged = headers.at(-1)
    if (damaged === undefined || inListing || line.length < damagedDigitsMin) return false
    headers.pop()
    onNoise(`damaged ${damaged.name} PDU of ${line.length} digits`)
    // It lies nowhere else: what is left of it is handed on as it is.
    onUrc({ ...damaged, pdu: line.toUpperCase() })
    return true
  }

  return {
    take(urc) {
      const isText = urc.name === '+CUSD' && textIsOpen(urc.values)
      if (!isText && !wantsPdu(urc)) return onUrc(urc)
      if (isText) text = urc
      else headers = [...headers.slice(1 - headersMax), urc]
      linesLeft = isText ? textLinesMax : linesBeforePdu
    },
    takeNext(line, inListing) {
      if (text !== null) {
        takeText(text, line)
        return true
      }
      if (headers.length === 0) return false
      if (takePdu(line, inListing)) return true
      linesLeft -= 1
      if (linesLeft <= 0) headers = []
      return false
    },
    reset() {
      headers = []
      text = null
    },
  }
}
