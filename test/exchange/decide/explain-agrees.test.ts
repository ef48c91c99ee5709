// "explain" and the service agree: the same generated mail or SMS through both, on the same database, one right after the other.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decideRaw, partRead } from '../../../src/cli/explain.ts'
import { parseConfig } from '../../../src/config/config.ts'
import { createDesk, mailReader } from '../../../src/daemon/desk.ts'
import type { Decision } from '../../../src/exchange/decide/decision.ts'
import { decideSms } from '../../../src/exchange/decide/sms-to-mail.ts'
import { type Desk, worldOf } from '../../../src/exchange/desk.ts'
import { assemble } from '../../../src/exchange/intake/assemble-sms.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { largeMailOctets } from '../../../src/mail/read/mail-limits.ts'
import { decodePdu } from '../../../src/sms/tpdu.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { fakeClock } from '../fake-clock.ts'
import { deliver } from '../intake/pdu-makers.ts'
import { binding, noon, phone } from '../world.ts'

configureLog('error', () => {})

const seed = randomInt(2 ** 31)

const config = parseConfig(
  `[modem]
number = "${phone('SIM')}"
[mail]
address = "sms@office.example"
[mail.imap]
host = "localhost"
user = "sms"
password = "x"
[mail.smtp]
host = "localhost"
[exchange]
number_domain = "sms.office.example"
ambiguous = "ask"
pass_mail = "redirect"
pass_sms = "forward"
quiet_hours = "23:00-05:00"
parts_max = 3
repeat_max = 2
[trust]
senders = ["@office.example", "ups@alarm.example"]
authserv_id = "mx.office.example"
[budget]
parts_per_day = 60
price_per_part = 0.09
[budget.sender]
parts_per_day = 40
[operator]
mailbox = "carol@office.example"
`,
  '/etc/simpost/simpost.toml',
)

function newOffice() {
  const clock = fakeClock()
  const desk = createDesk(config, openStore(':memory:'), clock, () => {})
  for (const facts of [
    { mailbox: 'Bob', phone: 'Bob', alias: 'bob', name: 'Bob', language: 'de' as const },
    { mailbox: 'Carol', phone: 'Carol', alias: 'carol', mailToSms: 'always' as const, partsMax: 1 },
    { mailbox: 'Office', phone: 'SIM', line: true },
  ])
    desk.bindings.add(binding(facts))
  return { clock, desk }
}

/** What stands in the journal of the last message, in the words of a decision. */
function whatHappened(desk: Desk) {
  const [entry] = desk.journal.list({ limit: 1 })
  assert.ok(entry !== undefined)
  const all = desk.outbox.ofMessage(entry.id)
  return {
    judgement: entry.judgement,
    reason: entry.reason,
    flag: `${entry.flag} ${entry.flagFrom}`,
    steps: desk.journal.steps(entry.id).map(({ what, detail }) => ({ what, detail })),
    deliveries: all
      .filter(({ rule }) => rule !== 'notice')
      .map(({ medium, recipient, rule, text, heldReason, heldUntil, id }) => ({
        ...{ medium, to: recipient, rule, text, held: heldReason, until: heldUntil },
        parts: medium === 'sms' ? desk.outbox.segments(id).length : 0,
      })),
    notices: all
      .filter(({ rule }) => rule === 'notice')
      .map(({ medium, recipient }) => `${medium} to ${recipient}`),
  }
}

/** What a decision says will happen, in the same words. */
function whatIsExplained(decision: Decision) {
  return {
    judgement: decision.judgement,
    reason: decision.reason,
    flag: `${decision.flag.value} ${decision.flag.from}`,
    steps: [...decision.steps],
    deliveries: decision.deliveries.map((plan) => ({
      ...{ medium: plan.medium, to: plan.to, rule: plan.rule, text: plan.text },
      ...{ held: plan.held?.reason ?? null, until: plan.held?.until ?? null },
      parts: plan.medium === 'sms' ? plan.parts : 0,
    })),
    notices: decision.notices.map(({ medium, to }) => `${medium} to ${to}`),
  }
}

