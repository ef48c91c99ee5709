// One look at a modem while the service does not run: the same start-up as the service's, but no PIN is entered, nothing is received
// and nothing sent. Invariants: what goes wrong is part of the answer, in the words of the service; the port is free again afterwards.
// A connection (modem-connection.ts) would not do: with the purpose `service` it looks through the stores, with `questions` it leaves out the
// start-up whose failure is the finding, and both are `ready` before operator and signal are known.

import { GatewayError } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import type { AtDialogue } from './at/at-dialogue.ts'
import { createStateHolder, type ModemState, problemOf, type StateHolder } from './modem-state.ts'
import { createNetworkStatus } from './network-status.ts'
import { findModemPort } from './port/find-port.ts'
import { withRival } from './port/find-rival.ts'
import { type OpenDialogue, openDialogue } from './port/open-dialogue.ts'
import { noPin } from './sim-pin.ts'
import type { Execute } from './sms-settings.ts'
import { startModem } from './startup.ts'

export interface LookOptions {
  /** As in the config: a path, `tcp://host:port` or `auto`. */
  readonly port: string
  readonly baudRate: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** A modem that was just plugged in needs so long to find its network; more is a finding. */
const registrationMs = 20_000
const pollMs = 1_000

/** @returns what the modem says; `problem` is why the start-up ended, or what stands in the way of messages */
export async function lookAtModem(options: LookOptions): Promise<ModemState> {
  const holder = createStateHolder(options.port, () => undefined)
  let open: OpenDialogue | null = null
  try {
    const port = options.port === 'auto' ? await findModemPort(options) : options.port
    holder.patch({ port })
    open = await openDialogue({ ...options, port })
    await start(options, open.dialogue, holder)
  } catch (error) {
    const { port } = holder.current()
    const failure = error instanceof GatewayError && port !== 'auto' ? await withRival(error, port) : error
    holder.note({ failure: problemOf(failure) })
  } finally {
    await open?.close()
  }
  return holder.current()
}

async function start(
  { clock, signal }: LookOptions,
  dialogue: AtDialogue,
  holder: StateHolder,
): Promise<void> {
  const execute: Execute = async (command) => {
    const answer = await dialogue.execute(command)
    if (answer.kind !== 'lost') return answer
    throw new GatewayError('MODEM_SILENT', 'the modem does not answer', {
      ...{ retry: 'temporary', hint: 'Pull the modem and plug it in again; check its power.' },
    })
  }
  const started = await startModem({
    ...{ dialogue, execute, clock, signal, pin: null },
    pinMemory: noPin,
    onIdentity: (identity) => holder.patch(identity),
  })
  holder.patch({ phase: 'waiting-for-network', storage: started.storage.main, smsc: started.smsc })
  const network = createNetworkStatus(execute, clock, holder)
  const begin = clock.monotonic()
  await network.poll()
  while (!holder.current().registered && clock.monotonic() - begin < registrationMs) {
    await clock.sleep(pollMs, signal)
    await network.poll()
  }
  holder.note({ started: true })
}
