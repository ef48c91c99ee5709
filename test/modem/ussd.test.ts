// USSD on the simulated modem through a pty, and the forms in which devices spell its texts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ussdText } from '../../src/modem/ussd.ts'
import { createSimModem, type SimModem, type SimModemOptions } from '../../src/simulator/modem/sim-modem.ts'
import { openPty } from '../support/pty.ts'
import { eventually, failureOf, hello, type ModemBench, startBench } from './bench.ts'
import { fastClock } from './clocks.ts'

const huawei = { manufacturer: 'huawei', model: 'E150' }

/** A modem that is ready; waits of a minute and more last a hundredth of a second. */
async function withModem(
  options: SimModemOptions,
  use: (rig: { readonly sim: SimModem; readonly bench: ModemBench }) => Promise<void>,
): Promise<void> {
  const sim = createSimModem(options)
  const pty = await openPty(await sim.listen())
  const bench = startBench(pty.path, { clock: fastClock(10, 1200) })
  try {
    await bench.reach('ready')
    await use({ sim, bench })
  } finally {
    await bench.stop()
    await pty.close()
    await sim.close()
  }
}

const lastCode = (sim: SimModem): string | undefined =>
  sim.commands().findLast((line) => line.startsWith('AT+CUSD=1'))

for (const [form, text, identity] of [
  ['text', 'Guthaben: 12,34 EUR', {}],
  ['text', 'Hören Sie @home für 5$', {}],
  ['ucs2', '余额: 12.34', {}],
  ['packed', 'Balance 7 EUR', huawei],
] as const)
  for (const beforeOk of [true, false])
    test(`the answer "${text}", spelt as ${form} ${beforeOk ? 'in front of' : 'behind'} OK, is read`, async () => {
      await withModem({ identity, ussd: { '*100#': { text, form, beforeOk } } }, async ({ bench }) => {
        assert.deepEqual(await bench.modem.ussd('*100#'), { state: 'done', text })
        assert.equal(bench.modem.ussdIsBusy(), false)
      })
    })

test('a Huawei stick gets the code as packed septets, seven of them padded with CR', async () => {
  const reply = { text: 'ok', form: 'packed' } as const
  await withModem(
    { identity: huawei, ussd: { '*101#': reply, '*10101#': reply } },
    async ({ sim, bench }) => {
      assert.equal((await bench.modem.ussd('*101#')).text, 'ok')
      assert.equal(lastCode(sim), 'AT+CUSD=1,"AA182C3602",15')
      assert.equal((await bench.modem.ussd('*10101#')).text, 'ok')
    },
  )
})

test('a Huawei stick that refuses packed septets gets text, and from then on at once', async () => {
  await withModem({ identity: huawei, ussd: { '*100#': '5 EUR' } }, async ({ sim, bench }) => {
    sim.override('+CUSD=1,"AA', () => ['ERROR'])
    assert.deepEqual(await bench.modem.ussd('*100#'), { state: 'done', text: '5 EUR' })
    assert.deepEqual(await bench.modem.ussd('*100#'), { state: 'done', text: '5 EUR' })
    assert.equal(sim.commands().filter((line) => line.startsWith('AT+CUSD=1,"AA')).length, 1)
  })
})

test('a menu of several lines is one text, its choice goes on, and a whole code ends it first', async () => {
  const ussd = {
    '*111#': { text: '1 Credit\n\n2 "Top up"\nOK\n3 Exit', mode: 1 },
    '2': 'Done',
    '*100#': '5 EUR',
  }
  await withModem({ ussd }, async ({ sim, bench }) => {
    const menu = { state: 'wants-answer', text: '1 Credit\n2 "Top up"\nOK\n3 Exit' }
    assert.deepEqual(await bench.modem.ussd('*111#'), menu)
    assert.equal(bench.modem.ussdIsBusy(), true)
    assert.deepEqual(await bench.modem.ussd('2'), { state: 'done', text: 'Done' })
    assert.deepEqual(await bench.modem.ussd('*111#'), menu)
    assert.deepEqual(await bench.modem.ussd('*100#'), { state: 'done', text: '5 EUR' })
    const said = sim.commands().filter((line) => line.startsWith('AT+CUSD'))
    assert.deepEqual(
      said.map((line) => line.slice(8, 16)),
      ['1,"*111#', '1,"2",15', '1,"*111#', '2', '1,"*100#'],
    )
    await bench.modem.cancelUssd()
    assert.equal(sim.commands().filter((line) => line === 'AT+CUSD=2').length, 1, 'nothing to cancel')
  })
})

