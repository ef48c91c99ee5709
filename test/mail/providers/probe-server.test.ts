// Asking a server what it is: real Dovecot and Exim with TLS from the first byte and with STARTTLS, and scripted servers that are none.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { after, before, type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { systemClock } from '../../../src/daemon/system-clock.ts'
import { probeServer, type ServerKind } from '../../../src/mail/providers/probe-server.ts'
import type { ServerPlace } from '../../../src/mail/providers/srv-servers.ts'
import { type Certificate, makeCertificate } from '../../support/certificate.ts'
import { type Dovecot, startDovecot } from '../../support/dovecot.ts'
import { type Exim, startExim } from '../../support/exim.ts'

const box = { name: 'sms', password: 'p: "ä" \\ {1}' }
/** A twentieth of the limit, for a server that says nothing. */
const hurried = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal),
}

let certificate: Certificate
let dovecot: Dovecot
let exim: Exim

before(async () => {
  certificate = await makeCertificate()
  dovecot = await startDovecot({ users: [box], tls: certificate })
  const { lmtpPort } = dovecot
  exim = await startExim({ domain: 'office.example', authUsers: [box], lmtpPort, tls: certificate })
})

after(async () => {
  await exim?.stop()
  await dovecot?.stop()
})

const at = (
  port: number | null,
  security: ServerPlace['security'] = 'tls',
  host = 'localhost',
): ServerPlace => ({
  ...{ host, port: port ?? 0, security },
})

const probe = (kind: ServerKind, place: ServerPlace) =>
  probeServer(kind, place, { clock: systemClock, ca: certificate.certificate })

test('Dovecot tells what it can do, with TLS from the first byte and after STARTTLS', async () => {
  for (const place of [at(dovecot.imapsPort), at(dovecot.imapPort, 'starttls')]) {
    const { greeting, capabilities, mechanisms } = await probe('imap', place)
    assert.match(greeting, /^Dovecot .*ready\.$/)
    assert.ok(capabilities.includes('IMAP4REV1') && capabilities.includes('IDLE'), capabilities.join())
    assert.ok(mechanisms.includes('PLAIN'))
  }
})

test('Exim tells what it can do, with TLS from the first byte and after STARTTLS', async () => {
  for (const place of [at(exim.tlsPort), at(exim.port, 'starttls')]) {
    const { greeting, capabilities, mechanisms } = await probe('smtp', place)
    assert.match(greeting, /ESMTP/)
    assert.ok(capabilities.includes('SIZE') && !capabilities.includes('STARTTLS'), capabilities.join())
    assert.deepEqual([...mechanisms].sort(), ['LOGIN', 'PLAIN'])
  }
})

test('a certificate that does not hold gets no word, and the reason has a cure', async (t) => {
  const strict = { clock: systemClock }
  await assert.rejects(probeServer('imap', at(dovecot.imapsPort), strict), {
    code: 'IMAP_UNAVAILABLE',
    message: /certificate of localhost is signed by/,
    hint: /ca_file/,
  })
  await assert.rejects(probeServer('smtp', at(exim.port, 'starttls'), strict), {
    message: /certificate of localhost is signed by/,
  })
  const heard: string[] = []
  const secrets = { key: certificate.key, cert: certificate.certificate }
  const port = await listening(
    t,
    createTlsServer(secrets, (socket) => speak(socket, '* OK hello\r\n', heard)),
    '127.0.0.2',
  )
  await assert.rejects(probe('imap', at(port, 'tls', '127.0.0.2')), {
    message: /is not for 127\.0\.0\.2/,
  })
  assert.deepEqual(heard, [])
})

function speak(socket: Socket, words: string, heard: string[]): void {
  socket.on('error', () => undefined).on('data', (octets) => heard.push(octets.toString()))
  socket.write(words)
}

async function listening(t: TestContext, server: ReturnType<typeof createServer>, host = '127.0.0.1') {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => open.add(socket.on('error', () => undefined)))
  server.listen(0, host)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

/** A server with TLS that says this and nothing else, whatever it hears. */
async function saying(t: TestContext, words: string, heard: string[] = []): Promise<number> {
  const secrets = { key: certificate.key, cert: certificate.certificate }
  return listening(
    t,
    createTlsServer(secrets, (socket) => speak(socket, words, heard)),
  )
}

test('what is no mail server, says too much or nothing ends in words and in time', async (t) => {
  for (const [kind, words, wrong] of [
    ['imap', '220 mx ESMTP\r\n', /does not greet like IMAP: 220 mx ESMTP/],
    ['smtp', '* OK IMAP4rev1\r\n', /does not answer like SMTP/],
    ['smtp', '554 go away\r\n', /does not greet like SMTP: go away/],
    ['smtp', '220 mx\r\n500 what?\r\n', /refuses EHLO: what\?/],
    ['imap', `* OK ${'x'.repeat(70_000)}`, /said more than 64 KiB/],
    ['imap', `* OK hello\r\n${'* 1 EXISTS\r\n'.repeat(200)}`, /does not come to the end/],
    ['smtp', `220-${'\r\n220-'.repeat(200)}`, /does not come to the end/],
  ] as const)
    await assert.rejects(probe(kind, at(await saying(t, words))), { message: wrong })
  const port = await saying(t, '')
  await assert.rejects(
    probeServer('imap', at(port), { clock: hurried, ca: certificate.certificate }),
    /no answer within 10 s/,
  )
  await assert.rejects(probe('imap', at(exim.port)), /does not speak TLS|EPROTO|wrong version/i)
  await assert.rejects(probe('imap', at(1)), /localhost:1: nobody listens there/)
})

test('STARTTLS that is refused, or answered with more in the clear, ends the talk', async (t) => {
  const heard: string[] = []
  const clear = (words: string) =>
    listening(
      t,
      createServer((socket) => speak(socket, words, heard)),
    )
  const refused = await clear('* OK hello\r\ns NO not today\r\n')
  await assert.rejects(probe('imap', at(refused, 'starttls')), {
    message: /refuses STARTTLS: s NO not today/,
  })
  const injected = await clear('* OK hello\r\ns OK go\r\n* CAPABILITY IMAP4rev1\r\nc OK done\r\na OK in\r\n')
  await assert.rejects(
    probeServer('imap', at(injected, 'starttls'), {
      clock: hurried,
      ca: certificate.certificate,
    }),
    { code: 'IMAP_UNAVAILABLE' },
  )
  assert.ok(!heard.join('').includes('CAPABILITY'))
})
