// Builds the service from the config, joins its parts and says in which order they start and stop. The parts know each other only
// through the ports of domain/ports.ts; this is the one place that names them all.

import { setMaxListeners } from 'node:events'
import type { Config } from '../config/config.ts'
import { messageOf } from '../domain/errors.ts'
import type { Medium } from '../domain/message.ts'
import type { Clock } from '../domain/ports.ts'
import type { Desk } from '../exchange/desk.ts'
import {
  createMailDispatch,
  createSmsDispatch,
  type Dispatch,
  settleLeftovers,
} from '../exchange/dispatch.ts'
import { createHeld, type Held } from '../exchange/held.ts'
import { createMailIntake } from '../exchange/mail-intake.ts'
import { applyEarlyReport } from '../exchange/reports.ts'
import { createSmsIntake, type PartsClock } from '../exchange/sms-intake.ts'
import { log } from '../log.ts'
import { createImapInbox, type InboxState } from '../mail/imap-inbox.ts'
import { createSmtpSender } from '../mail/smtp-sender.ts'
import { createGsmModem, type GsmModem, type ModemState } from '../modem/gsm-modem.ts'
import { lockStore, openStore, type Store } from '../store/database.ts'
import { createServiceState, type ServiceState } from '../store/service-state.ts'
import { createDesk, mailReader } from './desk.ts'
import { type Backoff, keepRunning } from './supervisor.ts'
import { notifySystemd } from './systemd.ts'

/** A modem comes back within seconds of being plugged in; asking for its port costs nothing, and a PIN is not tried twice. */
const modemBackoff: Backoff = { firstMs: 500, maxMs: 10_000, holdMs: 60_000 }
/** Servers and networks want patience. */
const mailBackoff: Backoff = { firstMs: 1000, maxMs: 300_000, holdMs: 1_800_000 }
const loopBackoff: Backoff = { firstMs: 1000, maxMs: 60_000, holdMs: 60_000 }

/** A late `+CMGS` that comes after this time cannot be told from another program's. */
const lateSubmitMs = 600_000
const watchdogMs = 30_000
/** Every part listens for the end; more than this would be a leak. */
const stopListenersMax = 32
/** What waits for a time is looked at this often. */
const waitingCheckMs = 60_000

export interface GatewayOptions {
  readonly clock: Clock
  /** Sees every AT line in both directions. */
  readonly traceModem?: (direction: 'to' | 'from', text: string) => void
  /** Called once, when the database is open and all parts have started. */
  readonly onReady?: () => void
  readonly onModemState?: (state: ModemState) => void
  readonly onInboxState?: (state: InboxState) => void
}

/**
 * Runs the service until the signal aborts; then takes no new work, awaits an SMS that is with the modem, and ends.
 * @throws GatewayError STORE_BUSY if another service uses the database, STORE_FAILED if it cannot be opened
 */
export async function runGateway(
  config: Config,
  options: GatewayOptions,
  signal: AbortSignal,
): Promise<void> {
  const unlock = lockStore(config.store.path)
  try {
    const store = openStore(config.store.path)
    try {
      await runParts(config, store, options, signal)
    } finally {
      store.close()
    }
  } finally {
    unlock()
  }
}

async function runParts(
  config: Config,
  store: Store,
  options: GatewayOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = options
  setMaxListeners(stopListenersMax, signal)
  const loops: Partial<Record<Medium, Dispatch>> = {}
  const desk = createDesk(config, store, clock, (medium) => loops[medium]?.wake())
  const state = createServiceState(store)
  const sending = {
    desk,
    clock,
    uncertain: config.exchange.uncertain,
  }
  const smsIntake = createSmsIntake(desk, config.exchange.missing_part)
  const modem = modemParts({ config, desk, state, options, smsIntake, wake: () => loops.sms?.wake() })
  loops.sms = createSmsDispatch(sending, modem.ready)
  loops.mail = createMailDispatch(sending, createSmtpSender({ ...config.mail.smtp, clock }))
  const supervise = (
    name: string,
    backoff: Backoff,
    live: (life: AbortSignal) => Promise<void>,
  ): Promise<void> => keepRunning({ name, clock, backoff, live }, signal)
  const parts = [
    supervise('modem', modemBackoff, modem.live),
    supervise('mailbox', mailBackoff, inboxLife({ config, desk, state, options })),
    supervise('sms-queue', loopBackoff, async (life) => {
      const leftovers = await settleLeftovers(sending)
      if (leftovers > 0) log.warn('sms-uncertain-after-restart', { count: leftovers })
      await loops.sms?.run(life)
    }),
    supervise('mail-queue', loopBackoff, (life) => loops.mail?.run(life) ?? Promise.resolve()),
    supervise('waiting', loopBackoff, (life) =>
      watchWaiting(smsIntake, createHeld(desk), { clock, askWaitMs: config.exchange.ask_wait }, life),
    ),
    supervise('watchdog', loopBackoff, (life) => feedWatchdog(desk, clock, life)),
  ]
  log.info('ready', { database: config.store.path, port: config.modem.port })
  notifySystemd('READY=1', 'STATUS=running')
  signal.addEventListener('abort', () => notifySystemd('STOPPING=1'), { once: true })
  options.onReady?.()
  await Promise.all(parts)
}

