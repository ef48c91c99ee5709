// What no mail and no SMS can do, however it is made: reach a number or an address that no rule names, or spend anything for somebody
// who is not allowed and proven.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsePhoneNumber } from '../../../src/domain/address.ts'
import type { AutomaticKind } from '../../../src/domain/message.ts'
import type { World } from '../../../src/exchange/decide/decision.ts'
import { decideMail } from '../../../src/exchange/decide/mail-to-sms.ts'
import { reasons } from '../../../src/exchange/decide/reasons.ts'
import { decideSms } from '../../../src/exchange/decide/sms-to-mail.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import {
  day,
  type MailFacts,
  mail,
  mailbox,
  mailboxes,
  newDesk,
  noon,
  phone,
  type SmsFacts,
  settings,
  sms,
} from '../world.ts'
import { bob, carol, officeLine } from './decision-rows.ts'

const desk = newDesk({
  bound: [
    bob,
    { ...carol, mailToSms: 'always' },
    officeLine,
    { mailbox: 'Dora', phone: 'Customer', expiresAt: noon + day },
  ],
  settings: { fallbackMailbox: mailbox('Office') },
})
const talk = desk.conversations.touch({
  number: phone('Bob'),
  correspondent: mailbox('Anna'),
  subject: 'SMS',
  domain: 'office.example',
  now: noon,
  expiresAt: noon + day,
})
desk.conversations.addMail(talk.id, '<ours@office.example>', true)
const ended = desk.conversations.touch({
  ...talk,
  number: phone('Carol'),
  domain: 'office.example',
  now: noon - day,
  expiresAt: noon,
})
const world = worldOf(desk)

/** The same office under other settings: what is passed on, asked, held and cut there keeps to the same limits. */
const worlds: readonly World[] = [
  world,
  { ...world, settings: { ...world.settings, passMail: 'redirect', passSms: 'forward', ambiguous: 'ask' } },
  {
    ...world,
    settings: {
      ...world.settings,
      ...{ passMail: 'redirect', passSms: 'forward', ambiguous: 'latest', mailToSms: 'always' },
      ...{ smsToMail: 'flagged', trustMethod: 'from', partsMax: 1, tooLong: 'refuse', plainLetters: true },
      ...{ quietHours: { from: 0, to: 23 * 60 }, repeatMax: 1, allowedCountries: ['DE'] },
      nationalTables: ['turkish', 'spanish', 'portuguese'],
      limits: { ...world.settings.limits, box: { perDay: 1, perMonth: null } },
    },
  },
]
/** By number: a counterexample would print all of a world. */
const anyWorld = fc.nat({ max: worlds.length - 1 })
const worldAt = (number: number): World => worlds[number] ?? world

const typedNumbers = [
  '+4915123456789',
  '0151 23456789',
  '+4915123456789x',
  '+499001234567',
  phone('SIM'),
  '112',
]
const addresses = [
  ...Object.values(mailboxes),
  `sms+${talk.token}@office.example`,
  `sms+${ended.token}@office.example`,
  'sms+aaaaaaaaaaaaaaaa@office.example',
  ...typedNumbers.map((number) => `${number.replaceAll(' ', '')}@sms.office.example`),
  'sms+4915123456789@office.example',
  '',
]
const tags = [
  '',
  '[sms] ',
  '[mail] ',
  '[sms',
  ...typedNumbers.flatMap((number) => [`[sms ${number}] `, `[sms ${number} 2h]`]),
]
const some = <Value>(values: readonly Value[], maxLength = 3) =>
  fc.array(fc.constantFrom(...values), { maxLength })
/** Mostly left out, as in life; otherwise every mail would have a reason not to go. */
const maybe = <Value>(values: readonly Value[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.constantFrom(...values) })
const rarely = fc.integer({ min: 0, max: 4 }).map((dice) => dice === 0)

