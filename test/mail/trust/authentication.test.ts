// Authentication-Results (RFC 8601): honest forms of the field and forgeries.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeaderField } from '../../../src/mail/header/mail-headers.ts'
import { type AuthenticationPolicy, authenticate } from '../../../src/mail/trust/authentication.ts'

const policy = { authservId: 'mx.office.example', trustMethod: 'authentication-results' as const }
const results = (value: string): HeaderField => ({ name: 'authentication-results', value })
const field = (name: string, value = 'x'): HeaderField => ({ name, value })
const ours = 'mx.office.example'
/** What the signatures cover where a test does not say it. */
const usual = ['from', 'date', 'subject', 'to', 'message-id']
const judged = (fields: readonly HeaderField[], domain: string | null, by: AuthenticationPolicy = policy) =>
  authenticate({ fields, from: domain === null ? null : `Anna@${domain}`, signed: usual }, by)

const honest: readonly (readonly [behaviour: string, value: string])[] = [
  ['dmarc=pass with header.from', `${ours}; dmarc=pass header.from=office.example`],
  ['dmarc=pass without header.from', `${ours}; dmarc=pass`],
  ['upper case and a version', `MX.Office.EXAMPLE 1; DMARC=PASS header.from=OFFICE.example`],
  ['a quoted authserv-id', `"${ours}"; dmarc=pass`],
  [
    'the form of Gmail',
    `${ours}; dkim=pass header.i=@office.example header.s=s header.b=a/b+c=; spf=pass (office.example: domain of a@office.example designates 1.2.3.4) smtp.mailfrom=a@office.example; dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=office.example`,
  ],
  [
    'the form of Exchange',
    `${ours}; spf=pass (sender IP is 1.2.3.4) smtp.mailfrom=office.example; dkim=pass (signature was verified) header.d=office.example;dmarc=pass action=none header.from=office.example;compauth=pass reason=100`,
  ],
  ['an aligned dkim=pass alone', `${ours}; dkim=pass header.d=office.example`],
  [
    'a signature of the parent domain',
    `${ours}; dkim=pass (1024-bit key; unprotected) header.d=office.example; dmarc=none`,
  ],
  ['dkim=pass by header.i', `${ours}; dkim=pass header.i=anna@office.example`],
  [
    'the second of two signatures',
    `${ours}; dkim=fail header.d=office.example; dkim=pass header.d=office.example`,
  ],
  ['a reason in quotes', `${ours}; dmarc=pass reason="policy; p=none" header.from=office.example`],
  [
    'a comment with brackets and escapes',
    `${ours} (a (b) \\) c); dmarc = pass (x) header.from = office.example`,
  ],
]
for (const [behaviour, value] of honest)
  test(`a sender is proven by ${behaviour}`, () => {
    const { proven, evidence } = judged([results(value)], 'office.example')
    assert.equal(proven, true, evidence)
  })

