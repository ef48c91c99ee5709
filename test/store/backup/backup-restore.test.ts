// A backup takes the place of the database: what was there is kept, nothing of it gets into the new one, and a sudden end at any moment
// is brought to its end. What nobody knows the end of is settled at the next start.

import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { backUp, stamp } from '../../../src/store/backup/backup.ts'
import { finishRestore, restoreDatabase } from '../../../src/store/backup/restore.ts'
import { handledUntil, restoredKey, settleRestored } from '../../../src/store/backup/restored.ts'
import { openAsIs, openStore, restoringFile, type Store } from '../../../src/store/database/database.ts'
import { companions } from '../../../src/store/database/database-files.ts'
import { createOutbox } from '../../../src/store/outbox/outbox.ts'
import { now, storeKeeper, tempFolder } from '../temp-store.ts'

const folder = tempFolder()
const open = storeKeeper()
let count = 0

interface Boxed {
  readonly path: string
  readonly backup: string
}

const put = (store: Store, word: string): void => {
  store.run('INSERT INTO told VALUES (?, 1)', word)
}
const wordsIn = (path: string): string[] => {
  const store = openAsIs(path)
  const words = store.all<{ key: string }>('SELECT key FROM told ORDER BY key').map(({ key }) => key)
  store.close()
  return words
}

/** A database with a backup, and with more in its -wal since, as after a power cut. */
async function cutOff(): Promise<Boxed> {
  const work = join(folder, `${++count}-work`, 'simpost.db')
  const path = join(folder, `${++count}`, 'simpost.db')
  const backup = join(folder, `${count}-backup.db`)
  mkdirSync(join(path, '..'))
  const store = openStore(work)
  put(store, 'old')
  await backUp(work, backup, { at: now })
  put(store, 'since')
  for (const end of ['', '-wal', '-shm']) copyFileSync(`${work}${end}`, `${path}${end}`)
  store.close()
  assert.ok(statSync(`${path}-wal`).size > 0)
  return { path, backup }
}

const how = { at: now, nothingSince: false }
const filesBeside = (path: string): string[] => readdirSync(join(path, '..')).sort()

