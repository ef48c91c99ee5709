// The table of what a server's reply means, and how the facts of an error get into ours.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { GatewayError } from '../../../src/domain/errors.ts'
import { smtpError } from '../../../src/mail/smtp/smtp-errors.ts'
import type { SmtpStep } from '../../../src/mail/smtp/smtp-refusals.ts'

const session = { host: 'mx', step: 'CONN', nullSender: false, now: 0, secrets: [] } as const
const commands: Readonly<Record<SmtpStep, { readonly command: string; readonly code: string }>> = {
  CONN: { command: 'CONN', code: 'EPROTOCOL' },
  EHLO: { command: 'EHLO', code: 'EPROTOCOL' },
  STARTTLS: { command: 'STARTTLS', code: 'ETLS' },
  AUTH: { command: 'AUTH PLAIN', code: 'EAUTH' },
  'MAIL FROM': { command: 'MAIL FROM', code: 'EENVELOPE' },
  'RCPT TO': { command: 'RCPT TO', code: 'EENVELOPE' },
  DATA: { command: 'DATA', code: 'EENVELOPE' },
  message: { command: 'DATA', code: 'EMESSAGE' },
}

/** What the library throws when a server says this at that step. */
function refused(step: SmtpStep, response: string, nullSender = false): GatewayError {
  const error = { ...commands[step], response, responseCode: Number(response.slice(0, 3)) }
  return smtpError(error, { ...session, nullSender })
}

const day = 86_400_000
const line = 'SMTP_UNAVAILABLE temporary session'
const signIn = 'SMTP_AUTH hold account'
const quota = 'SMTP_REFUSED hold account'
const later = 'SMTP_REFUSED temporary recipient'
const aDay = 'SMTP_REFUSED temporary recipient, a day'
const protocol = 'SMTP_REFUSED temporary session, a day'
const noRecipient = 'SMTP_REFUSED permanent recipient'
const noMail = 'SMTP_REFUSED permanent mail'

