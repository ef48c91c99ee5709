// What `simpost backup` and `simpost restore` refuse, and what they say, on a box without a service.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openStore } from '../../../src/store/database/database.ts'
import { smallest } from '../../config/smallest.ts'
import { buildProgram, type Finished, type Program } from '../../scenario/program.ts'

const folder = mkdtempSync(join(tmpdir(), 'simpost-cli-store-'))
const database = join(folder, 'simpost.db')
const config = join(folder, 'simpost.toml')
let program: Program

before(async () => {
  program = await buildProgram()
  writeFileSync(config, smallest.replace(/^path = .*$/m, `path = "${database}"`))
  openStore(database).close()
})
after(async () => {
  await program?.remove()
  rmSync(folder, { recursive: true })
})

const run = (...args: string[]): Promise<Finished> => program.run([...args, '--config', config])

test('a file that is there is replaced only when it is asked for', async () => {
  const file = join(folder, 'there.db')
  writeFileSync(file, 'a letter')
  const { status, stderr } = await run('backup', file)
  assert.equal(status, 2)
  assert.match(stderr, /is there already\nTry: another name, or --force/)
  assert.equal(readFileSync(file, 'utf8'), 'a letter')
  const forced = await run('backup', file, '--force')
  assert.equal(forced.status, 0, forced.stderr)
  assert.match(forced.stdout, /there\.db: .* read through and good\nNot in it: the config, passwords/)
})

test('the database itself is neither a target of a backup nor a source of a restore', async () => {
  for (const args of [
    ['backup', database, '--force'],
    ['restore', database],
  ]) {
    const { status, stderr } = await run(...args)
    assert.equal(status, 2)
    assert.match(stderr, /is the database itself/)
  }
})

test('a folder that is missing is named, and no half of a file stays', async () => {
  const { status, stderr } = await run('backup', join(folder, 'nowhere', 'x.db'))
  assert.equal(status, 1)
  assert.match(stderr, /nowhere/)
  assert.match(stderr, /Try: /)
})

test('without an automatic backup a restore says where it looked and what to type', async () => {
  const { status, stderr } = await run('restore')
  assert.equal(status, 1)
  assert.match(stderr, /no good backup in .*backups\nTry: simpost --config \S+ restore FILE/)
  assert.ok(existsSync(database))
})

test('a restore of a box that moves sets nothing in doubt, and says only how to go on', async () => {
  const file = join(folder, 'move.db')
  assert.equal((await run('backup', file)).status, 0)
  const { status, stdout } = await run('restore', file, '--nothing-since')
  assert.equal(status, 0)
  assert.doesNotMatch(stdout, /may have been/)
  assert.match(stdout, /Start the service: sudo systemctl start simpost/)
})