test('an open menu is cancelled by AT+CUSD=2', async () => {
  await withModem({ ussd: { '*111#': { text: '1 Credit', mode: 1 } } }, async ({ sim, bench }) => {
    await bench.modem.ussd('*111#')
    await bench.modem.cancelUssd()
    assert.equal(sim.commands().at(-1), 'AT+CUSD=2')
    assert.equal(bench.modem.ussdIsBusy(), false)
  })
})

test('what the network says of its own accord is swallowed, and answers no request', async () => {
  await withModem({}, async ({ sim, bench }) => {
    sim.urc('+CUSD: 0,"You have won",15')
    assert.deepEqual(await bench.modem.ussd('*100#'), { state: 'done', text: 'Your balance is 12.34 EUR' })
    assert.ok(!bench.noise.concat(bench.urcs).some((line) => line.includes('won')))
  })
})

test('an unknown code, an ended session, a refusal and silence have their own states', async () => {
  const ussd = { '*1#': { text: 'Bye', mode: 2 }, '*3#': { text: 'never', afterMs: null } }
  await withModem({ ussd }, async ({ sim, bench }) => {
    assert.deepEqual(await bench.modem.ussd('*2#'), { state: 'not-supported', text: '' })
    assert.deepEqual(await bench.modem.ussd('*1#'), { state: 'ended', text: 'Bye' })
    assert.deepEqual(await bench.modem.ussd('*3#'), { state: 'timeout', text: '' })
    assert.equal(sim.commands().at(-1), 'AT+CUSD=2', 'the session is closed')
    sim.override('+CUSD=1', () => ['+CME ERROR: 30'])
    assert.deepEqual(await bench.modem.ussd('*4#'), { state: 'refused', text: '+CME ERROR: 30' })
  })
})

test('two requests at once go one after the other, and an SMS between them', async () => {
  const ussd = { '*1#': { text: 'one', afterMs: 80 }, '*2#': { text: 'two', afterMs: 5 } }
  await withModem({ ussd }, async ({ sim, bench }) => {
    const both = Promise.all([bench.modem.ussd('*1#'), bench.modem.ussd('*2#'), bench.modem.submit(hello)])
    const [one, two] = await both
    assert.deepEqual([one.text, two.text], ['one', 'two'])
    assert.equal(sim.network.sent.length, 1)
  })
})

test('a code with anything but digits, * and # is refused before the modem sees it', async () => {
  await withModem({}, async ({ sim, bench }) => {
    for (const code of ['', '*100#"', '*100#\rAT+CFUN=0', 'abc', '1'.repeat(183)])
      assert.equal((await failureOf(bench.modem.ussd(code))).code, 'USAGE')
    assert.equal(lastCode(sim), undefined)
    assert.equal(bench.modem.ussdIsBusy(), false)
  })
})

test('a modem that is pulled out while the network thinks ends the request with an error', async () => {
  await withModem({ ussd: { '*3#': { text: 'never', afterMs: null } } }, async ({ sim, bench }) => {
    const asked = failureOf(bench.modem.ussd('*3#'))
    await eventually(() => lastCode(sim) !== undefined)
    await bench.stop()
    const { code, retry } = await asked
    assert.match(code, /^MODEM_(UNAVAILABLE|SILENT)$/)
    assert.equal(retry, 'temporary')
  })
})

test('texts are read in every spelling that manuals and logs show', () => {
  const rows: readonly (readonly [string, number, 'text' | 'packed', string])[] = [
    ['04110430043B0430043D04410020003500320035002E0032003500200440002E', 72, 'packed', 'Баланс 525.25 р.'],
    ['00480061007600690020006B006500720065007400F6', 15, 'text', 'Havi keretö'],
    ['48616C6C6F', 68, 'text', 'Hallo'],
    ['C8329BFD06', 15, 'packed', 'Hello'],
    ['Guthaben 5 EUR', 15, 'packed', 'Guthaben 5 EUR'],
    ['', 15, 'text', ''],
    ['00', 15, 'text', '00'],
    ['ABC', 72, 'text', 'ABC'],
    ['a\u0000b', 15, 'text', 'a@b'],
    ['caf\u00e9', 15, 'text', 'café'],
  ]
  for (const [characters, dcs, form, text] of rows)
    assert.equal(ussdText(characters, dcs, form), text, characters)
})
