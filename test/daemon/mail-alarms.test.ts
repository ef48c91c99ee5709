// What the operator hears of the mail servers: one alarm for all that refuse the sign-in, another for mails that are not taken.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMailAlarms } from '../../src/daemon/mail-alarms.ts'
import { GatewayError } from '../../src/domain/errors.ts'
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

const problem = (code: 'SMTP_AUTH' | 'SMTP_REFUSED', message: string): GatewayError =>
  new GatewayError(code, message, { retry: 'hold' })

test('the alarm stands until every server that refused has let the box in', async () => {
  const alarms = bell()
  const { signIn, submission } = createMailAlarms(alarms)
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
  const { submission } = createMailAlarms(alarms)
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

test('an alarm that cannot be written down stops nothing', async () => {
  const alarms = bell()
  const { signIn } = createMailAlarms({
    ...alarms,
    raise: () => Promise.reject(new GatewayError('STORE_FAILED', 'disk full')),
  })
  signIn('imap', { message: 'NO', mailBroken: false })
  await alarms.settled()
  assert.deepEqual(alarms.told, [])
})
