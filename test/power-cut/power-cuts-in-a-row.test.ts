// One power cut after the other: the real service works through what mails and phones bring, dies at a touch of the world that a seed
// chooses, loses of its last writes what was not synced, and is started again on what is left, in the very world that it left: the SIM
// still holds what was not deleted, INBOX what was not moved. In the end the world is counted.
// Invariant: nothing is lost, and nothing comes twice but a mail with the same octets (design.md 8.4); an SMS that may have gone out is
// shown as `uncertain`. SIMPOST_POWER_CUTS sets how many, SIMPOST_POWER_SEED repeats a run as far as timing lets it.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../src/store/database/database.ts'
import { readTouchLog } from '../crash/touch-shim.ts'
import { eventually } from '../scenario/program.ts'
import { createRandom } from '../support/random.ts'
import { anna, type Box, layFiles, openBox } from './box.ts'
import { waysOf } from './fates.ts'
import { FileHistory, type Files } from './file-history.ts'

const cuts = Number(process.env.SIMPOST_POWER_CUTS ?? 16)
const seed = Number(process.env.SIMPOST_POWER_SEED ?? Math.floor(Math.random() * 0x7fff_ffff))
/** A start has some 75 touches, the messages of a life as many again; most lives are to get as far. */
const startTouches = 75
const lifeTouches = 170
const bob = '+4917012345678'
const stranger = '+4917034567890'
const rest = ', and this goes on until the text needs three parts to go out'.repeat(5)

/** The texts of one life: what Anna's mails say and what the stranger types. */
interface Texts {
  readonly mails: readonly string[]
  readonly sms: readonly string[]
}

function textsOf(life: number): Texts {
  const tail = life % 3 === 0 ? rest : ''
  return {
    mails: [`Mail ${life}a.`, `Mail ${life}b.${tail}`],
    sms: [`SMS ${life}a.`, `SMS ${life}b.${tail}`],
  }
}

function bring(box: Box, { mails, sms }: Texts): void {
  for (const text of mails) box.mailComes({ phone: bob, subject: text.slice(0, 12), text })
  for (const text of sms) box.modem.network.phoneSends(stranger, text)
}

/** One life of the service, from its start on what is there to a power cut. @returns what the disk holds then, and when it was cut */
async function liveAndDie(box: Box, before: Files, life: number): Promise<{ files: Files; how: string }> {
  const random = createRandom(seed ^ Math.imul(life, 0x9e37_79b1))
  const log = join(box.storeFolder, '..', `touches-${life}`)
  bring(box, textsOf(life))
  const killAt =
    random.below(4) === 0
      ? 1 + random.below(startTouches)
      : startTouches + random.below(lifeTouches - startTouches)
  box.control.arm({ killAt, after: random.below(2) === 1, runsCountOnce: true })
  const service = box.start(log)
  let dead = false
  void service.ended.then(() => {
    dead = true
  })
  // Who has done everything before the touch comes is cut off while idle.
  await eventually('the death, or the end of the work', () => (dead || !box.hasWork() ? true : undefined))
  service.signal('SIGKILL')
  assert.equal(await service.ended, null, `it ended by itself:\n${service.log()}`)
  const history = new FileHistory(before)
  for (const touch of await readTouchLog(log)) history.apply(touch)
  // The first way, that nothing is left of what was not synced, is the hardest.
  const ways = waysOf(history.pending(), 2, random.below(0x7fff_ffff))
  const way = random.pick(random.below(2) === 0 ? ways.slice(0, 1) : ways)
  // The modem has its power from the box, or its own.
  if (random.below(2) === 1) box.modem.reset()
  const killed = box.control.killedAt()
  const where = killed === null ? 'idle' : `${killed.op} of ${killed.path}`
  return {
    files: history.after(way.fateOf),
    how: `${where}, ${history.pending()} pending, left: ${way.name}`,
  }
}

/** Mails that lie in INBOX before the very first start are none of the box's business. */
async function firstStart(box: Box): Promise<Files> {
  const service = await box.startUp(join(box.storeFolder, '..', 'touches-first'))
  await eventually('the mailbox to be watched', () => (box.mails.imap.idling() > 0 ? true : undefined))
  assert.equal(await service.stop(), 0, service.log())
  const names = readdirSync(box.storeFolder).filter((name) => /\.db(\.lock)?$/.test(name))
  return new Map(names.map((name) => [name, readFileSync(join(box.storeFolder, name))]))
}

