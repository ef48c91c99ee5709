// What the operator hears of the mail servers: one alarm for all that refuse the sign-in, another for mails that are not taken.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Memory } from '../../src/daemon/hold-memory.ts'
import { createMailAlarms, type Refusals } from '../../src/daemon/mail-alarms.ts'
import { type ErrorCode, GatewayError } from '../../src/domain/errors.ts'
import type { Alarms, Trouble } from '../../src/exchange/alarm.ts'

/** Notes what is told, but for the end of what never was. */
function bell(): Alarms & { readonly told: string[]; settled(): Promise<void> } {
  const told: string[] = []
  const standing = new Set<string>()
  const words = ({ key, detail, mailBroken }: Trouble): string =>
    `${key}: ${detail}${mailBroken ? ', no mail' : ''}`
  return {
    told,
    raise: async (trouble) => {
      standing.add(trouble.key)
      told.push(words(trouble))
    },
    end: async (key) => {
      if (standing.delete(key)) told.push(`${key} is over`)
    },
    tellDue: async () => undefined,
    settled: async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

const problem = (code: ErrorCode, message: string): GatewayError =>
  new GatewayError(code, message, { retry: 'hold' })

/** What outlives the service. */
function memory(): Memory<Refusals> {
  let kept: string | null = null
  return {
    read: () => (kept === null ? null : (JSON.parse(kept) as Refusals)),
    save: (value) => {
      kept = JSON.stringify(value)
    },
  }
}

test('the alarm stands until every server that refused has let the box in', async () => {
  const alarms = bell()
  const { signIn, submission } = createMailAlarms(alarms, memory())
  signIn('imap', { message: 'NO', mailBroken: false })
  submission(problem('SMTP_AUTH', '535'))
  signIn('imap', null)
  submission(null)
  await alarms.settled()
  assert.deepEqual(alarms.told, [
    'sign-in: NO',
    'sign-in: NO, no mail',
    'sign-in: 535, no mail',
    'sign-in is over',
  ])
})

test('a quota or a refused address is no trouble of the sign-in, and ends with the next mail', async () => {
  const alarms = bell()
  const { submission } = createMailAlarms(alarms, memory())
  submission(problem('SMTP_AUTH', '535'))
  submission(problem('SMTP_REFUSED', '550 5.4.5 quota'))
  submission(null)
  await alarms.settled()
  assert.deepEqual(alarms.told, [
    'sign-in: 535, no mail',
    'sign-in is over',
    'submission: 550 5.4.5 quota, no mail',
    'submission is over',
  ])
})

test('a sign-in that ends soon is told as such, and one that is refused instead of it', async () => {
  const alarms = bell()
  const { provider } = createMailAlarms(alarms, memory())
  const trouble = { code: 'OAUTH_REFUSED', hint: null, mailBroken: false } as const
  provider({ ...trouble, kind: 'ending', message: 'ends on Friday' })
  provider({ ...trouble, kind: 'refused', message: 'revoked' })
  provider(null)
  await alarms.settled()
  assert.deepEqual(alarms.told, [
    'sign-in ends: ends on Friday',
    'sign-in: revoked',
    'sign-in ends is over',
    'sign-in is over',
  ])
})

test('a mailbox out of reach has half an hour to come back by itself', async () => {
  const raised: Trouble[] = []
  const alarms = bell()
  const raise = async (trouble: Trouble) => {
    raised.push(trouble)
    return alarms.raise(trouble)
  }
  const { mailbox } = createMailAlarms({ ...alarms, raise }, memory())
  mailbox(new GatewayError('IMAP_UNAVAILABLE', 'no line', { retry: 'temporary' }))
  mailbox(null)
  await alarms.settled()
  assert.equal(raised[0]?.afterMs, 1_800_000)
  assert.deepEqual(alarms.told, ['mailbox: no line', 'mailbox is over'])
})

test('an alarm that cannot be written down stops nothing', async () => {
  const alarms = bell()
  const raise = () => Promise.reject(new GatewayError('STORE_FAILED', 'disk full'))
  const { signIn } = createMailAlarms({ ...alarms, raise }, memory())
  signIn('imap', { message: 'NO', mailBroken: false })
  await alarms.settled()
  assert.deepEqual(alarms.told, [])
})

test('after a restart the mailbox alone does not end the alarm of a submission server that refused before it', async () => {
  const alarms = bell()
  const kept = memory()
  const before = createMailAlarms(alarms, kept)
  before.signIn('imap', { message: 'NO', mailBroken: false })
  before.submission(problem('SMTP_AUTH', '535'))
  await alarms.settled()
  const later = createMailAlarms(alarms, kept)
  later.signIn('imap', null)
  await alarms.settled()
  assert.equal(alarms.told.at(-1), 'sign-in: 535, no mail')
  later.submission(null)
  await alarms.settled()
  assert.equal(alarms.told.at(-1), 'sign-in is over')
})

test('a restart forgets what the provider said, for it is asked again before any server', async () => {
  const alarms = bell()
  const kept = memory()
  createMailAlarms(alarms, kept).signIn('oauth', { message: 'revoked', mailBroken: true })
  createMailAlarms(alarms, kept).signIn('imap', null)
  await alarms.settled()
  assert.deepEqual(alarms.told, ['sign-in: revoked, no mail', 'sign-in is over'])
})

test('a mail that waits for a token is no second alarm, and does not make good what the server refused', async () => {
  const alarms = bell()
  const { signIn, submission } = createMailAlarms(alarms, memory())
  submission(problem('SMTP_AUTH', '535'))
  signIn('oauth', { message: 'revoked', mailBroken: true })
  submission(problem('OAUTH_REFUSED', 'revoked'))
  signIn('oauth', null)
  await alarms.settled()
  assert.equal(alarms.told.at(-1), 'sign-in: 535, no mail')
  assert.deepEqual([...new Set(alarms.told.map((line) => line.split(':')[0]))], ['sign-in'])
})

test('a password file that cannot be read is trouble of the sign-in', async () => {
  const alarms = bell()
  const { submission } = createMailAlarms(alarms, memory())
  submission(problem('CONFIG_INVALID', 'there is no secret file'))
  await alarms.settled()
  assert.deepEqual(alarms.told, ['sign-in: there is no secret file, no mail'])
})

test('an alarm that a full disk did not take, or did not end, is raised or ended as soon as anything else is told', async () => {
  const alarms = bell()
  let isFull = true
  const full = async (): Promise<void> => {
    if (isFull) throw new GatewayError('STORE_FAILED', 'database or disk is full', { retry: 'temporary' })
  }
  const { signIn, submission, mailbox } = createMailAlarms(
    {
      ...alarms,
      raise: async (trouble) => full().then(() => alarms.raise(trouble)),
      end: async (key) => full().then(() => alarms.end(key)),
    },
    memory(),
  )
  submission(problem('SMTP_REFUSED', '550 5.4.5 quota'))
  await alarms.settled()
  isFull = false
  mailbox(null)
  await alarms.settled()
  assert.deepEqual(alarms.told, ['submission: 550 5.4.5 quota, no mail'])
  isFull = true
  submission(null)
  signIn('imap', { message: 'NO', mailBroken: false })
  signIn('imap', null)
  await alarms.settled()
  isFull = false
  mailbox(null)
  mailbox(null)
  await alarms.settled()
  assert.deepEqual(alarms.told, ['submission: 550 5.4.5 quota, no mail', 'submission is over'])
})
