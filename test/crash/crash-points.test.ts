// The service is killed (SIGKILL) at point 1, 2, 3, ... of what it does to the world: before and after each write to the modem, to the
// mail servers and to its files, until a run ends without reaching the point. After each, the outside is counted (outside.ts).
// A killed process loses nothing that it wrote, so dying between two writes of one commit is the same each time: by default they count as
// one touch, tried before the first, after the first, and when all are written. SIMPOST_CRASH=all tries each of them.
// Of a story with a share only every so many-th point is tried, beginning with another one each day. SIMPOST_CRASH_SHARE=3 says so for
// all of them, SIMPOST_CRASH_SHARE=1 tries every point of all. SIMPOST_CRASH_STORY=2 tells one story alone.

import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { buildProgram, type Program } from '../scenario/program.ts'
import { CrashWorld, type Death } from './crash-world.ts'
import { type Expected, type Folders, type Found, foldersOf, lookAround } from './outside.ts'
import { type Story, stories } from './stories.ts'
import { buildTouchShim } from './touch-shim.ts'

const everyWrite = process.env.SIMPOST_CRASH === 'all'
const shareWanted = Number(process.env.SIMPOST_CRASH_SHARE ?? (everyWrite ? 1 : 0))
const today = Math.floor(Date.now() / 86_400_000)
const only = process.env.SIMPOST_CRASH_STORY
/** The shortest story has more; fewer would mean that the shim sees nothing. */
const touchesMin = 10
/** A defect shows at many points; each costs a minute of waiting. */
const faultyPointsMax = 3
/** What a late answer of the modem, or a report, needs at most to settle an SMS in doubt. */
const doubtMs = 2_000
/** So long nothing happens at the end of a run that did not reach its point. */
const endQuietMs = 700

let program: Program
let shim: string
before(async () => {
  program = await buildProgram()
  shim = await buildTouchShim()
})
after(() => program?.remove())

interface Tally {
  killed: number
  touches: number
  messages: number
  uncertain: number
  repeatedMails: number
  readonly faults: string[]
}

const emptyTally = (): Tally => ({
  ...{ killed: 0, touches: 0, messages: 0, uncertain: 0, repeatedMails: 0, faults: [] },
})
const total = emptyTally()

/** One run of a story with its point; false: the point was not reached. */
async function tryPoint(
  crash: CrashWorld,
  story: Story,
  point: { readonly number: number; readonly after: boolean },
  run: { readonly folders: Folders; readonly tally: Tally; readonly told: Expected[] },
): Promise<boolean> {
  const { folders, tally, told } = run
  await crash.idle()
  const before = crash.deaths.length
  const deaths = (): Death[] => crash.deaths.slice(before)
  const digits = String(point.number).padStart(3, '0')
  const mark = { word: `point-${digits}`, phone: `+4917055500${digits}` }
  const expected = await story.tell(crash, mark, () => crash.arm(point))
  let found: Found = { faults: ['nothing was looked at'], uncertain: 0, repeatedMails: 0 }
  let doubted = false
  const settled = async (): Promise<boolean> => {
    if (!crash.ready) return false
    found = await lookAround(crash, folders, expected, deaths())
    if (found.uncertain > 0 && !doubted) await endDoubt(crash)
    doubted = found.uncertain > 0
    return found.faults.length === 0
  }
  const reached = (): boolean => deaths().some((death) => death.point !== null)
  try {
    await crash.until('everything to be in its place', settled)
    if (!reached()) {
      await sleep(endQuietMs)
      await crash.until('everything to be in its place', settled)
    }
  } catch (error) {
    if (found.faults.length === 0) throw error
    const where = deaths().map(
      ({ touch }) => `${point.after ? 'after' : 'before'} touch ${point.number}, ${touch}`,
    )
    tally.faults.push(`killed ${where.join(' and ') || 'nowhere'}: ${found.faults.join('; ')}`)
  }
  // Two runs of a story may differ by a touch or two.
  tally.touches = Math.max(tally.touches, reached() ? point.number : crash.touches())
  crash.disarm()
  told.push(expected)
  tally.messages += expected.journal
  tally.killed += reached() ? 1 : 0
  tally.uncertain += found.uncertain
  tally.repeatedMails += found.repeatedMails
  return reached()
}

/** Five minutes pass, in which an answer or a report could have settled it; then its sender is told (dispatch-sms.ts). */
async function endDoubt(crash: CrashWorld): Promise<void> {
  await sleep(doubtMs)
  await crash.change(
    "UPDATE delivery SET updated_at = updated_at - 300000 WHERE state = 'uncertain' AND told_at IS NULL",
  )
}

/** Every point, or of a share every so many-th, until one is not reached. */
async function tryAll(t: TestContext, story: Story, dieAfter: boolean): Promise<void> {
  const share = shareWanted || (story.share ?? 1)
  const first = 1 + (today % share)
  const tally = emptyTally()
  const crash = await CrashWorld.start(program, shim, { ...story.setting, everyWrite })
  const run = { folders: foldersOf(crash.world), tally, told: [] as Expected[] }
  try {
    await story.prepare?.(crash.world)
    for (let number = first; tally.faults.length < faultyPointsMax; number += share)
      if (!(await tryPoint(crash, story, { number, after: dieAfter }, run))) break
    // What came late: all is counted once more.
    for (const expected of tally.faults.length > 0 ? [] : run.told) {
      const { faults } = await lookAround(crash, run.folders, expected, crash.deaths)
      tally.faults.push(...faults.map((fault) => `in the end, ${expected.word}: ${fault}`))
    }
  } catch (error) {
    for (const line of (await crash.world.logs()).split('\n').slice(-200)) t.diagnostic(line)
    throw error
  } finally {
    await crash.close()
  }
  const which = share === 1 ? '' : ` (one in ${share}, beginning with number ${first})`
  t.diagnostic(`killed at ${tally.killed} of ${tally.touches} touches${which}`)
  total.faults.push(...tally.faults)
  for (const what of ['killed', 'touches', 'messages', 'uncertain', 'repeatedMails'] as const)
    total[what] += tally[what]
  assert.deepEqual(tally.faults, [])
  assert.ok(tally.touches >= touchesMin, `the shim saw ${tally.touches} touches`)
}

describe('a service that is killed anywhere loses and doubles nothing', { concurrency: 16 }, () => {
  for (const [index, story] of stories.entries()) {
    if (only !== undefined && Number(only) !== index + 1) continue
    test(`${story.title}: killed before each touch`, (t) => tryAll(t, story, false))
    test(`${story.title}: killed after each touch`, (t) => tryAll(t, story, true))
  }
})

test('at no point a message was lost or doubled', (t) => {
  const [lost = 0, doubled = 0] = ['lost:', 'doubled'].map(
    (word) => total.faults.filter((fault) => fault.includes(word)).length,
  )
  const { killed, touches, messages, uncertain, repeatedMails } = total
  t.diagnostic(
    `simpost-count: points killed ${killed} of ${touches}, messages ${messages}, lost ${lost}, doubled ${doubled}, uncertain and told ${uncertain}, mails repeated ${repeatedMails}`,
  )
  assert.ok(killed > 0)
  assert.deepEqual([lost, doubled], [0, 0])
})
