// trust.method = "dkim": real signatures, made in the test with keys of its own, and every way to misuse one.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import nodemailer from 'nodemailer'
import type { Authentication } from '../../../src/domain/message.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'
import type { ResolveTxt } from '../../../src/mail/trust/dkim.ts'
import { annasMail, dns, dnsOf, rsaKey, type Signing, signed, signingKey } from './dkim-support.ts'

async function judged(raw: string | Buffer, resolveTxt: ResolveTxt = dns): Promise<Authentication> {
  const mail = await readMail(Buffer.from(raw), {
    ownInstance: 'box-1',
    authservId: null,
    trustMethod: 'dkim',
    recordedFields: defaultRecordedFields,
    truncated: false,
    resolveTxt,
  })
  return mail.authentication
}

async function assertProven(raw: string | Buffer, resolveTxt?: ResolveTxt): Promise<void> {
  const { proven, failed, evidence } = await judged(raw, resolveTxt)
  assert.deepEqual([proven, failed, evidence], [true, false, 'dkim=pass d=office.example s=sel'])
}

const unproven = (evidence: string): Authentication => ({
  proven: false,
  failed: false,
  vouched: [],
  evidence,
})

test('a valid signature of the From domain proves the sender', async () => {
  await assertProven(await signed(annasMail()))
  await assertProven(await signed(annasMail(), { canonicalization: 'simple/simple' }))
})

test('a signature made by another program proves the sender', async () => {
  const transport = nodemailer.createTransport({
    streamTransport: true,
    buffer: true,
    newline: 'windows',
    dkim: { domainName: 'office.example', keySelector: 'sel', privateKey: rsaKey.pem },
  })
  const { message } = await transport.sendMail({
    from: 'Anna <anna@office.example>',
    to: 'sms@box.example',
    subject: 'Grüße aus dem Büro',
    text: 'Der Schlüssel liegt bereit.\n\n  Anna  \n\n\n',
    html: '<p>Der Schlüssel liegt bereit.</p>',
    attachments: [{ filename: 'plan.bin', content: Buffer.alloc(200_000, 7) }],
  })
  assert.ok(Buffer.isBuffer(message))
  await assertProven(message)
})

test('an Ed25519 signature proves the sender', async () => {
  const key = signingKey('ed25519')
  const resolver = dnsOf({ 'sel._domainkey.office.example': key.record })
  await assertProven(await signed(annasMail(), { key }), resolver)
})

test('a mail in a file with bare line feeds and a mail of 3 MB are checked too', async () => {
  await assertProven((await signed(annasMail())).replaceAll('\r\n', '\n'))
  const long = annasMail('A line of text that goes on and on. \n'.repeat(80_000))
  await assertProven(await signed(long))
})

test('fields that servers add on the way do no harm', async () => {
  const mail = await signed(annasMail())
  const trace =
    'Return-Path: <anna@office.example>\r\nReceived: from a by b\r\nARC-Seal: i=1; cv=none\r\nDelivered-To: sms@box.example\r\n'
  await assertProven(trace + mail)
})

test('a parent domain signs for its subdomains, and no domain for another', async () => {
  const sub = annasMail().replace('anna@office.example', 'anna@mail.office.example')
  assert.equal((await judged(await signed(sub))).proven, true)
  const resolver = dnsOf({ 'sel._domainkey.sub.office.example': rsaKey.record })
  const below = await judged(await signed(annasMail(), { domain: 'sub.office.example' }), resolver)
  assert.deepEqual(below, unproven('the signature of sub.office.example is not of office.example'))
  const evil = dnsOf({ 'sel._domainkey.evil.example': rsaKey.record })
  for (const domain of ['evil.example', 'notoffice.example', 'example'])
    assert.equal((await judged(await signed(annasMail(), { domain }), evil)).proven, false, domain)
})

const gmail = ['from', 'to', 'cc', 'subject', 'date', 'message-id', 'reply-to']
const microsoft = ['from', 'date', 'subject', 'message-id', 'content-type', 'mime-version']
const vouchedBy = async (fields: readonly string[], change = (mail: string) => mail): Promise<string[]> => {
  const { proven, vouched } = await judged(change(await signed(annasMail(), { fields })))
  assert.equal(proven, true)
  assert.ok(vouched !== 'all')
  return [...vouched].sort()
}

