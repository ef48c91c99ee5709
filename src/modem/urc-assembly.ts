// Puts URCs of several lines together: +CMT, +CDS and +CBM bring a header with <length> and then a line of hex (TS 27.005 3.4.1), and
// the text of +CUSD may have line ends (TS 27.007 7.15).
// Invariant: a hex line goes to the URC only if its length is the one that the header states; inside a listing any other hex line
// belongs to the listing that the URC interrupted.

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

export function createUrcAssembly({ onUrc, onNoise }: UrcHandlers): UrcAssembly {
  let header: Urc | null = null
  let linesLeft = 0
  const takeText = (urc: Urc, line: string): void => {
    header = { ...urc, values: `${urc.values}\n${line}` }
    linesLeft -= 1
    if (linesLeft > 0 && textIsOpen(header.values)) return
    const whole = header
    header = null
    onUrc(whole)
  }
  return {
    take(urc) {
      const isText = urc.name === '+CUSD' && textIsOpen(urc.values)
      if (!isText && !wantsPdu(urc)) return onUrc(urc)
      header = urc
      linesLeft = isText ? textLinesMax : linesBeforePdu
    },
    takeNext(line, inListing) {
      if (header === null) return false
      const urc = header
      if (!wantsPdu(urc)) {
        takeText(urc, line)
        return true
      }
      const fits = pduFits(line, urc.tpduLength)
      if (isHex(line) && (fits || !inListing)) {
        header = null
        if (fits) onUrc({ ...urc, pdu: line.toUpperCase() })
        else onNoise(`damaged ${urc.name} PDU of ${line.length} digits`)
        return true
      }
      linesLeft -= 1
      if (linesLeft <= 0) header = null
      return false
    },
    reset() {
      header = null
    },
  }
}
