// The real clock. Everything else receives it as a Clock, so that tests can run months in minutes.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../domain/ports.ts'

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleep(ms, undefined, signal === undefined ? {} : { signal }),
}
