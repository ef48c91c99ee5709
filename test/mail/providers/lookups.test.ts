// What discovery asks of the network, against a real DNS responder and a real HTTPS server on loopback.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Server as NetServer } from 'node:net'
import { after, before, test } from 'node:test'
import { systemClock } from '../../../src/daemon/system-clock.ts'
import { createLookups, type Lookups } from '../../../src/mail/providers/lookups.ts'
import { type Certificate, makeCertificate } from '../../support/certificate.ts'
import { type DnsResponder, startDnsResponder } from '../../support/dns-responder.ts'

/** A twentieth of every limit: the answers of loopback are still far quicker. */
const hurried = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal),
}

const chunk = Buffer.alloc(65_536, 'x')

let certificate: Certificate
let dns: DnsResponder
let https: Server
let http: NetServer
let lookups: Lookups
let at: (path: string) => string
const seen = { endlessOctets: 0, endlessClosed: false, httpAsked: 0 }

const pages: Readonly<Record<string, (answer: ServerResponse) => void>> = {
  '/page': (answer) => answer.end('<ok/>'),
  '/moved': (answer) => answer.writeHead(302, { location: '/page' }).end(),
  '/loop': (answer) => answer.writeHead(302, { location: '/loop' }).end(),
  '/nowhere': (answer) => answer.writeHead(302, { location: 'https://[' }).end(),
  '/plain': (answer) =>
    answer.writeHead(301, { location: `http://localhost:${(http.address() as AddressInfo).port}/` }).end(),
  '/silent': () => undefined,
  '/slow': (answer) => void answer.write('<'),
  '/endless': (answer) => {
    const more = (): void => {
      while (!answer.destroyed && answer.write(chunk)) seen.endlessOctets += chunk.length
      seen.endlessOctets += chunk.length
    }
    answer.on('drain', more).on('close', () => {
      seen.endlessClosed = true
    })
    more()
  },
}

before(async () => {
  certificate = await makeCertificate()
  dns = await startDnsResponder({
    'office.test': {
      mx: [
        { priority: 20, exchange: 'backup.office.test' },
        { priority: 10, exchange: 'mx.office.test' },
      ],
    },
    '_imaps._tcp.office.test': { srv: [{ priority: 0, weight: 1, port: 993, target: 'imap.office.test' }] },
    'empty.test': { mx: [] },
    'broken.test': 'servfail',
    'silent.test': 'silent',
    'garbage.test': 'garbage',
  })
  https = createServer({ key: certificate.key, cert: certificate.certificate }, (question, answer) => {
    const page = pages[question.url ?? '']
    if (page === undefined) answer.writeHead(404).end()
    else page(answer)
  })
  http = createHttpServer((_, answer) => {
    seen.httpAsked++
    answer.end('<ok/>')
  })
  for (const server of [https, http]) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  at = (path) => `https://localhost:${(https.address() as AddressInfo).port}${path}`
  lookups = createLookups({ clock: systemClock, dnsServers: [dns.server], ca: certificate.certificate })
})

after(async () => {
  https.closeAllConnections()
  https.close()
  http.close()
  await dns.stop()
})

test('mail exchangers come in the order of their preference, service records as they are', async () => {
  assert.deepEqual(await lookups.mx('office.test'), [
    { priority: 10, exchange: 'mx.office.test' },
    { priority: 20, exchange: 'backup.office.test' },
  ])
  assert.deepEqual(await lookups.srv('_imaps._tcp.office.test'), [
    { priority: 0, weight: 1, port: 993, name: 'imap.office.test' },
  ])
})

test('a name that does not exist, or has no such record, has none; that is no failure', async () => {
  assert.deepEqual(await lookups.mx('nobody.test'), [])
  assert.deepEqual(await lookups.mx('empty.test'), [])
  assert.deepEqual(await lookups.srv('office.test'), [])
})

test('a DNS server that fails, is silent or sends garbage ends in words and in time', async () => {
  await assert.rejects(lookups.mx('broken.test'), /the DNS server failed \(SERVFAIL\)/)
  const started = performance.now()
  await assert.rejects(lookups.mx('silent.test'), /the DNS server does not answer|no answer within 5 s/)
  await assert.rejects(lookups.srv('garbage.test'), /does not answer|no answer within 5 s|cannot be read/)
  assert.ok(performance.now() - started < 20_000)
  const nobody = createLookups({ clock: systemClock, dnsServers: ['127.0.0.1:9'] })
  await assert.rejects(nobody.mx('office.test'), /there is no DNS server|does not answer|no answer within/)
})

test('a page is read, also after a redirect; any other answer is an error', async () => {
  assert.equal(await lookups.page(at('/page')), '<ok/>')
  assert.equal(await lookups.page(at('/moved')), '<ok/>')
  await assert.rejects(lookups.page(at('/missing')), /HTTP 404/)
  await assert.rejects(lookups.page(at('/loop')), /more than 3 redirects/)
  await assert.rejects(lookups.page(at('/nowhere')), /cannot be read/)
})

test('a redirect to http is refused before anything is asked there', async () => {
  await assert.rejects(lookups.page(at('/plain')), /redirects to http:\/\/, and only https:\/\/ is taken/)
  await assert.rejects(lookups.page('http://localhost/'), /only https/)
  assert.equal(seen.httpAsked, 0)
})

test('an answer without end is cut at its limit, and the connection with it', async () => {
  await assert.rejects(lookups.page(at('/endless')), /larger than 128 KiB/)
  while (!seen.endlessClosed) await systemClock.sleep(10)
  assert.ok(seen.endlessOctets < 32 * 1_048_576, `${seen.endlessOctets} octets were sent`)
})

test('a server that says nothing, or not all, is left after the limit', async () => {
  const impatient = createLookups({ clock: hurried, ca: certificate.certificate })
  await assert.rejects(impatient.page(at('/silent')), /no answer within 8 s/)
  await assert.rejects(impatient.page(at('/slow')), /no answer within 8 s/)
})

test('a certificate that nobody vouches for, or for another name, is refused', async () => {
  const strict = createLookups({ clock: systemClock })
  await assert.rejects(strict.page(at('/page')), { code: /SELF_SIGNED|UNABLE_TO_VERIFY/ })
  // The certificate is for localhost and 127.0.0.1.
  const second = createServer({ key: certificate.key, cert: certificate.certificate })
  second.listen(0, '127.0.0.2')
  await once(second, 'listening')
  const { port } = second.address() as AddressInfo
  await assert.rejects(lookups.page(`https://127.0.0.2:${port}/`), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
  second.close()
})
