// The recovery ladder: which step follows, and that no limit is ever passed, whatever happens in whatever order.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ErrorCode, Retry } from '../../src/domain/errors.ts'
import {
  afterStable,
  type NextAction,
  nextAction,
  noHistory,
  type RecoveryHistory,
  type RecoveryStep,
  recoverySteps,
} from '../../src/modem/recovery.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

interface Taken {
  readonly step: RecoveryStep
  readonly at: number
}

/** A service whose modem ends each connection in the same way; a connection takes 8 s. */
function climbing(code: ErrorCode, allowed: readonly RecoveryStep[], retry: Retry = 'temporary') {
  let history: RecoveryHistory = noHistory
  let ranMs = 0
  const actions: NextAction[] = []
  const taken: Taken[] = []
  return {
    actions,
    taken,
    history: () => history,
    steps: () => taken.map(({ step }) => step),
    restart: () => {
      history = JSON.parse(JSON.stringify(history)) as RecoveryHistory
    },
    run(ms: number, ending: { code?: ErrorCode; upMs?: number; portIsThere?: boolean } = {}) {
      const end = ranMs + ms
      while (ranMs < end) {
        ranMs += 8_000 + (ending.upMs ?? 0)
        const next = nextAction(
          history,
          {
            ...{ code: ending.code ?? code, retry, upMs: ending.upMs ?? 8_000 },
            portIsThere: ending.portIsThere ?? false,
          },
          { ranMs, allowed },
        )
        history = next.history
        actions.push(next.action)
        if (next.action.kind === 'step') taken.push({ step: next.action.step, at: ranMs })
        ranMs += next.action.kind === 'step' ? 30_000 : next.action.waitMs
      }
    },
  }
}

test('a modem without an answer is reopened four times within two minutes, then reset, then the harder steps follow', () => {
  const box = climbing('MODEM_SILENT', recoverySteps)
  box.run(hour)
  assert.deepEqual(
    box.actions.slice(0, 5).map((action) => (action.kind === 'reopen' ? action.waitMs : action.step)),
    [500, 5_000, 20_000, 30_000, 'reset'],
  )
  assert.deepEqual(box.steps().slice(0, 3), ['reset', 'usb', 'power'])
  const [reset, usb, power] = box.taken
  assert.ok(reset !== undefined && usb !== undefined && power !== undefined)
  assert.ok(reset.at > minute && reset.at < 100_000, `reset after ${reset.at} ms`)
  assert.ok(usb.at - reset.at >= minute && power.at - usb.at >= 5 * minute)
})

for (const [allowed, expected] of [
  [[], []],
  [['reset'], ['reset', 'reset', 'reset', 'reset', 'reset', 'reset']],
  [
    ['reset', 'usb'],
    ['reset', 'usb', 'reset', 'reset', 'reset', 'usb', 'reset', 'reset'],
  ],
  [['usb'], ['usb', 'usb']],
] as const)
  test(`within an hour, with [${allowed}] allowed, a dead modem gets: ${expected.join(', ') || 'no step'}`, () => {
    const box = climbing('MODEM_SILENT', allowed)
    box.run(hour)
    assert.deepEqual(box.steps().slice(0, expected.length), expected)
    assert.ok(box.steps().length <= expected.length + 1, box.steps().join())
  })

test('a dead modem is opened again every minute for ever, however many steps have failed', () => {
  const box = climbing('MODEM_SILENT', recoverySteps)
  box.run(10 * day)
  const late = box.actions.slice(-1000)
  assert.ok(late.some(({ kind }) => kind === 'reopen'))
  for (const action of late) if (action.kind === 'reopen') assert.ok(action.waitMs <= minute)
  const count = (step: RecoveryStep): number => box.steps().filter((each) => each === step).length
  assert.ok(count('power') > 20 && count('power') <= 30, `${count('power')} power cycles in ten days`)
  assert.ok(count('reboot') >= 9 && count('reboot') <= 10, `${count('reboot')} reboots in ten days`)
})

const neverClimb: readonly (readonly [ErrorCode, Retry])[] = [
  ['MODEM_UNAVAILABLE', 'temporary'],
  ['MODEM_REFUSED', 'temporary'],
  ['SIM_LOCKED', 'hold'],
  ['SIM_ABSENT', 'hold'],
  ['NOT_REGISTERED', 'hold'],
  ['STORE_FAILED', 'permanent'],
  ['INTERNAL', 'temporary'],
]
for (const [code, retry] of neverClimb)
  test(`${code} for a week causes no step and is tried again all the time`, () => {
    const box = climbing(code, recoverySteps, retry)
    box.run(7 * day)
    assert.deepEqual(box.taken, [])
    const waits = box.actions.map((action) => (action.kind === 'reopen' ? action.waitMs : 0))
    assert.deepEqual(waits.slice(0, 3), [500, 1_000, 2_000])
    assert.equal(waits.at(-1), retry === 'hold' ? minute : 10_000)
  })

