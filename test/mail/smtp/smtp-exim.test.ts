// The outbox and a real Exim (RFC 6409, RFC 4954, RFC 3207): greylisting for an hour, a recipient that is refused beside one that is not,
// a password that changes, both ways of TLS. Time runs fast for the outbox; what Exim cannot do is in the scripted tests.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { GatewayError } from '../../../src/domain/errors.ts'
import type { Clock } from '../../../src/domain/ports.ts'
import { createMailDispatch } from '../../../src/exchange/dispatch/dispatch-mail.ts'
import { configureLog } from '../../../src/log.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { createSmtpSender } from '../../../src/mail/smtp/smtp-sender.ts'
import { newDesk, noon } from '../../exchange/world.ts'
import { type Certificate, makeCertificate } from '../../support/certificate.ts'
import { anna, type Office, startOffice } from '../../support/office.ts'
import { realClock, until } from '../mail-support.ts'

configureLog('error', () => {})
const box = { name: 'sms', password: 'box: "secret" 1' }
const minute = 60_000
const limitMs = 60_000

let office: Office
let certificate: Certificate

before(async () => {
  certificate = await makeCertificate()
  office = await startOffice({ authUsers: [anna, box], tls: certificate })
})
after(() => office?.stop())

/** Time of the outbox: `factor` times as fast as that of Exim. */
function fastClock(factor: number): Clock {
  const { monotonic, sleep } = realClock(factor)
  const start = monotonic()
  return { monotonic, sleep, now: () => Math.round(noon + monotonic() - start) }
}

interface Setting {
  readonly factor?: number
  readonly password?: () => string
}

/** An outbox that sends through Exim; it ends with `stop`. */
function outbox({ factor = 1, password = () => box.password }: Setting = {}) {
  const clock = fastClock(factor)
  const desk = newDesk({ now: clock.now })
  const trouble: (string | null)[] = []
  const attempts: { readonly at: number; readonly to: string }[] = []
  const sender = createSmtpSender({
    ...{ host: 'localhost', port: office.exim.port, security: 'starttls', user: box.name },
    ...{ ca: () => certificate.certificate, credential: passwordCredential(password) },
    clock: { ...realClock(), monotonic: clock.monotonic },
    onAccountTrouble: (problem: GatewayError | null) => trouble.push(problem?.code ?? null),
  })
  const transport = {
    ...sender,
    send: (mail: Parameters<typeof sender.send>[0]) => {
      attempts.push({ at: clock.monotonic(), to: mail.to })
      return sender.send(mail)
    },
  }
  const end = new AbortController()
  const running = createMailDispatch({ desk, clock }, transport).run(end.signal)
  const queue = (name: string, to = `${name}@office.example`): number =>
    desk.outbox.addMail({
      ...{ messageId: null, conversationId: null, recipient: to, rule: 'line', text: name },
      ...{ now: clock.now(), mailId: `<${name}@office.example>` },
      raw: Buffer.from(
        `From: sms@office.example\r\nTo: ${to}\r\nSubject: ${name}\r\nMessage-ID: <${name}@office.example>\r\n\r\nhello\r\n`,
      ),
    })
  return {
    ...{ trouble, attempts, queue },
    state: (id: number) => desk.outbox.get(id)?.state,
    async stop() {
      end.abort()
      await running
    },
  }
}

for (const security of ['starttls', 'tls'] as const)
  test(`a mail goes out through ${security} with a certificate that is verified`, async () => {
    const port = security === 'tls' ? (office.exim.tlsPort ?? 0) : office.exim.port
    const sender = createSmtpSender({
      ...{ host: 'localhost', port, security, user: box.name, ca: () => certificate.certificate },
      ...{ credential: passwordCredential(() => box.password), clock: realClock() },
    })
    const raw = Buffer.from(
      `From: sms@office.example\r\nTo: anna@office.example\r\nSubject: over ${security}\r\n\r\nhi\r\n`,
    )
    const { reply } = await sender.send({
      ...{ from: 'sms@office.example', to: 'anna@office.example', raw },
      envelopeId: `sms.${security}`,
    })
    assert.match(reply, /^250 OK id=/)
    const got = await office.arrived('anna', `over ${security}`)
    assert.match(got, /with esmtpsa/)
  })

test('a server that greylists for an hour is asked at 1, 5, 15, 30 and 60 minutes, and takes the mail then', async () => {
  const factor = 1200
  const queue = outbox({ factor })
  try {
    await office.exim.refuse('anna@office.example', '451 4.7.1 greylisted, come back later')
    const id = queue.queue('anna')
    await until(() => queue.attempts.length === 5 && queue.state(id) === 'queued', limitMs)
    await office.exim.refuse('anna@office.example', null)
    await until(() => queue.state(id) === 'sent', limitMs)
    const [first = 0, ...rest] = queue.attempts.map(({ at }) => at)
    const waits = rest.map((at, index) => Math.round((at - (rest[index - 1] ?? first)) / minute))
    for (const [index, wanted] of [1, 5, 15, 30, 60].entries())
      assert.ok((waits[index] ?? 0) >= wanted, `waits of ${waits.join(', ')} minutes`)
    assert.match(await office.arrived('anna', 'anna'), /^Message-ID: <anna@office\.example>\r?$/m)
  } finally {
    await office.exim.refuse('anna@office.example', null)
    await queue.stop()
  }
})

test('one of two recipients is refused: its mail has failed, the other one has arrived', async () => {
  const queue = outbox()
  try {
    const lost = queue.queue('nobody')
    const good = queue.queue('other', 'anna@office.example')
    await until(() => queue.state(good) === 'sent' && queue.state(lost) === 'failed', limitMs)
    await office.arrived('anna', 'other')
    assert.deepEqual(queue.trouble, [null])
  } finally {
    await queue.stop()
  }
})

test('after a change of the password at the provider the queue rests, and goes on at once when the box has the new one', async () => {
  let password = box.password
  const queue = outbox({ factor: 20, password: () => password })
  try {
    await office.exim.setPassword(box.name, 'new secret')
    const ids = [queue.queue('first', 'anna@office.example'), queue.queue('second', 'anna@office.example')]
    const rests = () => ids.every((id) => queue.state(id) === 'queued')
    // From now on the pauses are half an hour and more, which are minutes here.
    await until(() => queue.attempts.length === 4 && rests(), limitMs)
    assert.deepEqual(queue.trouble, ['SMTP_AUTH'])
    password = 'new secret'
    await until(() => ids.every((id) => queue.state(id) === 'sent'), 20_000)
    assert.deepEqual(queue.trouble, ['SMTP_AUTH', null])
    assert.equal(queue.attempts.length, 6)
  } finally {
    await office.exim.setPassword(box.name, box.password)
    await queue.stop()
  }
})
