// The credit of the SIM: amounts as networks write them, who is told and how often, and when it is asked.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { optionDefaults } from '../../src/config/schema.ts'
import { groupIn } from '../../src/domain/bounded-pattern.ts'
import { askIfDue, balanceKey } from '../../src/exchange/balance.ts'
import { type BalanceMemory, readAmount } from '../../src/exchange/decide/balance.ts'
import { configureLog } from '../../src/log.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { fakeClock } from './fake-clock.ts'
import { day, mailbox, newDesk, noon, phone } from './world.ts'

configureLog('error', () => {})
const pattern = String(optionDefaults().get('balance.pattern'))
const hour = 3_600_000

test('amounts are read as networks write them', () => {
  for (const [answer, amount] of [
    ['Ihr Guthaben betraegt: 12,34 EUR.', 12.34],
    ['Balance: $0.05. Thanks', 0.05],
    ['Saldo 1.234,56 EUR', 1234.56],
    ['Credit 1,234.56', 1234.56],
    ['Stand: -0,50', -0.5],
    ['Tel 0170123 Guthaben 3,00 bis 31.12.2026', 3],
    ['余额12.30元', 12.3],
    ['Bis 31.12.2026: 3,00 EUR', 3],
    ['Am 24.11.26 betraegt es 1.234,56.', 1234.56],
    ['Solde au 01.12.26', null],
    ['Try again later', null],
    ['valid until 2026', null],
    ['', null],
  ] as const)
    assert.equal(readAmount(groupIn(pattern, answer) ?? ''), amount, answer)
  assert.equal(readAmount('12'), 12)
  assert.equal(readAmount('1.234'), 1234)
  assert.equal(readAmount('.'), null)
})

interface Rig {
  readonly ask: (answer: string | Error) => Promise<void>
  readonly pass: (ms: number) => void
  readonly asked: () => number
  readonly told: () => string[]
  readonly memory: () => BalanceMemory | undefined
  readonly desk: ReturnType<typeof newDesk>
  busy: boolean
}

function rig(): Rig {
  let now = noon
  let asked = 0
  const desk = newDesk({ now: () => now, settings: { operatorMailbox: mailbox('Office') } })
  const state = createServiceState(desk.store)
  const self: Rig = {
    desk,
    busy: false,
    ask: (answer) =>
      askIfDue({
        ...{ desk, clock: fakeClock() },
        settings: { code: '*100#', everyMs: day, pattern, warnBelow: 5, currency: 'EUR' },
        line: () =>
          desk.outbox.hasSmsDue(now)
            ? null
            : {
                ussd: async () => {
                  asked += 1
                  if (answer instanceof Error) throw answer
                  return { state: 'done', text: answer }
                },
                cancelUssd: async () => {},
                ussdIsBusy: () => self.busy,
              },
      }),
    pass: (ms) => {
      now += ms
    },
    asked: () => asked,
    told: () => desk.drafts.map(({ subject, fields }) => `${fields['X-SMS-Reason']}: ${subject}`),
    memory: () => state.read<BalanceMemory>(balanceKey)?.value,
  }
  return self
}

test('a low credit is told once, and again only after it had risen', async () => {
  const { ask, pass, told, memory, desk } = rig()
  for (const answer of ['5,00 EUR', '4,99 EUR', '3,00 EUR', '20,00 EUR', '4,00 EUR']) {
    await ask(answer)
    pass(day)
  }
  assert.deepEqual(told(), [
    'balance-low: Credit of the SIM: 4.99 EUR',
    'balance-low: Credit of the SIM: 4.00 EUR',
  ])
  assert.equal(memory()?.amount, 4)
  assert.ok(desk.drafts.every(({ to }) => to.address === mailbox('Office')))
  assert.ok(desk.drafts[0]?.text.includes('4.99 EUR'))
  assert.deepEqual(desk.woken, ['mail', 'mail'])
})

test('it is asked when it is time, never while an SMS is due or somebody uses USSD', async () => {
  const self = rig()
  self.busy = true
  await self.ask('9,00')
  assert.equal(self.asked(), 0)
  self.busy = false
  const { id } = { id: 1 }
  self.desk.outbox.addSms(
    { messageId: null, conversationId: null, recipient: phone('Bob'), rule: 'binding', text: 'x', now: noon },
    () => ({ encoding: 'gsm7', segments: [{ pdu: '00', tpduLength: 1 }], validityMs: day }),
  )
  await self.ask('9,00')
  assert.equal(self.asked(), 0, 'an SMS is due')
  self.desk.store.run("UPDATE segment SET state = 'sent' WHERE delivery_id = ?", id)
  await self.ask('9,00')
  await self.ask('9,00')
  assert.equal(self.asked(), 1)
  self.pass(day - 1)
  await self.ask('9,00')
  assert.equal(self.asked(), 1)
  self.pass(1)
  await self.ask('9,00')
  assert.equal(self.asked(), 2)
})

test('an answer that cannot be read is asked for again in an hour, and told with its words when it was the third', async () => {
  const { ask, pass, told, asked, memory, desk } = rig()
  await ask('9,00')
  pass(day)
  for (let time = 0; time < 5; time += 1) {
    await ask('Try <later>\r\nBcc: eve@evil.example')
    pass(hour)
  }
  assert.equal(asked(), 4, 'the first answer, and three tries')
  assert.equal(told().length, 1)
  assert.match(told()[0] ?? '', /^balance-unreadable: Credit of the SIM/)
  assert.match(desk.drafts[0]?.text ?? '', /Try <later> Bcc: eve@evil.example/)
  assert.deepEqual([memory()?.amount, memory()?.misses], [9, 3], 'the last known credit stays')
  pass(day)
  await ask('8,00')
  assert.equal(memory()?.misses, 0)
})

test('a network that does not answer counts like an answer that cannot be read', async () => {
  const { ask, pass, told, desk } = rig()
  for (const answer of ['', new Error('the modem is gone'), '']) {
    await ask(answer)
    pass(hour)
  }
  assert.equal(told().length, 1)
  assert.match(desk.drafts[0]?.text ?? '', /\(done\)/)
})

test('where the answer cannot be kept nothing is asked again and again', async () => {
  const { ask, asked, desk } = rig()
  desk.store.run('ALTER TABLE service_state RENAME TO hidden')
  await assert.rejects(ask('9,00'))
  assert.equal(asked(), 0)
  desk.store.run('ALTER TABLE hidden RENAME TO service_state')
  desk.store.run("CREATE TRIGGER full BEFORE INSERT ON delivery BEGIN SELECT RAISE(ABORT, 'disk full'); END")
  await assert.rejects(ask('4,00'))
  await ask('4,00')
  assert.equal(asked(), 1)
})

test('a clock that ran ahead does not keep it from asking', async () => {
  const { ask, pass, asked } = rig()
  pass(400 * day)
  await ask('9,00')
  pass(-400 * day)
  await ask('9,00')
  assert.equal(asked(), 2)
})
