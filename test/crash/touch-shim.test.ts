// The shim itself: it sees what a program and SQLite write, in their order, and ends the program exactly where it was told to. If it
// missed a call, the crash tests would pass without having tried it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { buildTouchShim, readTouchLog, TouchControl, touchEnvironment } from './touch-shim.ts'

const repository = new URL('../..', import.meta.url)

let shim: string
let server: Server
let folder: string
let log: string
let control: TouchControl

before(async () => {
  shim = await buildTouchShim()
  server = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1')
  await once(server, 'listening')
})
after(() => server.close())

const folders: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'simpost-touch-'))
  folders.push(folder)
  log = `${folder}.log`
  control = new TouchControl(`${folder}.control`)
})
after(() => {
  for (const one of folders)
    for (const suffix of ['', '.log', '.control']) rmSync(`${one}${suffix}`, { recursive: true, force: true })
})

/** Runs a program in the folder under the shim; resolves with its exit status, or the signal that ended it. */
async function run(program: string): Promise<number | string> {
  const address = server.address()
  const port = typeof address === 'object' ? String(address?.port) : ''
  const child = spawn(process.execPath, ['-e', program, folder, port], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...touchEnvironment({ shim, folder, control: control.file, log }) },
  })
  child.stdout.resume()
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null]
  return status ?? signal ?? 'nothing'
}

const touches = async (): Promise<string[]> =>
  (await readTouchLog(log)).map(({ op, target, path, offset, data }) =>
    [op, target, path.replace(/\d+$/, ''), offset, data.toString('latin1')].join(' ').trim(),
  )

const files = `
  const fs = require('node:fs')
  process.chdir(process.argv[1])
  fs.writeFileSync('a', 'one')
  fs.appendFileSync('a', 'two')
  const a = fs.openSync('a', 'r+')
  fs.writevSync(a, [Buffer.from('N'), Buffer.from('E')], 1)
  fs.ftruncateSync(a, 5)
  fs.fsyncSync(a)
  fs.fdatasyncSync(a)
  fs.fsyncSync(fs.openSync('.'))
  fs.renameSync('a', 'b')
  fs.writeFileSync('b', 'x')
  fs.writeFileSync('/dev/null', 'no')
  fs.unlinkSync('b')
  console.log('to the parent')
`
const filesTouched = [
  'create file a 0',
  'write file a 0 one',
  'write file a 3 two',
  'write file a 1 NE',
  'truncate file a 5',
  'sync file a 0',
  'sync file a 0',
  'sync file . 0',
  'rename file a 0 b',
  'truncate file b 0',
  'write file b 0 x',
  'unlink file b 0',
]

test('every change of a file is recorded, in order and with its place, and nothing else is', async () => {
  assert.equal(await run(files), 0)
  assert.deepEqual(await touches(), filesTouched)
})

test('what is written from the threads of the pool and to an internet socket is seen', async () => {
  const program = `
    const fs = require('node:fs/promises')
    const socket = require('node:net').connect(Number(process.argv[2]), '127.0.0.1', async () => {
      await fs.writeFile(process.argv[1] + '/c', 'pool')
      socket.write('hello')
      socket.end('world')
    })`
  assert.equal(await run(program), 0)
  assert.deepEqual(await touches(), [
    'create file c 0',
    'write file c 0 pool',
    'write socket socket: 0 hello',
    'write socket socket: 0 world',
  ])
})

test('a commit of SQLite is a write to the journal and its sync; the shared memory is no file', async () => {
  const program = `
    const Database = require('better-sqlite3')
    const database = new Database(process.argv[1] + '/d')
    database.pragma('journal_mode = WAL')
    database.pragma('synchronous = FULL')
    database.exec('CREATE TABLE t (a)')
    // Closing would move the journal into the database.
    process.kill(process.pid, 'SIGKILL')`
  assert.equal(await run(program), 'SIGKILL')
  const paths = new Set((await readTouchLog(log)).map(({ path }) => path))
  assert.deepEqual([...paths].sort(), ['.', 'd', 'd-journal', 'd-wal'])
  const [written, synced] = (await readTouchLog(log)).filter(({ path }) => path === 'd-wal').slice(-2)
  assert.deepEqual([written?.op, synced?.op], ['write', 'sync'])
})

test('the process dies exactly before or after the call it was told, and the control file says which it was', async () => {
  for (let point = 1; point <= filesTouched.length; point += 1)
    for (const after of [false, true]) {
      control.arm({ killAt: point, after })
      assert.equal(await run(files), 'SIGKILL')
      assert.deepEqual(await touches(), filesTouched.slice(0, after ? point : point - 1))
      const killed = control.killedAt()
      assert.equal(
        [killed?.op, killed?.target, killed?.path].join(' '),
        filesTouched[point - 1]?.split(' ', 3).join(' '),
      )
      for (const left of [log, join(folder, 'a'), join(folder, 'b')]) rmSync(left, { force: true })
    }
  control.arm({ killAt: filesTouched.length + 1, after: false })
  assert.equal(await run(files), 0)
  assert.deepEqual([control.count(), control.killedAt()], [filesTouched.length, null])
})

test('a write that was not reached is not in the file', async () => {
  control.arm({ killAt: 2, after: false })
  assert.equal(await run(files), 'SIGKILL')
  assert.equal(readFileSync(join(folder, 'a'), 'utf8'), '')
  assert.ok(!existsSync(join(folder, 'b')))
})

test('writes to one file in a row count once where that is wanted', async () => {
  control.arm({ killAt: 0, after: false, runsCountOnce: true })
  assert.equal(await run(files), 0)
  // The second, third and fourth touch are one: `one`, `two` and `NE`, with nothing between them.
  assert.equal(control.count(), filesTouched.length - 2)
  rmSync(log)
  control.arm({ killAt: 2, after: true, runsCountOnce: true })
  assert.equal(await run(files), 'SIGKILL')
  assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'one')
})
