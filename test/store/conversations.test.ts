// Conversations: a token or a Message-ID of ours leads to the one pair it was made for and to nobody else.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ConversationUpdate, createConversations } from '../../src/store/conversations.ts'
import { now, storeKeeper } from './temp-store.ts'

const open = storeKeeper()
const day = 86_400_000
const phone = '+4917012345678'

const update = (change: Partial<ConversationUpdate> = {}): ConversationUpdate => ({
  number: phone,
  correspondent: 'anna@office.example',
  subject: 'Re: offer',
  domain: 'office.example',
  now,
  expiresAt: now + 7 * day,
  ...change,
})

test('a token has 16 characters of lower-case base32', () => {
  assert.match(createConversations(open()).touch(update()).token, /^[a-z2-7]{16}$/)
})

test('a pair keeps its token, whatever the case of the address and however often it is touched', () => {
  const conversations = createConversations(open())
  const first = conversations.touch(update())
  const again = conversations.touch(update({ correspondent: 'Anna@Office.example', now: now + 1 }))
  assert.equal(again.id, first.id)
  assert.equal(again.token, first.token)
})

test('a token ends with its talk: the next one has another, and the old one leads nowhere', () => {
  const conversations = createConversations(open())
  const first = conversations.touch(update())
  const afterTheEnd = conversations.touch(update({ now: now + 400 * day, expiresAt: now + 407 * day }))
  assert.equal(afterTheEnd.id, first.id)
  assert.notEqual(afterTheEnd.token, first.token)
  assert.equal(conversations.byToken(first.token), undefined)
  assert.equal(conversations.byToken(afterTheEnd.token)?.id, first.id)
})

test('every pair has a token of its own, and every box too', () => {
  const store = open()
  const pairs = [
    update(),
    update({ number: '+4917023456789' }),
    update({ correspondent: 'bob@office.example' }),
    update({ number: '+4917023456789', correspondent: 'bob@office.example' }),
  ]
  const tokens = [store, open()].flatMap((box) =>
    pairs.map((pair) => createConversations(box).touch(pair).token),
  )
  assert.equal(new Set(tokens).size, 8)
})

test('a token leads to its conversation in any case, another one to nothing', () => {
  const conversations = createConversations(open())
  const { id, token } = conversations.touch(update())
  assert.equal(conversations.byToken(token.toUpperCase())?.id, id)
  assert.equal(conversations.byToken('aaaaaaaaaaaaaaaa'), undefined)
  assert.equal(conversations.byToken(token.slice(1)), undefined)
})

test('a preview says what touching would make and writes nothing', () => {
  const store = open()
  const conversations = createConversations(store)
  const before = store.commits()
  const preview = conversations.preview(update())
  assert.equal(store.commits(), before)
  assert.equal(conversations.ofPair(phone, 'anna@office.example'), undefined)
  const { id, ...made } = conversations.touch(update())
  assert.ok(id > 0)
  assert.deepEqual(preview, made)
})

test('a continued conversation keeps its subject and its root and never ends earlier than before', () => {
  const conversations = createConversations(open())
  const first = conversations.touch(update())
  conversations.addMail(first.id, '<q@customer.example>', false)
  const next = conversations.touch(update({ subject: 'other', now: now + day, expiresAt: now + 2 * day }))
  assert.deepEqual(
    [next.subject, next.rootMailId, next.lastMailId, next.expiresAt],
    ['Re: offer', first.rootMailId, '<q@customer.example>', now + 7 * day],
  )
})

test('an ended conversation begins a new thread under the same number', () => {
  const conversations = createConversations(open())
  const first = conversations.touch(update())
  conversations.addMail(first.id, '<old@office.example>', true)
  const later = now + 7 * day
  const next = conversations.touch(update({ subject: 'new', now: later, expiresAt: later + day }))
  assert.notEqual(next.rootMailId, first.rootMailId)
  assert.match(next.rootMailId, /^<[^<>@\s]+@office\.example>$/)
  assert.deepEqual(
    [next.id, next.subject, next.lastMailId, next.expiresAt],
    [first.id, 'new', null, later + day],
  )
})

test('open conversations of a phone come latest first and end at their very millisecond', () => {
  const conversations = createConversations(open())
  conversations.touch(update())
  conversations.touch(update({ correspondent: 'bob@office.example', now: now + 1, expiresAt: now + day }))
  conversations.touch(update({ number: '+4917023456789', now: now + 2 }))
  const names = (at: number) => conversations.openOf(phone, at).map(({ correspondent }) => correspondent)
  assert.deepEqual(names(now + 3), ['bob@office.example', 'anna@office.example'])
  conversations.touch(update({ now: now + 4 }))
  assert.deepEqual(names(now + 5), ['anna@office.example', 'bob@office.example'])
  assert.deepEqual(names(now + day - 1), ['anna@office.example', 'bob@office.example'])
  assert.deepEqual(names(now + day), ['anna@office.example'])
  assert.deepEqual(names(now + 7 * day), [])
})

test('only our own Message-IDs lead back to a conversation', () => {
  const conversations = createConversations(open())
  const { id } = conversations.touch(update())
  conversations.addMail(id, '<ours@office.example>', true)
  conversations.addMail(id, '<theirs@customer.example>', false)
  const found = (...mailIds: string[]) => conversations.byMailIds(mailIds).map((one) => one.id)
  assert.deepEqual(found('<ours@office.example>'), [id])
  assert.deepEqual(found('<theirs@customer.example>'), [])
  assert.deepEqual(found('<theirs@customer.example>', '<ours@office.example>', '<ours@office.example>'), [id])
  assert.deepEqual(found(), [])
  assert.equal(conversations.ofPair(phone, 'anna@office.example')?.lastMailId, '<theirs@customer.example>')
})

test('Message-IDs of two conversations lead to both', () => {
  const conversations = createConversations(open())
  for (const [name, mailId] of [
    ['anna', '<1@x>'],
    ['bob', '<2@x>'],
  ] as const)
    conversations.addMail(
      conversations.touch(update({ correspondent: `${name}@office.example` })).id,
      mailId,
      true,
    )
  assert.equal(conversations.byMailIds(['<1@x>', '<2@x>']).length, 2)
})

test('the subject and a Message-ID that nobody made lead nowhere', () => {
  const conversations = createConversations(open())
  const { rootMailId } = conversations.touch(update())
  assert.deepEqual(conversations.byMailIds([rootMailId, 'Re: offer', '<%@x>']), [])
})