test('the database is that of the backup, and nothing of a -wal that was left behind gets into it', async () => {
  const { path, backup } = await cutOff()
  const { kept, at } = restoreDatabase(path, backup, how)
  assert.equal(at, now)
  assert.ok(kept !== null)
  for (const end of companions) assert.equal(existsSync(`${path}${end}`), false)
  assert.deepEqual(wordsIn(path), ['old'])
  assert.deepEqual(wordsIn(kept), ['old', 'since'], 'the database of before, with its -wal')
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

test('a database that cannot be read at all is replaced as well, and kept', async () => {
  const { path, backup } = await cutOff()
  writeFileSync(path, 'nothing that SQLite knows')
  const { kept } = restoreDatabase(path, backup, how)
  assert.equal(readFileSync(kept ?? '', 'utf8'), 'nothing that SQLite knows')
  assert.deepEqual(wordsIn(path), ['old'])
})

test('a database that is gone is put back; what its -wal held is kept', async () => {
  const { path, backup } = await cutOff()
  renameSync(path, `${path}.elsewhere`)
  const { kept, lostUntil } = restoreDatabase(path, backup, how)
  assert.deepEqual(wordsIn(path), ['old'])
  assert.ok(lostUntil > 0)
  assert.equal(kept, null)
  assert.ok(filesBeside(path).some((name) => /damaged-.*-wal$/.test(name)))
})

test('the database of before can be had back in the same way', async () => {
  const { path, backup } = await cutOff()
  const { kept } = restoreDatabase(path, backup, how)
  restoreDatabase(path, kept ?? '', { ...how, at: now + 1 })
  assert.deepEqual(wordsIn(path), ['old', 'since'])
})

test('of a bad backup nothing is taken, and the database stays as it was, octet by octet', async () => {
  const { path, backup } = await cutOff()
  const before = filesBeside(path).map((name) => [name, readFileSync(join(path, '..', name))])
  const octets = readFileSync(backup)
  const newer = join(folder, 'newer.db')
  copyFileSync(backup, newer)
  const db = openAsIs(newer)
  db.run('PRAGMA user_version = 9999')
  db.close()
  const half = join(folder, 'half.db')
  writeFileSync(half, octets.subarray(0, octets.length / 2))
  for (const file of [newer, half, join(folder, 'no-such-file')])
    assert.throws(
      () => restoreDatabase(path, file, how),
      (error: unknown) =>
        error instanceof GatewayError && error.message.includes(file) && error.hint !== undefined,
    )
  assert.deepEqual(
    filesBeside(path).map((name) => [name, readFileSync(join(path, '..', name))]),
    before,
  )
})

test('by a clock that stands before the backup was made nothing is put back: what had been handled would count as new', async () => {
  const { path, backup } = await cutOff()
  const files = filesBeside(path)
  assert.throws(
    () => restoreDatabase(path, backup, { ...how, at: now - 2 * 3_600_000 }),
    (error: unknown) =>
      error instanceof GatewayError && /clock/.test(error.message) && /timedatectl/.test(`${error.hint}`),
  )
  assert.deepEqual(filesBeside(path), files)
  // A clock that was set back a little is none of these.
  restoreDatabase(path, backup, { ...how, at: now - 60_000 })
  assert.deepEqual(wordsIn(path), ['old'])
})

test('where an older file than the backup is in the place of the database, nobody knows how long the lost one lived', async () => {
  const { path, backup } = await cutOff()
  const since = statSync(`${path}-wal`).mtimeMs
  assert.equal(restoreDatabase(path, backup, how).lostUntil, since)
  const old = await cutOff()
  for (const end of ['', '-wal']) utimesSync(`${old.path}${end}`, 1_700_000_000, 1_700_000_000)
  assert.equal(restoreDatabase(old.path, old.backup, how).lostUntil, now)
})

test('wherever a restore is cut off, nobody opens the database until it is brought to its end', async () => {
  // The files are moved one by one: before the first move, after it, ...
  for (let moved = 0; moved <= 3; moved++) {
    const { path, backup } = await cutOff()
    const aside = join(folder, `${++count}-aside`)
    mkdirSync(aside)
    restoreDatabase(join(aside, 'simpost.db'), backup, how)
    copyFileSync(join(aside, 'simpost.db'), restoringFile(path))
    const time = new Date(statSync(restoringFile(path)).mtimeMs).toISOString()
    const kept = `${path}.damaged-${time.replace(/[:.]/g, '').replace('T', '-')}`
    for (const end of ['', '-wal', '-shm'].slice(0, moved)) renameSync(`${path}${end}`, `${kept}${end}`)
    for (const readOnly of [true, false])
      assert.throws(
        () => openStore(path, { readOnly }),
        (error: unknown) => error instanceof GatewayError && /interrupted/.test(error.message),
      )
    assert.equal(finishRestore(path), kept)
    assert.equal(finishRestore(path), null)
    assert.deepEqual(wordsIn(path), ['old'])
    assert.deepEqual(wordsIn(kept), ['old', 'since'])
  }
})

const sms = { messageId: null, conversationId: null, recipient: '+4917012345678', rule: 'command', now }
const twoParts = () => ({
  encoding: 'gsm7' as const,
  segments: ['00AA', '00BB'].map((pdu) => ({ pdu, tpduLength: 1 })),
  validityMs: 86_400_000,
})

function restoredStore(): Store {
  const store = open()
  stamp(store, restoredKey, { restoredAt: now, lostUntil: now - 1000, settled: false }, now)
  return store
}

test('SMS that were to be sent are uncertain afterwards, part by part, and none is claimed', () => {
  const store = restoredStore()
  const outbox = createOutbox(store)
  const begun = outbox.addSms({ ...sms, text: 'begun' }, twoParts)
  const first = outbox.claimSegment(now)
  outbox.segmentSent(first?.segmentId ?? 0, 1, now)
  const withModem = outbox.claimSegment(now)
  assert.equal(withModem?.deliveryId, begun)
  const queued = outbox.addSms({ ...sms, text: 'queued' }, twoParts)
  assert.deepEqual(settleRestored(store, now), { uncertain: 2, held: 0 })
  const states = (id: number) => outbox.segments(id).map(({ state }) => state)
  assert.deepEqual(
    [states(begun), states(queued)],
    [
      ['sent', 'uncertain'],
      ['uncertain', 'uncertain'],
    ],
  )
  assert.deepEqual(
    [begun, queued].map((id) => outbox.get(id)?.state),
    ['uncertain', 'uncertain'],
  )
  assert.equal(outbox.claimSegment(now + 86_400_000), undefined)
  assert.match(outbox.get(queued)?.reason ?? '', /backup was put back/)
  // The policy "resend" repeats what was tried once.
  for (const id of [begun, queued]) assert.ok((outbox.get(id)?.attempts ?? 0) > 1)
  assert.equal(outbox.again(queued, now), 2, 'a person may say so')
})

test('SMS that waited wait for a person; held mails and mails that were to be sent are as they were', () => {
  const store = restoredStore()
  const outbox = createOutbox(store)
  const held = { reason: 'quiet-hours', until: now + 1000 }
  const waiting = outbox.addSms({ ...sms, text: 'waits', held }, twoParts)
  const mail = { ...sms, recipient: 'bob@office.example', text: 'm', raw: Buffer.from('m') }
  const heldMail = outbox.addMail({ ...mail, mailId: '<1@x>', held })
  const queuedMail = outbox.addMail({ ...mail, mailId: '<2@x>' })
  assert.deepEqual(settleRestored(store, now), { uncertain: 0, held: 1 })
  const { heldReason, heldUntil, state } = outbox.get(waiting) ?? {}
  assert.deepEqual([state, heldReason, heldUntil], ['held', 'restored', null])
  assert.deepEqual(
    outbox.dueHeld(now + 2000).map(({ id }) => id),
    [heldMail],
  )
  assert.equal(outbox.claimMail(now)?.deliveryId, queuedMail)
})

test('it is settled once, and without a restore nothing is', () => {
  const store = restoredStore()
  assert.ok(settleRestored(store, now) !== null)
  const outbox = createOutbox(store)
  outbox.addSms({ ...sms, text: 'new' }, twoParts)
  assert.equal(settleRestored(store, now), null)
  assert.ok(outbox.claimSegment(now) !== undefined)
  assert.equal(settleRestored(open(), now), null)
  assert.equal(handledUntil(open()), null)
  assert.ok((handledUntil(store) ?? 0) > now - 1000)
})

test('numbers that deliveries got since the backup are not given a second time', () => {
  const store = restoredStore()
  const outbox = createOutbox(store)
  const before = outbox.addSms({ ...sms, text: 'old' }, twoParts)
  settleRestored(store, now)
  assert.ok(outbox.addSms({ ...sms, text: 'new' }, twoParts) > before + 100_000)
})

test('nor are those that they got since the backup was put back before', () => {
  const numbers = [now, now + 2 * 86_400_000].map((restoredAt) => {
    const store = open()
    const outbox = createOutbox(store)
    outbox.addSms({ ...sms, text: 'old' }, twoParts)
    stamp(store, restoredKey, { restoredAt, lostUntil: restoredAt, settled: false }, restoredAt)
    settleRestored(store, restoredAt)
    return [1, 2, 3].map((n) => outbox.addSms({ ...sms, text: `${n}` }, twoParts))
  })
  assert.equal(new Set(numbers.flat()).size, 6)
})

test('where no service ran since the backup everything goes on as usual', async () => {
  const { path, backup } = await cutOff()
  restoreDatabase(path, backup, { at: now, nothingSince: true })
  const store = openStore(path)
  assert.equal(settleRestored(store, now), null)
  assert.equal(handledUntil(store), null)
  store.close()
})
