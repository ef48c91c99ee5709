// WAP pushes and MMS notifications: what is read, against tshark too, and that nothing hostile does harm.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MmsNotification } from '../../src/domain/message.ts'
import { isProvisioning, mmsContentType, readMmsNotification, readPush } from '../../src/sms/wap-push.ts'
import {
  counted,
  longInteger,
  type Notification,
  notification,
  push,
  pushPdus,
  textString,
} from './push-makers.ts'
import { dissect } from './tshark.ts'

const sentAt = Date.UTC(2026, 10, 22, 12)
const read = (octets: readonly number[]) => readMmsNotification(Uint8Array.from(octets), sentAt)
const pushOf = (octets: readonly number[]) => readPush(Uint8Array.from(octets))

const usual: MmsNotification = {
  from: '+4917012345678',
  subject: 'Our garden',
  size: 48_211,
  expiresAt: sentAt + 7 * 86_400_000,
  messageClass: 'personal',
  host: 'mms.operator.example',
}

test('a notification gives sender, subject, size, expiry, class and host', () => {
  const read = pushOf(push(notification()))
  assert.equal(read?.contentType, mmsContentType)
  assert.deepEqual(readMmsNotification(read?.body ?? new Uint8Array(0), sentAt), usual)
})

const forms: readonly (readonly [string, Notification, Partial<MmsNotification>])[] = [
  ['a hidden sender', { from: null }, { from: null }],
  ['a mail address as sender', { from: 'bob@office.example' }, { from: 'bob@office.example' }],
  ['a subject in UTF-8', { subject: 'Grüße 花园 🌻' }, { subject: 'Grüße 花园 🌻' }],
  ['a subject over 30 octets', { subject: 'ö'.repeat(40) }, { subject: 'ö'.repeat(40) }],
  ['a subject of two lines', { subject: 'a\r\nBcc: b\u202e' }, { subject: 'a Bcc: b' }],
  ['an empty subject', { subject: '' }, { subject: null }],
  ['a time that is absolute', { expiry: { absolute: 1_800_000_000 } }, { expiresAt: 1_800_000_000_000 }],
  ['a time beyond all calendars', { expiry: { absolute: 2 ** 47 } }, { expiresAt: null }],
  ['advertising', { messageClass: 1 }, { messageClass: 'advertisement' }],
  ['information', { messageClass: 2 }, { messageClass: 'informational' }],
  ['an automatic one', { messageClass: 3 }, { messageClass: 'auto' }],
  ['a class that is assigned to nothing', { messageClass: 9 }, { messageClass: null }],
  ['a class of its own', { messageClass: 'x-vip' }, { messageClass: 'x-vip' }],
  ['a size of one octet', { size: 7 }, { size: 7 }],
  ['a size that no integer holds', { size: 2 ** 52 }, { size: null }],
  ['a link with user and port', { location: 'http://u:p@MMS.example:8002/x' }, { host: 'mms.example' }],
  ['a link that is none', { location: 'mms/1' }, { host: null }],
  [
    'unknown fields of every kind',
    {
      more: [
        0xc0,
        0x81,
        0xc1,
        ...textString('x'),
        0xc2,
        ...counted(Array(40).fill(0x96)),
        0xc3,
        0x00,
        ...textString('X-Own'),
        ...textString('1'),
      ],
    },
    {},
  ],
  ['a field of another code page', { more: [0x7f, 0x02, 0x96, ...textString('wrong'), 0x01] }, {}],
  [
    'a field of another code page by the short form',
    { more: [0x02, 0x96, ...textString('wrong'), 0x01] },
    {},
  ],
]

for (const [what, written, expected] of forms)
  test(`a notification with ${what} is read`, () =>
    assert.deepEqual(read(notification(written)), { ...usual, ...expected }))

test('Latin-1 and UTF-16 subjects are read by their character set, a quote before them is dropped', () => {
  const subject = (octets: readonly number[]) => read([0x8c, 0x82, 0x96, ...octets])?.subject
  assert.equal(subject(counted([0x84, 0xfc, 0x62, 0x00])), 'üb')
  assert.equal(subject(counted([...longInteger(1000), 0x82, 0xb1, 0x56, 0xed])), '花园')
  assert.equal(subject([0x7f, 0xc3, 0xbc, 0x00]), 'ü')
  assert.equal(subject([0xfc, 0x00]), null)
  assert.equal(subject(counted([...Buffer.from('no charset'), 0])), 'no charset')
  assert.equal(subject([0x41, 0xfc, 0x00]), 'Aü')
})

test('a notification that ends too early gives what is there', () => {
  const whole = notification()
  assert.deepEqual(read(whole.slice(0, whole.indexOf(0x8a))), {
    ...{ from: usual.from, subject: usual.subject },
    ...{ size: null, expiresAt: null, messageClass: null, host: null },
  })
  assert.equal(read(whole.slice(0, whole.indexOf(0x96) + 4))?.subject, 'Our')
})

test('another message about an MMS is no notification', () => {
  assert.equal(read([0x8c, 0x86, 0x8d, 0x92]), null)
  assert.equal(read([]), null)
})

