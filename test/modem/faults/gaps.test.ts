// A URC in every gap: one session (start with five messages to list, one that arrives, one sent with a status report) runs with every
// intruder in every gap of the modem's output, on a pty. Each run holds all intruders, far apart, so that as many runs as there are gaps
// make all pairs. Invariant: nothing is lost, doubled or mistaken.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimModem } from '../../../src/simulator/modem/sim-modem.ts'
import type { MessageStore } from '../../../src/simulator/modem/sim-store.ts'
import { openPty } from '../../support/pty.ts'
import { eventually, type ModemBench, startBench } from '../bench.ts'
import { deliver, directLines, freshText, helloWithReport, isReport, phone, textOf } from './evidence.ts'
import { faultClock } from './fault-clock.ts'
import { type Device, devices } from './fault-devices.ts'

/** What pushes in. `extra`: the texts and reports that it brings. */
interface Intruder {
  readonly name: string
  readonly bytes: (
    sim: SimModem,
    device: Device,
  ) => { readonly bytes: string; readonly extra: readonly string[] }
}

const framed = (...lines: string[]): string => lines.map((line) => `\r\n${line}\r\n`).join('')

const line = (name: string, bytes: string): Intruder => ({ name, bytes: () => ({ bytes, extra: [] }) })

/** A status report for a message that nobody here has sent: it is handed over all the same. */
const foreignReport =
  '07919471016700000644' + '0D91947110325476F8' + '62112142023540' + '62112142023540' + '00'

/** What a device does not list is found in the store that receives, which is ME on the one that does so. */
const storeOf = (device: Device, sim: SimModem): MessageStore => sim.storage(device.lists ? 'SM' : 'ME')

const intruders: readonly Intruder[] = [
  {
    name: '+CMTI',
    bytes(sim, device) {
      const text = freshText()
      const store = storeOf(device, sim)
      return { bytes: framed(`+CMTI: "${store.name}",${store.put(deliver(text))}`), extra: [text] }
    },
  },
  {
    name: '+CMT',
    bytes() {
      const text = freshText()
      return { bytes: directLines(deliver(text)), extra: [text] }
    },
  },
  {
    name: '+CDS',
    bytes: () => ({ bytes: directLines(foreignReport, '+CDS: '), extra: ['report 68'] }),
  },
  line('RING', framed('RING')),
  line('+CREG', framed('+CREG: 1')),
  line('^RSSI', framed('^RSSI:12')),
  line('NULs', '\0'.repeat(40)),
  line('an unknown line', framed('?? what is this')),
]

const reportName = (pdu: string): string => `report ${Number.parseInt(pdu.slice(18, 20), 16)}`

/** Real milliseconds; a session takes less than one second on an idle machine. */
const patienceMs = 8_000

/** Real milliseconds within which a report comes that comes at all. */
const reportMs = 1_000

/** Sessions at work at a time; most of one is waiting. */
const sessionsMax = 8

interface Session {
  readonly sim: SimModem
  readonly bench: ModemBench
  /** What has to be handed over without any intruder. */
  readonly expected: string[]
  readonly reference: number
}

/** Runs the session; `disturb` is called before the port is opened. */
async function session(
  device: Device,
  disturb: (sim: SimModem) => void,
  check: (session: Session) => Promise<void>,
): Promise<void> {
  const sim = device.create({ reportMs: 5, firstReference: 9 })
  const store = storeOf(device, sim)
  const listed = Array.from({ length: 5 }, freshText)
  for (const text of listed) store.put(deliver(text))
  disturb(sim)
  const pty = await openPty(await sim.listen())
  const bench = startBench(pty.path, { clock: faultClock(), sweepMs: 60_000 })
  try {
    await bench.reach('ready')
    const arrives = freshText()
    sim.network.phoneSends(phone, arrives)
    const { messageReference: reference } = await bench.modem.submit(helloWithReport)
    await check({ sim, bench, expected: [...listed, arrives], reference })
  } catch (error) {
    const log = sim.log.slice(-30).map((each) => `${each.direction === 'in' ? '>' : '<'} ${each.line}`)
    throw new Error(`${error instanceof Error ? error.message : error}\n${log.join('\n')}`, { cause: error })
  } finally {
    sim.unplug()
    await bench.ended
    await pty.close()
    await sim.close()
  }
}

const handedOver = ({ received }: ModemBench): string[] =>
  received.map(({ pdu }) => (isReport(pdu) ? reportName(pdu) : textOf(pdu))).sort()

const emptied = (device: Device, sim: SimModem): boolean =>
  device.stores(sim).every((store) => store.list().length === 0)

/** An intruder and the gap, counted from 1, into which it pushes. */
interface Place {
  readonly intruder: Intruder
  readonly gap: number
}