interface ModemParts {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly options: GatewayOptions
  readonly smsIntake: ReturnType<typeof createSmsIntake>
  readonly wake: () => void
}

/** The modem of the moment: each life has an object of its own. */
function modemParts({ config, desk, state, options, smsIntake, wake }: ModemParts) {
  let current: GsmModem | null = null
  const onState = (now: ModemState): void => {
    options.onModemState?.(now)
    // The signal changes all the time; a disk should not.
    const signalDbm = now.signalDbm === null ? null : Math.round(now.signalDbm / 10) * 10
    show(state, 'modem', { ...now, signalDbm }, desk.now())
    if (now.phase === 'ready') wake()
  }
  return {
    ready: () => (current?.state().phase === 'ready' ? current : null),
    live: async (signal: AbortSignal): Promise<void> => {
      const pin = config.modem.pin()
      current = createGsmModem({
        port: config.modem.port,
        baudRate: config.modem.baud_rate,
        pin,
        sweepMs: config.modem.sweep,
        clock: options.clock,
        intake: smsIntake,
        pinMemory: {
          pinRefused: (iccid) => pin !== null && state.pinRefused(iccid, pin),
          rememberRefusedPin: (iccid) => pin !== null && state.rememberRefusedPin(iccid, pin, desk.now()),
        },
        onState,
        onLateSubmit: (reference) =>
          void settleLate(desk, reference, wake).catch((error: unknown) =>
            log.warn('late-answer-not-stored', { error: messageOf(error) }),
          ),
        ...(options.traceModem === undefined ? {} : { trace: options.traceModem }),
      })
      try {
        await current.run(signal)
      } finally {
        current = null
      }
    },
  }
}

/** What "simpost status" shows must not disturb what it speaks of: a full disk is shown by the parts that need it. */
function show(state: ServiceState, key: string, value: unknown, now: number): void {
  try {
    state.save(key, value, now)
  } catch (error) {
    log.warn('state-not-saved', { key, error: messageOf(error) })
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

function inboxLife({
  config,
  desk,
  state,
  options,
}: Pick<ModemParts, 'config' | 'desk' | 'state' | 'options'>) {
  const { imap } = config.mail
  const reader = mailReader(config, desk)
  const intake = createMailIntake(desk, reader, `${imap.user}@${imap.host}`)
  return (signal: AbortSignal): Promise<void> =>
    createImapInbox({
      ...imap,
      rescanMs: imap.rescan,
      maxBytes: config.mail.size_max_mb * 1_048_576,
      clock: options.clock,
      intake,
      onState: (now) => {
        options.onInboxState?.(now)
        const { phase, problem, uidValidity } = now
        // A scan is over in an instant and says nothing to the operator.
        if (phase !== 'scanning') show(state, 'mailbox', { phase, problem, uidValidity }, desk.now())
      },
    }).run(signal)
}

/** Looks at what waits for a time: parts of long texts, held messages, questions without an answer. */
async function watchWaiting(
  parts: PartsClock,
  held: Held,
  { clock, askWaitMs }: { readonly clock: Clock; readonly askWaitMs: number },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await parts.expireParts()
    await held.releaseDue(askWaitMs)
    await clock.sleep(waitingCheckMs, signal).catch(() => {})
  }
}

/** Fed only while the event loop turns and the database answers. */
async function feedWatchdog(desk: Desk, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    desk.outbox.submitting()
    notifySystemd('WATCHDOG=1')
    await clock.sleep(watchdogMs, signal).catch(() => {})
  }
}
