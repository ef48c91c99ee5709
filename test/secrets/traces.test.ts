// The search itself: a leak in any form is found, and what may stand somewhere is left alone there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSmsc } from '../../src/simulator/modem/sim-pdu.ts'
import { deliver } from '../exchange/intake/pdu-makers.ts'
import { Evidence } from './traces.ts'

const password = 'Hunter/2+longer "word"'
const guarded = [{ what: 'password', words: [password], allowed: [] }]

for (const [form, written] of [
  ['as it is', `LOGIN sms ${password}`],
  ['in a quoted string', `LOGIN sms "Hunter/2+longer \\"word\\""`],
  ['as SASL PLAIN', Buffer.from(`\0sms\0${password}`).toString('base64')],
  ['as SASL PLAIN of a longer name', Buffer.from(`\0sms2\0${password}`).toString('base64')],
  ['as AUTH LOGIN', Buffer.from(password).toString('base64')],
  ['in the form of a web page', new URLSearchParams({ client_secret: password }).toString()],
  ['in an address', `https://x.example/?q=${encodeURIComponent(password)}`],
  ['in hex', Buffer.from(password).toString('hex').toUpperCase()],
  ['in UCS-2 hex', Buffer.from(password, 'utf16le').swap16().toString('hex').toUpperCase()],
] as const)
  test(`a password is found ${form}`, () => {
    const evidence = new Evidence()
    evidence.add('log', 'here', `before ${written} behind`)
    assert.notDeepEqual(evidence.leaks(guarded), [])
  })

test('a word and a number are found in a PDU wherever they stand', () => {
  for (const before of ['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdef', 'abcdefg']) {
    const evidence = new Evidence()
    const [stored] = deliver(`${before}Zaunkoenig`, { from: 'Customer' })
    evidence.add('transcript', 'pdu', stored?.pdu ?? '')
    assert.notDeepEqual(evidence.leaks([{ what: 'text', words: ['Zaunkoenig'], allowed: [] }]), [], before)
  }
  const evidence = new Evidence()
  evidence.add('transcript', 'pdu', Buffer.from(encodeSmsc('+491715550123')).toString('hex'))
  assert.notDeepEqual(evidence.leaks([{ what: 'number', words: ['+491715550123'], allowed: [] }]), [])
})

test('what may stand in a place is left alone there, and only there', () => {
  const evidence = new Evidence()
  evidence.add('database', 'simpost.db', password)
  assert.deepEqual(evidence.leaks([{ what: 'text', words: [password], allowed: ['database'] }]), [])
  assert.equal(evidence.leaks([{ what: 'text', words: [password], allowed: ['log'] }]).length, 1)
})
