// Takes turns with the file of the sign-in among the processes of the box: the service, and a command beside it.
// The lock itself comes from outside; the kernel releases it when a process ends, however it ends.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'

/** What another process may need: one request and one file. */
const lockMsMax = 60_000
const lockPollMs = 100

export interface SignInLock {
  /** Takes the lock, without waiting; null: another process has it. Throws STORE_FAILED where the place cannot be written. */
  readonly lock: () => (() => void) | null
  readonly clock: Clock
}

/** @throws GatewayError OAUTH_UNAVAILABLE (temporary) if the turn does not come in a minute; what `work` throws */
export async function inTurnOfProcesses<Result>(
  { lock, clock }: SignInLock,
  work: () => Promise<Result>,
): Promise<Result> {
  const until = clock.monotonic() + lockMsMax
  let release = lock()
  while (release === null && clock.monotonic() < until) {
    await clock.sleep(lockPollMs)
    release = lock()
  }
  if (release === null)
    throw new GatewayError('OAUTH_UNAVAILABLE', 'another simpost process has used the sign-in for a minute', {
      retry: 'temporary',
      hint: 'end the other simpost login, or wait',
    })
  try {
    return await work()
  } finally {
    release()
  }
}
