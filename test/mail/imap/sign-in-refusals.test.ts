// Why a sign-in was refused, by the words that servers really use, and what follows from it: "not now" is tried again soon, "never so"
// waits for a person. Gmail, Yahoo, Zoho, iCloud and Microsoft: from public reports of their answers, not tried against them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { answer, bye } from '../../../src/simulator/mail/imap-faults.ts'
import { bench } from './imap-bench.ts'

type Row = readonly [answer: string, code: 'IMAP_AUTH' | 'IMAP_UNAVAILABLE', hint: RegExp]

const wrong = /check user and password/
const busy = /limits connections/
const own = /trouble of its own/

const rows: readonly Row[] = [
  // RFC 5530 3
  ['NO [AUTHENTICATIONFAILED] Authentication failed.', 'IMAP_AUTH', wrong],
  ['NO [AUTHORIZATIONFAILED] No such authorization-ID', 'IMAP_AUTH', /not for this mailbox/],
  ["NO [EXPIRED] That password isn't valid any more", 'IMAP_AUTH', /has expired/],
  ['NO [PRIVACYREQUIRED] Connection offers no privacy', 'IMAP_AUTH', /security = "tls"/],
  ['NO [CONTACTADMIN] Please ask', 'IMAP_AUTH', /whoever runs the mail server/],
  ["NO [UNAVAILABLE] User's backend down for maintenance", 'IMAP_UNAVAILABLE', own],
  ['NO [SERVERBUG] This should not happen', 'IMAP_UNAVAILABLE', own],
  ['NO [INUSE] Mailbox in use', 'IMAP_UNAVAILABLE', busy],
  ['NO [LIMIT] Too many', 'IMAP_UNAVAILABLE', busy],
  // Dovecot
  ['NO [UNAVAILABLE] Temporary authentication failure. [mail:2026-11-24 10:00:00]', 'IMAP_UNAVAILABLE', own],
  [
    'NO [LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)',
    'IMAP_UNAVAILABLE',
    busy,
  ],
  [
    'NO [PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.',
    'IMAP_AUTH',
    /security/,
  ],
  // Gmail
  ['NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)', 'IMAP_AUTH', wrong],
  ['NO [ALERT] Invalid credentials (Failure)', 'IMAP_AUTH', wrong],
  ['NO [ALERT] Too many simultaneous connections. (Failure)', 'IMAP_UNAVAILABLE', busy],
  ['NO [ALERT] Account exceeded command or bandwidth limits. (Failure)', 'IMAP_UNAVAILABLE', busy],
  [
    'NO [ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)',
    'IMAP_AUTH',
    /make an app password/,
  ],
  [
    'NO [ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)',
    'IMAP_AUTH',
    /sign in once with a browser/,
  ],
  [
    'NO [WEBALERT https://accounts.google.com/x] Web login required.',
    'IMAP_AUTH',
    /sign in once with a browser/,
  ],
  [
    'NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page (Failure)',
    'IMAP_AUTH',
    /switch IMAP on/,
  ],
  ['NO [ALERT] IMAP access is disabled for your domain. (Failure)', 'IMAP_AUTH', /switch IMAP on/],
  ['NO System Error (Failure)', 'IMAP_UNAVAILABLE', own],
  // Microsoft
  ['NO AUTHENTICATE failed.', 'IMAP_AUTH', /Microsoft takes no passwords/],
  ['NO LOGIN failed.', 'IMAP_AUTH', /Microsoft takes no passwords/],
  ['BAD Request is throttled. Suggested Backoff Time: 1 milliseconds', 'IMAP_UNAVAILABLE', busy],
  // Yahoo, Zoho, Yandex
  ['NO [AUTHENTICATIONFAILED] AUTHENTICATE Invalid credentials', 'IMAP_AUTH', wrong],
  ['NO [LIMIT] AUTHENTICATE Rate limit hit.', 'IMAP_UNAVAILABLE', busy],
  [
    'NO [ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)',
    'IMAP_AUTH',
    /switch IMAP on/,
  ],
  ['NO AUTHENTICATE Server error - Please try again later', 'IMAP_UNAVAILABLE', own],
]

for (const [reply, code, hint] of rows)
  test(`"${reply.slice(0, 70)}" is ${code}`, async (t) => {
    const { server, inbox } = await bench(t)
    const [status, ...words] = reply.split(' ')
    server.override('AUTHENTICATE', answer(status === 'BAD' ? 'BAD' : 'NO', words.join(' ')))
    const told: (GatewayError | null)[] = []
    const one = inbox({ onSignIn: (refusal) => told.push(refusal) })
    await assert.rejects(one.run(new AbortController().signal), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.equal(error.code, code, error.message)
      assert.equal(error.retry, code === 'IMAP_AUTH' ? 'hold' : 'temporary')
      assert.match(error.hint ?? '', hint)
      return true
    })
    assert.equal(told.length, code === 'IMAP_AUTH' ? 1 : 0)
  })

test('a sign-in that Exchange takes without opening the mailbox is no refused password', async (t) => {
  const { server, inbox } = await bench(t)
  server.override('NAMESPACE', answer('BAD', 'User is authenticated but not connected.'))
  await assert.rejects(inbox().run(new AbortController().signal), {
    code: 'IMAP_UNAVAILABLE',
    retry: 'temporary',
  })
})

test('a server without any sign-in that fits is named so', async (t) => {
  const { server, inbox } = await bench(t)
  const credential = async () => ({ kind: 'token', token: 'abc' }) as const
  await assert.rejects(inbox({ credential }).run(new AbortController().signal), {
    code: 'IMAP_AUTH',
    message: /Unsupported authentication mechanism/,
  })
  assert.ok(!server.log.some(({ line }) => /AUTHENTICATE/.test(line)))
})

test('a BYE in place of an answer is no refusal, and its words are told', async (t) => {
  const { server, inbox } = await bench(t)
  server.override('AUTHENTICATE', bye('[UNAVAILABLE] Too many connections, try later'), 1)
  const told: unknown[] = []
  await assert.rejects(
    inbox({ onSignIn: (refusal) => told.push(refusal) }).run(new AbortController().signal),
    {
      code: 'IMAP_UNAVAILABLE',
      message: /ended the connection: .*Too many connections/,
      hint: busy,
    },
  )
  assert.deepEqual(told, [])
})

test('a sign-in that works is told once for each connection, with null', async (t) => {
  const { watch } = await bench(t)
  const told: unknown[] = []
  const first = await watch({ onSignIn: (refusal) => told.push(refusal) })
  await first.stop()
  await watch({ onSignIn: (refusal) => told.push(refusal) })
  assert.deepEqual(told, [null, null])
})