const forged: readonly (readonly [behaviour: string, value: string])[] = [
  ['another authserv-id', 'mx.evil.example; dmarc=pass header.from=office.example'],
  ['an authserv-id that only begins like ours', `${ours}.evil.example; dmarc=pass`],
  ['an authserv-id that only ends like ours', `evil.${ours}; dmarc=pass`],
  ['no authserv-id', 'dmarc=pass header.from=office.example'],
  ['an empty field', ''],
  ['our name in a comment', `evil.example (${ours}); dmarc=pass`],
  ['two words as authserv-id', `${ours} evil.example; dmarc=pass`],
  ['pass in a comment', `${ours}; dmarc=fail (dmarc=pass header.from=office.example)`],
  ['a comment that hides the result', `${ours}; dmarc=(pass)fail`],
  ['a semicolon in a comment', `${ours}; spf=pass (x; dmarc=pass header.from=office.example)`],
  ['pass in a reason', `${ours}; dmarc=fail reason="; dmarc=pass"`],
  [
    'a quoted sender with a result in it',
    `${ours}; spf=pass smtp.mailfrom="a; dmarc=pass header.from=office.example"@evil.example`,
  ],
  ['an escaped quote before a result', `${ours}; spf=pass smtp.mailfrom="a\\"; dmarc=pass ;"@evil.example`],
  ['a comment that never closes', `${ours}; dmarc=pass (header.from=office.example`],
  ['a quote that never closes', `${ours}; dmarc=pass reason="x`],
  ['dmarc for another domain', `${ours}; dmarc=pass header.from=evil.example`],
  ['dmarc for two domains', `${ours}; dmarc=pass header.from=office.example header.from=evil.example`],
  ['dmarc for a subdomain', `${ours}; dmarc=pass header.from=sub.office.example`],
  ['dmarc=bestguesspass', `${ours}; dmarc=bestguesspass header.from=office.example`],
  ['dmarc=none', `${ours}; dmarc=none header.from=office.example`],
  [
    'dmarc=fail beside an aligned signature',
    `${ours}; dkim=pass header.d=office.example; dmarc=fail header.from=office.example`,
  ],
  [
    'dmarc=pass beside dmarc=fail',
    `${ours}; dmarc=pass header.from=office.example; dmarc=fail header.from=office.example`,
  ],
  ['a signature of a stranger', `${ours}; dkim=pass header.d=evil.example`],
  ['a signature of a domain that ends alike', `${ours}; dkim=pass header.d=ice.example`],
  ['a signature of a domain that begins alike', `${ours}; dkim=pass header.d=office.example.evil.example`],
  ['a signature of a child domain', `${ours}; dkim=pass header.d=evil.office.example`],
  ['a signature of a top level domain', `${ours}; dkim=pass header.d=example`],
  ['a signature of an empty domain', `${ours}; dkim=pass header.d=""`],
  ['a signature of a dot', `${ours}; dkim=pass header.d=.example`],
  ['two signing domains in one result', `${ours}; dkim=pass header.d=office.example header.d=evil.example`],
  ['dkim=pass without a domain', `${ours}; dkim=pass`],
  ['a failed signature', `${ours}; dkim=fail header.d=office.example`],
  ['spf=pass alone', `${ours}; spf=pass smtp.mailfrom=a@office.example`],
  ['arc=pass alone', `${ours}; arc=pass header.d=office.example`],
  ['a method whose name ends in dmarc', `${ours}; x-dmarc=pass header.from=office.example`],
  ['none', `${ours}; none`],
  ['a result without a method', `${ours}; =pass`],
  ['text glued to the result', `${ours}; dmarc=passed`],
]
for (const [behaviour, value] of forged)
  test(`a sender is not proven by ${behaviour}`, () => {
    assert.equal(judged([results(value)], 'office.example').proven, false)
  })

test('a parent domain may sign for its subdomain', () => {
  const fields = [results(`${ours}; dkim=pass header.d=office.example`)]
  assert.equal(judged(fields, 'news.office.example').proven, true)
})

test('only the topmost field of our server proves, and one that fails contradicts it wherever it stands', () => {
  const fail = results(`${ours}; dmarc=fail header.from=office.example`)
  const none = results(`${ours}; spf=fail; dmarc=none`)
  const pass = results(`${ours}; dmarc=pass header.from=office.example`)
  const proven = (...fields: HeaderField[]) => judged([field('received'), ...fields], 'office.example').proven
  assert.equal(proven(fail, field('received'), pass), false)
  assert.equal(proven(none, field('received'), pass), false)
  assert.equal(proven(pass, field('received'), none), true)
  assert.equal(proven(pass, field('received'), fail), false)
  // A server that writes its field at the end of the header, below a forged one.
  assert.equal(proven(pass, field('from'), field('subject'), fail), false)
  assert.equal(proven(pass, field('from'), results('mx.evil.example; dmarc=fail')), true)
})

test('a field below the topmost trace block counts for nothing', () => {
  const pass = results(`${ours}; dmarc=pass header.from=office.example`)
  for (const name of ['from', 'subject', 'dkim-signature', 'mime-version', 'list-id'])
    assert.equal(judged([field('received'), field(name), pass], 'office.example').proven, false, name)
  const trace = ['delivered-to', 'x-received', 'arc-seal', 'return-path', 'received', 'received-spf']
  assert.equal(judged([...trace.map((name) => field(name)), pass], 'office.example').proven, true)
})

test("Exim's Delivery-date above our field does not end the trace block", () => {
  const fields = [field('return-path'), field('delivered-to'), field('envelope-to'), field('delivery-date')]
  const { proven, evidence } = judged([...fields, results(`${ours}; dmarc=pass`)], 'office.example')
  assert.equal(proven, true, evidence)
})

test('a field of another server above ours is passed over', () => {
  const other = results('relay.example; dmarc=fail')
  const pass = results(`${ours}; dmarc=pass header.from=office.example`)
  assert.equal(judged([other, pass], 'office.example').proven, true)
})