const addresses = [
  'bob@office.example',
  'Carol@office.example',
  'sms@office.example',
  '+4915199999999@sms.office.example',
  'sms+4915188888888@office.example',
  'sms+aaaaaaaaaaaaaaaa@office.example',
  'eve@evil.example',
]
const tags = [
  '',
  '',
  '[sms] ',
  '[sms] ',
  '[mail] ',
  '[sms +4915177777777] ',
  '[sms +4915177777777 2h] ',
  '[sms 0170 ',
  '[sms] [mail] ',
]
const bodies = [
  'At noon?',
  'At noon?',
  'Żółć \u{1f44d} 你好',
  `${'a long text of many words '.repeat(30)}`,
  '',
  'Yes\n\nOn Mon, Nov 23, 2026 at 9:00 AM Bob <bob@office.example> wrote:\n> [sms +4915166666666] no\n',
]

const anyMail = fc.record({
  from: fc.constantFrom(
    'anna@office.example',
    'anna@office.example',
    'ups@alarm.example',
    'eve@evil.example',
    'a@x.example, b@y.example',
  ),
  to: fc.array(fc.constantFrom(...addresses), { minLength: 1, maxLength: 2 }),
  delivered: fc.option(fc.constantFrom(...addresses)),
  tag: fc.constantFrom(...tags),
  subject: fc.oneof(fc.constantFrom('Lunch', 'urgent: pump 3', ''), fc.string({ maxLength: 12 })),
  body: fc.oneof(fc.constantFrom(...bodies), fc.string({ unit: 'grapheme', maxLength: 200 })),
  html: fc.boolean(),
  dmarc: fc.constantFrom('pass', 'pass', 'pass', 'fail'),
  extra: fc.constantFrom(
    '',
    '',
    '',
    'Auto-Submitted: auto-generated',
    'Auto-Submitted: auto-replied',
    'List-Id: <x>',
    'X-SMS-Convert: 1',
    'X-SMS-Convert: 0',
    'X-SMS-To: 015155555555',
    'X-SMS-Bridge: other; hop=3',
  ),
  minutes: fc.integer({ min: 0, max: 240 }),
})

interface Facts {
  readonly from: string
  readonly to: readonly string[]
  readonly delivered: string | null
  readonly tag: string
  readonly subject: string
  readonly body: string
  readonly html: boolean
  readonly dmarc: string
  readonly extra: string
}

const oneLine = (text: string): string => text.replace(/[\r\n\u0000]/g, ' ')

function rawMail(facts: Facts, number: number): Buffer {
  const { from, to, delivered, tag, subject, body, html, dmarc, extra } = facts
  const text = html ? `<p>${body.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>` : body
  const lines = [
    ...(delivered === null ? [] : [`Delivered-To: ${delivered}`]),
    `Authentication-Results: mx.office.example; dmarc=${dmarc} header.from=${from.split('@')[1] ?? ''}`,
    `From: ${from}`,
    `To: ${to.join(', ')}`,
    `Subject: ${oneLine(tag + subject)}`,
    `Message-ID: <${number}@office.example>`,
    ...(extra === '' ? [] : [extra]),
    `Content-Type: text/${html ? 'html' : 'plain'}; charset=utf-8`,
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n'),
  ]
  return Buffer.from(lines.join('\r\n'))
}

test(`what explain says of a mail is what becomes of it (seed ${seed})`, async () => {
  const seen = new Set<string>()
  for (const batch of fc.sample(fc.array(anyMail, { minLength: 40, maxLength: 40 }), { numRuns: 10, seed })) {
    const { clock, desk } = newOffice()
    const read = mailReader(config, desk)
    const intake = createMailIntake(desk, read, 'account')
    let uid = 0
    for (const facts of batch) {
      await clock.pass(facts.minutes * 60_000)
      const raw = rawMail(facts, ++uid)
      const explained = await decideRaw({ raw, truncated: false }, read, { config, desk })
      const place = { folder: 'INBOX', uidValidity: '1', uid, size: raw.length, truncated: false }
      await intake.receive({ ...place, raw })
      assert.deepEqual(whatHappened(desk), whatIsExplained(explained), `${raw}`)
      seen.add(`${explained.judgement}: ${explained.reason}`)
    }
  }
  const wanted = [
    'convert: flagged',
    'pass: not-flagged',
    'refuse: sender-not-proven',
    'refuse: tag-malformed',
    'hold: quiet-hours',
  ]
  for (const one of wanted) assert.ok(seen.has(one), `the generated mails never lead to ${one}: ${[...seen]}`)
})