test('a modem that answers in between, or whose port was unplugged, gets its quick tries anew', () => {
  for (const code of ['SIM_LOCKED', 'MODEM_UNAVAILABLE'] as const) {
    const box = climbing('MODEM_SILENT', recoverySteps)
    box.run(30_000)
    box.run(1, { code })
    const before = box.actions.length
    box.run(60_000)
    const waits = box.actions.slice(before).map((action) => (action.kind === 'reopen' ? action.waitMs : 0))
    assert.deepEqual(waits.slice(0, 3), [500, 5_000, 20_000], code)
  }
})

test('after a connection of ten minutes the ladder begins below, but its limits stand', () => {
  const box = climbing('MODEM_SILENT', recoverySteps)
  box.run(25 * minute)
  assert.equal(box.steps().includes('power'), true)
  box.run(1, { upMs: 10 * minute })
  const before = box.taken.length
  box.run(110_000)
  assert.deepEqual(box.steps().slice(before), ['reset'])
  const reset = climbing('MODEM_SILENT', ['reset'])
  reset.run(2 * minute)
  assert.equal(reset.taken.length, 1)
  assert.equal(afterStable(reset.history(), 3 * minute).taken.length, 1)
})

test('a port that a step took away and that stays away for 90 s counts as no answer; an unplugged one never', () => {
  const box = climbing('MODEM_SILENT', recoverySteps)
  box.run(100_000)
  assert.deepEqual(box.steps(), ['reset'])
  box.run(5 * minute, { code: 'MODEM_UNAVAILABLE' })
  assert.deepEqual(box.steps(), ['reset', 'usb'])
  const seen = climbing('MODEM_SILENT', recoverySteps)
  seen.run(100_000)
  seen.run(1)
  seen.run(day, { code: 'MODEM_UNAVAILABLE' })
  assert.deepEqual(seen.steps(), ['reset'])
})

test('a port that somebody else took while the modem restarted, or that may not be opened, is waited for without a step', () => {
  const box = climbing('MODEM_SILENT', recoverySteps)
  box.run(100_000)
  box.run(day, { code: 'MODEM_UNAVAILABLE', portIsThere: true })
  assert.deepEqual(box.steps(), ['reset'])
  box.run(hour, { code: 'MODEM_UNAVAILABLE' })
  assert.deepEqual(box.steps(), ['reset'], 'then it was unplugged')
})

const endings = fc.record({
  portIsThere: fc.boolean(),
  code: fc.constantFrom<ErrorCode>(
    'MODEM_SILENT',
    'MODEM_SILENT',
    'MODEM_SILENT',
    'MODEM_UNAVAILABLE',
    'SIM_LOCKED',
  ),
  retry: fc.constantFrom<Retry>('temporary', 'hold'),
  upMs: fc.constantFrom(0, 8_000, 9 * minute, 10 * minute),
  // What passes besides: a restart of the process loses none of it, a box that is off counts none of it.
  moreMs: fc.constantFrom(0, 0, 1_000, minute, hour),
  restart: fc.boolean(),
})

test('no order of events passes a limit: reset once in 10 min, USB once in 30 min, 3 power cycles and 1 reboot in any 24 h', () => {
  fc.assert(
    fc.property(fc.array(endings, { minLength: 200, maxLength: 1500 }), (events) => {
      let history: RecoveryHistory = noHistory
      let ranMs = 0
      const taken: Taken[] = []
      for (const { moreMs, restart, ...ending } of events) {
        const { code, upMs } = ending
        ranMs += upMs + moreMs
        const next = nextAction(history, ending, { ranMs, allowed: recoverySteps })
        history = restart ? (JSON.parse(JSON.stringify(next.history)) as RecoveryHistory) : next.history
        if (next.action.kind === 'reopen') {
          assert.ok(next.action.waitMs >= 500 && next.action.waitMs <= minute)
          ranMs += next.action.waitMs
        } else {
          assert.notEqual(code, 'SIM_LOCKED')
          taken.push({ step: next.action.step, at: ranMs })
        }
      }
      const atMost = (step: RecoveryStep, count: number, withinMs: number): void => {
        const times = taken.filter((each) => each.step === step).map(({ at }) => at)
        for (const [index, at] of times.entries()) {
          const later = times[index + count]
          assert.ok(
            later === undefined || later - at >= withinMs,
            `${count + 1} ${step} within ${withinMs} ms`,
          )
        }
      }
      atMost('reset', 1, 10 * minute)
      atMost('usb', 1, 30 * minute)
      atMost('power', 3, day)
      atMost('reboot', 1, day)
      assert.ok(history.taken.length < 300)
    }),
    { numRuns: 200 },
  )
})
