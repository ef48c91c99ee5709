// The mail transport against the SMTP simulator: replies, lost lines, sign-in.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { createSmtpSender, type SmtpSenderOptions } from '../../../src/mail/smtp/smtp-sender.ts'
import {
  SimSmtpServer,
  type SmtpFault,
  type SmtpStep,
  type SubmittedMail,
} from '../../../src/simulator/mail/sim-smtp.ts'
import { rawMail, realClock } from '../mail-support.ts'

async function bench(
  t: TestContext,
  users?: { user: string; password: string }[],
  options: Partial<SmtpSenderOptions> = {},
) {
  const mails: SubmittedMail[] = []
  const onMail = (mail: SubmittedMail): void => void mails.push(mail)
  const server = new SimSmtpServer({ ...(users === undefined ? {} : { users }), onMail })
  const port = await server.listen()
  t.after(() => server.close())
  const sender = createSmtpSender({
    host: '127.0.0.1',
    port,
    security: 'none',
    user: users === undefined ? null : 'sms',
    credential: passwordCredential(() => 'right-password'),
    clock: realClock(),
    ...options,
  })
  return { server, mails, sender }
}

const mail = { from: 'sms@office.example', to: 'a@office.example', raw: rawMail('.dot\r\n..two\r\nGr=') }

test('a mail arrives byte for byte, and the reply is handed back', async (t) => {
  const { mails, sender } = await bench(t)
  const { reply } = await sender.send(mail)
  assert.match(reply, /^250/)
  assert.deepEqual(mails[0]?.raw, mail.raw)
  assert.equal(mails[0]?.from, 'sms@office.example')
  assert.deepEqual(mails[0]?.to, ['a@office.example'])
})

test('the null sender of reports is sent as such', async (t) => {
  const { mails, sender } = await bench(t)
  await sender.send({ ...mail, from: '' })
  assert.equal(mails[0]?.from, '')
})

test('the password is asked for every mail', async (t) => {
  const { server, mails, sender } = await bench(t, [{ user: 'sms', password: 'right-password' }])
  await sender.send(mail)
  server.setPassword('sms', 'changed')
  await assert.rejects(sender.send(mail), { code: 'SMTP_AUTH', retry: 'hold' })
  server.setPassword('sms', 'right-password')
  await sender.send(mail)
  assert.equal(mails.length, 2)
})

const replies: readonly (readonly [
  step: SmtpStep,
  code: number,
  text: string,
  error: string,
  retry: string,
])[] = [
  ['mail', 451, '4.7.1 greylisted', 'SMTP_REFUSED', 'temporary'],
  ['rcpt', 450, '4.2.1 busy', 'SMTP_REFUSED', 'temporary'],
  ['rcpt', 550, '5.1.1 no such user', 'SMTP_REFUSED', 'permanent'],
  ['data', 552, '5.3.4 too big', 'SMTP_REFUSED', 'permanent'],
  ['data', 451, '4.3.0 disk', 'SMTP_REFUSED', 'temporary'],
  ['mail', 530, '5.7.57 not signed in', 'SMTP_AUTH', 'hold'],
  ['rcpt', 553, '5.7.1 sender address rejected', 'SMTP_REFUSED', 'temporary'],
  ['mail', 550, '5.7.1 not your address', 'SMTP_REFUSED', 'hold'],
  ['data', 550, '5.4.5 daily sending quota exceeded', 'SMTP_REFUSED', 'hold'],
  ['mail', 550, '5.7.139 basic sign-in is disabled', 'SMTP_AUTH', 'hold'],
  ['mail', 421, '4.4.2 shutting down', 'SMTP_UNAVAILABLE', 'temporary'],
  ['connect', 421, '4.7.0 too many connections', 'SMTP_UNAVAILABLE', 'temporary'],
  ['connect', 554, '5.7.1 go away', 'SMTP_UNAVAILABLE', 'temporary'],
]
for (const [step, code, text, error, retry] of replies)
  test(`the reply ${code} ${text} at ${step} is ${error}, ${retry}`, async (t) => {
    const { server, mails, sender } = await bench(t)
    server.script(step, { reply: { code, text } }, 1)
    await assert.rejects(sender.send(mail), (thrown) => {
      assert.ok(thrown instanceof GatewayError)
      assert.deepEqual([thrown.code, thrown.retry], [error, retry])
      assert.ok(thrown.message.includes(text), thrown.message)
      return true
    })
    assert.equal(mails.length, 0)
    assert.match((await sender.send(mail)).reply, /^250/)
  })

test('a temporary refusal of the sign-in is trouble of the server, not of the account', async (t) => {
  const { server, sender } = await bench(t, [{ user: 'sms', password: 'right-password' }])
  server.script('auth', { reply: { code: 454, text: '4.7.0 try later' } }, 1)
  await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', retry: 'temporary' })
})

for (const step of ['connect', 'mail', 'rcpt', 'data'] as const)
  test(`a line lost at ${step} is temporary, also when the mail was taken`, async (t) => {
    const { server, mails, sender } = await bench(t)
    const fault: SmtpFault = step === 'data' ? { drop: true, take: true } : { drop: true }
    server.script(step, fault, 1)
    await assert.rejects(sender.send(mail), (error) => {
      assert.ok(error instanceof GatewayError)
      assert.deepEqual([error.code, error.retry], ['SMTP_UNAVAILABLE', 'temporary'])
      assert.equal(error.context.maybeAccepted, step === 'data')
      return true
    })
    assert.equal(mails.length, step === 'data' ? 1 : 0)
    await sender.send(mail)
    assert.deepEqual(mails.at(-1)?.raw, mails[0]?.raw)
  })

