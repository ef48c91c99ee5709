// The order of the search, what each step takes and refuses, and that no failure ends it. The DNS is a real responder on loopback where
// its answers matter; pages come from a table.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../src/daemon/system-clock.ts'
import { type Discovery, discoverServers } from '../../../src/mail/providers/discover-servers.ts'
import { createLookups } from '../../../src/mail/providers/lookups.ts'
import type { ServerPlace } from '../../../src/mail/providers/srv-servers.ts'
import { type DnsAnswer, startDnsResponder } from '../../support/dns-responder.ts'
import { configFile } from './config-file.ts'

interface Network {
  readonly zone?: Readonly<Record<string, DnsAnswer>>
  /** By address; others are answered with 404. */
  readonly pages?: Readonly<Record<string, string>>
  /** "host:port" of mail servers that answer. */
  readonly answering?: readonly string[]
}

interface Searched extends Discovery {
  readonly asked: readonly string[]
  readonly opened: readonly string[]
}

async function search(t: TestContext, address: string, network: Network = {}): Promise<Searched> {
  const dns = await startDnsResponder(network.zone ?? {})
  t.after(() => dns.stop())
  const { mx, srv } = createLookups({ clock: systemClock, dnsServers: [dns.server] })
  const opened: string[] = []
  const page = async (url: string): Promise<string> => {
    opened.push(url)
    const text = network.pages?.[url]
    if (text === undefined) throw new Error('HTTP 404')
    return text
  }
  const probe = async (kind: string, { host, port }: ServerPlace): Promise<void> => {
    if (!(network.answering ?? []).includes(`${host}:${port}`))
      throw new Error(`${kind}: nobody listens there`)
  }
  const discovery = await discoverServers(address, { lookups: { mx, srv, page }, probe })
  return { ...discovery, asked: dns.asked, opened }
}

const srvOf = (target: string, port: number, priority = 0, weight = 0) => ({ priority, weight, port, target })

/** What the domain publishes in its service records. */
const published: Readonly<Record<string, DnsAnswer>> = {
  '_imaps._tcp.office.test': { srv: [srvOf('imap.office.test', 993)] },
  '_submissions._tcp.office.test': { srv: [srvOf('smtp.office.test', 465)] },
}

const autoconfigUrl = 'https://autoconfig.office.test/mail/config-v1.1.xml?emailaddress=box%40office.test'
const wellKnownUrl = 'https://office.test/.well-known/autoconfig/mail/config-v1.1.xml'
const directory = 'https://autoconfig.thunderbird.net/v1.1/'

test('a known domain asks nobody', async (t) => {
  const { found, asked, opened, attempts } = await search(t, 'box@icloud.com')
  assert.deepEqual([asked, opened], [[], []])
  assert.deepEqual(attempts, [{ step: 'domain', asked: 'icloud.com', outcome: 'iCloud' }])
  assert.equal(found?.confidence, 'known')
  assert.deepEqual(found?.imap, {
    ...{ host: 'imap.mail.me.com', port: 993, security: 'tls', users: ['box'] },
  })
  assert.deepEqual(found?.smtp, {
    ...{ host: 'smtp.mail.me.com', port: 587, security: 'starttls', users: ['box@icloud.com'] },
  })
})

test('the mail exchanger of a domain leads to its provider, the preferred one alone', async (t) => {
  const mx = (...exchanges: string[]) => ({
    mx: exchanges.map((exchange, index) => ({ priority: index + 1, exchange })),
  })
  const at = async (...exchanges: string[]) =>
    (await search(t, 'box@office.test', { zone: { 'office.test': mx(...exchanges) } })).found
  assert.equal((await at('aspmx.l.google.com', 'mx.elsewhere.test'))?.provider?.name, 'Google Workspace')
  const microsoft = await at('office-test.mail.protection.outlook.com')
  assert.deepEqual(
    [microsoft?.provider?.name, microsoft?.signIn, microsoft?.step],
    ['Microsoft 365', ['oauth2'], 'exchanger'],
  )
  assert.equal(await at('mx.elsewhere.test', 'aspmx.l.google.com'), null)
})

test('service records are taken: TLS before STARTTLS, lowest priority, then highest weight', async (t) => {
  const { found, asked } = await search(t, 'box@office.test', {
    zone: {
      '_imap._tcp.office.test': { srv: [srvOf('plain.office.test', 143)] },
      '_imaps._tcp.office.test': {
        srv: [
          srvOf('third.office.test', 993, 20, 100),
          srvOf('second.office.test', 993, 10, 5),
          srvOf('First.office.test', 9930, 10, 50),
        ],
      },
      '_submission._tcp.office.test': { srv: [srvOf('smtp.office.test', 587)] },
      '_submissions._tcp.office.test': { srv: [srvOf('.', 0)] },
    },
  })
  assert.deepEqual([found?.step, found?.confidence], ['srv', 'published'])
  // RFC 6186 4: the whole address first.
  const users = ['box@office.test', 'box']
  assert.deepEqual(found?.imap, { host: 'first.office.test', port: 9930, security: 'tls', users })
  assert.deepEqual(found?.smtp, { host: 'smtp.office.test', port: 587, security: 'starttls', users })
  assert.deepEqual([...asked].sort(), [
    'MX office.test',
    'SRV _imap._tcp.office.test',
    'SRV _imaps._tcp.office.test',
    'SRV _submission._tcp.office.test',
    'SRV _submissions._tcp.office.test',
  ])
})

