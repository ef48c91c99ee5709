// The first half of the seeds of the simulated world; second-half.test.ts runs at the same time on the other core. See seeds.ts.

import { test } from 'node:test'
import { runHalf } from './seeds.ts'

test('whatever happens in the first 500 worlds, nothing is lost, nothing is doubled, and whoever must know is told', (t) =>
  runHalf(t, 0))
