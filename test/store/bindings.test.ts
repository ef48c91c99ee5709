// The binding table: one mailbox, one number, one to one; a temporary binding shadows a permanent one and never changes it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type BindingRules, noRules } from '../../src/domain/binding.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { createBindings, lookups } from '../../src/store/bindings.ts'
import { newBinding, now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const bob = { mailbox: 'bob@office.example', number: '+4917012345678' }
const carol = { mailbox: 'carol@office.example', number: '+4917023456789' }
const hour = 3_600_000

const conflict = (message: string) => (error: unknown) =>
  error instanceof GatewayError && error.code === 'BINDING_CONFLICT' && error.message === message
const unknown = (error: unknown) => error instanceof GatewayError && error.code === 'BINDING_UNKNOWN'

test('a binding is found by mailbox in any case, by number and by alias', () => {
  const bindings = createBindings(open())
  const added = bindings.add(
    newBinding({ ...bob, mailbox: 'Bob@office.example', alias: 'bob', name: 'Bob B.' }),
  )
  assert.deepEqual(bindings.ofMailbox('bob@OFFICE.example', now), added)
  assert.deepEqual(bindings.ofNumber(bob.number, now), added)
  assert.deepEqual(bindings.ofAlias('BOB', now), added)
  assert.deepEqual(bindings.list(now), [added])
  assert.equal(added.mailbox, 'Bob@office.example')
  assert.equal(bindings.ofMailbox(carol.mailbox, now), undefined)
  assert.equal(bindings.ofNumber(carol.number, now), undefined)
  assert.equal(bindings.ofAlias('carol', now), undefined)
})

test('a second number for a mailbox is refused with the name of the first', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding(bob))
  assert.throws(
    () => bindings.add(newBinding({ ...carol, mailbox: 'BOB@office.example' })),
    conflict('BOB@office.example is bound already: bob@office.example and +4917012345678'),
  )
  assert.equal(bindings.list(now).length, 1)
})

test('a second mailbox for a number is refused with the name of the first', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding(bob))
  assert.throws(
    () => bindings.add(newBinding({ ...carol, number: bob.number })),
    conflict('+4917012345678 is bound already: bob@office.example and +4917012345678'),
  )
})

test('a second binding with the same alias is refused', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding({ ...bob, alias: 'x' }))
  assert.throws(
    () => bindings.add(newBinding({ ...carol, alias: 'x' })),
    conflict('@x is bound already: bob@office.example and +4917012345678'),
  )
})

test('the hint of a refusal names the binding that stands in the way', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding(bob))
  assert.throws(
    () => bindings.add(newBinding(bob)),
    (error) => error instanceof GatewayError && /binding remove bob@office\.example/.test(error.hint ?? ''),
  )
})

test('a temporary binding shadows the permanent one while it lives, and leaves it unchanged', () => {
  const bindings = createBindings(open())
  const permanent = bindings.add(newBinding(bob))
  bindings.add(newBinding({ ...bob, number: carol.number, origin: 'mail', expiresAt: now + hour }))
  assert.equal(bindings.ofMailbox(bob.mailbox, now)?.number, carol.number)
  assert.deepEqual(bindings.ofNumber(bob.number, now), permanent)
  assert.equal(bindings.list(now).length, 2)
  assert.deepEqual(bindings.ofMailbox(bob.mailbox, now + hour), permanent)
  assert.deepEqual(bindings.list(now + hour), [permanent])
})

test('of two temporary bindings of a mailbox the newest counts', () => {
  const bindings = createBindings(open())
  const temporary = { mailbox: bob.mailbox, expiresAt: now + hour }
  bindings.add(newBinding({ ...temporary, number: bob.number, createdAt: now }))
  bindings.add(newBinding({ ...temporary, number: carol.number, createdAt: now + 1 }))
  assert.equal(bindings.ofMailbox(bob.mailbox, now + 2)?.number, carol.number)
})

