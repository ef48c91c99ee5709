// Refusals of our own account in the database, and the mark by which a changed password is told.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemory, type Holds, passwordMark } from '../../src/daemon/hold-memory.ts'
import { openStore } from '../../src/store/database/database.ts'
import { createServiceState } from '../../src/store/service-state.ts'

test('what was saved is read after a restart, and null takes it away', () => {
  const store = openStore(':memory:')
  const holds = { count: 4, at: 1000, waitMs: 3_600_000, cause: 'ab12' }
  createMemory<Holds>(createServiceState(store), 'mailbox-refusals', () => 5).save(holds)
  const later = createMemory<Holds>(createServiceState(store), 'mailbox-refusals', () => 6)
  assert.deepEqual(later.read(), holds)
  assert.equal(createMemory<Holds>(createServiceState(store), 'other', () => 6).read(), null)
  later.save(null)
  assert.equal(later.read(), null)
  store.close()
})

test('a mark changes with the password, says nothing of it, and is null where there is none', () => {
  const mark = passwordMark('sms@imap.office.example', () => 'secret')
  assert.match(mark ?? '', /^[0-9a-f]{4}$/)
  assert.equal(
    passwordMark('sms@imap.office.example', () => 'secret'),
    mark,
  )
  assert.notEqual(
    passwordMark('sms@imap.office.example', () => 'changed'),
    mark,
  )
  assert.equal(
    passwordMark('sms@imap.office.example', () => null),
    null,
  )
})

test('a password file that cannot be read has a mark of its own, so that its return is noticed', () => {
  const unreadable = passwordMark('a', () => {
    throw new Error('no such file')
  })
  assert.match(unreadable ?? '', /^[0-9a-f]{4}$/)
  assert.notEqual(
    unreadable,
    passwordMark('a', () => 'secret'),
  )
})
