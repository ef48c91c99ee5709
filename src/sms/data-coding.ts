// TP-DCS, the data coding scheme: TS 23.038 clause 4. Which alphabet the user data has, its class, and message waiting.
// Invariant: every one of the 256 values has a meaning here; reserved ones are read as the GSM 7-bit default alphabet, as the
// standard asks of a receiver. Whether a message is to be deleted once read, or not stored, does not matter: a mail is sent.

import type { MessageWaiting } from '../domain/message.ts'
import type { TextEncoding } from './text-coding.ts'

export type MessageClass = 0 | 1 | 2 | 3

export interface DataCoding {
  /** `8bit` stands for compressed text too: its octets are kept, nobody sends it. */
  readonly encoding: TextEncoding | '8bit'
  readonly compressed: boolean
  readonly messageClass: MessageClass | null
  /** What the message waiting groups say. */
  readonly waiting: MessageWaiting | null
}

const alphabets = ['gsm7', '8bit', 'ucs2', 'gsm7'] as const
const waitingKinds = ['voice', 'fax', 'email', 'other'] as const
const plain: DataCoding = { encoding: 'gsm7', compressed: false, messageClass: null, waiting: null }

export function readDataCoding(dcs: number): DataCoding {
  const group = dcs >> 4
  if (group < 0x8) return generalGroup(dcs)
  if (group < 0xc) return plain
  if (group === 0xf) return { ...plain, encoding: dcs & 0x04 ? '8bit' : 'gsm7', messageClass: classOf(dcs) }
  const kind = waitingKinds[dcs & 0x03] ?? 'other'
  return {
    ...plain,
    encoding: group === 0xe ? 'ucs2' : 'gsm7',
    waiting: { kind, active: (dcs & 0x08) !== 0, count: null },
  }
}

/** 00xx xxxx, and 01xx xxxx (marked for automatic deletion). */
function generalGroup(dcs: number): DataCoding {
  const compressed = (dcs & 0x20) !== 0
  return {
    ...plain,
    encoding: compressed ? '8bit' : (alphabets[(dcs >> 2) & 0x03] ?? 'gsm7'),
    compressed,
    messageClass: dcs & 0x10 ? classOf(dcs) : null,
  }
}

function classOf(dcs: number): MessageClass {
  const classes = [0, 1, 2, 3] as const
  return classes[dcs & 0x03] ?? 0
}
