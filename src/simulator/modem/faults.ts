// Scripted and seeded faults for the simulated modem: what real modems have been seen to do wrong, each at a point of its choosing.
// Invariants: a fault fires at its n-th occasion and so many times, then never again; with the same seed the same faults fire.

/** Where unsolicited lines push in: between echo and answer, between information line and PDU, in the middle of a CMGL listing, around the prompt. */
export type UrcPoint = 'after-echo' | 'before-pdu' | 'in-listing' | 'before-prompt' | 'after-prompt'

export type Fault =
  /** No line at all after Ctrl-Z although the network took the message. */
  | { readonly kind: 'answer-lost' }
  /** `OK` without `+CMGS`; the network took the message unless `accepted` is false. */
  | { readonly kind: 'answer-ok-only'; readonly accepted?: boolean }
  /** `+CMGS` and `OK` come `ms` later. `blocking`: the modem takes no command until then, else it goes on meanwhile. */
  | { readonly kind: 'answer-late'; readonly ms: number; readonly blocking?: boolean }
  /** +CMS ERROR; the network refused the message unless `accepted` is true. */
  | { readonly kind: 'send-error'; readonly code: number; readonly accepted?: boolean }
  /** The status report overtakes `+CMGS`. */
  | { readonly kind: 'report-first' }
  /** `>` without a blank. */
  | { readonly kind: 'prompt-bare' }
  /** No prompt; the modem waits for the text all the same and leaves at ESC or Ctrl-Z. */
  | { readonly kind: 'prompt-never' }
  | { readonly kind: 'urc'; readonly at: UrcPoint; readonly lines: readonly string[] }
  /** AT+CMGD answers OK and deletes nothing. */
  | { readonly kind: 'delete-lies' }
  /** AT+CMGD answers this +CMS ERROR and deletes nothing. */
  | { readonly kind: 'delete-error'; readonly code: number }
  /** Bytes (latin1) before an answer. */
  | { readonly kind: 'noise'; readonly bytes: string }
  /** The port vanishes. At `after-ctrl-z` the network took the message only if `accepted`; at `after-cmgs` it did, `OK` is lost. */
  | {
      readonly kind: 'unplug'
      readonly at: 'before-prompt' | 'after-ctrl-z' | 'after-cmgs'
      readonly accepted?: boolean
    }
  /** A command is taken and never answered. */
  | { readonly kind: 'no-answer' }
  /** An indication (+CMTI, +CMT, +CDS, +CDSI) is swallowed. */
  | { readonly kind: 'indication-lost' }
  /**
   * Bytes (latin1) that push in where the modem's output has a gap: before each echoed character, each line and each prompt, behind a
   * prompt and behind a final result code. Each of these places is an occasion, so that `nth` 1, 2, 3 ... walks through a session.
   */
  | { readonly kind: 'at-gap'; readonly bytes: () => string }
  /** A line of the modem does not arrive: another program reads the port as well. Each line is an occasion. */
  | { readonly kind: 'line-stolen' }
  /** Another program on the port has sent this line before ours: its echo and its answer come first. */
  | { readonly kind: 'foreign-command'; readonly line: string }

type FaultKind = Fault['kind']

interface When {
  /** Fires first at this occasion, counted from when the fault was added; default 1, the next one. */
  readonly nth?: number
  /** How often it fires in a row; default 1. */
  readonly times?: number
}

export interface Faults {
  /** Octets per write to the line: 1, 7, or all at once (the default, Infinity). */
  chunkOctets: number
  /** True: every store behaves as if it had no free slot: 322, no +CMTI, the network keeps the message. */
  storeFull: boolean
  add(fault: Fault, when?: When): void
  /** Fires each of `faults` with this probability (0-1) at each of its occasions, reproducibly for `seed`. */
  random(faults: readonly Fault[], probability: number, seed: number): void
  /** Ends all faults and their effects. */
  clear(): void
  /** For the simulator: the fault of that kind that fires now, if any. This is an occasion. */
  take<K extends FaultKind>(kind: K, at?: string): Extract<Fault, { kind: K }> | undefined
  /** Faults that fired, oldest first. */
  readonly fired: readonly Fault[]
}

const firedMax = 1000

/** Small reproducible generator (mulberry32); numbers from 0 up to, not including, 1. */
function seededNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Scripted {
  readonly fault: Fault
  waits: number
  left: number
}

const isKind = <K extends FaultKind>(fault: Fault, kind: K): fault is Extract<Fault, { kind: K }> =>
  fault.kind === kind

export function createFaults(): Faults {
  const fired: Fault[] = []
  let scripted: Scripted[] = []
  let drawn: Array<{ fault: Fault; probability: number; next: () => number }> = []
  const matches = (fault: Fault, kind: FaultKind, at: string | undefined): boolean =>
    fault.kind === kind && (at === undefined || !('at' in fault) || fault.at === at)

  function due(kind: FaultKind, at: string | undefined): Fault | undefined {
    let hit: Fault | undefined
    for (const entry of scripted.filter(({ fault }) => matches(fault, kind, at))) {
      if (entry.waits > 0) entry.waits -= 1
      else if (hit === undefined) {
        hit = entry.fault
        entry.left -= 1
      }
    }
    scripted = scripted.filter(({ left }) => left > 0)
    if (hit !== undefined) return hit
    return drawn.find(({ fault, probability, next }) => matches(fault, kind, at) && next() < probability)
      ?.fault
  }

  return {
    fired,
    chunkOctets: Number.POSITIVE_INFINITY,
    storeFull: false,
    add(fault, { nth = 1, times = 1 } = {}) {
      scripted.push({ fault, waits: nth - 1, left: times })
    },
    random(faults, probability, seed) {
      const next = seededNumbers(seed)
      drawn = drawn.concat(faults.map((fault) => ({ fault, probability, next })))
    },
    clear() {
      scripted = []
      drawn = []
      this.chunkOctets = Number.POSITIVE_INFINITY
      this.storeFull = false
    },
    take(kind, at) {
      const fault = due(kind, at)
      if (fault === undefined || !isKind(fault, kind)) return undefined
      if (fired.length < firedMax) fired.push(fault)
      return fault
    },
  }
}

/** The lines and prompts of a text that the modem writes, each with its line ends. */
export function outputLines(text: string): string[] {
  return text.split(/(?<=[^\r\n]\r\n)/)
}

/** True behind a prompt and behind a final result code. */
export function endsAnswer(text: string): boolean {
  return /(?:> ?|\n(?:OK|ERROR|\+CM[ES] ERROR:[^\n]*)\r\n)$/.test(text)
}

/** Where an unsolicited line would hurt inside an answer: its index in `lines`, for a given point; -1 if there is no such place. */
export function urcPosition(lines: readonly string[], at: 'before-pdu' | 'in-listing'): number {
  const headers = lines.flatMap((line, i) => (/^\+CMG[LR]:/.test(line) ? [i] : []))
  if (at === 'before-pdu') return headers[0] === undefined ? -1 : headers[0] + 1
  return headers[1] ?? -1
}
