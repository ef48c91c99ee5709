// Builds the service from the config, joins its parts and says in which order they start and stop. The parts know each other only
// through the ports of domain/ports.ts; this is the one place that names them all.

import { setMaxListeners } from 'node:events'
import type { Config } from '../config/config.ts'
import type { Medium } from '../domain/message.ts'
import type { Clock } from '../domain/ports.ts'
import { createAlarmBell } from '../exchange/alarm.ts'
import { watchBalance } from '../exchange/balance.ts'
import type { Desk } from '../exchange/desk.ts'
import type { Dispatch } from '../exchange/dispatch/dispatch-loop.ts'
import { createMailDispatch } from '../exchange/dispatch/dispatch-mail.ts'
import {
  createSmsDispatch,
  type DispatchOptions,
  settleLeftovers,
} from '../exchange/dispatch/dispatch-sms.ts'
import { createHeld } from '../exchange/dispatch/held.ts'
import { createCallIntake } from '../exchange/intake/call-intake.ts'
import { createSmsIntake } from '../exchange/intake/sms-intake.ts'
import { tellOutcomes } from '../exchange/results/outcome-watch.ts'
import { log } from '../log.ts'
import type { InboxState } from '../mail/imap/imap-inbox.ts'
import type { ModemState } from '../modem/gsm-modem.ts'
import type { OpenPort } from '../modem/port/serial-line.ts'
import { finishRestore } from '../store/backup/restore.ts'
import { settleRestored } from '../store/backup/restored.ts'
import { lockStore, openStore, type Store, type StoreOptions } from '../store/database/database.ts'
import { createServiceState } from '../store/service-state.ts'
import { backupBackoff, keepBackups } from './backups.ts'
import { controlPath } from './control-protocol.ts'
import { serveControl } from './control-socket.ts'
import { createDesk } from './desk.ts'
import { createDirectMail } from './direct-mail.ts'
import { createMailSide, type MailServers } from './mail-side.ts'
import { createModemSide, type ModemSide } from './modem-side.ts'
import { keepRetention, type RetentionOptions } from './retention-loop.ts'
import { createStoreWatch, type StoreWatch } from './store-watch.ts'
import { type Backoff, keepRunning } from './supervisor.ts'
import { notifySystemd } from './systemd.ts'

const loopBackoff: Backoff = { firstMs: 1000, maxMs: 60_000, holdMs: 60_000 }

const watchdogMs = 30_000
/** Every part listens for the end; more than this would be a leak. */
const stopListenersMax = 32
/** What waits for a time is looked at this often. */
const waitingCheckMs = 60_000

/** Where the service touches the world. A simulation puts its own in place of one or all; the real ones are the default. */
export interface Edges {
  readonly openStore?: (path: string, options: StoreOptions) => Store
  readonly openPort?: OpenPort
  readonly mailServers?: MailServers
}

export interface GatewayOptions {
  readonly clock: Clock
  readonly edges?: Edges
  /** Sees every AT line in both directions. */
  readonly traceModem?: (direction: 'to' | 'from', text: string) => void
  /** Called once, when the database is open and all parts have started. */
  readonly onReady?: () => void
  readonly onModemState?: (state: ModemState) => void
  readonly onInboxState?: (state: InboxState) => void
}

/**
 * Runs the service until the signal aborts; then takes no new work, awaits an SMS that is with the modem, and ends.
 * @throws GatewayError STORE_BUSY if another service uses the database; as openStore; STORE_DAMAGED, STORE_MISSING if it is lost meanwhile
 */
export async function runGateway(
  config: Config,
  options: GatewayOptions,
  signal: AbortSignal,
): Promise<void> {
  const unlock = lockStore(config.store.path)
  try {
    if (finishRestore(config.store.path) !== null) log.warn('restore-finished')
    const watch = createStoreWatch(config.store.path, options.clock)
    const store = (options.edges?.openStore ?? openStore)(config.store.path, { service: watch.events })
    try {
      const inDoubt = settleRestored(store, options.clock.now())
      if (inDoubt !== null) log.warn('backup-was-put-back', { ...inDoubt })
      await runParts(config, { store, watch }, options, AbortSignal.any([signal, watch.lost]))
    } finally {
      store.close()
    }
    watch.lost.throwIfAborted()
  } finally {
    unlock()
  }
}

