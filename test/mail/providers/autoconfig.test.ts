// Reading Mail Autoconfig files: what is taken, what is passed over, and files that were made to do harm.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownAutoconfigUrls, parseAutoconfig } from '../../../src/mail/providers/autoconfig.ts'
import { configFile, type ServerFacts } from './config-file.ts'

const address = 'box@office.test'

test('the servers are those of the file, with the placeholders filled in', () => {
  const xml = configFile({
    incoming: [{ hostname: 'imap.%EMAILDOMAIN%', username: '%EMAILLOCALPART%' }],
    outgoing: [{ hostname: 'Smtp.Office.test', port: '587', socketType: 'STARTTLS' }],
  })
  assert.deepEqual(parseAutoconfig(xml, address), {
    imap: { host: 'imap.office.test', port: 993, security: 'tls', user: 'box', signIn: ['password'] },
    smtp: { host: 'smtp.office.test', port: 587, security: 'starttls', user: address, signIn: ['password'] },
  })
})

test('a domain beyond ASCII is found as the DNS has it, and signs in as it is written; an address is no pattern', () => {
  const xml = configFile({ incoming: [{ hostname: 'imap.%EMAILDOMAIN%' }], outgoing: [{}] })
  const { host, user } = parseAutoconfig(xml, 'box$&$1@büro.test').imap
  assert.deepEqual([host, user], ['imap.xn--bro-hoa.test', 'box$&$1@büro.test'])
})

test('the first server with TLS is taken; POP, clear text and what cannot be a server are passed over', () => {
  const passedOver: readonly ServerFacts[] = [
    { type: 'pop3', port: '995' },
    { socketType: 'plain', port: '143' },
    { hostname: '' },
    { hostname: 'two words' },
    { hostname: '192.0.2.1' },
    { hostname: '-x.test' },
    { port: '0' },
    { port: '70000' },
    { port: 'imap' },
    { socketType: '' },
    { username: 'a"b' },
  ]
  const xml = configFile({ incoming: [...passedOver, { hostname: 'right.test', authentication: 'OAuth2' }] })
  assert.deepEqual(parseAutoconfig(xml, address).imap, {
    ...{ host: 'right.test', port: 993, security: 'tls', user: address, signIn: ['oauth2'] },
  })
  for (const facts of passedOver)
    assert.throws(
      () => parseAutoconfig(configFile({ incoming: [facts] }), address),
      /no IMAP server with TLS/,
    )
  assert.throws(() => parseAutoconfig(configFile({ outgoing: [] }), address), /no submission server with TLS/)
})

test('entities of the file itself, inner, outer or nested, are never expanded', () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">${'bcdefghij'
    .split('')
    .map((name, index) => `<!ENTITY ${name} "${`&${'abcdefghi'[index]};`.repeat(10)}">`)
    .join('')}]><clientConfig>&j;</clientConfig>`
  const outer = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><clientConfig>&a;</clientConfig>'
  for (const xml of [bomb, outer]) {
    const started = performance.now()
    assert.throws(() => parseAutoconfig(xml, address), /not well-formed XML/)
    assert.ok(performance.now() - started < 5_000)
  }
})

test('what is no such file is refused with the reason, however large or deep', () => {
  for (const [xml, wrong] of [
    ['', /not well-formed/],
    ['<html><body>Not found</body></html>', /no Mail Autoconfig file/],
    ['<clientConfig><emailProvider>', /not well-formed/],
    ['\u0000\u0001\u0002', /not well-formed/],
    ['x'.repeat(131_072), /not well-formed/],
    ['<clientConfig/>', /no IMAP server/],
    ['<a>'.repeat(40_000), /too many elements/],
    [`${'<a>'.repeat(1_900)}${'</a>'.repeat(1_900)}`, /no Mail Autoconfig file/],
  ] as const)
    assert.throws(() => parseAutoconfig(xml, address), wrong, xml.slice(0, 40))
})

test('the domain is asked at the two places of the draft; only the first learns the address, encoded', () => {
  assert.deepEqual(ownAutoconfigUrls('a&b+c@office.test', 'office.test'), [
    'https://autoconfig.office.test/mail/config-v1.1.xml?emailaddress=a%26b%2Bc%40office.test',
    'https://office.test/.well-known/autoconfig/mail/config-v1.1.xml',
  ])
})
