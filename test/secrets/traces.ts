// What a secret looks like in what a program writes: as it is, in base64 at each of its three alignments (SASL, MIME), in hex and UCS-2
// hex, percent-encoded, in packed septets at each bit (TS 23.038 6.1.2.1), a number in swapped semi-octets (TS 23.040 9.1.2.3).
// And a place to collect all that was written, of which each kind may hold something else.

import { packSeptets, septetCount, toSeptets } from '../../src/sms/alphabet.ts'

/** Shorter needles are found by chance. */
const needleMin = 6

function base64Forms(octets: Buffer): string[] {
  return [0, 1, 2].map((before) => {
    const coded = Buffer.concat([Buffer.alloc(before), octets]).toString('base64')
    const own = Math.floor(((before + octets.length) * 8) / 6)
    return coded.slice(Math.ceil((before * 8) / 6), own)
  })
}

function septetForms(word: string): string[] {
  if (septetCount(word) === null) return []
  const septets = toSeptets(word)
  return [0, 1, 2, 3, 4, 5, 6, 7].map((before) => {
    const packed = packSeptets(Uint8Array.from([...new Uint8Array(before), ...septets]), 0)
    const whole = packed.slice(Math.ceil((before * 7) / 8), Math.floor(((before + septets.length) * 7) / 8))
    return Buffer.from(whole).toString('hex')
  })
}

function semiOctets(word: string): string[] {
  const digits = word.replace(/^\+/, '')
  if (!/^\d{8,}$/.test(digits)) return []
  return [digits, digits.slice(1)].map((some) => some.slice(0, some.length & ~1).replace(/(.)(.)/g, '$2$1'))
}

/** Everything to look for, lower case. */
export function formsOf(word: string): string[] {
  const octets = Buffer.from(word)
  const percent = encodeURIComponent(word)
  return [
    word,
    word.replace(/["\\]/g, '\\$&'),
    percent,
    percent.replaceAll('%20', '+'),
    octets.toString('hex'),
    Buffer.from(word, 'utf16le').swap16().toString('hex'),
    ...base64Forms(octets),
    ...septetForms(word),
    ...semiOctets(word),
  ]
    .map((form) => form.toLowerCase())
    .filter((form, at, all) => form.length >= needleMin && all.indexOf(form) === at)
}

/** `log`: what the service says; `command`: what a command says; `shown`: of a command that shows messages; the others are files. */
export type Kind =
  | 'log'
  | 'command'
  | 'shown'
  | 'database'
  | 'token-file'
  | 'transcript'
  | 'export'
  | 'other-file'
  | 'child'

interface Trace {
  readonly kind: Kind
  readonly where: string
  /** Latin-1, lower case. */
  readonly content: string
}

/** Words that belong together, and where they may stand. */
export interface Guarded {
  readonly what: string
  readonly words: readonly string[]
  readonly allowed: readonly Kind[]
}

export class Evidence {
  readonly #traces: Trace[] = []
  #octets = 0

  add(kind: Kind, where: string, content: string | Buffer): void {
    const octets = Buffer.from(content)
    this.#octets += octets.length
    this.#traces.push({ kind, where, content: octets.toString('latin1').toLowerCase() })
  }

  get size(): { readonly traces: number; readonly octets: number } {
    return { traces: this.#traces.length, octets: this.#octets }
  }

  has(kind: Kind): boolean {
    return this.#traces.some((trace) => trace.kind === kind && trace.content !== '')
  }

  /** One line for each word in each trace that must not hold it, with what stands around it. */
  leaks(guarded: readonly Guarded[]): string[] {
    return guarded.flatMap(({ what, words, allowed }) =>
      words.flatMap((word) =>
        formsOf(word).flatMap((form) =>
          this.#traces
            .filter(({ kind }) => !allowed.includes(kind))
            .flatMap(({ kind, where, content }) => {
              const at = content.indexOf(form)
              const around = content.slice(Math.max(0, at - 80), at + form.length + 40)
              return at < 0 ? [] : [`${what} (${word}) in ${kind} ${where}: ${JSON.stringify(around)}`]
            }),
        ),
      ),
    )
  }
}