test('a signature vouches for the fields that it covers and that the mail has, and for no other', async () => {
  assert.deepEqual(await vouchedBy(gmail), ['date', 'from', 'message-id', 'subject', 'to'])
  assert.deepEqual(await vouchedBy(microsoft), ['date', 'from', 'message-id', 'subject'])
  const other = (mail: string): string =>
    mail.replace('To: sms', 'Cc: x@y.example\r\nX-SMS-To: +4915199999999\r\nTo: eve')
  assert.deepEqual(await vouchedBy(microsoft, other), ['date', 'from', 'message-id', 'subject'])
})

test('a covered field that stands there twice is vouched for by nobody', async () => {
  const mail = annasMail('hi\n', 'X-SMS-To: +4917012345678\n')
  const [from, date, subject] = ['from', 'date', 'subject']
  const one = await signed(mail, { fields: [from, date, subject, 'x-sms-to'] })
  const once = await judged(one)
  assert.deepEqual([...once.vouched].sort(), ['date', 'from', 'subject', 'x-sms-to'])
  const two = await judged(`X-SMS-To: +4915199999999\r\n${one}`)
  assert.deepEqual([two.proven, [...two.vouched].sort()], [true, ['date', 'from', 'subject']])
})

test('a signature that does not fit proves nothing, and is no sign of forgery: the box’s own server may have changed the mail', async () => {
  const mail = await signed(annasMail())
  const { proven, failed } = await judged(mail.replace('open', 'shut'))
  assert.deepEqual([proven, failed], [false, false])
})

const changes: readonly (readonly [what: string, change: (mail: string) => string])[] = [
  ['another text', (mail) => mail.replace('open', 'shut')],
  ['a longer text', (mail) => `${mail}more\r\n`],
  ['another From name', (mail) => mail.replace('From: Anna', 'From: Boss')],
  ['another From address', (mail) => mail.replace('<anna@', '<boss@')],
  ['another Subject', (mail) => mail.replace('door', 'window')],
  ['another Date', (mail) => mail.replace('24 Nov', '25 Nov')],
  ['a second From on top', (mail) => `From: boss@office.example\r\n${mail}`],
  ['a second From below', (mail) => mail.replace('To: sms', 'From: boss@office.example\r\nTo: sms')],
  ['a second Subject on top', (mail) => `Subject: [sms +4917000000099] door\r\n${mail}`],
  ['a second Date on top', (mail) => `Date: Tue, 1 Dec 2026 16:00:00 +0000\r\n${mail}`],
  ['a second Content-Type', (mail) => `Content-Type: text/html\r\nContent-Type: text/plain\r\n${mail}`],
  ['a Date that is gone', (mail) => mail.replace(/Date: .*\r\n/, '')],
  ['a bare CR in the header', (mail) => `X-A: b\rFrom: boss@office.example\r\n${mail}`],
  ['a header that ends early', (mail) => `From: boss@office.example\r\n\r\nspend money\r\n${mail}`],
  ['an early end by a bare LF', (mail) => `From: boss@office.example\n\r\nspend money\r\n${mail}`],
  ['a signature with its tags twice', (mail) => mail.replace('; s=sel', '; s=sel; d=office.example')],
  ['a signature with a comment', (mail) => mail.replace('; s=sel', '; (x)s=sel')],
  ['a signature with a quote', (mail) => mail.replace('; s=sel', '; s="sel"')],
  ['a signature without a value', (mail) => mail.replace(/ b=[^;]*?\r\n(?=From)/s, ' b=\r\n')],
  ['a selector that is no name', (mail) => mail.replace('s=sel', 's=../etc')],
]
for (const [what, change] of changes)
  test(`${what} breaks the proof`, async () => {
    const mail = await signed(annasMail())
    await assertProven(mail)
    assert.notEqual(change(mail), mail)
    assert.equal((await judged(change(mail))).proven, false)
  })

