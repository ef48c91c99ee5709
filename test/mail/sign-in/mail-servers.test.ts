// Both mail servers by token: a real Dovecot that asks the provider about each token, and an SMTP server that does so too.

import assert from 'node:assert/strict'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import type { GatewayError } from '../../../src/domain/errors.ts'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import type { AskCredential } from '../../../src/mail/sign-in/credential.ts'
import { createSmtpSender, trySmtpSignIn } from '../../../src/mail/smtp/smtp-sender.ts'
import { dovecotBeside, smtpBeside } from '../../support/token-servers.ts'
import { MemoryIntake, rawMail, realClock, until } from '../mail-support.ts'
import { signInBench } from './sign-in-bench.ts'

test('a mailbox on Dovecot is watched with a token, and a token that died early is replaced at the next sign-in', async (t) => {
  const bench = await signInBench(t)
  const dovecot = await dovecotBeside(t, bench.provider)
  await bench.signIn()
  const tokens = bench.tokens()
  const intake = new MemoryIntake()
  const watch = (credential: AskCredential) =>
    createImapInbox({
      host: '127.0.0.1',
      port: dovecot.imapPort,
      security: 'none',
      user: 'sms',
      credential,
      folder: 'INBOX',
      doneFolder: 'Simpost',
      rescanMs: 60_000,
      clock: realClock(),
      intake,
      memory: createInboxMemory(),
    })
  const inbox = watch(tokens.ask)
  const stop = new AbortController()
  const ended = inbox.run(stop.signal)
  await until(() => inbox.state().idle, 30_000)
  await dovecot.deliver(rawMail('by token'), 'a@office.example', 'sms')
  await until(() => intake.received.length === 1, 30_000)
  stop.abort()
  await ended
  assert.match(await dovecot.log(), /Login: user=<sms>, method=(OAUTHBEARER|XOAUTH2)/i)

  const refused = await watch(async () => ({ kind: 'token', token: 'dead' }))
    .run(new AbortController().signal)
    .then(
      () => null,
      (error: unknown) => error as GatewayError,
    )
  assert.deepEqual([refused?.code, refused?.retry], ['IMAP_AUTH', 'hold'])
  assert.match(refused?.message ?? '', /refused the sign-in: .*\(invalid_token\)/)
  assert.match(refused?.hint ?? '', /simpost login --status/)
})

const smtpOptions = (port: number, credential: AskCredential) => ({
  ...{ host: '127.0.0.1', port, security: 'none' as const, user: 'sms@office.example' },
  ...{ credential, clock: realClock() },
})

test('a mail goes out with a token, by XOAUTH2 even where a password could be shown as well', async (t) => {
  const bench = await signInBench(t)
  const smtp = await smtpBeside(t, bench.provider, ['PLAIN', 'LOGIN', 'XOAUTH2'])
  await bench.signIn()
  const sender = createSmtpSender(smtpOptions(smtp.port, bench.tokens().ask))
  const mail = { from: 'sms@office.example', to: 'anna@office.example', raw: rawMail('hello') }
  assert.match((await sender.send(mail)).reply, /Taken/)
  assert.deepEqual(smtp.shown, ['XOAUTH2 sms@office.example '])
})

test('consent for IMAP but not for SMTP is told with the words of the server, and nothing of the token shows', async (t) => {
  const bench = await signInBench(t)
  const smtp = await smtpBeside(t, bench.provider, ['XOAUTH2'])
  bench.provider.consent = { account: 'sms', scopes: ['openid', 'offline_access', 'mail.imap'] }
  const { accessToken, scopes } = await bench.signIn()
  assert.deepEqual(scopes, ['openid', 'offline_access', 'mail.imap'])
  await assert.rejects(trySmtpSignIn(smtpOptions(smtp.port, bench.tokens().ask)), (error: GatewayError) => {
    assert.deepEqual([error.code, error.retry], ['SMTP_AUTH', 'hold'])
    assert.match(error.message, /refused the sign-in: 535 .*not accepted/)
    assert.match(error.hint ?? '', /permissions for IMAP and SMTP/)
    assert.ok(!error.message.includes(accessToken))
    return true
  })
})

test('where a server offers OAUTHBEARER alone the token is shown by it (RFC 7628)', async (t) => {
  const bench = await signInBench(t)
  const { accessToken } = await bench.signIn()
  const lines: string[] = []
  let refuses = false
  // smtp-server does not speak it.
  const server = createServer((socket) => {
    const say = (line: string): boolean => socket.write(`${line}\r\n`)
    say('220 localhost')
    socket.on('data', (data) => {
      const line = data.toString().trim()
      lines.push(line)
      if (line.startsWith('EHLO')) say('250-localhost\r\n250 AUTH PLAIN OAUTHBEARER')
      else if (line === 'AQ==') say('535 5.7.8 The token is over')
      else if (refuses && line.startsWith('AUTH')) say(`334 ${btoa('{"status":"invalid_token"}')}`)
      else if (line.startsWith('AUTH')) say('235 2.7.0 Welcome')
      else say('221 Bye')
    })
    socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close())
  const options = {
    ...smtpOptions((server.address() as AddressInfo).port, bench.tokens().ask),
    user: 'a,b=c@office.example',
  }
  await trySmtpSignIn(options)
  const shown = /^AUTH OAUTHBEARER (.*)$/.exec(lines.find((line) => line.startsWith('AUTH')) ?? '')?.[1] ?? ''
  assert.equal(atob(shown), `n,a=a=2Cb=3Dc@office.example,\u0001auth=Bearer ${accessToken}\u0001\u0001`)
  refuses = true
  await assert.rejects(trySmtpSignIn(options), {
    code: 'SMTP_AUTH',
    message: /535 5\.7\.8 The token is over/,
  })
})
