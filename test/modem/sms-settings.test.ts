// Choice of message store and of the AT+CNMI setting, on a table of answers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AtAnswer } from '../../src/modem/at/at-dialogue.ts'
import { quirkFor } from '../../src/modem/quirks.ts'
import { cnmiCandidates, type Execute, setUpIndication, setUpStorage } from '../../src/modem/sms-settings.ts'

const standard = quirkFor({ manufacturer: 'Example', model: 'M1', firmware: '1' })
const huawei = quirkFor({ manufacturer: 'huawei', model: 'E1550', firmware: '11' })
const wavecom = quirkFor({ manufacturer: 'WAVECOM MODEM', model: 'Q2', firmware: '' })

/** Answers from a table; a missing command gets ERROR. Commands are noted. */
function table(answers: Readonly<Record<string, readonly string[]>>): { execute: Execute; asked: string[] } {
  const asked: string[] = []
  const execute: Execute = async ({ line }) => {
    asked.push(line)
    const lines = answers[line]
    const answer: AtAnswer =
      lines === undefined
        ? {
            kind: 'error',
            error: { kind: 'ERROR', number: null, text: 'ERROR' },
            lines: [],
            payloadSent: false,
            elapsedMs: 0,
          }
        : { kind: 'ok', lines, elapsedMs: 0 }
    return answer
  }
  return { execute, asked }
}

for (const [listed, first] of [
  ['(0-2),(0-3),(0,2),(0-2),(0,1)', '2,1,0,1,0'],
  ['(0,1,2),(0,1),(0,2),(0),(1)', '2,1,0,0,1'],
  ['(0-1),(0-3),(0,2),(0-2),(0)', '1,1,0,1,0'],
  ['(2),(0,1,3),(2),(0,2),(1)', '2,1,0,2,1'],
  [null, '2,1,0,1,0'],
  ['nonsense', '2,1,0,1,0'],
] as const) {
  test(`of CNMI lists ${listed} the first choice is ${first}`, () => {
    assert.equal(cnmiCandidates(listed, standard)[0], first)
  })
}

test('a maker that lists mode 2 and fails on it is asked for mode 1 first', () => {
  assert.equal(cnmiCandidates('(0-2),(0-3),(0,2),(0-2),(0,1)', huawei)[0], '1,1,0,1,0')
})

test('a setting that is refused or not kept gives way to the next one, and mt stays 1 in all of them', async () => {
  const { execute, asked } = table({
    'AT+CNMI=?': ['+CNMI: (0-2),(0-3),(0,2),(0-2),(0)'],
    'AT+CNMI=1,1,0,1,0': [],
    'AT+CNMI=2,1,0,2,0': [],
    'AT+CNMI?': ['+CNMI: 2,1,0,2,0'],
  })
  assert.equal(await setUpIndication(execute, standard), '2,1,0,2,0')
  assert.deepEqual(
    asked.filter((line) => line.startsWith('AT+CNMI=') && !line.endsWith('?')),
    ['AT+CNMI=2,1,0,1,0', 'AT+CNMI=1,1,0,1,0', 'AT+CNMI=2,1,0,2,0'],
  )
})

test('a modem that keeps no setting is told to the caller as null: the sweep has to do', async () => {
  const { execute } = table({ 'AT+CNMI=?': ['+CNMI: (0),(0),(0),(0),(0)'] })
  assert.equal(await setUpIndication(execute, standard), null)
})

test('the store that receives already is kept, and other stores are named for the first sweep', async () => {
  const { execute, asked } = table({
    'AT+CPMS=?': ['+CPMS: ("SM","ME","SR"),("SM","ME"),("SM","ME")'],
    'AT+CPMS?': ['+CPMS: "ME",3,100,"ME",3,100,"ME",3,100'],
    'AT+CPMS="ME","ME","ME"': ['+CPMS: 3,100,3,100,3,100'],
  })
  assert.deepEqual(await setUpStorage(execute, standard), {
    main: { name: 'ME', used: 3, total: 100 },
    others: ['SM'],
    reports: 'SR',
    cpmsArguments: 3,
  })
  assert.equal(asked.at(2), 'AT+CPMS="ME","ME","ME"')
})

test('MT, the union of stores, is left for SM', async () => {
  const { execute } = table({
    'AT+CPMS=?': ['+CPMS: ("MT","SM","ME"),("MT","SM"),("MT")'],
    'AT+CPMS?': ['+CPMS: "MT",0,40,"MT",0,40,"MT",0,40'],
    'AT+CPMS="SM","SM","SM"': [],
  })
  assert.equal((await setUpStorage(execute, standard)).cpmsArguments, 3)
})

test('a modem that takes fewer arguments of CPMS is asked with fewer, and a Q2 only with one', async () => {
  const two = table({
    'AT+CPMS=?': ['+CPMS: ("SM"),("SM")'],
    'AT+CPMS="SM","SM"': [],
    'AT+CPMS?': ['+CPMS: "SM",1,15,"SM",1,15'],
  })
  assert.equal((await setUpStorage(two.execute, standard)).cpmsArguments, 2)
  const one = table({ 'AT+CPMS=?': ['+CPMS: ("SM")'], 'AT+CPMS="SM"': [], 'AT+CPMS?': ['+CPMS: "SM",1,15'] })
  await setUpStorage(one.execute, wavecom)
  assert.equal(one.asked.includes('AT+CPMS="SM","SM","SM"'), false)
})

test('a modem without any store is refused', async () => {
  await assert.rejects(setUpStorage(table({}).execute, standard), { code: 'MODEM_REFUSED' })
})
