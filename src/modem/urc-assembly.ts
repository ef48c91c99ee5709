// Puts two-line URCs together: +CMT, +CDS and +CBM bring a header with <length> and then a line of hex (TS 27.005 3.4.1).
// Invariant: a hex line goes to the URC only if its length is the one that the header states; inside a listing any other hex line
// belongs to the listing that the URC interrupted.

import { isHex, pduFits, type Urc, wantsPdu } from './at-line.ts'

export interface UrcAssembly {
  /** Takes a URC line: hands it on at once, or keeps it until its PDU comes. */
  take(urc: Urc): void
  /** True when `line` was the PDU of the URC that waits for one. `inListing`: the command in flight has PDU lines of its own. */
  takePdu(line: string, inListing: boolean): boolean
  reset(): void
}

export interface UrcHandlers {
  readonly onUrc: (urc: Urc) => void
  readonly onNoise: (line: string) => void
}

/** The PDU comes next, or soon: so many other lines may stand between. */
const linesBeforePdu = 3

export function createUrcAssembly({ onUrc, onNoise }: UrcHandlers): UrcAssembly {
  let header: Urc | null = null
  let linesLeft = 0
  return {
    take(urc) {
      if (!wantsPdu(urc)) return onUrc(urc)
      header = urc
      linesLeft = linesBeforePdu
    },
    takePdu(line, inListing) {
      if (header === null) return false
      const urc = header
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
