// Two processes on one database: the lock, the one-to-one rule in a race, and a process that is killed (power cut) in the middle.

import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { createBindings } from '../../../src/store/bindings.ts'
import { isServiceRunning, lockStore } from '../../../src/store/database/database.ts'
import { createOutbox } from '../../../src/store/outbox/outbox.ts'
import { now, otherProcess, storeKeeper, tempFolder } from '../temp-store.ts'

const folder = tempFolder()
const open = storeKeeper()
let files = 0
const newPath = (): string => join(folder, `${++files}.db`)

const started: ReturnType<typeof otherProcess>[] = []
function start(...words: readonly string[]): ReturnType<typeof otherProcess> {
  const other = otherProcess(...words)
  started.push(other)
  return other
}
after(async () => {
  for (const { child, ended } of started) {
    child.kill('SIGKILL')
    await ended
  }
})

const isBusy = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'STORE_BUSY' && /another/.test(error.message)

test('in one process a second lock is refused until the first is released', () => {
  const path = newPath()
  const release = lockStore(path)
  assert.throws(() => lockStore(path), isBusy)
  release()
  lockStore(path)()
})

test('whether a service runs is seen from its lock, without taking it and without making a file', () => {
  const path = newPath()
  assert.equal(isServiceRunning(path), false)
  assert.equal(existsSync(`${path}.lock`), false)
  const release = lockStore(path)
  assert.equal(isServiceRunning(path), true)
  assert.throws(() => lockStore(path), isBusy)
  release()
  assert.equal(isServiceRunning(path), false)
  lockStore(path)()
})

test('a lock does not keep others from reading and writing the database', () => {
  const path = newPath()
  const release = lockStore(path)
  const store = open(path)
  createBindings(store).list(now)
  release()
})

test('the lock of another process is respected, and ends with that process however it ends', async () => {
  const path = newPath()
  const other = start('lock', path)
  assert.equal(await other.firstLine, 'locked')
  assert.throws(() => lockStore(path), isBusy)
  other.child.kill('SIGKILL')
  await other.ended
  lockStore(path)()
})

test('of two processes that bind the same mailbox one is refused and hears of the other', async () => {
  const path = newPath()
  open(path)
  const answers = await Promise.all(
    ['+4917012345678', '+4917023456789'].map(
      (number) => start('bind', path, 'bob@office.example', number).firstLine,
    ),
  )
  assert.equal(answers.filter((answer) => answer === 'bound').length, 1)
  const refused = answers.find((answer) => answer !== 'bound')
  const [bound] = createBindings(open(path)).list(now)
  assert.equal(
    refused,
    `BINDING_CONFLICT bob@office.example is bound already: bob@office.example and ${bound?.number}`,
  )
})

test('a process killed inside a transaction leaves what was committed before and nothing else', async () => {
  const path = newPath()
  const outbox = createOutbox(open(path))
  const mail = { messageId: null, conversationId: null, recipient: 'a@office.example', rule: 'command', now }
  outbox.addMail({ ...mail, text: 'kept', mailId: '<1@office.example>', raw: Buffer.from('first') })
  const other = start('stop-in-transaction', path)
  assert.equal(await other.firstLine, 'in the middle')
  other.child.kill('SIGKILL')
  await other.ended
  const store = open(path)
  assert.equal(store.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check, 'ok')
  assert.deepEqual(
    store.all<{ text: string }>('SELECT text FROM delivery').map(({ text }) => text),
    ['kept'],
  )
  createOutbox(store).addMail({ ...mail, text: 'new', mailId: '<3@office.example>', raw: Buffer.from('x') })
})

test('a process killed while an SMS was with the modem leaves it marked as submitting', async () => {
  const path = newPath()
  const outbox = createOutbox(open(path))
  const sms = { messageId: null, conversationId: null, recipient: '+4917012345678', rule: 'command', now }
  const segments = ['00AA', '00BB'].map((pdu) => ({ pdu, tpduLength: 1 }))
  const id = outbox.addSms({ ...sms, text: 'hello' }, () => ({
    encoding: 'gsm7',
    segments,
    validityMs: 86_400_000,
  }))
  const other = start('stop-after-claim', path)
  assert.equal(await other.firstLine, 'claimed 1')
  other.child.kill('SIGKILL')
  await other.ended
  const again = createOutbox(open(path))
  assert.deepEqual(
    again.segments(id).map(({ state }) => state),
    ['submitting', 'queued'],
  )
  assert.equal(again.submitting().length, 1)
})
