// The modem as the service keeps it: one object for each life of the connection, its state written down for "simpost status", and what
// it finds out joined to the exchange. Invariant: at most one object lives at a time; without a ready one there is no transport.

import { realpathSync } from 'node:fs'
import type { Config } from '../config/config.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { CallIntake, Clock, SmsIntake, SmsTransport } from '../domain/ports.ts'
import type { Desk } from '../exchange/desk.ts'
import { settleLateSubmit } from '../exchange/results/status-reports.ts'
import { log } from '../log.ts'
import { createGsmModem, type GsmModem, type ModemState } from '../modem/gsm-modem.ts'
import { createPace } from '../modem/pace.ts'
import type { OpenPort } from '../modem/port/serial-line.ts'
import { type ServiceState, show } from '../store/service-state.ts'
import { createSignalHistory } from '../store/signal-history.ts'
import { createModemKeeper } from './modem-keeper.ts'
import { createPortWatch } from './port-watch.ts'
import { createRootHelper } from './root-helper.ts'

export interface ModemSideOptions {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly clock: Clock
  readonly openPort: OpenPort | undefined
  readonly intake: SmsIntake
  readonly calls: CallIntake
  /** Something may be sent now. */
  readonly wake: () => void
  readonly onState?: ((state: ModemState) => void) | undefined
  readonly trace?: ((direction: 'to' | 'from', text: string) => void) | undefined
}

type TraceListener = (direction: 'to' | 'from', text: string) => void

export interface ModemSide {
  /** The transport while a modem is ready, else null. */
  ready(): SmsTransport | null
  /** The modem of the moment, ready or not; null: its port is not open. */
  current(): GsmModem | null
  /** Calls `hear` for every line to and from the modem, whichever is there. @returns how to end that */
  listen(hear: TraceListener): () => void
  /** Keeps it alive until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
  /** One life of the connection. @throws GatewayError when the modem is lost */
  live(signal: AbortSignal): Promise<void>
}

export function createModemSide(options: ModemSideOptions): ModemSide {
  const { config, desk, state, clock, openPort, intake, wake } = options
  const listeners = new Set<TraceListener>(options.trace === undefined ? [] : [options.trace])
  let current: GsmModem | null = null
  const about = roughly()
  const onState = (now: ModemState): void => {
    keeper.seen(now)
    options.onState?.(now)
    show(state, 'modem', { ...now, signalDbm: about(now.signalDbm) }, desk.now())
    if (now.phase === 'ready') wake()
  }
  const pace = createPace(clock, config.modem.sms_per_minute)
  const paced: SmsTransport = {
    submit(sms) {
      pace.count()
      return (
        current?.submit(sms) ??
        Promise.reject(new GatewayError('MODEM_UNAVAILABLE', 'the modem is gone', { retry: 'temporary' }))
      )
    },
  }
  const { port, baud_rate: baudRate } = config.modem
  const recover = isOnUsb(port) ? config.modem.recover : 'reset'
  const keeper = createModemKeeper({
    ...{ clock, state, openPort },
    modem: { port, baudRate, recover },
    live: (signal) => side.live(signal),
    portWatch: createPortWatch({ port, clock }),
    helper: createRootHelper({ folder: process.env.RUNTIME_DIRECTORY, clock }),
  })
  const side: ModemSide = {
    run: async (signal) => {
      await Promise.all([keeper.run(signal), keepSignal(options, () => current?.state(), signal)])
    },
    ready: () => (current?.state().phase === 'ready' && pace.waitMs() === 0 ? paced : null),
    current: () => current,
    listen(hear) {
      listeners.add(hear)
      return () => void listeners.delete(hear)
    },
    async live(signal) {
      const pin = config.modem.pin()
      current = createGsmModem({
        port: config.modem.port,
        baudRate: config.modem.baud_rate,
        pin,
        sweepMs: config.modem.sweep,
        clock,
        openPort,
        intake,
        calls: { hangUp: config.calls.hang_up, intake: options.calls },
        pinMemory: {
          pinRefused: (iccid) => pin !== null && state.pinRefused(iccid, pin),
          triesLost: (iccid) => state.pinTriesLost(iccid),
          tryBegins: (iccid) => state.pinTryBegins(iccid),
          tryEnded: (iccid, outcome) => pin !== null && state.pinTryEnded(iccid, pin, outcome, desk.now()),
        },
        onState,
        onLateSubmit: (reference) =>
          void settleLateSubmit(desk, reference).catch((error: unknown) =>
            log.warn('late-answer-not-stored', { error: messageOf(error) }),
          ),
        trace: (direction, text) => {
          for (const hear of listeners) hear(direction, text)
        },
      })
      try {
        await current.run(signal)
      } finally {
        current = null
      }
    },
  }
  return side
}

/** The root helper works on USB: a modem on serial pins or behind a serial server has nothing to do with what it would switch. */
function isOnUsb(port: string): boolean {
  let real = port
  try {
    real = realpathSync(port)
  } catch {
    // The port is away, or no path at all.
  }
  return !/^tcp:|\/(ttyAMA|ttyS|serial)\d+$/.test(real)
}

/** The signal changes all the time; a disk should not: tens of dB, and the same until it is ten away. */
function roughly(): (dbm: number | null) => number | null {
  let shown: number | null = null
  return (dbm) => {
    const stays = dbm !== null && shown !== null && Math.abs(dbm - shown) < 10
    if (!stays) shown = dbm === null ? null : Math.round(dbm / 10) * 10
    return shown
  }
}

/** Milliseconds between two looks; the history keeps fewer. */
const signalLookMs = 60_000

async function keepSignal(
  { desk, clock }: ModemSideOptions,
  modem: () => ModemState | undefined,
  signal: AbortSignal,
): Promise<void> {
  const history = createSignalHistory(desk.store)
  while (!signal.aborted) {
    await clock.sleep(signalLookMs, signal).catch(() => undefined)
    const now = modem()
    const isThere = now?.phase === 'ready' || now?.phase === 'waiting-for-network'
    try {
      if (signal.aborted || !isThere) history.end(desk.now())
      else {
        const { signalDbm: dbm, registration: stat, technology } = now
        history.note({ at: desk.now(), dbm, stat, technology })
      }
    } catch (error) {
      // A full disk is the business of the parts that carry messages.
      log.warn('signal-not-kept', { error: messageOf(error) })
    }
  }
}