const anyMail = fc
  .record({
    from: fc.constantFrom(...Object.keys(mailboxes), 'anna@evil.office.example', null),
    to: some(addresses),
    cc: some(addresses, 1),
    recorded: some(addresses, 2),
    subject: fc
      .tuple(fc.oneof(fc.constantFrom('', '[sms] '), fc.constantFrom(...tags)), fc.string({ maxLength: 10 }))
      .map((parts) => parts.join('')),
    text: fc.oneof(fc.string(), fc.string({ unit: 'grapheme', maxLength: 400 })),
    convert: maybe(['1', '0', 'maybe']),
    smsTo: maybe(typedNumbers),
    answers: some(['<ours@office.example>', '<theirs@customer.example>'], 1),
    automatic: maybe<AutomaticKind>(['generated', 'replied', 'list', 'report', 'own']),
    proven: rarely.map((not) => !not),
    unreadable: fc.constantFrom(null, null, null, 'encrypted' as const, 'packed' as const),
  })
  .map(
    ({ from, convert, smsTo, automatic, ...facts }): MailFacts => ({
      ...facts,
      from,
      ...(convert === null ? {} : { convert }),
      ...(smsTo === null ? {} : { smsTo }),
      ...(automatic === null ? {} : { automatic }),
    }),
  )

const bound = [phone('Bob'), phone('Carol'), phone('Customer')]
const boundMailboxes = [mailbox('Bob'), mailbox('Carol'), mailbox('Dora')]

/** Every number that the mail itself spells, in whatever place and notation. */
function numbersIn(facts: MailFacts): string[] {
  const spelled = [
    facts.subject ?? '',
    facts.smsTo ?? '',
    ...(facts.to ?? []),
    ...(facts.cc ?? []),
    ...(facts.recorded ?? []),
  ]
  return typedNumbers
    .filter((number) =>
      spelled.some((text) =>
        text.replaceAll(' ', '').includes(number.replaceAll(' ', '').replace(/^\+/, '')),
      ),
    )
    .map((number) => parsePhoneNumber(number, 'DE'))
    .filter((parsed) => parsed.ok)
    .map((parsed) => parsed.value)
}

const isAllowed = (facts: MailFacts): boolean => {
  const from = mailbox(facts.from ?? '')
  return /^[^@]+@office\.example$/.test(from) || settings.senders.includes(from)
}

test('no mail reaches a number that neither a binding, nor a conversation, nor the mail itself names', () => {
  fc.assert(
    fc.property(anyMail, anyWorld, (facts, number) => {
      const world = worldAt(number)
      const { deliveries, judgement, reason } = decideMail(mail(facts), world)
      const { settings } = world
      assert.ok(reason in reasons)
      if (deliveries.length > 0) assert.ok(['convert', 'hold', 'pass'].includes(judgement))
      assert.equal(
        judgement === 'convert',
        deliveries.some(({ held, medium }) => medium === 'sms' && held === null),
      )
      for (const plan of deliveries) {
        assert.equal(plan.medium, judgement === 'pass' ? 'mail' : 'sms')
        if (plan.medium === 'mail') {
          // A mail that is passed on goes to one mailbox that a binding, the line or the config names, and is not shortened.
          assert.deepEqual([deliveries.length, plan.redirect, settings.passMail], [1, true, 'redirect'])
          assert.ok([mailbox('Office'), ...boundMailboxes].includes(plan.to), `${plan.to} by ${plan.rule}`)
          continue
        }
        assert.ok([...bound, ...numbersIn(facts)].includes(plan.to), `${plan.to} by ${plan.rule}`)
        assert.ok(
          plan.to !== phone('SIM') && !settings.deniedNumbers.some((prefix) => plan.to.startsWith(prefix)),
        )
        assert.ok(
          plan.medium === 'sms' && plan.parts >= 1 && plan.parts <= settings.partsMax && plan.text !== '',
        )
        if (plan.rule === 'answer') assert.equal(plan.to, phone('Bob'))
        if (plan.rule === 'binding') assert.ok([phone('Bob'), phone('Carol')].includes(plan.to))
      }
      assert.equal(new Set(deliveries.map(({ to }) => to)).size, deliveries.length)
    }),
    { numRuns: 2000 },
  )
})

test('the generated mails reach phones by every rule, so that the properties say something', () => {
  const decisions = fc
    .sample(anyMail, { seed: 7, numRuns: 4000 })
    .map((facts) => decideMail(mail(facts), world))
  const rules = new Set(decisions.flatMap(({ deliveries }) => deliveries.map(({ rule }) => rule)))
  assert.deepEqual([...rules].sort(), ['answer', 'binding', 'number-address', 'temporary-binding'])
  assert.ok(decisions.filter(({ notices }) => notices.length > 0).length > 50)
})

