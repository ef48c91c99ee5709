// What happens to mails on their way through bad programs: octets changed, lost, repeated and mixed up, ends cut off.

import type { Random } from '../support/random.ts'

/** Octets that mean something to whoever reads mail. */
const tokens = [
  '\u0000',
  '\r',
  '\n',
  '\r\n\r\n',
  '=?utf-8?Q?',
  '?=',
  '=\n',
  '--',
  '----',
  '"',
  '(',
  '<',
  '\u00ff\u00fe',
  '\u001b$B',
  '~{',
  'Content-Type: multipart/mixed; boundary=""\n\n',
  '\nFrom: x\n',
]
const damagesMax = 6

function damagedOnce(raw: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  const at = random.below(raw.length + 1)
  const to = Math.min(raw.length, at + random.below(200))
  const before = raw.subarray(0, at)
  const after = raw.subarray(at)
  switch (random.below(7)) {
    case 0:
      return before
    case 1:
      return Buffer.concat([before, raw.subarray(to)])
    case 2:
      return Buffer.concat([before, raw.subarray(at, to), raw.subarray(at, to), after])
    case 3:
      return Buffer.concat([before, Buffer.from(random.pick(tokens), 'latin1'), after])
    case 4: {
      const other = random.pick(others)
      return Buffer.concat([before, other.subarray(random.below(other.length))])
    }
    case 5:
      return Buffer.concat([before, Buffer.from(random.octets(random.below(20))), after])
    default: {
      const changed = Buffer.from(raw)
      if (changed.length > 0) changed[random.below(changed.length)] = random.below(256)
      return changed
    }
  }
}

/** A damaged copy. */
export function damage(raw: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let damaged = raw
  for (let times = 1 + random.below(damagesMax); times > 0; times--)
    damaged = damagedOnce(damaged, random, others)
  return damaged
}