/** Another day: what waits for its time is due. */
function letTimePass(box: Box): void {
  const store = openStore(join(box.storeFolder, 'simpost.db'))
  store.run("UPDATE delivery SET next_attempt_at = 0 WHERE state IN ('queued', 'sending')")
  store.close()
}

interface Counted {
  readonly lost: readonly string[]
  readonly doubled: readonly string[]
  readonly uncertain: readonly string[]
  /** Mails that came again with the same octets. */
  readonly repeated: number
}

const times = (count: number, of: string): readonly string[] => Array.from({ length: count }, () => of)

function count(box: Box, lives: number): Counted {
  const store = openStore(join(box.storeFolder, 'simpost.db'))
  const all = Array.from({ length: lives }, (_, at) => textsOf(at + 1))
  const doubt = store.all<{ text: string }>(
    "SELECT text FROM delivery WHERE medium = 'sms' AND state = 'uncertain'",
  )
  const journal = store.all<{ text: string; n: number }>(
    'SELECT text, count(*) AS n FROM message GROUP BY text',
  )
  store.close()
  const uncertain = doubt.map(({ text }) => text)
  const reached = (text: string): number => box.phones.filter((sms) => sms.text === text).length
  const submitted = box.modem.network.sent.map(({ pdu }) => pdu)
  // The mail server stamps each copy anew, in front of what the box handed over.
  const inbox = box.inbox(anna).map((raw) => raw.slice(raw.indexOf('\nFrom: ')))
  const different = [...new Set(inbox)]
  const shows = (raw: string, text: string): boolean => raw.replace(/=?\r\n/g, '').includes(text.slice(0, 8))
  const mailsOf = (text: string): number => different.filter((raw) => shows(raw, text)).length
  const texts = all.flatMap(({ mails, sms }) => [...mails, ...sms])
  return {
    lost: [
      ...all.flatMap(({ mails }) => mails.filter((text) => reached(text) === 0 && !uncertain.includes(text))),
      ...all.flatMap(({ sms }) => sms.filter((text) => mailsOf(text) === 0)),
    ],
    doubled: [
      ...all.flatMap(({ mails }) => mails.flatMap((text) => times(reached(text) - 1, text))),
      ...all.flatMap(({ sms }) => sms.flatMap((text) => times(mailsOf(text) - 1, text))),
      ...submitted.filter((pdu, at) => submitted.indexOf(pdu) !== at),
      ...journal.filter(({ text, n }) => texts.includes(text) && n > 1).map(({ text }) => `journal: ${text}`),
    ],
    uncertain,
    repeated: inbox.length - different.length,
  }
}

test('a box whose power fails again and again loses no message and sends none twice', async (t) => {
  t.diagnostic(`SIMPOST_POWER_SEED=${seed}`)
  const box = await openBox()
  const story: string[] = []
  try {
    let files = await firstStart(box)
    for (let life = 1; life <= cuts; life += 1) {
      const cut = await liveAndDie(box, files, life)
      files = cut.files
      story.push(`life ${life}: ${cut.how}`)
      layFiles(box.storeFolder, files)
    }
    box.control.disarm()
    letTimePass(box)
    const last = await box.startUp(join(box.storeFolder, '..', 'touches-last'))
    await eventually('the end of the work', () => (box.hasWork() ? undefined : true))
    const expected = cuts * 2
    await eventually('all mails and SMS', () => {
      const { lost } = count(box, cuts)
      return lost.length === 0 ? true : undefined
    }).catch(() => undefined)
    assert.equal(await last.stop(), 0)
    const { lost, doubled, uncertain, repeated } = count(box, cuts)
    assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] })
    // Each cut may catch one SMS at most between the commit and the answer of the modem.
    assert.ok(uncertain.length <= cuts, `${uncertain.length} of ${expected} are uncertain`)
    t.diagnostic(
      `simpost-count: power cuts in a row ${cuts}, messages ${2 * expected}, lost 0, doubled 0, uncertain ${uncertain.length}, mails repeated ${repeated}`,
    )
  } catch (error) {
    for (const line of story) t.diagnostic(line)
    throw error
  } finally {
    await box.close()
  }
})