test('whoever is not allowed and proven gets no SMS, no answer and no binding', () => {
  const holdsToken = (facts: MailFacts) =>
    facts.from === 'Anna' &&
    [...(facts.to ?? []), ...(facts.cc ?? []), ...(facts.recorded ?? [])].includes(
      `sms+${talk.token}@office.example`,
    )
  const bad = anyMail.filter((facts) => !(isAllowed(facts) && facts.proven === true) && !holdsToken(facts))
  fc.assert(
    fc.property(bad, fc.nat({ max: 1 }), (facts, number) => {
      const world = worldAt(number)
      const { deliveries, notices, temporaryBinding, pauses } = decideMail(mail(facts), world)
      const sms = deliveries.filter(({ medium }) => medium === 'sms')
      assert.deepEqual([sms, notices, temporaryBinding, pauses], [[], [], null, null])
    }),
    { numRuns: 2000 },
  )
})

test('notices go to the sender only, and never to a machine', () => {
  fc.assert(
    fc.property(anyMail, (facts) => {
      for (const { to, medium } of decideMail(mail(facts), world).notices) {
        assert.deepEqual([to, medium], [mailbox(facts.from ?? ''), 'mail'])
        assert.equal(facts.automatic, undefined)
      }
    }),
    { numRuns: 1000 },
  )
})

test('deciding twice decides the same', () => {
  fc.assert(
    fc.property(anyMail, (facts) =>
      assert.deepEqual(decideMail(mail(facts), world), decideMail(mail(facts), world)),
    ),
    { numRuns: 300 },
  )
})

const typedAddresses = [
  mailbox('Carol'),
  mailbox('Dora'),
  mailbox('Eve'),
  'x',
  'carol*office.example',
  'eve*evil.example',
]
const anySms = fc.record({
  from: fc.constantFrom('Bob', 'Customer', 'SIM', 'BANK', '33033'),
  text: fc
    .tuple(
      fc.constantFrom(
        '',
        '[mail] ',
        '[sms] ',
        '[mail',
        '@carol ',
        '@eve ',
        ...typedAddresses.flatMap((to) => [`[mail ${to}] `, `[mail ${to} 2h] `, `${to} `, `${to}(s)`]),
      ),
      fc.string(),
    )
    .map((parts) => parts.join('')),
  flag: maybe([0, 1] as const),
  special: maybe(['waiting', 'mms', 'data', 'sim-data', 'silent', 'undecodable'] as const),
})

test('no SMS reaches an address that is neither listed, nor bound, nor in conversation with that phone', () => {
  fc.assert(
    fc.property(anySms, anyWorld, ({ flag, special, ...facts }, number) => {
      const world = worldAt(number)
      const message: SmsFacts = {
        ...facts,
        ...(flag === null ? {} : { flag }),
        ...(special === null ? {} : { special }),
      }
      const { deliveries, judgement, notices } = decideSms(sms(message), world)
      assert.ok(deliveries.length <= 1)
      assert.equal(
        judgement === 'convert',
        deliveries.some(({ held, medium }) => medium === 'mail' && held === null),
      )
      for (const { to } of [...deliveries, ...notices]) assert.doesNotMatch(to, /evil/)
      for (const { to, rule, medium } of deliveries) {
        assert.equal(medium === 'sms', judgement === 'pass')
        if (medium === 'sms') {
          // A text that is passed on goes to the phone of a binding, and only bound phones cause that.
          assert.ok(bound.includes(to) && to !== phone(facts.from), `${to} by ${rule}`)
          assert.ok(['Bob', 'Customer'].includes(facts.from) && world.settings.passSms === 'forward')
          continue
        }
        if (rule === 'conversation') assert.deepEqual([to, facts.from], [mailbox('Anna'), 'Bob'])
        else if (rule === 'typed-address')
          assert.ok(typedAddresses.includes(to) && facts.text.includes(to.split('@')[0] ?? ''))
        else assert.ok([mailbox('Office'), mailbox('Carol')].includes(to), `${to} by ${rule}`)
      }
    }),
    { numRuns: 2000 },
  )
})
