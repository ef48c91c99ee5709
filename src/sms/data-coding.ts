// TP-DCS, the data coding scheme: TS 23.038 clause 4. Which alphabet the user data has, its class, and message waiting.
// Invariant: every one of the 256 values has a meaning here; reserved ones are read as the GSM 7-bit default alphabet, as the
// standard asks of a receiver.

import type { TextEncoding } from './text-coding.ts'

export type MessageClass = 0 | 1 | 2 | 3

export interface DataCoding {
  /** `8bit` stands for compressed text too: its octets are kept, nobody sends it. */
  readonly encoding: TextEncoding | '8bit'
  readonly messageClass: MessageClass | null
  /** The message waiting group says that voice messages wait (indication active, type voice). */
  readonly voicemail: boolean
}

const alphabets = ['gsm7', '8bit', 'ucs2', 'gsm7'] as const

export function readDataCoding(dcs: number): DataCoding {
  const group = dcs >> 4
  if (group < 0x8) return generalGroup(dcs)
  if (group < 0xc) return { encoding: 'gsm7', messageClass: null, voicemail: false }
  if (group === 0xf)
    return { encoding: dcs & 0x04 ? '8bit' : 'gsm7', messageClass: classOf(dcs), voicemail: false }
  return {
    encoding: group === 0xe ? 'ucs2' : 'gsm7',
    messageClass: null,
    voicemail: (dcs & 0x08) !== 0 && (dcs & 0x03) === 0,
  }
}

/** 00xx xxxx, and 01xx xxxx (marked for automatic deletion). */
function generalGroup(dcs: number): DataCoding {
  const compressed = (dcs & 0x20) !== 0
  return {
    encoding: compressed ? '8bit' : (alphabets[(dcs >> 2) & 0x03] ?? 'gsm7'),
    messageClass: dcs & 0x10 ? classOf(dcs) : null,
    voicemail: false,
  }
}

function classOf(dcs: number): MessageClass {
  const classes = [0, 1, 2, 3] as const
  return classes[dcs & 0x03] ?? 0
}