test('a binding can be changed, within the same rules', () => {
  const bindings = createBindings(open())
  const first = bindings.add(newBinding({ ...bob, alias: 'bob' }))
  bindings.add(newBinding({ ...carol, alias: 'carol' }))
  const changed = bindings.change(first.id, { number: '+4917034567890', name: 'Bob', mailToSms: 'always' })
  assert.deepEqual(changed, { ...first, number: '+4917034567890', name: 'Bob', mailToSms: 'always' })
  assert.deepEqual(bindings.ofMailbox(bob.mailbox, now), changed)
  assert.equal(bindings.ofNumber(bob.number, now), undefined)
  assert.throws(
    () => bindings.change(first.id, { number: carol.number }),
    conflict('+4917023456789 is bound already: carol@office.example and +4917023456789'),
  )
  assert.throws(() => bindings.change(first.id, { mailbox: carol.mailbox }), /carol@office\.example is bound/)
  assert.throws(() => bindings.change(first.id, { alias: 'carol' }), /@carol is bound already/)
  assert.deepEqual(bindings.ofMailbox(bob.mailbox, now), changed)
})

test('a binding may keep its own values when it is changed', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding({ ...bob, alias: 'bob' }))
  assert.equal(bindings.change(id, { ...bob, alias: 'bob', name: 'B' }).name, 'B')
})

test('a removed binding is gone and its mailbox and number are free again', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding(bob))
  bindings.remove(id)
  assert.equal(bindings.ofNumber(bob.number, now), undefined)
  bindings.add(newBinding({ ...bob, number: carol.number }))
})

test('the operator names a binding by mailbox, number or alias, with or without the @', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding({ ...bob, alias: 'bob' }))
  for (const name of ['Bob@office.example', bob.number, 'bob', '@bob', '@Bob'])
    assert.equal(bindings.named(name, now).id, id)
  assert.throws(() => bindings.named('@bo', now), unknown)
  assert.throws(() => bindings.change(99, {}), unknown)
})

test('the permanent binding is meant when the operator names one that is shadowed, unless the temporary one is asked for', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding({ ...bob, alias: 'bob' }))
  const shadow = bindings.add(newBinding({ ...bob, number: carol.number, expiresAt: now + hour }))
  assert.equal(bindings.named(bob.mailbox, now).id, id)
  assert.equal(bindings.named(bob.mailbox, now, { temporary: true }).id, shadow.id)
  assert.equal(bindings.named(carol.number, now).id, shadow.id)
  assert.throws(() => bindings.named('@bob', now, { temporary: true }), unknown)
})

test('of two temporary bindings the operator means the newest, and none that has ended', () => {
  const bindings = createBindings(open())
  const older = bindings.add(newBinding({ ...bob, expiresAt: now + 9 * hour }))
  const newer = bindings.add(newBinding({ ...bob, createdAt: now + 1, expiresAt: now + hour, alias: 'b' }))
  assert.equal(bindings.named(bob.mailbox, now + 2).id, newer.id)
  assert.equal(bindings.named('b', now + 2).id, newer.id)
  assert.equal(bindings.named(bob.mailbox, now + hour).id, older.id)
  assert.throws(() => bindings.named('b', now + hour), unknown)
  assert.throws(() => bindings.named(bob.mailbox, now + 9 * hour), unknown)
})

test('a temporary binding that has not begun by a clock that is wrong can be named, so that it can be removed', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding({ ...bob, expiresAt: now + hour }))
  assert.equal(bindings.ofMailbox(bob.mailbox, now - 9 * hour), undefined)
  assert.equal(bindings.named(bob.mailbox, now - 9 * hour).id, id)
})

test('every rule of a binding is kept as it was given, and none that was not', () => {
  const bindings = createBindings(open())
  const rules: BindingRules = {
    mailToSms: 'never',
    smsToMail: 'flagged',
    quietHours: '22:00-07:00',
    digest: true,
    urgent: false,
    partsMax: 3,
    tooLong: 'refuse',
    automatic: 'drop',
    plainLetters: true,
    before: 'Office: ',
    after: ' – ☎',
    partsPerDay: 40,
    validity: '2d',
    keep: '30d',
    language: 'zh',
    report: 'all',
  }
  const full = bindings.add(newBinding({ ...bob, ...rules }))
  assert.deepEqual(bindings.ofNumber(bob.number, now), { ...newBinding(bob), ...rules, id: full.id })
  const bare = bindings.add(newBinding(carol))
  assert.deepEqual(bindings.ofNumber(carol.number, now), { ...newBinding(carol), ...noRules, id: bare.id })
  bindings.change(full.id, noRules)
  assert.deepEqual(bindings.ofNumber(bob.number, now), { ...newBinding(bob), ...noRules, id: full.id })
})