/** Runs the session with all `places`, which lie far apart; returns how many of them were reached. */
async function survives({ device, reports }: Walk, places: readonly Place[]): Promise<number> {
  const extra: string[] = []
  let reached = 0
  const disturb = (sim: SimModem): void => {
    for (const { intruder, gap } of places) {
      const bytes = (): string => {
        const made = intruder.bytes(sim, device)
        extra.push(...made.extra)
        reached += 1
        return made.bytes
      }
      sim.faults.add({ kind: 'at-gap', bytes }, { nth: gap })
    }
  }
  await session(device, disturb, async ({ sim, bench, expected, reference }) => {
    const all = (): string[] => [...expected, ...(reports ? ['report 9'] : []), ...extra].sort()
    const complete = (): boolean => bench.received.length >= all().length && emptied(device, sim)
    // The comparison below says what is missing.
    const settled = (): Promise<void> => eventually(complete, '', patienceMs).catch(() => undefined)
    await settled()
    sim.faults.clear()
    await settled()
    assert.deepEqual(handedOver(bench), all())
    assert.ok(emptied(device, sim), 'a store is not empty')
    assert.equal(reference, 9)
    assert.equal(sim.network.sent.length, 1)
    const { registration, registered, problem, smsc } = bench.modem.state()
    assert.deepEqual([registration, registered, problem, smsc], [1, true, null, '+491710760000'])
  })
  return reached
}

interface Walk {
  readonly device: Device
  /** How many gaps the undisturbed session has. */
  readonly gaps: number
  /** False for a device that cannot be brought to pass status reports on. */
  readonly reports: boolean
}

async function walkOf(device: Device): Promise<Walk> {
  let gaps = 0
  let reports = false
  const bytes = (): string => {
    gaps += 1
    return ''
  }
  const count = (sim: SimModem): void =>
    sim.faults.add({ kind: 'at-gap', bytes }, { times: Number.POSITIVE_INFINITY })
  await session(device, count, async ({ sim, bench, expected }) => {
    const texts = (): string[] => handedOver(bench).filter((each) => !each.startsWith('report'))
    await eventually(
      () => texts().length >= expected.length && emptied(device, sim),
      'everything handed over',
    )
    await eventually(() => handedOver(bench).includes('report 9'), '', reportMs).catch(() => undefined)
    assert.deepEqual(texts(), [...expected].sort())
    reports = handedOver(bench).includes('report 9')
  })
  return { device, gaps, reports }
}

/** Several at a time; the error names every run that failed. Returns the sum of what the runs return. */
async function runAll(runs: readonly (readonly Place[])[], walk: Walk): Promise<number> {
  const waiting = [...runs]
  let sum = 0
  const failures: string[] = []
  const worker = async (): Promise<void> => {
    for (let places = waiting.shift(); places !== undefined; places = waiting.shift()) {
      const names = places.map(({ intruder, gap }) => `${intruder.name} at ${gap}`).join(', ')
      const reached = await survives(walk, places).catch((error: unknown) => {
        failures.push(`${names}: ${error instanceof Error ? error.message : error}`)
        return 0
      })
      sum += reached
    }
  }
  await Promise.all(Array.from({ length: sessionsMax }, worker))
  const titles = failures.map((each) => each.split('\n')[0]).join('\n')
  assert.equal(
    failures.length,
    0,
    `of ${runs.length} sessions failed:\n${titles}\nThe first:\n${failures[0]}`,
  )
  return sum
}

/** Run `run` of a walk: every intruder once, an eighth of the session apart. */
function placesOf(run: number, gaps: number): Place[] {
  const apart = Math.ceil(gaps / intruders.length)
  return intruders.map((intruder, kind) => ({ intruder, gap: ((run + kind * apart) % gaps) + 1 }))
}

const range = (length: number): number[] => Array.from({ length }, (_, at) => at)

const [plain, ...others] = devices
assert.ok(plain !== undefined)

test(`each of ${intruders.length} intruders in each gap of a session on ${plain.name}: nothing lost, doubled or mistaken`, async (t) => {
  const walk = await walkOf(plain)
  const pairs = walk.gaps * intruders.length
  const reached = await runAll(
    range(walk.gaps).map((run) => placesOf(run, walk.gaps)),
    walk,
  )
  t.diagnostic(`${walk.gaps} gaps, ${intruders.length} intruders: ${reached} of ${pairs} pairs`)
  assert.ok(reached > 0.95 * pairs)
})

for (const device of others) {
  test(`an intruder in each gap of a session on ${device.name}: nothing lost, doubled or mistaken`, async (t) => {
    const walk = await walkOf(device)
    const runs = range(Math.ceil(walk.gaps / intruders.length)).map((run) => placesOf(run, walk.gaps))
    const reached = await runAll(runs, walk)
    t.diagnostic(
      `${walk.gaps} gaps: ${reached} intruders${walk.reports ? '' : '; the device passes no reports on'}`,
    )
    assert.ok(reached >= 0.85 * walk.gaps)
  })
}