const rows: readonly (readonly [step: SmtpStep, reply: string, means: string])[] = [
  ['CONN', '554 5.7.1 Your address is on a block list', line],
  ['CONN', '554 No SMTP service here', line],
  ['CONN', '521 Server does not accept mail', line],
  ['EHLO', '501 Syntactically invalid EHLO argument', line],
  ['STARTTLS', '454 4.7.0 TLS not available due to local problem', line],
  ['AUTH', '454 4.7.0 Too many login attempts, please try again later', line],
  ['AUTH', '421 4.7.0 Try again later, closing connection', line],
  ['MAIL FROM', '421 4.4.2 shutting down', line],
  ['RCPT TO', '421 4.7.28 unusual rate of mail', line],
  ['message', '421 4.3.0 shutting down', line],

  ['AUTH', '535 5.7.8 Username and Password not accepted', signIn],
  ['AUTH', '535-5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled', signIn],
  ['AUTH', '534-5.7.9 Application-specific password required', signIn],
  ['AUTH', '504 5.7.4 Unrecognized authentication type', signIn],
  ['MAIL FROM', '530 5.7.57 Client not authenticated to send mail', signIn],
  ['MAIL FROM', '530 5.7.0 Must issue a STARTTLS command first', signIn],
  ['MAIL FROM', '550 5.7.139 basic authentication is disabled', signIn],
  ['RCPT TO', '530 5.7.1 Authentication required', signIn],
  ['message', '554 5.7.9 Message not accepted for policy reasons', noMail],

  ['message', '550-5.4.5 Daily user sending limit exceeded.\n550 5.4.5 see support', quota],
  ['DATA', '550 5.4.5 Daily sending quota exceeded', quota],
  ['RCPT TO', '550 5.1.90 You have reached your daily limit for message recipients', quota],
  ['MAIL FROM', '432 4.3.2 Concurrent connections limit exceeded', quota],
  [
    'RCPT TO',
    '450-Requested mail action not taken: mailbox unavailable\n450 Mail send limit exceeded.',
    quota,
  ],
  ['message', '550 5.4.6 Unusual sending activity detected. Please try after sometime', quota],
  ['message', '554 Email sending limit exceeded', quota],
  ['message', '554 5.2.0 SubmissionQuotaExceededException', quota],
  ['RCPT TO', '550 Domain office.example has exceeded the max emails per hour (100/100) allowed', quota],

  ['RCPT TO', '451 4.7.1 Greylisted, please try again in 300 seconds', later],
  ['RCPT TO', '450 4.2.1 The user you are trying to contact is receiving mail at a rate that', later],
  ['RCPT TO', '452 4.2.2 Mailbox full', later],
  ['RCPT TO', '452 4.5.3 Too many recipients', later],
  ['MAIL FROM', '451 4.7.1 greylisted', later],
  ['message', '451 4.3.0 disk', later],
  ['message', '452 4.3.1 Insufficient system storage', later],

  ['RCPT TO', '550 5.1.1 no such user', noRecipient],
  ['RCPT TO', '550 No such user here', noRecipient],
  ['RCPT TO', '550 5.5.0 Requested action not taken: mailbox unavailable', noRecipient],
  ['RCPT TO', '551 User not local', noRecipient],
  ['RCPT TO', '553 mailbox name not allowed', noRecipient],
  ['RCPT TO', '501 5.1.3 Bad recipient address syntax', noRecipient],
  ['RCPT TO', '556 5.1.10 Domain does not accept mail', noRecipient],
  ['RCPT TO', '521 5.3.2 Host does not accept mail', aDay],
  ['RCPT TO', '550 5.7.1 Not permitted by policy', noRecipient],
  ['RCPT TO', '550 5.2.1 The account is disabled', noRecipient],
  ['message', '550 5.1.1 no such user', noRecipient],

  ['RCPT TO', '552 5.2.2 Mailbox full', aDay],
  ['message', '550 5.2.2 user over quota', aDay],
  ['RCPT TO', '552 Too many recipients', aDay],
  ['message', '552 Requested mail action aborted: exceeded storage allocation', aDay],
  ['message', '554 The mailbox is full', aDay],
  ['message', '554 Transaction failed, please try again later', aDay],
  ['RCPT TO', '550 5.7.1 Greylisting in action', aDay],

  ['MAIL FROM', '552 5.3.4 Message size exceeds fixed limit', noMail],
  ['MAIL FROM', '552 Message too big', noMail],
  ['message', '552 Message size exceeds maximum', noMail],
  ['message', '552 5.7.0 blocked because its content presents a security issue', noMail],
  ['message', '554 5.7.1 Spam', noMail],
  ['message', '554 Transaction failed', noMail],
  ['MAIL FROM', '550 5.6.7 SMTPUTF8 address is not supported', noMail],

  ['DATA', '503 5.5.1 Bad sequence of commands', protocol],
  ['MAIL FROM', '501 5.5.4 Invalid arguments', protocol],
  ['RCPT TO', '555 5.5.4 Unsupported option: NOTIFY', protocol],
  ['message', '500 5.5.2 Line too long', protocol],

  ['MAIL FROM', '550 5.7.1 You may not send as sms@office.example', 'SMTP_REFUSED hold sender'],
  ['MAIL FROM', '553 Sender address refused', 'SMTP_REFUSED hold sender'],
  ['RCPT TO', '553 5.7.1 Sender address rejected: not owned by user', 'SMTP_REFUSED temporary sender'],
  ['message', '554 5.2.252 SendAsDenied', 'SMTP_REFUSED temporary sender'],
  ['RCPT TO', '450 4.1.8 Sender address rejected: Domain not found', 'SMTP_REFUSED temporary sender'],
]

for (const [step, reply, means] of rows)
  test(`${JSON.stringify(reply)} at ${step} is ${means}`, () => {
    const { code, retry, context, message } = refused(step, reply)
    const told = context.giveUpAfterMs === day ? ', a day' : ''
    assert.equal(`${code} ${retry} ${context.about}${told}`, means)
    assert.deepEqual([context.command, context.reply], [step, Number(reply.slice(0, 3))])
    assert.equal(context.maybeAccepted, false)
    assert.doesNotMatch(message, /\n|5\.\d+\.\d+.*5\.\d+\.\d+/)
  })