async function runParts(
  config: Config,
  { store, watch }: { readonly store: Store; readonly watch: StoreWatch },
  options: GatewayOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, edges = {} } = options
  setMaxListeners(stopListenersMax, signal)
  const loops: Partial<Record<Medium, Dispatch>> = {}
  const desk = createDesk(config, store, clock, (medium) => loops[medium]?.wake())
  const state = createServiceState(store)
  const sending = { desk, clock, uncertain: config.exchange.uncertain }
  const smsIntake = createSmsIntake(desk, config.exchange.missing_part)
  const modem = createModemSide({
    ...{ config, desk, state, clock, openPort: edges.openPort },
    intake: smsIntake,
    calls: createCallIntake(desk),
    wake: () => loops.sms?.wake(),
    onState: options.onModemState,
    trace: options.traceModem,
  })
  const alarms = createAlarmBell(desk)
  const mail = createMailSide({
    ...{ config, desk, state, clock, alarms, servers: edges.mailServers },
    onState: options.onInboxState,
  })
  const tell = createDirectMail(desk, mail.transport)
  loops.sms = createSmsDispatch(sending, modem.ready)
  loops.mail = createMailDispatch(sending, mail.transport)
  const held = createHeld(desk)
  const looks = [
    () => smsIntake.expireParts(),
    () => held.releaseDue(config.exchange.ask_wait),
    () => tellOutcomes(desk),
    () => alarms.tellDue(),
  ]
  const supervise = (
    name: string,
    backoff: Backoff,
    live: (life: AbortSignal) => Promise<void>,
  ): Promise<void> => keepRunning({ name, clock, backoff, live }, signal)
  const parts = [
    modem.run(signal),
    mail.run(signal),
    supervise('sms-queue', loopBackoff, (life) => smsQueueLife(loops, sending, life)),
    supervise('mail-queue', loopBackoff, (life) => loops.mail?.run(life) ?? Promise.resolve()),
    supervise('waiting', loopBackoff, (life) => everyMinute(looks, clock, life)),
    controlLife(config, { modem, wake: () => wakeAll(loops) }, signal),
    supervise('balance', loopBackoff, (life) => balanceLife({ config, desk, modem, clock }, life)),
    supervise('retention', loopBackoff, (life) => keepRetention(retentionOf(config, desk, clock), life)),
    supervise('backup', backupBackoff, (life) => keepBackups({ config, clock }, life)),
    supervise('store-watch', loopBackoff, (life) => watch.run({ state, alarms, tell }, life)),
    supervise('watchdog', loopBackoff, (life) => feedWatchdog(desk, clock, life)),
  ]
  log.info('ready', { database: config.store.path, port: config.modem.port })
  notifySystemd('READY=1', 'STATUS=running')
  signal.addEventListener('abort', () => notifySystemd('STOPPING=1'), { once: true })
  options.onReady?.()
  await Promise.all(parts)
}

async function smsQueueLife(
  { sms }: Partial<Record<Medium, Dispatch>>,
  sending: DispatchOptions,
  signal: AbortSignal,
): Promise<void> {
  const leftovers = await settleLeftovers(sending)
  if (leftovers > 0) log.warn('sms-uncertain-after-restart', { count: leftovers })
  await sms?.run(signal)
}

/** Another process put something into the outbox; nobody knows what. */
function wakeAll(loops: Partial<Record<Medium, Dispatch>>): void {
  for (const loop of Object.values(loops)) loop.wake()
}

interface ControlParts {
  readonly modem: ModemSide
  readonly wake: () => void
}

/** The door for the command line; a database in memory has none. */
async function controlLife(
  config: Config,
  { modem, wake }: ControlParts,
  signal: AbortSignal,
): Promise<void> {
  const path = controlPath(config.store.path)
  if (path !== null) await serveControl({ path, modem: modem.current, listen: modem.listen, wake }, signal)
}

function retentionOf(config: Config, desk: Desk, clock: Clock): RetentionOptions {
  const { keep_texts: textsMs, keep_rows: rowsMs } = config.store
  const isBusy = () => desk.outbox.hasSmsDue(desk.now())
  return { store: desk.store, keeping: { textsMs, rowsMs }, clock, isBusy }
}

interface BalanceParts {
  readonly config: Config
  readonly desk: Desk
  readonly modem: ModemSide
  readonly clock: Clock
}

/** Without a code nothing is asked. */
async function balanceLife({ config, desk, modem, clock }: BalanceParts, signal: AbortSignal): Promise<void> {
  const { code, every: everyMs, pattern, warn_below: warnBelow } = config.balance
  if (code === undefined) return untilAborted(signal)
  const { currency } = config.budget
  const line = () => (desk.outbox.hasSmsDue(desk.now()) || modem.ready() === null ? null : modem.current())
  const settings = { code, everyMs, pattern, warnBelow, currency }
  await watchBalance({ desk, clock, settings, line }, signal)
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/**
 * Looks at what waits for a time: parts of long texts, held messages, questions without an answer, senders and operators who are to hear
 * something. One look that breaks stops none of the others.
 */
async function everyMinute(
  looks: readonly (() => Promise<unknown>)[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const failures: unknown[] = []
    for (const look of looks) await look().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
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
