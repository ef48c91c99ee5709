// Chinese and Korean in seven bits: HZ (RFC 1843) and ISO-2022-KR (RFC 1557), which libmime does not know. Both are GB 2312 and KS X 1001
// without the eighth bit between two marks; with the bit set again, the charsets that are known read them.
// Pure. Invariant: ends for every input; what is no mark stays.

const tilde = 0x7e
const lineFeed = 0x0a
const shiftOut = 0x0e
const shiftIn = 0x0f
/** ESC $ ) C at the start of a text says that SO means KS X 1001. */
const designator = Buffer.from('\u001b$)C', 'latin1')

/** `~{` and `~}` switch, `~~` is a tilde, and a tilde at the end of a line joins it with the next; a line begins in ASCII. */
function openHz(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length)
  let length = 0
  let wide = false
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] ?? 0
    const next = bytes[i + 1] ?? 0
    if (octet === tilde && next === (wide ? 0x7d : 0x7b)) {
      wide = !wide
      i++
    } else if (!wide && octet === tilde && (next === tilde || next === lineFeed)) {
      if (next === tilde) out[length++] = tilde
      i++
    } else {
      if (octet === lineFeed) wide = false
      out[length++] = wide ? octet | 0x80 : octet
    }
  }
  return out.subarray(0, length)
}

function openIso2022Kr(bytes: Buffer): Buffer {
  const out = Buffer.alloc(bytes.length)
  let length = 0
  let wide = false
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] ?? 0
    if (octet === shiftOut || octet === shiftIn) wide = octet === shiftOut
    else if (octet === designator[0] && bytes.subarray(i, i + designator.length).equals(designator))
      i += designator.length - 1
    else {
      if (octet === lineFeed) wide = false
      out[length++] = wide && octet > 0x20 && octet < 0x7f ? octet | 0x80 : octet
    }
  }
  return out.subarray(0, length)
}

export interface LabelledBytes {
  readonly bytes: Buffer
  readonly label: string
}

/** The same text in eight bits with the label of that charset; null for every other label. */
export function eightBitForm(bytes: Buffer, label: string): LabelledBytes | null {
  if (/^(?:hz|hz-gb-?2312|cshzgb2312)$/i.test(label)) return { bytes: openHz(bytes), label: 'gbk' }
  return /^(?:cs)?iso-?2022-?kr$/i.test(label) ? { bytes: openIso2022Kr(bytes), label: 'euc-kr' } : null
}
