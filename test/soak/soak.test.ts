// A day in the life of a box: ten thousand messages both ways through the whole service, with a modem that does everything wrong that
// modems have been seen to do, and afterwards the accounts. The seed is printed; SIMPOST_SOAK_SEED repeats the messages and the draws
// of the faults (which octet meets which fault is up to the machine). SIMPOST_SOAK_MESSAGES and SIMPOST_SOAK_HOURS make another day.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { createRandom, type Random } from '../support/random.ts'
import { settleAccounts } from './ledger.ts'
import type { GotMail } from './mailboxes.ts'
import { type Planned, planMessages } from './soak-plan.ts'
import { type SoakWorld, startSoakWorld } from './soak-world.ts'

const hour = 3_600_000
const seed = Number(process.env.SIMPOST_SOAK_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31))
const count = Number(process.env.SIMPOST_SOAK_MESSAGES ?? 10_000)
const lengthMs = Number(process.env.SIMPOST_SOAK_HOURS ?? 24) * hour
/** Afterwards: missing parts are given up after two hours, late ones come after three, the last retries end. */
const lateMs = 3 * hour
const afterwardsMs = 4 * hour
/** MiB that heap and process may swing by themselves. */
const growthMax: Memory = { heap: 12, resident: 60 }
const monday = Date.UTC(2026, 2, 2)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Memory {
  /** MiB of objects after a collection. */
  readonly heap: number
  /** MiB of the process, what SQLite takes included. */
  readonly resident: number
}

function memoryInUse(): Memory {
  collect()
  const { heapUsed, external, rss } = process.memoryUsage()
  const mib = (octets: number): number => Math.round(octets / 104_857.6) / 10
  return { heap: mib(heapUsed + external), resident: mib(rss) }
}

/** MiB that two lists of plain objects take, by their JSON: strings of Latin-1 take one octet a character, and so do their names there. */
function octetsOf(...lists: readonly (readonly object[])[]): number {
  return Math.round(JSON.stringify(lists).length / 104_857.6) / 10
}

/** The mail that a person answers: one that brought an SMS of that phone, each once. */
function mailToAnswer(got: readonly GotMail[], { phone, asAnswer }: Planned, random: Random): GotMail | null {
  if (!asAnswer) return null
  const texts = got.slice(-200).filter((mail) => mail.reason === null && mail.phone === phone.number)
  return texts.length === 0 ? null : random.pick(texts)
}

function begin(world: SoakWorld, message: Planned, random: Random): void {
  const { clock, mail, modem } = world
  const { id, text, phone, order } = message
  if (message.from === 'phone') {
    texts(modem, message, order, clock.now())
    if (message.missing?.comes === true) void sendLatePart(world, message, message.missing.part)
    return
  }
  const parent = mailToAnswer(mail.got, message, random)
  mail.arrive({
    ...{ id, text, from: phone.person ?? '', at: clock.now() },
    ...(parent === null
      ? { subject: `[sms ${phone.number}] ${id}` }
      : { subject: `Re: ${id}`, inReplyTo: parent.messageId }),
  })
}

function texts(
  modem: SimModem,
  { text, phone, reference, wide }: Planned,
  order: readonly number[],
  at: number,
): void {
  modem.network.phoneSends(phone.number, text, { order, reference, wide, at: new Date(at) })
}

async function sendLatePart(world: SoakWorld, message: Planned, part: number): Promise<void> {
  const at = world.clock.now()
  await world.clock.sleep(lateMs)
  texts(world.modem, message, [part], at)
}

const list = (counts: Iterable<readonly [string, number]>): string =>
  [...counts].map(([name, value]) => `${name} ${value}`).join(', ')

test('ten thousand messages in a day of troubles: each arrives once and whole, or its sender is told', async (t) => {
  t.diagnostic(`SIMPOST_SOAK_SEED=${seed}`)
  const began = performance.now()
  const random = createRandom(seed)
  const world = await startSoakWorld(random.below(2 ** 31), monday)
  try {
    const messages = planMessages({
      count,
      lengthMs,
      phones: world.phones,
      random: createRandom(random.below(2 ** 31)),
    })
    const answers = createRandom(random.below(2 ** 31))
    let begun = 0
    let early: Memory = { heap: 0, resident: 0 }
    let over = false
    const day = (async (): Promise<void> => {
      for (const message of messages) {
        const wait = world.startAt + message.at - world.clock.now()
        if (wait > 0) await world.clock.sleep(wait)
        begin(world, message, answers)
        begun += 1
        if (begun === Math.ceil(count / 10)) early = memoryInUse()
      }
      await world.trouble.end()
      await world.clock.sleep(afterwardsMs)
      over = true
    })()
    await world.clock.run(() => !over)
    await day
    const late = memoryInUse()
    const harness = octetsOf(world.modem.network.sent, world.mail.got)
    const store = await world.end()
    const { faults, counts } = settleAccounts({
      messages,
      sent: world.modem.network.sent,
      got: world.mail.got,
      store,
    })
    store.close()
    const seconds = (performance.now() - began) / 1000
    t.diagnostic(`messages: ${list(Object.entries(counts))}`)
    t.diagnostic(`faults: ${list(world.trouble.counts)}`)
    t.diagnostic(`logged: ${list(world.logged)}`)
    t.diagnostic(
      `memory after a tenth of the messages: heap ${early.heap}, process ${early.resident} MiB; at the end: heap ${late.heap}, process ${late.resident} MiB, ${harness} MiB of it what the test remembers`,
    )
    t.diagnostic(
      `${world.lines()} AT lines, ${world.clock.jumps()} jumps of the clock, ${seconds.toFixed(0)} s`,
    )
    assert.deepEqual(
      faults.slice(0, 40),
      [],
      `${faults.length} messages are not accounted for (seed ${seed})`,
    )
    for (const kind of ['heap', 'resident'] as const)
      assert.ok(late[kind] - early[kind] - harness < growthMax[kind], `memory grows: ${kind}`)
    assert.equal(world.mail.untaken(), 0, 'mails that the service never took')
  } finally {
    await world.close()
  }
})