/** Content types: a number, a text, counted octets with parameters. */
const types: readonly (readonly [readonly number[], string])[] = [
  [[0xbe], mmsContentType],
  [textString('Application/vnd.wap.mms-message'), mmsContentType],
  [counted([0xbe, 0x81, 0xea]), mmsContentType],
  [counted([...textString('text/x-own'), 0x81, 0x84]), 'text/x-own'],
  [[0xae], 'application/vnd.wap.sic'],
  [[0xb6], 'application/vnd.wap.connectivity-wbxml'],
  [[0xff], '0x7f'],
]

for (const [octets, name] of types)
  test(`a push of ${Buffer.from(octets).toString('hex')} has the content type ${name}`, () => {
    const read = pushOf(push([1, 2, 3], octets))
    assert.deepEqual([read?.contentType, [...(read?.body ?? [])]], [name, [1, 2, 3]])
  })

test('octets that are no push are none', () => {
  for (const octets of [
    [],
    [1],
    [1, 6],
    [1, 6, 0],
    [1, 5, 1, 0xbe],
    [1, 6, 1, 0x00],
    [1, 6, 3, 0x02, 0x01, 0xff],
  ])
    assert.equal(pushOf(octets), null, octets.join())
  assert.deepEqual(pushOf([1, 7, 0x7f, 0xbe])?.body.length, 0)
})

test('settings for a phone are known by their content type', () => {
  assert.ok(isProvisioning('application/vnd.wap.connectivity-wbxml'))
  assert.ok(isProvisioning('application/vnd.syncml.notification'))
  assert.ok(!isProvisioning('application/vnd.wap.sic'))
})

const anyNotification: fc.Arbitrary<Notification> = fc.record({
  from: fc.oneof(
    fc.constant(null),
    fc.stringMatching(/^\+[1-9][0-9]{6,14}$/).map((number) => `${number}/TYPE=PLMN`),
  ),
  subject: fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,25}$/),
  size: fc.nat(2_000_000),
  expiry: fc.oneof(
    fc.record({ relative: fc.integer({ min: 1, max: 5_000_000 }) }),
    fc.record({ absolute: fc.integer({ min: 1_000_000_000, max: 2_000_000_000 }) }),
  ),
  messageClass: fc.nat(3),
  location: fc.stringMatching(/^[a-z0-9]{1,20}$/).map((name) => `http://${name}.example/`),
})

test('300 notifications are read as tshark reads them', () => {
  const seed = randomInt(2 ** 31)
  const written = fc.sample(anyNotification, { seed, numRuns: 300 })
  const single = written.map((one) => push(notification(one))).filter((octets) => octets.length <= 133)
  assert.ok(single.length > 250, `seed ${seed}: ${single.length}`)
  const frames = dissect(
    single.map((octets) => ({ direction: 'from-network' as const, pdu: pushPdus(octets)[0] ?? '' })),
    [
      'mmse.from',
      'mmse.subject',
      'mmse.message_size',
      'mmse.message_class.id',
      'mmse.expiry.rel',
      'mmse.content_location',
    ],
  )
  for (const [index, octets] of single.entries()) {
    const frame = frames[index] ?? {}
    const first = (name: string) => frame[`mmse.${name}`]?.[0]
    const ours = readMmsNotification(pushOf(octets)?.body ?? new Uint8Array(0), 0)
    const where = `seed ${seed}, ${Buffer.from(octets).toString('hex')}`
    const from = first('from')?.replace('/TYPE=PLMN', '')
    assert.equal(
      ours?.from ?? '<insert address>',
      from?.includes('insert') ? '<insert address>' : from,
      where,
    )
    assert.equal(ours?.subject, first('subject'), where)
    assert.equal(ours?.size, Number(first('message_size')), where)
    assert.equal(
      ['personal', 'advertisement', 'informational', 'auto'].indexOf(ours?.messageClass ?? ''),
      Number(first('message_class.id')) - 0x80,
      where,
    )
    assert.equal(`http://${ours?.host}/`, first('content_location'), where)
    const relative = first('expiry.rel')
    if (relative !== undefined) assert.equal(ours?.expiresAt, Number(relative) * 1000, where)
  }
})

test('no octets make the reader throw, and what it shows is one line', () => {
  const octets = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc
      .tuple(
        fc.constantFrom(notification(), push(notification())),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }),
      )
      .map(([whole, changes]) => {
        const changed = Uint8Array.from(whole)
        for (const [position, value] of changes) changed[position % changed.length] = value
        return changed
      }),
  )
  let notifications = 0
  fc.assert(
    fc.property(octets, (given) => {
      const asPush = readPush(given)
      for (const body of [given, asPush?.body ?? new Uint8Array(0)]) {
        const mms = readMmsNotification(body, sentAt)
        if (mms !== null) notifications++
        for (const shown of [mms?.from, mms?.subject, mms?.messageClass, mms?.host, asPush?.contentType])
          assert.doesNotMatch(shown ?? '', /[\p{Cc}\p{Bidi_Control}]/u)
        if (mms?.expiresAt != null) assert.ok(!Number.isNaN(new Date(mms.expiresAt).getTime()))
      }
    }),
    { numRuns: 5000 },
  )
  assert.ok(notifications > 500, `only ${notifications} reached the fields`)
})

test('a header of the largest length and a hundred thousand field names end at once', {
  timeout: 20_000,
}, () => {
  assert.equal(pushOf([1, 6, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xbe])?.body.length, 0)
  for (const octet of [0x00, 0x1f, 0x20, 0x7f, 0x8c, 0xff])
    assert.equal(readMmsNotification(new Uint8Array(100_000).fill(octet), 0), null)
})
