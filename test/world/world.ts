// The whole service on simulators with a virtual clock: real parts between four replaced edges (the modem's port, the mailbox, the
// submission server, the database's file). A story lets things happen to it; afterwards the oracle looks at what is outside, and inside.

import { parseConfig } from '../../src/config/config.ts'
import { createDesk } from '../../src/daemon/desk.ts'
import { runGateway } from '../../src/daemon/gateway.ts'
import { messageOf } from '../../src/domain/errors.ts'
import type { Desk } from '../../src/exchange/desk.ts'
import { configureLog } from '../../src/log.ts'
import { createSimMailbox, type SimMailbox } from '../../src/simulator/mail/sim-mailbox.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import type { PhoneSms } from '../../src/simulator/modem/sim-phones.ts'
import { openStore } from '../../src/store/database/database.ts'
import { createRandom, type Random } from '../support/random.ts'
import { createLife, deadWords, type Life } from './life.ts'
import type { VirtualTime } from './virtual-time.ts'
import { type ImapTrouble, noImapTrouble, openImapOf } from './world-mailbox.ts'
import { createOffice, type Office } from './world-office.ts'
import { portOf } from './world-port.ts'
import { type Settings, toml } from './world-settings.ts'
import { type Disk, openOn } from './world-store.ts'

export interface World {
  readonly time: VirtualTime
  readonly random: Random
  readonly modem: SimModem
  readonly mailbox: SimMailbox
  readonly imap: ImapTrouble
  readonly office: Office
  readonly disk: Disk
  /** What phones showed, whole. */
  readonly screens: readonly PhoneSms[]
  settings: Settings
  /** How often an SMS of a delivery may have been sent again on purpose. */
  resends(delivery: number): number
  /** The operator let a delivery go, or go again: no budget holds it. */
  letGo(delivery: number, again: boolean): void
  /** How often each delivery was. */
  readonly unbudgeted: ReadonlyMap<number, number>
  /** All settings that the service ever ran with. */
  readonly used: readonly Settings[]
  /** What happened, with its time; only if somebody wants to read it. */
  tell(line: string): void
  /** What the service itself calls a defect of its own. */
  readonly defects: readonly string[]
  readonly counts: Map<string, number>
  count(what: string): void
  /** The time that everybody but the box has, milliseconds since 1970. */
  trueNow(): number
  /** The life of the moment; null: the service is not running. */
  life(): Life | null
  start(): void
  /** SIGTERM: resolves when the service has ended. */
  stop(): Promise<void>
  /** What the operator's commands work with, beside the service. */
  operatorDesk(): Desk
}

export interface WorldOptions {
  readonly time: VirtualTime
  readonly seed: number
  readonly startAt: number
  readonly settings: Settings
  readonly tell: ((line: string) => void) | null
  /** Breaks the service on purpose, for the tests of the oracle. */
  readonly sabotage?: ((disk: Disk, life: Life) => ReturnType<typeof openOn>) | undefined
}

/** A service that is killed is started again by systemd, which waits 5 s (RestartSec), or when the power is back. */
const restartMsMax = 900_000

export function createWorld({ time, seed, startAt, settings, tell, sabotage = openOn }: WorldOptions): World {
  const random = createRandom(seed)
  const fork = (): Random => createRandom(random.below(2 ** 31))
  const counts = new Map<string, number>()
  const trueNow = (): number => startAt + time.monotonic()
  const say = (line: string): void => tell?.(`${new Date(trueNow()).toISOString()} ${line}`)
  const mailbox = createSimMailbox('sms@office.example')
  const modem = createSimModem({
    number: '+4917000000001',
    now: trueNow,
    reportMs: settings.reportMs,
    sendMs: settings.sendMs,
    slots: { SM: settings.slots, ME: 20 },
  })
  const imap = { ...noImapTrouble }
  const office = createOffice(time, fork())
  const disk: Disk = { store: openStore(':memory:'), trouble: null }
  const imapRandom = fork()
  const screens: PhoneSms[] = []
  modem.network.onPhoneSms((sms) => screens.push(sms))
  let current: { readonly life: Life; readonly stop: AbortController; readonly ended: Promise<void> } | null =
    null
  configureLog(tell === null ? 'warn' : 'info', (line) => {
    const event = /^<\d>(\S+)/.exec(line)?.[1] ?? 'log'
    // What a dead process says is not heard.
    if (current !== null && !line.includes(deadWords) && (/defect/.test(event) || /code=INTERNAL/.test(line)))
      defects.push(line.trimEnd())
    world.count(event)
    say(`  ${line.trimEnd()}`)
  })

  function start(): void {
    if (current !== null) return
    const life = createLife(time, say)
    time.busy()
    const stop = new AbortController()
    const world_ = { mailbox, trouble: imap, random: imapRandom, time }
    const edges = {
      openStore: () => sabotage(disk, life),
      openPort: portOf(modem, life),
      mailServers: { openImap: openImapOf(world_, life), createSender: office.senderOf(life) },
    }
    const config = parseConfig(toml(world.settings), '/etc/simpost/simpost.toml')
    used.push(world.settings)
    world.count('lives')
    say('service starts')
    life.onEnd(() => {
      world.count('kills')
      current = null
      time.after(5_000 + random.below(restartMsMax), start)
    })
    const traceModem = (direction: string, text: string): void => {
      if (tell !== null) say(`    ${direction} ${text.trim()}`)
    }
    const ended = runGateway(config, { clock: life.clock, edges, traceModem }, stop.signal).then(
      () => {
        if (life.alive() && !stop.signal.aborted) throw new Error('the service ended by itself')
      },
      (error: unknown) => {
        if (!life.alive()) return
        say(`service failed: ${messageOf(error)}`)
        world.count('failed starts')
        current = null
        time.after(5_000, start)
      },
    )
    current = { life, stop, ended }
  }

  const used: Settings[] = []
  const defects: string[] = []
  const again = new Map<number, number>()
  const unbudgeted = new Map<number, number>()
  const world: World = {
    resends: (delivery) =>
      (again.get(delivery) ?? 0) + (used.some(({ uncertain }) => uncertain === 'resend') ? 1 : 0),
    letGo(delivery, isAgain) {
      unbudgeted.set(delivery, (unbudgeted.get(delivery) ?? 0) + 1)
      if (isAgain) again.set(delivery, (again.get(delivery) ?? 0) + 1)
    },
    ...{ unbudgeted, used, defects },
    ...{ time, random, modem, mailbox, imap, office, disk, screens, settings, counts, trueNow },
    tell: say,
    count: (what) => void counts.set(what, (counts.get(what) ?? 0) + 1),
    life: () => current?.life ?? null,
    start,
    async stop() {
      const { life, stop, ended } = current ?? {}
      if (life === undefined || stop === undefined) return
      say('service is told to stop')
      stop.abort()
      await Promise.race([ended, new Promise<void>((resolve) => life.onEnd(resolve))])
      if (current?.life === life) current = null
      say('service has stopped')
    },
    operatorDesk: () =>
      createDesk(
        parseConfig(toml(world.settings), '/etc/simpost/simpost.toml'),
        openOn(disk, { ...createLife(time, say), touch: () => true }),
        time,
        () => {},
      ),
  }
  return world
}
