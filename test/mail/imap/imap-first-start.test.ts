// Where the reading of a folder begins on the very first start: behind what was there, or, if `since` of mail.imap asks for it, at the
// first mail that came within that time. SEARCH SINCE knows days only (RFC 9051 6.4.4), so that the hour is told by INTERNALDATE.

import assert from 'node:assert/strict'
import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { answer } from '../../../src/simulator/mail/imap-faults.ts'
import { startDovecot } from '../../support/dovecot.ts'
import { rawMail, realClock, until } from '../mail-support.ts'
import { type Bench, bench } from './imap-bench.ts'

const hour = 3_600_000
const now = Date.UTC(2026, 10, 24, 12, 30)
const clock = { ...realClock(), now: () => now }

/** A mailbox with mails of these ages in hours, the first one first. */
function fill({ mailbox }: Bench, ...ages: readonly number[]): void {
  for (const age of ages)
    mailbox.append('INBOX', rawMail(`${age} hours`), { internalDate: new Date(now - age * hour) })
}

test('without since nothing that was there before the first start is read', async (t) => {
  const one = await bench(t)
  fill(one, 50, 1)
  await one.watch({ clock })
  fill(one, 0)
  await until(() => one.intake.received.length === 1)
  assert.deepEqual(one.intake.texts(), ['0 hours'])
})

test('with since the mails of that time are read too, to the hour, and older ones are left alone', async (t) => {
  const one = await bench(t)
  fill(one, 900, 30, 13, 11, 1)
  await one.watch({ clock, since: 12 * hour })
  await until(() => one.intake.received.length === 2)
  assert.deepEqual(one.intake.texts(), ['11 hours', '1 hours'])
  fill(one, 0)
  await until(() => one.intake.received.length === 3)
  assert.deepEqual(one.intake.begun, [3])
})

test('since counts on the first start only', async (t) => {
  const one = await bench(t)
  fill(one, 1)
  const first = await one.watch({ clock })
  await first.stop()
  const second = await one.watch({ clock, since: 12 * hour })
  fill(one, 0)
  await until(() => one.intake.received.length === 1)
  await second.stop()
  assert.deepEqual(one.intake.texts(), ['0 hours'])
})

test('a box whose clock is years behind reads nothing old', async (t) => {
  const one = await bench(t)
  fill(one, 30, 1)
  await one.watch({ clock: { ...realClock(), now: () => 0 }, since: 12 * hour })
  fill(one, 0)
  await until(() => one.intake.received.length === 1)
  assert.deepEqual(one.intake.texts(), ['0 hours'])
})

test('a server that refuses to search by date: reading begins behind what was there', async (t) => {
  const one = await bench(t)
  fill(one, 1)
  const again = one.server.override('UID SEARCH', answer('NO', 'Cannot search'), 1)
  await one.watch({ clock, since: 12 * hour })
  again()
  fill(one, 0)
  await until(() => one.intake.received.length === 1)
  assert.deepEqual(one.intake.texts(), ['0 hours'])
})

test('on Dovecot since is as exact', async (t) => {
  const dovecot = await startDovecot({ users: [{ name: 'sms', password: 'secret' }] })
  t.after(() => dovecot.stop())
  const one = await bench(t)
  for (const text of ['two hours', 'half an hour', 'now'])
    await dovecot.deliver(rawMail(text), 'anna@office.example', 'sms@office.example')
  const folder = join(dovecot.maildir('sms'), 'new')
  for (const [index, minutes] of [120, 30, 0].entries()) {
    // INTERNALDATE of a mail that is not indexed yet is the time of its file.
    const file = (await readdir(folder)).sort()[index]
    const at = new Date(Date.now() - minutes * 60_000)
    await utimes(join(folder, file ?? ''), at, at)
  }
  await one.watch({ port: dovecot.imapPort, since: hour })
  await until(() => one.intake.received.length === 2, 10_000)
  assert.deepEqual(one.intake.texts(), ['half an hour', 'now'])
})
