// The phones of the simulated network: they join the parts of long messages as TS 23.040 9.2.3.24.1 says and show what is complete.
// Invariant: parts belong together only with the same recipient, reference and total; a part that comes twice counts once.

import type { Concat, DecodedText, UdhElement } from './sim-user-data.ts'

export interface SentSms {
  /** TPDU without SMSC field, upper-case hex. */
  readonly pdu: string
  /** TP-DA, "+4917..." or a short code. */
  readonly to: string
  /** The text of this part, as this file reads it. */
  readonly text: string
  readonly alphabet: DecodedText['alphabet']
  readonly concat: Concat | null
  /** All elements of the user data header. */
  readonly elements: readonly UdhElement[]
  /** Data of element 0x80 in upper-case hex; null if there is none. */
  readonly flagElement: string | null
  readonly messageReference: number
  /** True if TP-SRR asked for a status report. */
  readonly statusReport: boolean
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface PhoneSms {
  readonly to: string
  readonly text: string
  readonly parts: number
  /** Elements other than concatenation, each once, in order of appearance. */
  readonly elements: readonly UdhElement[]
}

export interface Phones {
  /** A message, or a part of one, reaches the phone of its recipient. */
  reach(sms: SentSms): void
  /** Calls back for each complete message; returns how to end that. */
  watch(handler: (sms: PhoneSms) => void): () => void
}

const isConcat = ({ id }: UdhElement): boolean => id === 0x00 || id === 0x08

function joined(parts: readonly SentSms[]): PhoneSms {
  const elements = new Map<string, UdhElement>()
  for (const element of parts.flatMap((part) => part.elements).filter((each) => !isConcat(each)))
    elements.set(`${element.id}:${element.data}`, element)
  return {
    to: parts[0]?.to ?? '',
    text: parts.map(({ text }) => text).join(''),
    parts: parts.length,
    elements: [...elements.values()],
  }
}

export function createPhones(): Phones {
  const handlers = new Set<(sms: PhoneSms) => void>()
  const partial = new Map<string, Map<number, SentSms>>()

  function complete(sms: SentSms): readonly SentSms[] {
    if (sms.concat === null) return [sms]
    const { reference, total, sequence } = sms.concat
    const key = `${sms.to} ${reference} ${total}`
    const parts = partial.get(key) ?? new Map<number, SentSms>()
    partial.set(key, parts.set(sequence, sms))
    if (parts.size < total) return []
    partial.delete(key)
    return [...parts].sort(([a], [b]) => a - b).map(([, part]) => part)
  }

  return {
    reach(sms) {
      const parts = complete(sms)
      if (parts.length > 0) for (const handler of handlers) handler(joined(parts))
    },
    watch(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
  }
}
