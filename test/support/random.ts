// Random numbers that a printed seed brings back (xorshift32), for tests that damage what they send.

export interface Random {
  /** 0 to limit - 1. */
  below(limit: number): number
  pick<T>(from: readonly T[]): T
  octets(count: number): number[]
}

export function createRandom(seed: number): Random {
  // Zero would stay zero.
  let state = seed | 0 || 1
  const below = (limit: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
  return {
    below,
    pick(from) {
      const one = from[below(from.length)]
      if (one === undefined) throw new Error('nothing to pick from')
      return one
    },
    octets: (count) => Array.from({ length: count }, () => below(256)),
  }
}
