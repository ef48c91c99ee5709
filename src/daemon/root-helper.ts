// Asks for the steps that only root may take (USB re-authorisation, power cycle, reboot): the service has no rights of its own, so it puts an
// empty file into its runtime folder, and systemd starts scripts/recover for it (systemd/simpost-recover@.path). Invariants: nothing but the
// name of the step is handed over; whoever removes the file owns the request, so that one which nobody took is surely withdrawn.

import { existsSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import type { RecoveryStep } from '../modem/recovery.ts'

export type RootStep = Exclude<RecoveryStep, 'reset'>

/** `nobody`: the helper is not installed, or did not take the request; `did`: what it says about it. */
export type RootOutcome =
  | { readonly kind: 'did' | 'refused'; readonly words: string }
  | { readonly kind: 'nobody'; readonly words: string }

export interface RootHelper {
  /** False when the service has no runtime folder: nobody could be asked. */
  readonly available: boolean
  ask(step: RootStep, signal: AbortSignal): Promise<RootOutcome>
}

export interface RootHelperOptions {
  /** RUNTIME_DIRECTORY of the unit; undefined: the service was not started by systemd. */
  readonly folder: string | undefined
  readonly clock: Clock
  /** Where scripts/recover writes what it did. */
  readonly outcomes?: string
}

/** systemd starts the helper within milliseconds. */
const takenWithinMs = 10_000
/** The power cycle takes 10 s. */
const doneWithinMs = 60_000
const pollMs = 100
const wordsMax = 200

const notInstalled = (step: RootStep): string =>
  `nobody takes the request; install the helper: sudo systemctl enable --now simpost-recover@${step}.path`

export function createRootHelper({
  folder,
  clock,
  outcomes = '/run/simpost-recover',
}: RootHelperOptions): RootHelper {
  async function within(ms: number, signal: AbortSignal, done: () => boolean): Promise<boolean> {
    const end = clock.monotonic() + ms
    while (!done()) {
      if (signal.aborted || clock.monotonic() >= end) return false
      await clock.sleep(pollMs, signal).catch(() => undefined)
    }
    return true
  }

  function outcome(step: RootStep): string | null {
    try {
      return readFileSync(join(outcomes, step), 'utf8').trim().slice(0, wordsMax)
    } catch {
      return null
    }
  }

  return {
    available: folder !== undefined && folder !== '',
    async ask(step, signal) {
      if (folder === undefined) return { kind: 'nobody', words: 'the service was not started by systemd' }
      const request = join(folder, `recover-${step}`)
      try {
        rmSync(request, { force: true })
        writeFileSync(request, '')
      } catch (error) {
        return { kind: 'nobody', words: messageOf(error) }
      }
      const taken = await within(takenWithinMs, signal, () => !existsSync(request))
      if (!taken && withdraw(request)) return { kind: 'nobody', words: notInstalled(step) }
      // The helper removes its old words before it takes the request.
      await within(doneWithinMs, signal, () => outcome(step) !== null)
      const words = outcome(step) ?? 'the helper has not said what it did'
      return { kind: words.startsWith('refused') ? 'refused' : 'did', words }
    },
  }
}

/** False if somebody took the request in the last moment. */
function withdraw(request: string): boolean {
  try {
    unlinkSync(request)
    return true
  } catch {
    return false
  }
}
