// 200 000 rows that are due, and years of messages: retention leaves the others their turns, the file shrinks, and it stops growing.

import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { keepRetention } from '../../../src/daemon/retention-loop.ts'
import { openStore, type Store } from '../../../src/store/database/database.ts'
import { createJournal } from '../../../src/store/journal.ts'
import { createOutbox } from '../../../src/store/outbox/outbox.ts'
import { createPdus } from '../../../src/store/pdus.ts'
import { retention } from '../../../src/store/retention/retention.ts'
import { day, noon } from '../../exchange/world.ts'
import { tempFolder } from '../temp-store.ts'
import { years } from './aging-office.ts'

const folder = tempFolder()
const year = 365 * day
const minute = 60_000

interface Writer {
  /** A mail that became a delivered SMS, with its steps, its place and its PDU: 8 rows. */
  exchange(at: number): number
}

function writerOn(store: Store): Writer {
  const [journal, outbox, pdus] = [createJournal(store), createOutbox(store), createPdus(store)]
  let count = store.get<{ n: number | null }>('SELECT max(id) AS n FROM message')?.n ?? 0
  return {
    exchange(at) {
      const n = ++count
      const text = `The words of message ${n}, about as long as people write them.`
      const address = {
        sender: `person${n % 400}@office.example`,
        recipient: `+4917${10_000_000 + (n % 400)}`,
      }
      const id = journal.add(
        {
          ...{ medium: 'mail', sender: address.sender, subject: `Subject ${n}`, text, mailId: `<${n}@x>` },
          ...{ digest: `${(n * 2_654_435_761) % 4_294_967_296}`, receivedAt: at, flag: 1, flagFrom: 'tag' },
          ...{ judgement: 'convert', reason: 'flagged', raw: null },
        },
        [
          { what: 'flag', detail: `[sms] in the subject "Subject ${n}"` },
          { what: 'target', detail: address.recipient },
        ],
      )
      journal.setPlace({ folder: 'INBOX', uidValidity: '1', uid: n }, id, 'done')
      journal.setCursor('INBOX', '1', n, at)
      const facts = { messageId: id, conversationId: null, rule: 'binding', text, now: at }
      const delivery = outbox.addSms(
        { ...facts, recipient: address.recipient, cause: address.sender },
        () => ({
          ...{ encoding: 'gsm7', segments: [{ pdu: Buffer.from(text).toString('hex'), tpduLength: 80 }] },
          validityMs: day,
        }),
      )
      const [segment] = outbox.segments(delivery)
      if (segment !== undefined) outbox.settleSegment(segment.id, 'delivered', null, at)
      pdus.add(`report ${n}`, at, null)
      return id
    },
  }
}

const mib = (path: string): number => statSync(path).size / 2 ** 20

function filled(path: string, messages: number): Store {
  const store = openStore(path)
  const writer = writerOn(store)
  for (let from = 0; from < messages; from += 1000)
    store.transaction(() => {
      for (let n = from; n < from + 1000; n++) writer.exchange(noon + n * minute)
    })
  return store
}

test('while 200 000 rows go, no bite holds the others up, messages go on, and the file shrinks', async (t) => {
  const path = join(folder, 'due.db')
  const store = filled(path, 25_000)
  t.after(() => store.close())
  const before = mib(path)
  const now = noon + 5 * year
  const cpuMs: number[] = []
  const wallMs: number[] = []
  // The hours go by at once; what is measured are the bites, which lie between two rests.
  let passed = 0
  let done = false
  let begun = { wall: performance.now(), cpu: process.cpuUsage() }
  const clock = {
    now: () => now + passed,
    monotonic: () => passed,
    sleep: async (ms: number) => {
      if (ms >= minute) {
        passed += ms
        done = cpuMs.length > 0
      } else {
        const { user, system } = process.cpuUsage(begun.cpu)
        cpuMs.push((user + system) / 1000)
        wallMs.push(performance.now() - begun.wall)
      }
      await sleep(0)
      begun = { wall: performance.now(), cpu: process.cpuUsage() }
    },
  }
  const writer = writerOn(store)
  let exchanged = 0
  const end = new AbortController()
  const loop = keepRetention({ store, keeping: years, clock, isBusy: () => false }, end.signal)
  while (!done) {
    store.transaction(() => writer.exchange(now))
    exchanged++
    await sleep(5)
  }
  end.abort()
  await loop
  const worst = (all: readonly number[]): number => Math.max(...all)
  t.diagnostic(
    `${cpuMs.length} bites, the longest ${worst(cpuMs).toFixed(1)} ms of processor time, ${worst(wallMs).toFixed(1)} ms in all; ` +
      `${exchanged} messages meanwhile; ${before.toFixed(1)} to ${mib(path).toFixed(1)} MiB`,
  )
  assert.ok(exchanged > 20, `${exchanged} messages`)
  assert.equal(rowsOf(store, 'message'), exchanged)
  assert.ok(worst(cpuMs) < 50, `${worst(cpuMs)} ms`)
  assert.ok(mib(path) < before / 5, `${mib(path)} MiB of ${before}`)
  assert.equal(readFileSync(path, 'latin1').includes('The words of message 1,'), false)
})

const rowsOf = (store: Store, table: string): number =>
  store.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`)?.n ?? 0

test('nine years of messages: from the fourth year on the database does not grow', (t) => {
  const path = join(folder, 'years.db')
  const store = openStore(path)
  t.after(() => store.close())
  const writer = writerOn(store)
  const sizes: number[] = []
  for (let now = noon; sizes.length < 9; now += 10 * day) {
    store.transaction(() => {
      for (let n = 0; n < 60; n++) writer.exchange(now + n * minute)
    })
    for (const _ of retention(store, years, now));
    if (now - noon < (sizes.length + 1) * year) continue
    store.get('PRAGMA wal_checkpoint(TRUNCATE)')
    sizes.push(mib(path))
  }
  t.diagnostic(`MiB after each year: ${sizes.map((size) => size.toFixed(1)).join(', ')}`)
  const [first = 0, , , fourth = 0, ...later] = sizes
  assert.ok(fourth > first)
  for (const size of later) assert.ok(size < fourth * 1.05, sizes.join(', '))
  assert.equal(rowsOf(store, 'message') < 60 * 112, true)
  // What grows for ever: a few counts a day.
  assert.ok(rowsOf(store, 'daily_count') <= 2 * 37 * 9)
})
