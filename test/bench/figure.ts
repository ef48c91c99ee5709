// What a bench prints: a figure with its unit and its aim, and how samples become one.

import { createRandom } from '../support/random.ts'

export interface Figure {
  readonly name: string
  readonly unit: string
  readonly median: number
  /** 95 of 100 samples are below; null where there was one measurement. */
  readonly p95: number | null
  /** What is wanted, in words; '' where the figure is only shown. */
  readonly aim: string
}

export function percentile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5)

/** One measurement. */
export const single = (name: string, unit: string, value: number, aim = ''): Figure => ({
  ...{ name, unit, median: value, aim },
  p95: null,
})

/** Many measurements of the same thing. */
export const sampled = (name: string, unit: string, samples: readonly number[], aim = ''): Figure => ({
  ...{ name, unit, median: median(samples), aim },
  p95: percentile(samples, 0.95),
})

const resamples = 2000

/**
 * The ratio of the medians of pairs that were measured one right after the other, and the range in which it lies with 95 of 100
 * (percentile bootstrap over the pairs, Efron 1979; the seed is fixed, so that the same samples give the same range).
 */
export function ratioOfMedians(pairs: readonly (readonly [base: number, other: number])[]): {
  readonly ratio: number
  readonly low: number
  readonly high: number
} {
  const ratioOf = (some: typeof pairs): number =>
    median(some.map(([, b]) => b)) / median(some.map(([a]) => a))
  const random = createRandom(1)
  const ratios = Array.from({ length: resamples }, () => ratioOf(pairs.map(() => random.pick(pairs))))
  return { ratio: ratioOf(pairs), low: percentile(ratios, 0.025), high: percentile(ratios, 0.975) }
}