test('no octet of a signed mail can be another one', async () => {
  const mail = Buffer.from(await signed(annasMail(), { canonicalization: 'simple/simple' }))
  const from = mail.indexOf('From:')
  // Without the last line end: empty lines at the end of a text count for nothing (RFC 6376 3.4.3).
  const place = fc.integer({ min: from, max: mail.length - 3 })
  await fc.assert(
    fc.asyncProperty(place, fc.integer({ min: 1, max: 255 }), async (at, bits) => {
      const other = Buffer.from(mail)
      other[at] = (mail[at] ?? 0) ^ bits
      assert.equal((await judged(other)).proven, false)
    }),
    { numRuns: 500 },
  )
})

const weak: readonly (readonly [what: string, signing: Signing, evidence: RegExp])[] = [
  ['does not cover From', { fields: ['date', 'subject'] }, /does not cover from/],
  ['does not cover Date', { fields: ['from', 'subject'] }, /does not cover date/],
  ['does not cover the Subject', { fields: ['from', 'date'] }, /does not cover subject/],
  ['covers no text (l=0)', { length: 0 }, /l=/],
  ['covers the beginning of the text (l=5)', { length: 5 }, /l=/],
  [
    'has expired',
    { signTime: new Date('2020-01-01T00:00:00Z'), expires: new Date('2020-01-02T00:00:00Z') },
    /expired/,
  ],
  ['uses SHA-1', { algorithm: 'rsa-sha1' }, /algorithm/],
]
for (const [what, signing, evidence] of weak)
  test(`a signature that ${what} proves nothing`, async () => {
    const { proven, ...told } = await judged(await signed(annasMail(), signing))
    assert.equal(proven, false)
    assert.match(told.evidence, evidence)
  })

test('a length longer than the text is refused and prints nothing', async (t) => {
  const printed = t.mock.method(console, 'log', () => undefined)
  assert.equal((await judged(await signed(annasMail(), { length: 99_999 }))).proven, false)
  assert.equal(printed.mock.callCount(), 0)
})

test('any good signature among several proves, and bad ones beside it do no harm', async () => {
  const evil = signingKey('rsa')
  const resolver = dnsOf({
    'sel._domainkey.office.example': rsaKey.record,
    'sel._domainkey.evil.example': evil.record,
  })
  let mail = await signed(annasMail())
  mail = await signed(mail, { domain: 'evil.example', key: evil })
  mail = await signed(mail, { selector: 'gone' })
  mail = await signed(mail, { key: evil })
  await assertProven(mail, resolver)
})

test('no key, no usable key and a weak key prove nothing', async () => {
  const mail = await signed(annasMail())
  const name = 'sel._domainkey.office.example'
  const evidence = async (record: string, raw = mail): Promise<string> => {
    const found = await judged(raw, dnsOf({ [name]: record }))
    assert.equal(found.proven, false, record)
    return found.evidence
  }
  assert.match((await judged(mail, dnsOf({}))).evidence, /no key/)
  await evidence('v=DKIM1; k=rsa; p=')
  await evidence('v=DKIM2; k=rsa; p=AAAA')
  await evidence('v=DKIM1; p=!!!')
  await evidence('x'.repeat(60_000))
  await evidence(signingKey('rsa').record)
  const weakKey = signingKey('rsa', 512)
  assert.match(await evidence(weakKey.record, await signed(annasMail(), { key: weakKey })), /too short/)
})

test('a DNS that fails or says nothing proves nothing, and the evidence says so in time', async () => {
  const mail = await signed(annasMail())
  const failing: ResolveTxt = async () => {
    throw Object.assign(new Error('queryTxt ESERVFAIL'), { code: 'ESERVFAIL' })
  }
  const failed = await judged(mail, failing)
  assert.equal(failed.proven, false)
  assert.match(failed.evidence, /temperror .*DNS failure: ESERVFAIL/)
  // Something must keep the process alive while nobody answers.
  const alive = setInterval(() => undefined, 1_000)
  const begun = performance.now()
  const silent = await judged(mail, () => new Promise(() => undefined))
  clearInterval(alive)
  assert.equal(silent.proven, false)
  assert.match(silent.evidence, /DNS failure: ETIMEOUT/)
  assert.ok(performance.now() - begun < 30_000)
})

