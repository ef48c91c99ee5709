// GatewayError: code, retry class, hint and facts; what a reader is shown of anything that was thrown.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, GatewayError, messageOf } from '../../src/domain/errors.ts'

test('an error without options is permanent, has no hint and no facts', () => {
  const error = new GatewayError('USAGE', 'wrong')
  assert.equal(error.code, 'USAGE')
  assert.equal(error.message, 'wrong')
  assert.equal(error.name, 'GatewayError')
  assert.equal(error.retry, 'permanent')
  assert.equal(error.hint, undefined)
  assert.deepEqual(error.context, {})
  assert.equal('cause' in error, false)
  assert.ok(error instanceof Error)
})

test('an error carries its retry class, hint, facts and cause', () => {
  const cause = new Error('EIO')
  const error = new GatewayError('MODEM_UNAVAILABLE', 'gone', {
    retry: 'temporary',
    hint: 'plug it in',
    context: { cms: 38 },
    cause,
  })
  assert.deepEqual(
    [error.retry, error.hint, error.context, error.cause],
    ['temporary', 'plug it in', { cms: 38 }, cause],
  )
})

test('every code is upper case and says in one line what it means', () => {
  for (const [code, meaning] of Object.entries(errorCodes)) {
    assert.match(code, /^[A-Z]+(_[A-Z]+)*$/)
    assert.match(meaning, /^[^\n]{15,100}[^.\n]$/)
  }
})

test('anything that was thrown has a message', () => {
  assert.equal(messageOf(new Error('broken')), 'broken')
  assert.equal(messageOf('broken'), 'broken')
  assert.equal(messageOf(undefined), 'undefined')
  assert.equal(messageOf(null), 'null')
})
