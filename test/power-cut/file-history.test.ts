// The model of the disk itself: if it kept what a power cut loses, or lost what was synced, the tests above it would prove nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Touch } from '../crash/touch-shim.ts'
import { waysOf } from './fates.ts'
import { type Fate, FileHistory } from './file-history.ts'

function touch(op: Touch['op'], path: string, data = '', offset = 0): Touch {
  return { op, target: 'file', path, offset, data: Buffer.from(data) }
}

/** What is left after these touches, by the fates of the changes that no sync covers. */
function left(touches: readonly Touch[], fates: readonly Fate[] = []): Record<string, string> {
  const history = new FileHistory()
  for (const one of touches) history.apply(one)
  const files = history.after((change) => fates[change] ?? 'lost')
  return Object.fromEntries([...files].map(([path, octets]) => [path, octets.toString('latin1')]))
}

const made = [touch('create', 'a'), touch('sync', '.')]

test('what was synced is there, and of what came later only what its fate says', () => {
  const touches = [...made, touch('write', 'a', 'safe'), touch('sync', 'a')]
  const later = [...touches, touch('write', 'a', 'X', 0), touch('write', 'a', 'YZ', 6)]
  assert.deepEqual(left(later), { a: 'safe' })
  assert.deepEqual(left(later, ['kept', 'kept']), { a: 'Xafe\0\0YZ' })
  assert.deepEqual(left(later, ['lost', 'kept']), { a: 'safe\0\0YZ' })
})

test('the sync of one file says nothing of another', () => {
  const touches = [
    ...made,
    touch('create', 'b'),
    touch('sync', '.'),
    touch('write', 'a', '1'),
    touch('write', 'b', '2'),
  ]
  assert.deepEqual(left([...touches, touch('sync', 'b')]), { a: '', b: '2' })
})

test('a write is torn at the sectors of the file', () => {
  const touches = [...made, touch('write', 'a', 'A'.repeat(1024)), touch('sync', 'a')]
  const torn = left([...touches, touch('write', 'a', 'B'.repeat(600), 300)], [(sector) => sector === 1]).a
  assert.equal(torn, 'A'.repeat(512) + 'B'.repeat(388) + 'A'.repeat(124))
})

test('a file that was cut keeps its end until that was synced, and what it grows by later is zeros', () => {
  const touches = [...made, touch('write', 'a', 'abcdef'), touch('sync', 'a'), touch('truncate', 'a', '', 2)]
  assert.deepEqual(left(touches), { a: 'abcdef' })
  assert.deepEqual(left(touches, ['kept']), { a: 'ab' })
  assert.deepEqual(left([...touches, touch('sync', 'a'), touch('write', 'a', 'z', 4)], ['kept']), {
    a: 'ab\0\0z',
  })
})

test('a new file, a new name and a removal are safe only once the folder was synced', () => {
  const created = [touch('create', 'a'), touch('write', 'a', 'x'), touch('sync', 'a')]
  assert.deepEqual(left(created), {})
  assert.deepEqual(left(created, ['kept']), { a: 'x' })
  const whole = [...created, touch('sync', '.')]
  assert.deepEqual(left([...whole, touch('rename', 'a', 'b')]), { a: 'x' })
  assert.deepEqual(left([...whole, touch('rename', 'a', 'b')], ['kept']), { b: 'x' })
  assert.deepEqual(left([...whole, touch('unlink', 'a')]), { a: 'x' })
  assert.deepEqual(left([...whole, touch('unlink', 'a'), touch('sync', '.')]), {})
})

test('a file that was removed and made again is another one: until the folder is synced the old one may be back', () => {
  const touches = [
    ...made,
    touch('write', 'a', 'old'),
    touch('sync', 'a'),
    touch('unlink', 'a'),
    touch('create', 'a'),
  ]
  const again = [...touches, touch('write', 'a', 'new'), touch('sync', 'a')]
  assert.deepEqual(left(again), { a: 'old' })
  assert.deepEqual(left(again, ['kept', 'kept']), { a: 'new' })
  assert.deepEqual(left([...again, touch('sync', '.')]), { a: 'new' })
})

test('a touch of a file that the log never made is an error, not a gap in the recording', () => {
  assert.throws(() => left([touch('write', 'a', 'x')]), /never made a/)
})

test('the ways are nothing, everything, prefixes and seeded sets, and the same seed gives the same', () => {
  const fates = (pending: number) =>
    waysOf(pending, 3, 7).map(({ name, fateOf }) => [
      name,
      ...Array.from({ length: pending }, (_, at) => typeof fateOf(at)),
    ])
  assert.deepEqual(fates(0).flat(), ['nothing of what was not synced'])
  assert.equal(waysOf(20, 3, 7).length, 8)
  assert.deepEqual(fates(20), fates(20))
  const seeded = waysOf(400, 1, 7).at(-1)
  const kinds = new Set(
    Array.from({ length: 400 }, (_, at) =>
      typeof seeded?.fateOf(at) === 'function' ? 'torn' : seeded?.fateOf(at),
    ),
  )
  assert.deepEqual([...kinds].sort(), ['kept', 'lost', 'torn'])
})