test('of a mail over the size limit, explain reads no more than the service fetches', async () => {
  const part = (type: string, content: string): string =>
    `--b\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\n${content}\r\n`
  const film = Buffer.alloc(config.mail.size_max_mb * 786_432, 7)
    .toString('base64')
    .replace(/.{76}/g, '$&\r\n')
  const text = part('text/plain', Buffer.from('At noon?').toString('base64'))
  for (const [content, shown] of [
    [`${text}${part('video/mp4; name=film.mp4', film)}`, 'At noon?\n+ 1 file: film.mp4'],
    // The text stands behind what is fetched: the subject alone would not be what the person wrote.
    [`${part('video/mp4; name=film.mp4', film)}${text}`, undefined],
  ] as const) {
    const { desk } = newOffice()
    const read = mailReader(config, desk)
    const results = 'Authentication-Results: mx.office.example; dmarc=pass header.from=office.example'
    const head = `${results}\r\nFrom: anna@office.example\r\nTo: bob@office.example\r\nSubject: [sms] Lunch\r\n`
    const raw = Buffer.from(`${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n${content}--b--\r\n`)
    const explained = await decideRaw(partRead(raw, config.mail.size_max_mb), read, { config, desk })
    const fetched = { raw: raw.subarray(0, largeMailOctets), size: raw.length, truncated: true }
    await createMailIntake(desk, read, 'account').receive({
      ...{ folder: 'INBOX', uidValidity: '1', uid: 1 },
      ...fetched,
    })
    assert.deepEqual(whatHappened(desk), whatIsExplained(explained))
    assert.equal(explained.deliveries[0]?.text, shown)
    assert.equal(explained.reason, shown === undefined ? 'mail-too-large' : 'flagged')
  }
})

const anyText = fc.record({
  from: fc.constantFrom('Bob', 'Bob', 'Carol', 'Customer', 'BANK'),
  text: fc
    .tuple(
      fc.constantFrom(
        '',
        '',
        '[mail] ',
        '[sms] ',
        '[mail',
        '@carol ',
        '@anna',
        '[sms] @carol ',
        'carol*office.example ',
        '[mail carol@office.example 2h] ',
        '[mail eve@evil.example] ',
      ),
      fc.oneof(fc.constantFrom('hello', 'yes'), fc.string({ unit: 'grapheme', maxLength: 250 })),
    )
    .map((parts) => parts.join('')),
  flag: fc.constantFrom(undefined, undefined, undefined, 0 as const, 1 as const),
  minutes: fc.integer({ min: 0, max: 120 }),
  annaWrites: fc.boolean(),
})

test(`what explain says of an SMS is what becomes of it (seed ${seed})`, async () => {
  const seen = new Set<string>()
  for (const batch of fc.sample(fc.array(anyText, { minLength: 40, maxLength: 40 }), { numRuns: 10, seed })) {
    const { clock, desk } = newOffice()
    const read = mailReader(config, desk)
    const mails = createMailIntake(desk, read, 'account')
    const texts = createSmsIntake(desk, 14_400_000)
    let number = 0
    for (const { from, text, flag, minutes, annaWrites } of batch) {
      await clock.pass(minutes * 60_000)
      number++
      if (annaWrites) {
        const mail = {
          from: number % 2 === 0 ? 'anna@office.example' : 'ups@alarm.example',
          to: ['bob@office.example'],
        }
        const rest = {
          delivered: null,
          tag: '[sms] ',
          subject: `${number}`,
          body: `${number}`,
          html: false,
          dmarc: 'pass',
          extra: '',
        }
        const raw = rawMail({ ...mail, ...rest }, number)
        await mails.receive({
          folder: 'INBOX',
          uidValidity: '1',
          uid: number,
          size: raw.length,
          truncated: false,
          raw,
        })
      }
      const pdus = deliver(text, {
        from,
        at: noon + number * 1000,
        reference: number,
        ...(flag === undefined ? {} : { flag }),
      })
      const parts = pdus.map(({ pdu }) => decodePdu(pdu)).filter((tpdu) => tpdu.type === 'deliver')
      const sms = assemble(desk, parts, parts.length)
      assert.ok(sms !== null)
      const explained = decideSms(sms, worldOf(desk))
      for (const pdu of pdus) await texts.receive(pdu)
      assert.deepEqual(whatHappened(desk), whatIsExplained(explained), text)
      seen.add(`${explained.judgement}: ${explained.reason}`)
    }
  }
  const wanted = [
    'convert: flagged',
    'convert: policy',
    'hold: ambiguous',
    'pass: flag-0',
    'refuse: address-not-allowed',
  ]
  for (const one of wanted) assert.ok(seen.has(one), `the generated texts never lead to ${one}: ${[...seen]}`)
})
