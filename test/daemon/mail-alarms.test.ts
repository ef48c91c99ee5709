// One alarm for all servers that refuse the sign-in of the box.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSignInWatch, watchedTransport } from '../../src/daemon/mail-alarms.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { Alarms, Trouble } from '../../src/exchange/alarm.ts'

function bell(): Alarms & { readonly told: string[]; settled(): Promise<void> } {
  const told: string[] = []
  const words = ({ detail, mailBroken }: Trouble): string => `${detail}${mailBroken ? ', no mail' : ''}`
  return {
    told,
    raise: async (trouble) => void told.push(words(trouble)),
    end: async () => void told.push('over'),
    tellDue: async () => undefined,
    settled: async () => {
      for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

test('the alarm stands until every server that refused has let the box in', async () => {
  const alarms = bell()
  const watch = createSignInWatch(alarms)
  watch('imap', { message: 'NO', mailBroken: false })
  watch('smtp', { message: '535', mailBroken: true })
  watch('imap', null)
  watch('smtp', null)
  await alarms.settled()
  assert.deepEqual(alarms.told, ['NO', 'NO, no mail', '535, no mail', 'over'])
})

test('only a refused sign-in of the submission server is one, and what failed still fails', async () => {
  const alarms = bell()
  const answers: (GatewayError | null)[] = [
    new GatewayError('SMTP_UNAVAILABLE', 'no line', { retry: 'temporary' }),
    new GatewayError('SMTP_AUTH', '535 no', { retry: 'hold' }),
    null,
  ]
  const transport = watchedTransport(
    {
      send: async () => {
        const answer = answers.shift()
        if (answer) throw answer
        return { reply: '250', messageId: null }
      },
    },
    createSignInWatch(alarms),
  )
  const mail = { from: 'a@office.example', to: 'b@office.example', raw: Buffer.from('') }
  await assert.rejects(transport.send(mail), { code: 'SMTP_UNAVAILABLE' })
  await assert.rejects(transport.send(mail), { code: 'SMTP_AUTH' })
  await transport.send(mail)
  await alarms.settled()
  assert.deepEqual(alarms.told, ['535 no, no mail', 'over'])
})

test('an alarm that cannot be written down stops nothing', async () => {
  const watch = createSignInWatch({
    ...bell(),
    raise: () => Promise.reject(new GatewayError('STORE_FAILED', 'disk full')),
  })
  watch('imap', { message: 'NO', mailBroken: false })
  await new Promise((resolve) => setImmediate(resolve))
})
