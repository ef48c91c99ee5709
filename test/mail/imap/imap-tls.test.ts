// TLS that is wrong, late or missing: each is told in words with a cure, and the password is never sent.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createTcpServer, type Server } from 'node:net'
import { type TestContext, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { GatewayError } from '../../../src/domain/errors.ts'
import { imapError } from '../../../src/mail/imap/imap-errors.ts'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import type { ImapAccess } from '../../../src/mail/imap/imap-port.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { MemoryIntake, realClock } from '../mail-support.ts'
import { type RudeServerOptions, rudeServer } from './rude-server.ts'

interface Refused {
  readonly words: RegExp
  readonly hint: RegExp
}

async function refused(
  port: number,
  change: Partial<Pick<ImapAccess, 'security' | 'ca' | 'host' | 'clock'>>,
  { words, hint }: Refused,
): Promise<void> {
  let asked = 0
  const inbox = createImapInbox({
    host: '127.0.0.1',
    port,
    security: 'tls',
    user: 'sms',
    credential: passwordCredential(() => {
      asked++
      return 'very-secret'
    }),
    folder: 'INBOX',
    doneFolder: 'Simpost',
    rescanMs: 60_000,
    clock: realClock(),
    intake: new MemoryIntake(),
    memory: createInboxMemory(),
    ...change,
  })
  await assert.rejects(inbox.run(new AbortController().signal), (error) => {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.code, 'IMAP_UNAVAILABLE')
    assert.match(error.message, words)
    assert.match(error.hint ?? '', hint)
    return true
  })
  assert.equal(asked, 1)
  assert.equal(inbox.state().problem?.code, 'IMAP_UNAVAILABLE')
}

async function listening(t: TestContext, server: Server, address = '127.0.0.1'): Promise<number> {
  const sockets = new Set<{ destroy(): void }>()
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}))
  })
  server.listen(0, address)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const bound = server.address()
  return typeof bound === 'object' && bound !== null ? bound.port : 0
}

/** What was said to the server in the clear or behind TLS. */
async function tlsServer(
  t: TestContext,
  days?: number,
): Promise<{ port: number; ca: () => string; heard: string[] }> {
  const { key, certificate } = await makeCertificate(days)
  const heard: string[] = []
  const server = createTlsServer({ key, cert: certificate }, (socket) => {
    socket.on('error', () => {}).on('data', (octets) => heard.push(String(octets)))
    socket.write('* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] ready\r\n')
  })
  server.on('tlsClientError', () => {})
  return { port: await listening(t, server), ca: () => certificate, heard }
}

test('a certificate that nobody vouches for is refused, with the way to give the office its own authority', async (t) => {
  const { port, heard } = await tlsServer(t)
  await refused(port, {}, { words: /the certificate of 127\.0\.0\.1 is signed by itself/, hint: /ca_file/ })
  assert.deepEqual(heard, [])
})

test('an expired certificate is refused, and the message says what date this box believes in', async (t) => {
  const { port, ca, heard } = await tlsServer(t, -1)
  const words = new RegExp(`has expired; the clock of this box says ${new Date().toISOString().slice(0, 10)}`)
  await refused(port, { ca }, { words, hint: /a new certificate; or, if the clock is wrong, set it/ })
  assert.deepEqual(heard, [])
})

test('a certificate that is not valid yet is put down to the clock of the box, with the date that it shows', () => {
  const error = Object.assign(new Error('certificate is not yet valid'), { code: 'CERT_NOT_YET_VALID' })
  const told = imapError(error, { host: 'imap.office.example', secrets: [], now: Date.UTC(1970, 0, 1, 0, 3) })
  assert.equal(
    told.message,
    'the certificate of imap.office.example is not valid yet; the clock of this box says 1970-01-01 (certificate is not yet valid)',
  )
  assert.match(told.hint ?? '', /timedatectl set-ntp true/)
})

test('a certificate for another name is refused', async (t) => {
  const { key, certificate } = await makeCertificate()
  const server = createTlsServer({ key, cert: certificate })
  server.on('tlsClientError', () => {})
  const port = await listening(t, server, '127.0.0.2')
  const words = /the certificate of the server is not for 127\.0\.0\.2/
  await refused(
    port,
    { ca: () => certificate, host: '127.0.0.2' },
    { words, hint: /write the host as the certificate names it/ },
  )
})

test('a TLS handshake that never ends is given up', async (t) => {
  const port = await listening(t, createTcpServer())
  // The library's own limit of 30 s stands behind ours.
  await refused(
    port,
    { clock: realClock(60) },
    { words: /did not finish the sign-in within 120 s/, hint: /new connection/ },
  )
})

test('a server that does not speak TLS on this port is named so', async (t) => {
  const { port } = await rudeServer(t, {})
  await refused(port, {}, { words: /TLS/, hint: /port and security/ })
})

const stripped: RudeServerOptions = { capabilities: 'IMAP4rev1 AUTH=PLAIN' }
const injected: RudeServerOptions = {
  capabilities: 'IMAP4rev1 STARTTLS AUTH=PLAIN',
  commands: {
    STARTTLS: ({ say }, tag) => say(`${tag} OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n`),
  },
}
const late: RudeServerOptions = {
  ...injected,
  commands: {
    STARTTLS: async ({ say }, tag) => {
      await say(`${tag} OK begin\r\n`)
      await new Promise((resolve) => setTimeout(resolve, 50))
      await say('* OK injected later\r\n')
    },
  },
}
const preauth: RudeServerOptions = {
  capabilities: 'IMAP4rev1 STARTTLS',
  greeting: ({ say }) => say('* PREAUTH [CAPABILITY IMAP4rev1 STARTTLS] welcome\r\n'),
}

for (const [name, options, words] of [
  [
    'STARTTLS that was taken out of the capabilities',
    stripped,
    /offers no STARTTLS; the password was not sent/,
  ],
  [
    'STARTTLS that is refused',
    {
      capabilities: 'IMAP4rev1 STARTTLS',
      commands: { STARTTLS: ({ say }, tag) => say(`${tag} NO not today\r\n`) },
    },
    /offers no STARTTLS/,
  ],
  ['plain text behind the STARTTLS answer (CVE-2011-0411)', injected, /text between STARTTLS and TLS/],
  ['plain text a moment after the STARTTLS answer', late, /TLS|SSL/i],
  ['a PREAUTH greeting, which skips STARTTLS', preauth, /offers no STARTTLS/],
] as const satisfies readonly (readonly [string, RudeServerOptions, RegExp])[])
  test(`${name} ends the connection before the password is sent`, async (t) => {
    const heard: string[] = []
    const { port } = await rudeServer(t, {
      ...options,
      commands: {
        ...options.commands,
        AUTHENTICATE: (_line, _tag, text) => heard.push(text),
        LOGIN: (_line, _tag, text) => heard.push(text),
        LIST: (_line, _tag, text) => heard.push(text),
      },
    })
    await refused(port, { security: 'starttls' }, { words, hint: /port/ })
    assert.deepEqual(heard, [])
  })
