// The second half of the seeds of the simulated world. See seeds.ts.

import { test } from 'node:test'
import { runHalf } from './seeds.ts'

test('whatever happens in the next 500 worlds, nothing is lost, nothing is doubled, and whoever must know is told', (t) =>
  runHalf(t, 1))