for (const [step, reply] of [
  ['MAIL FROM', '550 5.7.1 Null sender not allowed'],
  ['RCPT TO', '550 5.7.1 <>: Sender address rejected'],
] as const)
  test(`a refused null sender at ${step} is told apart from a refused recipient, and holds no queue`, () => {
    const { retry, context } = refused(step, reply, true)
    assert.deepEqual([retry, context.about, context.command], ['permanent', 'sender', step])
  })

test('the enhanced code of a reply is a fact of its own, or null', () => {
  assert.equal(refused('RCPT TO', '550-5.1.1 no\n550 5.1.1 such user').context.enhanced, '5.1.1')
  assert.equal(refused('RCPT TO', '550 version 5.1.1 is old').context.enhanced, null)
  assert.equal(refused('RCPT TO', '550 5.1.1').context.enhanced, '5.1.1')
})

test('a line that breaks after the final dot leaves open whether the mail was taken', () => {
  const broken = (step: SmtpStep) =>
    smtpError({ code: 'ECONNECTION', command: 'CONN' }, { ...session, step }).context
  assert.deepEqual([broken('message').command, broken('message').maybeAccepted], ['message', true])
  assert.deepEqual([broken('MAIL FROM').command, broken('MAIL FROM').maybeAccepted], ['MAIL FROM', false])
})

test('no reply at all makes a class that the outbox does not know, and no recipient can hold the queue but by its words', () => {
  const step = fc.constantFrom(...(Object.keys(commands) as SmtpStep[]))
  const enhanced = fc.option(
    fc.tuple(fc.constantFrom(2, 4, 5), fc.nat(9), fc.nat(300)).map((three) => three.join('.')),
    { nil: '' },
  )
  fc.assert(
    fc.property(step, fc.integer({ min: 400, max: 599 }), enhanced, fc.string(), (at, code, more, words) => {
      const { retry, context, code: ours } = refused(at, `${code} ${more} ${words}`)
      assert.ok(['temporary', 'permanent', 'hold'].includes(retry))
      if (code < 500) assert.notEqual(retry, 'permanent')
      if (retry === 'hold') assert.match(String(context.about), /^(?:account|sender)$/)
      if (code === 421) assert.equal(ours, 'SMTP_UNAVAILABLE')
    }),
  )
})

test('an error shows at most 200 characters of the server, on one line, and never the password', () => {
  const response = `535 5.7.8 wrong ${'x'.repeat(500)}`
  assert.ok(refused('AUTH', response).message.length < 300)
  const { message } = smtpError(
    { ...commands.AUTH, responseCode: 535, response: '535 wrong: hunter 2\r\n535 more\u202e' },
    { ...session, secrets: ['hunter 2', ''] },
  )
  assert.doesNotMatch(message, /hunter|[\r\n\u202e]/)
})

test('what is wrong with a certificate is said in words, with the cure', () => {
  const now = Date.UTC(1970, 0, 1)
  const of = (originalCode: string) =>
    smtpError({ code: 'ESOCKET', originalCode, message: 'x' }, { ...session, now })
  assert.match(
    of('CERT_NOT_YET_VALID').message,
    /mx is not valid yet; the clock of this box says 1970-01-01$/,
  )
  assert.match(of('CERT_NOT_YET_VALID').hint ?? '', /timedatectl/)
  assert.match(of('CERT_HAS_EXPIRED').message, /has expired/)
  assert.match(of('ERR_TLS_CERT_ALTNAME_INVALID').message, /not for mx/)
  assert.match(of('DEPTH_ZERO_SELF_SIGNED_CERT').hint ?? '', /ca_file/)
  assert.match(of('ERR_SSL_WRONG_VERSION_NUMBER').hint ?? '', /starttls/)
  for (const code of ['CERT_NOT_YET_VALID', 'ERR_SSL_UNSUPPORTED_PROTOCOL', 'constructor'])
    assert.deepEqual([of(code).code, of(code).retry], ['SMTP_UNAVAILABLE', 'temporary'])
})
