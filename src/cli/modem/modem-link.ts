// How `simpost modem ...` reaches the modem: through the running service, or, where none has it open, on the port itself.
// Invariants: a message is never taken out of a store on the way (the intake refuses all), and no PIN is ever entered: the service does
// that by its rules. What goes over the port itself is guarded by its lock, as for the service.

import { type Config, readConfig } from '../../config/config.ts'
import { controlPath } from '../../daemon/control-protocol.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import { configureLog } from '../../log.ts'
import { refuseDangerous } from '../../modem/at/dangerous-commands.ts'
import type { FreeResult } from '../../modem/at/free-command.ts'
import { createGsmModem, type GsmModem } from '../../modem/gsm-modem.ts'
import { noPin } from '../../modem/sim-pin.ts'
import { isServiceRunning } from '../../store/database/database.ts'
import { type ControlClient, connectControl, type HearTrace } from './modem-socket.ts'

export interface ModemLink extends Pick<GsmModem, 'ussd' | 'cancelUssd' | 'stores' | 'deleteStored'> {
  readonly through: 'service' | 'port'
  /** The tty or address. */
  readonly port: string
  /** @param force also what should not be sent by accident. @throws GatewayError USAGE, MODEM_UNAVAILABLE, MODEM_SILENT */
  ask(line: string, force?: boolean): Promise<FreeResult>
}

export interface LinkOptions {
  /** Hears every line in both directions. */
  readonly hear?: HearTrace
  /** `service`: the start-up of the service is run on a port of one's own. Default `questions`. */
  readonly purpose?: 'service' | 'questions'
}

/** Far longer than any session at the keyboard: the store is looked through once and never again. */
const neverMs = 86_400_000

/** Null: no service, or one that has no modem open at the moment. @throws GatewayError MODEM_UNAVAILABLE */
async function connectService(config: Config, hear: HearTrace | undefined): Promise<ControlClient | null> {
  const path = controlPath(config.store.path)
  if (path === null) return null
  try {
    return await connectControl(path, hear)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EACCES')
      throw new GatewayError('MODEM_UNAVAILABLE', 'only root and the user of the service may use the modem', {
        hint: 'sudo -u simpost simpost modem ...',
        cause: error,
      })
    if (!isServiceRunning(config.store.path)) return null
    throw new GatewayError('MODEM_UNAVAILABLE', 'the service runs, but does not take commands', {
      hint: 'restart it: systemctl restart simpost; journalctl -u simpost says more',
      cause: error,
    })
  }
}

function throughService(client: ControlClient, port: string): ModemLink {
  return {
    ...{ through: 'service', port },
    ask: (line, force = false) => client.call('ask', { line, force }),
    ussd: (code) => client.call('ussd', { code }),
    cancelUssd: async () => void (await client.call('cancelUssd', null)),
    stores: () => client.call('stores', null),
    deleteStored: async (place) => void (await client.call('deleteStored', place)),
  }
}

const refusesAll = {
  receive: () => Promise.reject(new GatewayError('INTERNAL', 'nothing is taken out of the store here')),
}

/** Opens the port. Resolves when the modem can be asked. @throws GatewayError as GsmModem.run */
async function openPort(
  { modem: { port, baud_rate: baudRate } }: Config,
  { hear, purpose = 'questions' }: LinkOptions,
  signal: AbortSignal,
): Promise<{ readonly modem: GsmModem; readonly ended: Promise<void> }> {
  // What the service would log is on the screen here, or nothing that a person at the keyboard needs.
  configureLog('error', () => undefined)
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const modem = createGsmModem({
    ...{ port, baudRate, purpose, pin: null, sweepMs: neverMs, clock: systemClock },
    ...{ intake: refusesAll, pinMemory: noPin, onNoise: () => undefined },
    ...(hear === undefined ? {} : { trace: hear }),
    onState: ({ phase }) => {
      if (phase === 'ready' || phase === 'waiting-for-network') open()
    },
  })
  const ended = modem.run(signal)
  ended.catch(() => undefined)
  await Promise.race([opened, ended])
  return { modem, ended }
}

function throughPort(modem: GsmModem): ModemLink {
  return {
    ...{ through: 'port', port: modem.state().port },
    ask: async (line, force = false) => {
      refuseDangerous(line, { force, besideService: false })
      return modem.ask(line)
    },
    ussd: (code) => modem.ussd(code),
    cancelUssd: () => modem.cancelUssd(),
    stores: () => modem.stores(),
    deleteStored: (place) => modem.deleteStored(place),
  }
}

async function onPort<Result>(
  config: Config,
  options: LinkOptions,
  work: (link: ModemLink) => Promise<Result>,
): Promise<Result> {
  const end = new AbortController()
  const { modem, ended } = await openPort(config, options, end.signal)
  try {
    return await work(throughPort(modem))
  } finally {
    end.abort()
    await ended.catch(() => undefined)
  }
}

/**
 * Does `work` with the modem, and leaves it as it was.
 * @throws GatewayError MODEM_UNAVAILABLE, MODEM_SILENT, and what `work` throws
 */
export async function withModem<Result>(
  configFile: string,
  options: LinkOptions,
  work: (link: ModemLink, config: Config) => Promise<Result>,
): Promise<Result> {
  const config = readConfig(configFile)
  const client = await connectService(config, options.hear)
  if (client === null) return onPort(config, options, (link) => work(link, config))
  try {
    const state = await client.call('info', null)
    // The service waits, for a SIM that is locked or a modem that is gone, and leaves the port alone meanwhile.
    if (state === null || state.phase === 'opening')
      return await onPort(config, options, (link) => work(link, config))
    if (options.hear !== undefined) await client.call('trace', null)
    return await work(throughService(client, state.port), config)
  } finally {
    client.close()
  }
}
