// The power fails at every sync of a recorded run of the real service, from the making of the database to its second end, and the disk
// loses of what was not synced nothing, everything, or anything in between: the database opens, it is whole, and what the world was told
// until then stands in it. Which states are tried: replay.ts and file-history.ts. What is held against them: examine.ts and pledges.ts.
// The same without the syncs must be found out, or the check would prove nothing.
// SIMPOST_POWER_CUT_VARIANTS: seeded states a sync, beside the plain ones; SIMPOST_POWER_SEED repeats those of the same recording.

import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { makeFolder } from './box.ts'
import type { Finding } from './examine.ts'
import type { PledgeKind } from './pledges.ts'
import { type Recording, recordRun } from './recorded-run.ts'
import { replay } from './replay.ts'

const variants = Number(process.env.SIMPOST_POWER_CUT_VARIANTS ?? 6)
const seed = Number(process.env.SIMPOST_POWER_SEED ?? Math.floor(Math.random() * 0x7fff_ffff))

let recording: Recording
let folder: string

before(async () => {
  recording = await recordRun()
  folder = makeFolder()
})
after(() => rmSync(folder, { recursive: true, force: true }))

const kinds: readonly PledgeKind[] = ['deleted', 'submitted', 'moved', 'handed-over']
const found = (wrong: readonly Finding[], check: Finding['check']): boolean =>
  wrong.some((finding) => finding.check === check)

test('the recording holds what a power cut can hit: the making of the database, moving the journal into it, and pledges of each kind', () => {
  const { touches, pledges } = recording
  const at = (op: string, path: string): number[] =>
    touches.flatMap((touch, number) => (touch.op === op && touch.path === path ? [number] : []))
  const [made = Number.NaN] = at('create', 'simpost.db')
  const [began = Number.NaN, again = Number.NaN] = at('create', 'simpost.db-wal')
  const [removed = Number.NaN] = at('unlink', 'simpost.db-wal')
  assert.ok(made < began && began < removed && removed < again, 'the journal is made, removed and made again')
  const lastSaid = touches.slice(0, removed).findLastIndex(({ target }) => target === 'tty')
  const moved = at('write', 'simpost.db').some((number) => number > began && number < lastSaid)
  assert.ok(moved, 'the journal is moved into the database while the service works')
  for (const kind of kinds) assert.ok(pledges.filter((pledge) => pledge.kind === kind).length >= 10, kind)
})

test('after a power cut at any sync the database opens, is whole, and holds all that the world was told', async (t) => {
  t.diagnostic(`SIMPOST_POWER_SEED=${seed}`)
  const { syncs, states, wrong } = await replay(recording, { folder, seed, variants })
  assert.deepEqual(wrong.slice(0, 20), [])
  assert.ok(syncs > 100, `only ${syncs} syncs`)
  t.diagnostic(
    `simpost-count: syncs lost ${syncs}, disk states tried ${states}, messages ${recording.messages}`,
  )
})

test('a disk that does not sync the commits (synchronous=NORMAL) is found out, by each kind of pledge', async () => {
  const { wrong } = await replay(recording, {
    ...{ folder, seed, variants: 0 },
    honours: ({ path }) => !path.endsWith('-wal'),
    enough: (all) => kinds.every((kind) => found(all, kind)),
  })
  assert.deepEqual(
    kinds.filter((kind) => !found(wrong, kind)),
    [],
    'pledges that nobody missed',
  )
})

test('a disk that syncs nothing at all (synchronous=OFF) is found out by a database that does not open or is damaged', async () => {
  const damaged = (all: readonly Finding[]): boolean => found(all, 'opens') || found(all, 'integrity')
  const { wrong } = await replay(recording, {
    ...{ folder, seed, variants, honours: () => false, enough: damaged },
  })
  assert.ok(damaged(wrong))
})
