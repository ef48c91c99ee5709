// The binding table: one mailbox, one number, one to one; a temporary binding shadows a permanent one and never changes it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../src/domain/errors.ts'
import { createBindings } from '../../src/store/bindings.ts'
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
    assert.equal(bindings.named(name).id, id)
  assert.throws(() => bindings.named('@bo'), unknown)
  assert.throws(() => bindings.change(99, {}), unknown)
})

test('the permanent binding is meant when the operator names one that is shadowed', () => {
  const bindings = createBindings(open())
  const { id } = bindings.add(newBinding(bob))
  bindings.add(newBinding({ ...bob, number: carol.number, expiresAt: now + hour }))
  assert.equal(bindings.named(bob.mailbox).id, id)
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
  bindings.add(newBinding({ mailbox: 'guest@elsewhere.example', expiresAt: now + 1000 }))
  assert.equal(bindings.isMember('guest@elsewhere.example'), false)
  bindings.add(newBinding({ mailbox: 'Bob@office.example' }))
  bindings.add(newBinding({ mailbox: 'bob@office.example', number: '+4915199999999', expiresAt: now + 1000 }))
  assert.equal(bindings.isMember('bob@OFFICE.example'), true)
})
