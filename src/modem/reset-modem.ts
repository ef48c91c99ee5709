// Restarts a modem that does not answer, by AT command (level 4 of the recovery ladder): ESC out of a prompt that may stand open, CR, then
// the reset commands of the model. From manuals, not tried on devices. Invariants: an accepted command is the last; nothing that
// stays in the modem's flash is changed; the port is closed again on return.

import { GatewayError } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { atCommand } from './at/at-command.ts'
import { timeLimits } from './at/time-limits.ts'
import { type OpenDialogue, openDialogue } from './port/open-dialogue.ts'
import type { OpenPort } from './port/serial-line.ts'
import { type ModemIdentity, quirkFor } from './quirks.ts'

export interface ResetOptions {
  readonly port: string
  readonly baudRate: number
  readonly clock: Clock
  readonly openPort?: OpenPort | undefined
  readonly signal: AbortSignal
  /** What the modem said of itself while it still answered; null: not known. */
  readonly identity: ModemIdentity | null
}

const unknown: ModemIdentity = { manufacturer: '', model: '', firmware: '' }

/**
 * Sends the reset. A modem that hangs may obey without an answer: what was written last is what was done.
 * @returns the last command that was written
 * @throws GatewayError MODEM_UNAVAILABLE when the port cannot be opened
 */
export async function resetModem(options: ResetOptions): Promise<string> {
  const { clock, signal, identity } = options
  let open: OpenDialogue | null = null
  try {
    open = await openDialogue(options)
    const { dialogue } = open
    open.write('\u001b')
    await clock.sleep(timeLimits.escapeMs, signal)
    open.write('\r')
    await clock.sleep(timeLimits.quietMs, signal)
    let sent = ''
    for (const command of quirkFor(identity ?? unknown).resetCommands) {
      sent = command
      const answer = await dialogue.probe(atCommand(command, { limitMs: timeLimits.resetMs }))
      if (answer.kind === 'ok' || answer.kind === 'lost') break
    }
    return sent
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('MODEM_UNAVAILABLE', 'the reset was interrupted', {
      retry: 'temporary',
      cause: error,
    })
  } finally {
    await open?.close()
  }
}
