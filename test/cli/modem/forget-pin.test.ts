// `simpost modem forget-pin` on the database of a box, and that the commands of the modem group take the same options.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServiceState } from '../../../src/store/service-state.ts'
import { openBox } from '../box.ts'

test('refused PINs and lost tries are forgotten once, and the command says how many there were', async () => {
  const box = await openBox([])
  try {
    const state = createServiceState(box.desk.store)
    state.pinTryBegins('89492990000000000012')
    state.pinTryEnded('89492990000000000012', '4711', 'refused', 0)
    const { status, stdout } = await box.run('modem', 'forget-pin')
    assert.equal(status, 0)
    assert.match(stdout, /^Forgotten\. .*enters the configured PIN again/)
    assert.ok(!stdout.includes('4711'))
    assert.equal(state.pinRefused('89492990000000000012', '4711'), false)
    assert.equal(state.pinTriesLost('89492990000000000012'), 0)
    assert.deepEqual(await box.json('modem', 'forget-pin'), { forgotten: 0 })
    assert.match((await box.run('modem', 'forget-pin')).stdout, /^No refused PIN/)
  } finally {
    await box.remove()
  }
})

test('every command of the modem group takes --config and --json', async () => {
  const box = await openBox([])
  try {
    for (const name of ['list', 'info', 'at', 'ussd', 'record', 'forget-pin']) {
      const { stdout } = await box.run('modem', name, '--help')
      assert.match(stdout, /-c, --config <file>/, name)
      assert.match(stdout, /--json /, name)
    }
    assert.equal((await box.run('modem', 'list')).status, 0)
  } finally {
    await box.remove()
  }
})
