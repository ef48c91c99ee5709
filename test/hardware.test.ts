// hardware.md and the simulated devices: each profile is named in one row of the table, and the row says how much it is worth.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { factsNamed } from '../src/domain/transcript.ts'
import { allDevices } from './support/devices.ts'

const untried = 'from manuals, not yet tried on the device'
const page = readFileSync(join(import.meta.dirname, '../hardware.md'), 'utf8')

/** The last cell of each row of the device table. */
const tried = page
  .split('\n')
  .filter((line) => line.startsWith('|') && line.includes(' from manuals'))
  .map((line) => line.split('|').at(-2)?.trim() ?? '')

const profilesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([a-z0-9-]+)`/g)].map(([, name = '']) => name)

test('every profile stands in one row of hardware.md, and every profile named there exists', () => {
  assert.deepEqual(
    tried.flatMap(profilesIn).sort(),
    allDevices().map(({ name }) => name),
  )
})

for (const { name, transcript } of allDevices())
  test(`${name}: its row says that it is from manuals, as its transcript does`, () => {
    const cell = tried.find((each) => profilesIn(each).includes(name)) ?? ''
    assert.ok(cell.startsWith(untried), cell)
    assert.deepEqual(factsNamed(transcript, 'source'), ['from manuals'])
    assert.ok(factsNamed(transcript, 'sources').join('').length > 20, 'names its sources')
  })
