// The modem as the service keeps it: one object for each life of the connection, its state written down for "simpost status", and what
// it finds out joined to the exchange. Invariant: at most one object lives at a time; without a ready one there is no transport.

import type { Config } from '../config/config.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { Clock, SmsIntake, SmsTransport } from '../domain/ports.ts'
import type { Desk } from '../exchange/desk.ts'
import { applyEarlyReport } from '../exchange/reports.ts'
import { log } from '../log.ts'
import { createGsmModem, type GsmModem, type ModemState } from '../modem/gsm-modem.ts'
import { createPace } from '../modem/pace.ts'
import { type ServiceState, show } from '../store/service-state.ts'

/** A late `+CMGS` that comes after this time cannot be told from another program's. */
const lateSubmitMs = 600_000

export interface ModemSideOptions {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly clock: Clock
  readonly intake: SmsIntake
  /** Something may be sent now. */
  readonly wake: () => void
  readonly onState?: ((state: ModemState) => void) | undefined
  readonly trace?: ((direction: 'to' | 'from', text: string) => void) | undefined
}

export interface ModemSide {
  /** The transport while a modem is ready, else null. */
  ready(): SmsTransport | null
  /** One life of the connection. @throws GatewayError when the modem is lost */
  live(signal: AbortSignal): Promise<void>
}

export function createModemSide(options: ModemSideOptions): ModemSide {
  const { config, desk, state, clock, intake, wake, trace } = options
  let current: GsmModem | null = null
  const onState = (now: ModemState): void => {
    options.onState?.(now)
    // The signal changes all the time; a disk should not.
    const signalDbm = now.signalDbm === null ? null : Math.round(now.signalDbm / 10) * 10
    show(state, 'modem', { ...now, signalDbm }, desk.now())
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
  return {
    ready: () => (current?.state().phase === 'ready' && pace.waitMs() === 0 ? paced : null),
    async live(signal) {
      const pin = config.modem.pin()
      current = createGsmModem({
        port: config.modem.port,
        baudRate: config.modem.baud_rate,
        pin,
        sweepMs: config.modem.sweep,
        clock,
        intake,
        pinMemory: {
          pinRefused: (iccid) => pin !== null && state.pinRefused(iccid, pin),
          triesLost: (iccid) => state.pinTriesLost(iccid),
          tryBegins: (iccid) => state.pinTryBegins(iccid),
          tryEnded: (iccid, outcome) => pin !== null && state.pinTryEnded(iccid, pin, outcome, desk.now()),
        },
        onState,
        onLateSubmit: (reference) =>
          void settleLate(desk, reference, wake).catch((error: unknown) =>
            log.warn('late-answer-not-stored', { error: messageOf(error) }),
          ),
        ...(trace === undefined ? {} : { trace }),
      })
      try {
        await current.run(signal)
      } finally {
        current = null
      }
    },
  }
}

/** A `+CMGS` that came after its time limit: the SMS was sent after all. */
async function settleLate(desk: Desk, messageReference: number, wake: () => void): Promise<void> {
  const late = desk.outbox.lastUncertain(desk.now() - lateSubmitMs)
  if (late === undefined) return
  desk.store.transaction(() => desk.outbox.segmentSent(late.segmentId, messageReference, desk.now()))
  log.info('sms-sent-after-all', { segment: late.segmentId, reference: messageReference })
  await applyEarlyReport(desk, late.segmentId, late.recipient, messageReference)
  wake()
}