test('few of many signatures are looked at, and few questions go to DNS', async () => {
  let mail = annasMail()
  const good = await signed(annasMail())
  const signature = good.slice(0, good.indexOf('From:'))
  mail = signature.replaceAll('s=sel', 's=gone').repeat(100) + mail
  let asked = 0
  const counting: ResolveTxt = async (name) => {
    asked++
    return dns(name)
  }
  assert.equal((await judged(mail, counting)).proven, false)
  assert.ok(asked > 0 && asked <= 5, `${asked} questions`)
})

test('no question goes to DNS for a mail that cannot be proven anyway', async () => {
  const asking: ResolveTxt = () => assert.fail('DNS was asked')
  await judged(annasMail(), asking)
  await judged(await signed(annasMail(), { domain: 'evil.example' }), asking)
  await judged((await signed(annasMail())).replace('open', 'shut'), asking)
  assert.deepEqual(await judged(annasMail(), asking), unproven('there is no DKIM signature'))
})

test('no question goes to DNS for a sender whom nobody allowed: a stranger’s slow DNS server holds up no mail', async () => {
  const raw = Buffer.from(await signed(annasMail()))
  const asking: ResolveTxt = () => assert.fail('DNS was asked')
  const options = { ownInstance: 'box-1', authservId: null, trustMethod: 'dkim' as const, truncated: false }
  const asked: string[] = []
  const isAllowed = (address: string): boolean => {
    asked.push(address)
    return false
  }
  const mail = await readMail(raw, { ...options, recordedFields: [], resolveTxt: asking, isAllowed })
  assert.equal(mail.authentication.proven, false)
  assert.deepEqual(asked, ['anna@office.example'])
})

test('a mail that was too large to be fetched whole is not proven, and says why', async () => {
  const raw = Buffer.from(await signed(annasMail()))
  const options = { ownInstance: 'box-1', authservId: null, trustMethod: 'dkim' as const, resolveTxt: dns }
  const mail = await readMail(raw, { ...options, recordedFields: [], truncated: true })
  assert.deepEqual(mail.authentication, unproven('the mail is too large to check its signature'))
})

test('hostile mails are judged in time', async () => {
  const good = await signed(annasMail())
  const signature = good.slice(0, good.indexOf('From:'))
  const folded = signature.replace('; s=sel', `;${'\r\n '.repeat(1_300)} s=sel`)
  const harmless = [
    `${'X-A: b\r\n'.repeat(1_900)}${good}`,
    signature.repeat(20) + annasMail(),
    `DKIM-Signature: ${'x'.repeat(60_000)}\r\n${good}`,
  ]
  const hostile = [
    signature.replace('h=', `h=${'from:'.repeat(190)}`) + annasMail(),
    signature.replace(' b=', `${';'.repeat(3_000)} b=`) + annasMail(),
    folded + annasMail(),
    `X-Junk:${'\r\n y'.repeat(90_000)}\r\n${good}`,
    good.replace('\r\n\r\n', `\r\n\r\n${' \r\n'.repeat(100_000)}`),
    good.replace('\r\n\r\n', `\r\n\r\n${`${' \r\n'.repeat(10_000)}x`.repeat(30)}`),
    good.replace('\r\n\r\n', `\r\n\r\n${'x'.repeat(5_000_000)}`),
    signature + annasMail('hi', `Content-Type: multipart/mixed; x="${'\\"'.repeat(30_000)}\n`),
    signature + annasMail('hi', `Content-Type: multipart/mixed; ${';a*0=b'.repeat(600)}\n`),
    signature,
    signature.trimEnd(),
  ]
  for (const mail of [...harmless, ...hostile]) {
    const begun = performance.now()
    assert.equal((await judged(mail)).proven, harmless.includes(mail))
    const took = performance.now() - begun
    assert.ok(took < 20_000, `${JSON.stringify(mail.slice(0, 60))} took ${took} ms`)
  }
})
