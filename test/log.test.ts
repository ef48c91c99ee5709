// Log lines as journald reads them (sd-daemon(3)): one line an event, phone numbers and mail addresses masked.

import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { configureLog, log, mask } from '../src/log.ts'

let lines: string[] = []
beforeEach(() => {
  lines = []
  configureLog('debug', (line) => lines.push(line))
})
after(() => configureLog('info', (line) => process.stderr.write(line)))

test('a line has its priority, the event and its facts', () => {
  log.debug('a')
  log.info('sms-in', { message: 7, parts: 1, done: true, mailbox: null, left: undefined })
  log.warn('b')
  log.error('c')
  assert.deepEqual(lines, [
    '<7>a\n',
    '<6>sms-in message=7 parts=1 done=true mailbox=null\n',
    '<4>b\n',
    '<3>c\n',
  ])
})

test('lines below the chosen level are dropped', () => {
  configureLog('warn')
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  assert.deepEqual(lines, ['<4>c\n', '<3>d\n'])
})

test('an event is one line whatever its facts hold', () => {
  log.warn('down', { error: 'line one\r\nline two\u2028three', reply: 'a "b" c=d' })
  assert.equal(lines.length, 1)
  assert.equal(lines[0], '<4>down error="line one line two three" reply="a \\"b\\" c=d"\n')
})

test('numbers and addresses are masked where they stand', () => {
  log.info('x', { error: 'anna@office.example wrote to +4917012345678' })
  assert.equal(lines[0], '<6>x error="a…@office.example wrote to +49170…78"\n')
})

test('the mask shows enough to follow a case', () => {
  assert.equal(mask('+4917012345678'), '+49170…78')
  assert.equal(mask('anna@office.example'), 'a…@office.example')
  assert.equal(mask('Anna <anna@office.example>'), 'Anna <a…@office.example>')
  assert.equal(mask('message 12345'), 'message 12345')
})

test('the mask hides four digits and more of every phone number', () => {
  for (const number of [
    '1234567',
    '12345678',
    '+6771234567',
    '+4312345678',
    '004917012345678',
    '+4917012345678',
  ]) {
    const shown = mask(`to ${number}!`).replace(/\D/g, '')
    assert.ok(shown.length <= number.replace(/\D/g, '').length - 4, `${number} shows ${shown}`)
  }
})