test('a server that is not there is temporary', async (t) => {
  const { server, sender } = await bench(t)
  await server.close()
  await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', retry: 'temporary' })
})

test('STARTTLS is demanded: a server without it gets no mail', async (t) => {
  const { server, mails } = await bench(t)
  const port = await server.listen(0).catch(() => null)
  assert.equal(port, null)
  const other = new SimSmtpServer({ onMail: (taken) => void mails.push(taken) })
  const otherPort = await other.listen()
  t.after(() => other.close())
  const options = {
    host: '127.0.0.1',
    port: otherPort,
    user: null,
    credential: async () => null,
    clock: realClock(),
  }
  await assert.rejects(createSmtpSender({ ...options, security: 'starttls' }).send(mail), {
    retry: 'temporary',
  })
  await assert.rejects(createSmtpSender({ ...options, security: 'tls' }).send(mail), {
    code: 'SMTP_UNAVAILABLE',
  })
  assert.equal(mails.length, 0)
})

test('a server that says nothing is given up in the end', async (t) => {
  const silent = createServer((socket) => socket.on('error', () => undefined))
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const sockets = new Set<{ destroy(): void }>()
  silent.on('connection', (socket) => sockets.add(socket))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    silent.close()
  })
  const address = silent.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const sender = createSmtpSender({
    host: '127.0.0.1',
    port,
    security: 'none',
    user: null,
    credential: async () => null,
    clock: realClock(1_000),
  })
  await assert.rejects(sender.send(mail), { code: 'SMTP_UNAVAILABLE', retry: 'temporary' })
})

test('a session has three minutes, and a large mail as long as a slow line needs for it', async (t) => {
  const asked: number[] = []
  const clock = {
    ...realClock(),
    sleep: (ms: number, signal?: AbortSignal) => {
      asked.push(ms)
      return realClock().sleep(ms, signal)
    },
  }
  const { sender } = await bench(t, undefined, { clock })
  const raw = Buffer.concat([mail.raw, Buffer.from('x'.repeat(70).concat('\r\n').repeat(14_564))])
  await sender.send({ ...mail, raw })
  assert.ok(raw.length > 1_048_576)
  assert.ok(asked.some((ms) => ms > 180_000 + 128_000))
})

test('trouble with the account is told once when it begins, when it changes, and when it is over, and that there is none at first', async (t) => {
  const users = [{ user: 'sms', password: 'right-password' }]
  const trouble: string[] = []
  const { server, sender } = await bench(t, users, {
    onAccountTrouble: (problem) => void trouble.push(problem === null ? 'fine' : problem.code),
  })
  const refused = async (times: number): Promise<void> => {
    for (let at = 0; at < times; at++) await assert.rejects(sender.send(mail), { retry: 'hold' })
  }
  await sender.send(mail)
  server.setPassword('sms', 'changed')
  await refused(2)
  server.setPassword('sms', 'right-password')
  const stop = server.script('data', { reply: { code: 550, text: '5.4.5 Daily sending quota exceeded' } })
  await refused(2)
  stop()
  server.script('rcpt', { reply: { code: 550, text: '5.1.1 no such user' } }, 1)
  await assert.rejects(sender.send(mail), { retry: 'permanent' })
  await sender.send(mail)
  assert.deepEqual(trouble, ['fine', 'SMTP_AUTH', 'SMTP_REFUSED', 'fine'])
})

test('another password counts at once, and a file that cannot be read is no other password', async (t) => {
  const users = [{ user: 'sms', password: 'right-password' }]
  let now = 0
  let password = 'wrong'
  const { sender } = await bench(t, users, {
    clock: { ...realClock(), monotonic: () => now },
    credential: async () => {
      if (password === '') throw new GatewayError('CONFIG_INVALID', 'no such file')
      return { kind: 'password', password }
    },
  })
  const changed = async (): Promise<boolean> => (await sender.credentialChanged?.()) === true
  assert.equal(await changed(), false, 'nothing was refused')
  await assert.rejects(sender.send(mail), { code: 'SMTP_AUTH' })
  for (const [next, expected] of [
    ['wrong', false],
    ['', false],
    ['right-password', true],
  ] as const) {
    password = next
    assert.equal(await changed(), false, 'not every second')
    now += 5_000
    assert.equal(await changed(), expected, next)
  }
  await sender.send(mail)
  now += 5_000
  assert.equal(await changed(), false)
})

test('a refused token is given back, and the next one is shown ten minutes later', async (t) => {
  const users = [{ user: 'sms', password: 'right-password' }]
  let now = 0
  let issued = 0
  let refused = 0
  const { sender } = await bench(t, users, {
    clock: { ...realClock(), monotonic: () => now },
    credential: async () => ({ kind: 'token', token: `token-${issued++}`, refused: () => refused++ }),
  })
  await assert.rejects(sender.send(mail), { code: 'SMTP_AUTH', retry: 'hold' })
  assert.equal(refused, 1)
  now += 599_999
  assert.equal(await sender.credentialChanged?.(), false)
  now += 1
  assert.equal(await sender.credentialChanged?.(), true)
})