test('a server outside of the domain is unconfirmed, also one whose name only ends like it', async (t) => {
  for (const target of ['imap.elsewhere.test', 'imap.badoffice.test', 'office.test.evil.example']) {
    const zone = { ...published, '_imaps._tcp.office.test': { srv: [srvOf(target, 993)] } }
    const { found } = await search(t, 'box@office.test', { zone })
    assert.deepEqual([found?.imap.host, found?.confidence], [target, 'unconfirmed'])
  }
})

test('a service with the target "." is not offered, and one of two services is not enough', async (t) => {
  const notOffered = { srv: [srvOf('.', 0)] }
  for (const zone of [
    { ...published, '_imaps._tcp.office.test': notOffered },
    { '_imaps._tcp.office.test': published['_imaps._tcp.office.test'] ?? 'silent' },
    { ...published, '_imaps._tcp.office.test': { srv: [srvOf('192.0.2.1', 993)] } },
    { ...published, '_imaps._tcp.office.test': { srv: [srvOf('imap.office.test', 0)] } },
  ] as const)
    assert.equal((await search(t, 'box@office.test', { zone })).found, null)
  const { attempts } = await search(t, 'box@office.test', { zone: { '_imaps._tcp.office.test': notOffered } })
  assert.ok(
    attempts.some(
      ({ asked, outcome }) => asked === '_imaps._tcp.office.test' && /does not offer it/.test(outcome),
    ),
  )
})

test('a file at the domain comes next, then at its well-known place, then in the directory, by domain and by exchanger', async (t) => {
  const zone = { 'office.test': { mx: [{ priority: 1, exchange: 'mx1.mail.hoster.test' }] } }
  const order = [
    autoconfigUrl,
    wellKnownUrl,
    `${directory}office.test`,
    `${directory}mail.hoster.test`,
    `${directory}hoster.test`,
  ]
  for (const [index, url] of order.entries()) {
    const { found, opened } = await search(t, 'box@office.test', { zone, pages: { [url]: configFile() } })
    assert.deepEqual(opened, order.slice(0, index + 1))
    assert.equal(found?.step, index < 2 ? 'autoconfig' : 'directory')
    assert.deepEqual(
      [found?.imap.host, found?.imap.users, found?.confidence],
      ['imap.office.test', ['box@office.test'], 'published'],
    )
  }
})

test('a file that cannot be used leads to the next one, with the reason', async (t) => {
  const pages = { [autoconfigUrl]: '<html>hello</html>', [wellKnownUrl]: configFile() }
  const { found, attempts } = await search(t, 'box@office.test', { pages })
  assert.equal(found?.step, 'autoconfig')
  assert.deepEqual(
    attempts.filter(({ step }) => step === 'autoconfig').map(({ outcome }) => outcome),
    ['the answer is no Mail Autoconfig file', 'imap.office.test, smtp.office.test'],
  )
})

test('the usual names come last, and count only where a server answers', async (t) => {
  const answering = ['mail.office.test:993', 'smtp.office.test:587']
  const { found, opened } = await search(t, 'box@office.test', { answering })
  assert.equal(opened.length, 3)
  assert.deepEqual([found?.step, found?.confidence], ['guess', 'guessed'])
  assert.deepEqual([found?.imap.host, found?.smtp.host], ['mail.office.test', 'smtp.office.test'])
  assert.equal(found?.smtp.security, 'starttls')
  assert.equal((await search(t, 'box@office.test', { answering: ['imap.office.test:993'] })).found, null)
})

test('a DNS that fails, is silent or talks nonsense does not end the search, and each attempt says why', async (t) => {
  const zone: Readonly<Record<string, DnsAnswer>> = {
    'office.test': 'servfail',
    '_imaps._tcp.office.test': 'silent',
    '_submissions._tcp.office.test': 'garbage',
  }
  const { found, attempts } = await search(t, 'box@office.test', {
    zone,
    pages: { [autoconfigUrl]: configFile() },
  })
  assert.equal(found?.step, 'autoconfig')
  const outcome = (name: string) => attempts.find(({ asked }) => asked === name)?.outcome ?? ''
  assert.match(outcome('MX of office.test'), /SERVFAIL/)
  assert.match(outcome('_imaps._tcp.office.test'), /does not answer|no answer within/)
  assert.match(outcome('_submissions._tcp.office.test'), /does not answer|no answer within|cannot be read/)
  assert.equal(outcome('_imap._tcp.office.test'), 'no record')
})

test('nothing found is told with every attempt in order', async (t) => {
  const { found, attempts } = await search(t, 'box@office.test')
  assert.equal(found, null)
  assert.deepEqual(
    attempts.map(({ step, asked }) => `${step} ${asked}`),
    [
      'domain office.test',
      'exchanger MX of office.test',
      ...['_imaps', '_imap', '_submissions', '_submission'].map((name) => `srv ${name}._tcp.office.test`),
      `autoconfig ${autoconfigUrl}`,
      `autoconfig ${wellKnownUrl}`,
      `directory ${directory}office.test`,
      ...['imap.office.test:993', 'mail.office.test:993'].map((place) => `guess ${place}`),
      ...['smtp.office.test:465', 'mail.office.test:465', 'smtp.office.test:587', 'mail.office.test:587'].map(
        (place) => `guess ${place}`,
      ),
    ],
  )
  assert.ok(attempts.every(({ outcome }) => outcome !== ''))
})

test('a domain with letters beyond ASCII is asked for by its A-labels', async (t) => {
  const { asked, opened } = await search(t, 'box@büro.test')
  assert.ok(asked.includes('MX xn--bro-hoa.test'))
  assert.ok(opened.includes('https://xn--bro-hoa.test/.well-known/autoconfig/mail/config-v1.1.xml'))
})