test('the alias of a binding that has ended is free once ended ones are forgotten, and others are left', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding({ ...bob, alias: 'guest', expiresAt: now + hour }))
  const permanent = bindings.add(newBinding(bob))
  const living = bindings.add(newBinding({ ...carol, expiresAt: now + 2 * hour }))
  bindings.removeEnded(now + hour)
  const next = bindings.add(newBinding({ ...carol, alias: 'guest' }))
  assert.deepEqual(bindings.ofAlias('guest', now + hour), next)
  assert.deepEqual(bindings.ofMailbox(bob.mailbox, now + hour), permanent)
  assert.deepEqual(bindings.ofMailbox(carol.mailbox, now + hour), living)
})

test('a mailbox that is bound for a while every day does not fill the table', () => {
  const store = open()
  const bindings = createBindings(store)
  const day = 24 * hour
  for (let index = 0; index < 100; index++) {
    const createdAt = now + index * day
    bindings.add(newBinding({ ...bob, origin: 'sms', createdAt, expiresAt: createdAt + hour }))
  }
  const { count } = store.get<{ count: number }>('SELECT count(*) AS count FROM binding') ?? { count: 0 }
  assert.ok(count <= 9, `${count} rows`)
})

test('the permanent binding is found under a shadow, by mailbox and by number', () => {
  const bindings = createBindings(open())
  const permanent = bindings.add(newBinding(bob))
  const shadow = bindings.add(newBinding({ ...bob, number: carol.number, expiresAt: now + hour }))
  assert.deepEqual(bindings.permanentOfMailbox('BOB@office.example'), permanent)
  assert.deepEqual(bindings.permanentOfNumber(bob.number), permanent)
  assert.equal(bindings.permanentOfNumber(carol.number), undefined)
  assert.deepEqual(bindings.temporaryOfMailbox(bob.mailbox, now), shadow)
  assert.deepEqual(bindings.temporaryOfNumber(carol.number, now), shadow)
  assert.equal(bindings.temporaryOfNumber(bob.number, now), undefined)
})

test('every look-up reads an index and never the whole table', () => {
  const store = open()
  for (const [name, query] of Object.entries(lookups)) {
    const values = Array.from({ length: query.split('?').length - 1 }, () => 'x')
    const plan = store.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values)
    assert.ok(plan.length > 0, name)
    for (const { detail } of plan)
      assert.match(detail, /^SEARCH binding USING (INDEX|INTEGER PRIMARY KEY)/, `${name}: ${detail}`)
  }
})

test('the list is ordered by mailbox', () => {
  const bindings = createBindings(open())
  for (const [name, number] of [
    ['Zoe', '+4917011111111'],
    ['anna', '+4917022222222'],
    ['Bob', '+4917033333333'],
  ] as const)
    bindings.add(newBinding({ mailbox: `${name}@office.example`, number }))
  assert.deepEqual(
    bindings.list(now).map(({ mailbox }) => mailbox.split('@')[0]),
    ['anna', 'Bob', 'Zoe'],
  )
})

test('a mailbox that a message bound for a while is no member; one that the operator bound stays one under a shadow', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding({ mailbox: 'guest@elsewhere.example', origin: 'mail', expiresAt: now + 1000 }))
  assert.equal(bindings.isMember('guest@elsewhere.example', now), false)
  bindings.add(newBinding({ mailbox: 'Bob@office.example' }))
  bindings.add(newBinding({ mailbox: 'bob@office.example', number: '+4915199999999', expiresAt: now + 1000 }))
  assert.equal(bindings.isMember('bob@OFFICE.example', now), true)
})

test('a mailbox that the operator bound for a while is a member for that while', () => {
  const bindings = createBindings(open())
  bindings.add(newBinding({ mailbox: 'guest@elsewhere.example', origin: 'cli', expiresAt: now + 1000 }))
  assert.equal(bindings.isMember('guest@elsewhere.example', now), true)
  assert.equal(bindings.isMember('guest@elsewhere.example', now + 1000), false)
})
