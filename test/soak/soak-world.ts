// The whole service for a simulated day: the real program parts, a real tty, the simulated modem behind a bad line, the office's mail.
// A test lets messages begin, time run and trouble come; afterwards it gets everything that arrived.

import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '../../src/config/config.ts'
import { runGateway } from '../../src/daemon/gateway.ts'
import { configureLog } from '../../src/log.ts'
import type { ModemState } from '../../src/modem/gsm-modem.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import { createRandom } from '../support/random.ts'
import { watchActivity } from './activity.ts'
import { createJumpingClock, type JumpingClock } from './jumping-clock.ts'
import { type Mailboxes, mailConfig, startMailboxes } from './mailboxes.ts'
import { makeReports } from './network-reports.ts'
import { makePlug } from './plug.ts'
import { makePhones, type Phone } from './soak-plan.ts'
import { causeTrouble, type Trouble } from './trouble.ts'

/** Memory that is a disk: fsync costs nothing there. */
const diskless = '/dev/shm'

/** Where log and AT lines are kept with their times, to look into a run. */
const diary = process.env.SIMPOST_SOAK_LOG

export interface SoakWorld {
  readonly clock: JumpingClock
  readonly modem: SimModem
  readonly mail: Mailboxes
  readonly phones: readonly Phone[]
  readonly trouble: Trouble
  readonly startAt: number
  /** AT lines so far. */
  lines(): number
  /** What the service logged as warning or error, by event. */
  readonly logged: ReadonlyMap<string, number>
  /** Ends the service and opens its database. */
  end(): Promise<Store>
  close(): Promise<void>
}

const config = (folder: string, mail: string): string => `[modem]
port = "${join(folder, 'modem')}"
number = "+4917000000001"
sweep = "2m"
sms_per_minute = 60
${mail}missing_part = "2h"
[budget]
parts_per_day = 1000000
[store]
path = "${join(folder, 'simpost.db')}"
`

/** @param startAt milliseconds since 1970 */
export async function startSoakWorld(seed: number, startAt: number): Promise<SoakWorld> {
  const folder = mkdtempSync(join(diskless, 'simpost-soak-'))
  const random = createRandom(seed)
  const activity = watchActivity(() => plug.isIn() === (phase === 'opening' || phase === 'closed'))
  const clock = createJumpingClock(startAt, activity.calm)
  const phones = makePhones()
  const mail = await startMailboxes()
  const file = join(folder, 'simpost.toml')
  writeFileSync(file, config(folder, mailConfig(mail.ports)), { mode: 0o600 })
  const modem = createSimModem({
    number: '+4917000000001',
    now: clock.now,
    reportMs: 0,
    slots: { SM: 40, ME: 20 },
  })
  const reports = makeReports(modem.network, phones, clock, createRandom(random.below(2 ** 31)))
  const plug = await makePlug(modem, join(folder, 'modem'), createRandom(random.below(2 ** 31)), () =>
    trouble.gone(),
  )
  const logged = new Map<string, number>()
  configureLog(diary === undefined ? 'warn' : 'info', (line) => {
    const event = /^<\d>(\S+)/.exec(line)?.[1] ?? line
    logged.set(event, (logged.get(event) ?? 0) + 1)
    if (diary !== undefined) appendFileSync(diary, `${new Date(clock.now()).toISOString()} ${line}`)
  })
  let phase: ModemState['phase'] = 'closed'
  let life = new AbortController()
  let ending = false
  const trouble = causeTrouble({
    ...{ modem, plug, clock, random: createRandom(random.below(2 ** 31)) },
    restartService: () => life.abort(),
  })
  await plug.plugIn()
  const service = (async (): Promise<void> => {
    while (!ending) {
      life = new AbortController()
      await runGateway(
        readConfig(file),
        {
          clock,
          traceModem: (direction, text) => {
            activity.trace(direction, text)
            reports.look()
            if (diary !== undefined)
              appendFileSync(diary, `${new Date(clock.now()).toISOString()} ${direction} ${text}\n`)
          },
          // A tty is opened and closed in real time, in threads of their own.
          onModemState: ({ phase: now }) => {
            phase = now
          },
        },
        life.signal,
      )
    }
  })()
  let ended = false
  service.then(
    () => {
      ended = true
    },
    () => {
      ended = true
    },
  )
  return {
    ...{ clock, modem, mail, phones, trouble, startAt, logged },
    lines: activity.lines,
    async end() {
      ending = true
      life.abort()
      await clock.run(() => !ended)
      await service
      return openStore(join(folder, 'simpost.db'))
    },
    async close() {
      ending = true
      life.abort()
      await plug.close()
      await modem.close()
      await mail.close()
      activity.close()
      configureLog('info', (line) => void process.stderr.write(line))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
