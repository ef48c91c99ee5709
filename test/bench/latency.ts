// The time of one message each way, the gap between two SMS of a queue, start, memory and commits.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Figure, sampled, single } from './figure.ts'
import { type BenchOffice, box, databaseIn, letter, startOffice } from './office.ts'
import { residentMib, until } from './process.ts'
import { countCommits } from './wal.ts'

const singles = 40
const queued = 100
const quietMs = 60

/** @param program the built bundle */
export async function measureLatency(program: string): Promise<Figure[]> {
  const office = await startOffice(program)
  try {
    await sleep(500)
    const idle = residentMib(office.child)
    const out = await repeat(office, (id) => office.mailToSms(id))
    const back = await repeat(office, (id) => office.smsToMail(id))
    const gaps = await measureQueue(office)
    const handled = 2 * singles + queued
    return [
      sampled('mail at the IMAP server until AT+CMGS', 'ms', out.times, 'median 100'),
      sampled('+CMTI until the SMTP server has the mail', 'ms', back.times, 'median 150'),
      sampled('+CMGS until the next AT+CMGS, queue of 100', 'ms', gaps, 'under 5'),
      single('start until modem and mailbox are watched', 'ms', office.startMs, 'under 1000'),
      single('resident memory, idle after start', 'MiB', idle, 'under 80'),
      single(`resident memory after ${handled} messages`, 'MiB', residentMib(office.child), 'under 80'),
      sampled('commits for a mail that became a delivered SMS', '', out.commits, 'at most 4'),
      sampled('commits for an SMS that became a mail', '', back.commits, 'at most 4'),
    ]
  } finally {
    await office.close()
  }
}

async function repeat({ folder }: BenchOffice, send: (id: string) => Promise<number>) {
  const wal = `${databaseIn(folder)}-wal`
  const times: number[] = []
  const commits: number[] = []
  for (let index = 0; index < singles; index += 1) {
    const before = countCommits(wal)
    times.push(await send(`single${index}`))
    await sleep(quietMs)
    // The log begins anew after a checkpoint: then there is nothing to compare.
    const made = countCommits(wal) - before
    if (made > 0) commits.push(made)
  }
  return { times, commits }
}

/** @returns the time from the acceptance of each SMS to the command for the next, in the second half of a queue */
async function measureQueue({ world, submits, accepted }: BenchOffice): Promise<number[]> {
  const first = submits.length
  for (let index = 0; index < queued; index += 1)
    world.mailbox(box).append('INBOX', letter(`queued${index}`, `number ${index}`))
  const all = first + queued
  await until(() => submits.length >= all && accepted.length >= all, 'the queue', 120_000)
  const middle = first + queued / 2
  return submits.slice(middle + 1).map((at, index) => at - (accepted[middle + index] ?? at))
}