test('nothing is proven without one author or without a configured authserv-id', () => {
  const pass = [results(`${ours}; dmarc=pass`)]
  assert.equal(judged(pass, null).proven, false)
  assert.equal(judged(pass, 'office.example', { ...policy, authservId: null }).proven, false)
  assert.equal(judged(pass, 'office.example', { ...policy, authservId: ' ' }).proven, false)
  assert.equal(judged(pass, null, { ...policy, trustMethod: 'from' }).proven, false)
})

test('trust.method = "from" proves every single author and says so', () => {
  const found = judged([], 'office.example', { authservId: null, trustMethod: 'from' })
  assert.deepEqual(found, {
    ...{ proven: true, failed: false, vouched: 'all' },
    evidence: 'trust.method = "from"',
  })
})

test('long hostile fields are judged in time', () => {
  const hostile = [
    '('.repeat(16_000),
    '"\\'.repeat(8_000),
    'a=b '.repeat(4_000),
    `${ours}${'; dmarc=pass x=y'.repeat(1_000)}`,
    `${ours};${' '.repeat(16_000)}=`,
  ]
  const begun = performance.now()
  for (const value of hostile) judged([results(value)], 'office.example')
  assert.ok(performance.now() - begun < 20_000, 'an expression backtracks')
})

const vouched: readonly (readonly [what: string, value: string, signed: string[] | null, by: unknown])[] = [
  ['no signature of the author’s domain: its own server brought the mail', 'dmarc=pass', null, 'all'],
  [
    'SPF for the very address of the author',
    'spf=pass smtp.mailfrom=anna@OFFICE.example; dmarc=pass',
    usual,
    'all',
  ],
  ['a login of the author', 'auth=pass (LOGIN) smtp.auth=anna@office.example; dmarc=pass', usual, 'all'],
  ['signatures alone', 'dmarc=pass', usual, usual],
  ['SPF for the domain', 'spf=pass smtp.mailfrom=office.example; dmarc=pass', usual, usual],
  ['SPF for a colleague', 'spf=pass smtp.mailfrom=bob@office.example; dmarc=pass', usual, usual],
  [
    'SPF for two addresses',
    'spf=pass smtp.mailfrom=anna@office.example smtp.mailfrom=x@y.example; dmarc=pass',
    usual,
    usual,
  ],
  ['SPF that failed', 'spf=fail smtp.mailfrom=anna@office.example; dmarc=pass', usual, usual],
  ['SPF for nobody', 'spf=pass; dmarc=pass', usual, usual],
]
for (const [what, value, signed, by] of vouched)
  test(`what is vouched for by ${what}`, () => {
    const mail = {
      fields: [results(`${ours}; ${value} header.from=office.example`)],
      from: 'anna@office.example',
    }
    const found = authenticate({ ...mail, signed }, policy)
    assert.deepEqual([found.proven, found.vouched], [true, by])
  })

test('a proof by signatures needs From, Date and the Subject in all of them, as our own check does', () => {
  const fields = [results(`${ours}; dmarc=pass`), field('subject')]
  const found = (signed: string[]) => authenticate({ fields, from: 'anna@office.example', signed }, policy)
  assert.equal(found(['from', 'date', 'subject']).proven, true)
  assert.deepEqual(found(['from', 'subject', 'to']), {
    ...{ proven: false, failed: false, vouched: [] },
    evidence: 'dmarc=pass, but no signature vouches for date',
  })
  assert.equal(found(['from', 'date']).proven, false)
  assert.equal(found([]).proven, false)
})

test('a signature that our server saw and the mail has no longer vouches for nothing', () => {
  for (const domain of ['office.example', 'mail.office.example']) {
    const fields = [results(`${ours}; dkim=pass header.d=${domain}; dmarc=pass header.from=office.example`)]
    const found = authenticate({ fields, from: 'anna@office.example', signed: null }, policy)
    assert.equal(found.proven, false)
  }
})

test('dmarc=fail is a failed proof; a missing one is none', () => {
  const failed = (value: string) => judged([results(`${ours}; ${value}`)], 'office.example').failed
  assert.equal(failed('dmarc=fail header.from=office.example'), true)
  assert.equal(failed('dmarc=pass; dmarc=fail'), true)
  assert.equal(failed('dmarc=none'), false)
  assert.equal(failed('spf=fail; dkim=fail header.d=office.example'), false)
  assert.equal(judged([results('mx.evil.example; dmarc=fail')], 'office.example').failed, false)
})
