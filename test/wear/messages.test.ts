// What one message costs the disk, measured from outside: commits and octets in the write-ahead log of the real service, and what the kernel
// counted. A commit is one fsync (WAL, synchronous=FULL); a checkpoint every 4 MiB adds two.

import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { type BenchOffice, databaseIn, startOffice } from '../bench/office.ts'
import { diskOctets } from '../bench/process.ts'
import { countCommits } from '../bench/wal.ts'
import { buildProgram, eventually, type Program } from '../scenario/program.ts'

const messages = 8
const idleMs = 20_000

let program: Program
let office: BenchOffice

before(async () => {
  program = await buildProgram()
  office = await startOffice(program.bundle)
})

after(async () => {
  await office?.close()
  await program?.remove()
})

interface Cost {
  readonly commits: number
  readonly walKib: number
  readonly diskKib: number
}

/** The median of several, so that a state that is noted between two does not count. */
async function costOf(exchange: (name: string) => Promise<unknown>): Promise<Cost> {
  const wal = `${databaseIn(office.folder)}-wal`
  const costs: Cost[] = []
  await exchange('warm-up')
  for (let n = 0; n < messages; n++) {
    await calm(wal)
    const [commits, octets, disk] = [countCommits(wal), statSync(wal).size, diskOctets(office.child)]
    await exchange(`message-${n}`)
    await calm(wal)
    costs.push({
      commits: countCommits(wal) - commits,
      walKib: (statSync(wal).size - octets) / 1024,
      diskKib: (diskOctets(office.child) - disk) / 1024,
    })
  }
  const median = (one: (cost: Cost) => number): number =>
    costs.map(one).sort((a, b) => a - b)[messages / 2] ?? 0
  return {
    commits: median(({ commits }) => commits),
    walKib: median(({ walKib }) => walKib),
    diskKib: median(({ diskKib }) => diskKib),
  }
}

/** Waits until the log has not grown for a while: all that a message causes is written. */
async function calm(wal: string): Promise<void> {
  let seen = { size: -1, since: 0 }
  await eventually('a log that rests', () => {
    const { size } = statSync(wal)
    if (size !== seen.size) seen = { size, since: performance.now() }
    return performance.now() - seen.since > 400 ? true : undefined
  })
}

test('a mail that becomes a delivered SMS costs four commits and under 50 KiB of log', async (t) => {
  const cost = await costOf((name) => office.mailToSms(`out-${name}`))
  t.diagnostic(
    `mail to SMS: ${cost.commits} commits, ${cost.walKib.toFixed(1)} KiB of log, ${cost.diskKib.toFixed(0)} KiB to the disk`,
  )
  assert.ok(cost.commits <= 4, `${cost.commits} commits`)
  assert.ok(cost.walKib < 50, `${cost.walKib} KiB`)
})

test('an SMS that becomes a mail costs three commits and under 40 KiB of log', async (t) => {
  const cost = await costOf((name) => office.smsToMail(`in-${name}`))
  t.diagnostic(
    `SMS to mail: ${cost.commits} commits, ${cost.walKib.toFixed(1)} KiB of log, ${cost.diskKib.toFixed(0)} KiB to the disk`,
  )
  assert.ok(cost.commits <= 3, `${cost.commits} commits`)
  assert.ok(cost.walKib < 40, `${cost.walKib} KiB`)
})

test('a service to which nothing happens writes not one octet to its disk', async (t) => {
  const database = databaseIn(office.folder)
  const sizes = () =>
    ['', '-wal', '-shm']
      .map((suffix) => statSync(`${database}${suffix}`))
      .map(({ size, mtimeMs }) => `${size} ${mtimeMs}`)
  await calm(`${database}-wal`)
  const [files, octets] = [sizes(), diskOctets(office.child)]
  await new Promise((resolve) => setTimeout(resolve, idleMs))
  t.diagnostic(`${idleMs / 1000} s idle: ${diskOctets(office.child) - octets} octets to the disk`)
  assert.deepEqual(sizes(), files)
  assert.equal(diskOctets(office.child) - octets, 0)
})
