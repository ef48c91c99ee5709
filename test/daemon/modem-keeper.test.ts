// The recovery ladder on a simulated modem: what is done about one that hangs, and that nothing is done about one that does not.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { configureLog } from '../../src/log.ts'
import type { RecoveryShown } from '../../src/modem/recovery.ts'
import { failureOf, hello } from '../modem/bench.ts'
import { type BenchSetting, type KeeperBench, startKeeper } from './keeper-bench.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
after(() => configureLog('error', () => undefined))

async function withKeeper(use: (box: KeeperBench) => Promise<void>, setting?: BenchSetting): Promise<void> {
  const box = await startKeeper(setting)
  try {
    await use(box)
  } finally {
    await box.close()
  }
}

const ready = (box: KeeperBench) => (): boolean => box.phase() === 'ready'

/** From now on the modem hears nothing. @returns how to end that */
function hang(box: KeeperBench): () => void {
  box.sim.faults.random([{ kind: 'no-answer' }], 1, 1)
  return () => box.sim.faults.clear()
}

const shown = (box: KeeperBench): RecoveryShown | null =>
  box.state.read<RecoveryShown | null>('recovery')?.value ?? null

const writtenTo = (box: KeeperBench, command: string): number =>
  box.sim.commands().filter((line) => line === command).length

test('a modem that is silent for an hour is reset every ten minutes, and is back within two minutes of its recovery', async () => {
  await withKeeper(
    async (box) => {
      await box.pass(minute, ready(box))
      const recover = hang(box)
      await box.pass(hour)
      assert.deepEqual(new Set(box.steps()), new Set(['reset']))
      assert.ok(box.steps().length >= 4 && box.steps().length <= 6, box.steps().join())
      assert.match(shown(box)?.doing ?? '', /^reset by AT\+CFUN=1,1, [3-6](rd|th) time today$/)
      assert.ok((shown(box)?.nextAt ?? 0) > 0)
      recover()
      assert.ok((await box.pass(10 * minute, ready(box))) <= 2 * minute)
      assert.equal(shown(box), null)
    },
    { recover: 'reset' },
  )
})

test('a modem that only answers after a reset is back four minutes after it began to hang', async () => {
  await withKeeper(async (box) => {
    await box.pass(minute, ready(box))
    let hangs = true
    box.sim.override('', () => (hangs ? [] : undefined))
    box.sim.override('+CFUN=1,1', () => {
      hangs = false
      return []
    })
    const passed = await box.pass(hour, () => !hangs && ready(box)())
    // A minute until the next sign of life is asked for, one and a half of quick tries, half a one for the restart.
    assert.ok(passed <= 4 * minute, `${passed} ms`)
    assert.deepEqual(box.steps(), ['reset'])
  })
})

test('the reset command is the one of the maker, and ESC comes first, for a prompt may stand open', async () => {
  await withKeeper(
    async (box) => {
      await box.pass(minute, ready(box))
      box.sim.override('', () => [])
      await box.pass(5 * minute, () => box.steps().length > 0)
      await box.pass(minute)
      const written = box.sim.commands()
      const at = written.indexOf('AT^RESET')
      assert.ok(at > 0)
      assert.deepEqual(written.slice(at, at + 3), ['AT^RESET', 'AT+CFUN=1,1', 'AT+CFUN=16'])
    },
    { sim: { identity: { manufacturer: 'huawei', model: 'E173' } } },
  )
})

test('an SMS that was with the modem when it fell silent is uncertain, and the ladder starts afterwards', async () => {
  await withKeeper(async (box) => {
    await box.pass(minute, ready(box))
    box.sim.faults.add({ kind: 'answer-lost' })
    const sent = failureOf(box.modem().submit(hello))
    await box.pass(1_000)
    hang(box)
    await box.pass(hour, () => box.steps().length > 0)
    const error = await sent
    assert.deepEqual([error.code, error.retry], ['SMS_UNCERTAIN', 'ambiguous'])
    assert.deepEqual(box.steps(), ['reset'])
  })
})

test('a modem that the network denies, or that has no SIM, or a full store, is never reset', async () => {
  for (const trouble of [
    (box: KeeperBench) => box.sim.setRegistration(3),
    (box: KeeperBench) => box.sim.card.setPresent(false),
    (box: KeeperBench) => {
      box.sim.faults.storeFull = true
    },
  ])
    await withKeeper(
      async (box) => {
        await box.pass(minute, ready(box))
        trouble(box)
        box.sim.reset()
        await box.pass(hour)
        assert.deepEqual(box.steps(), [])
        assert.equal(writtenTo(box, 'AT+CFUN=1,1'), 0)
      },
      { recover: 'reboot' },
    )
})

test('a port that is gone for hours is waited for without a step, and opened within ten seconds when it is back', async () => {
  await withKeeper(
    async (box) => {
      await box.pass(minute, ready(box))
      box.sim.unplug()
      await box.pass(4 * hour)
      assert.deepEqual(box.steps(), [])
      assert.deepEqual(shown(box), { doing: 'waits for the port', nextAt: null })
      box.sim.plugIn()
      const passed = await box.pass(hour, ready(box))
      assert.ok(passed <= 12_000, `${passed} ms`)
    },
    { recover: 'reboot' },
  )
})

test('a modem that is unplugged while it hangs, so that no reset reaches it, is waited for without a further step', async () => {
  let silences = 5
  const dead = () => (silences-- > 0 ? 'MODEM_SILENT' : 'MODEM_UNAVAILABLE')
  await withKeeper(
    async (box) => {
      await box.sim.close()
      await box.pass(hour)
      assert.deepEqual(box.steps(), ['reset'])
      assert.match(box.lines.find((line) => line.includes('modem-recovery-outcome')) ?? '', /did=false/)
    },
    { dead, recover: 'reboot' },
  )
})

test('the USB step is asked for by an empty file, which the helper takes; its words are logged', async () => {
  await withKeeper(async (box) => {
    await box.pass(minute, ready(box))
    hang(box)
    const request = join(box.runtime, 'recover-usb')
    await box.pass(hour, () => existsSync(request))
    assert.deepEqual(readdirSync(box.runtime), ['recover-usb'])
    writeFileSync(join(box.outcomes, 'usb'), 'usb: 1-1.2 switched off and on\n')
    rmSync(request)
    await box.pass(minute)
    assert.match(box.lines.join(''), /modem-recovery-outcome step=usb did=true/)
    assert.match(shown(box)?.doing ?? '', /^USB switched off and on, 1st time today/)
  })
})

test('a step that no helper takes, or that it refuses, is said so, withdrawn and followed by the next', async () => {
  await withKeeper(
    async (box) => {
      await box.pass(minute, ready(box))
      hang(box)
      await box.pass(10 * minute, () => box.steps().includes('usb'))
      await box.pass(15_000)
      assert.match(shown(box)?.doing ?? '', /systemctl enable --now simpost-recover@usb\.path/)
      assert.deepEqual(readdirSync(box.runtime), [])
      const request = join(box.runtime, 'recover-power')
      await box.pass(hour, () => existsSync(request))
      writeFileSync(join(box.outcomes, 'power'), 'refused: uhubctl is not installed\n')
      rmSync(request)
      await box.pass(15_000)
      assert.match(shown(box)?.doing ?? '', /refused: uhubctl is not installed/)
      await box.pass(2 * hour)
      assert.deepEqual(box.steps().slice(0, 3), ['reset', 'usb', 'power'])
      assert.ok(box.steps().length > 6)
    },
    { recover: 'power' },
  )
})

test('a service that was not started by systemd says once that it can only reset', async () => {
  await withKeeper(
    async (box) => {
      await box.pass(minute, ready(box))
      hang(box)
      await box.pass(hour)
      assert.deepEqual(new Set(box.steps()), new Set(['reset']))
      assert.equal(box.lines.filter((line) => /recovery-steps-skipped/.test(line)).length, 1)
    },
    { recover: 'reboot', runtimeFolder: false },
  )
})

test('a restart of the process and a clock that jumps keep the limits: three power cycles and one reboot in a day', async () => {
  await withKeeper(
    async (box) => {
      const jumps = [0, -20 * 365 * day, 10 * day, -10 * day]
      for (let part = 0; part < 16; part += 1) {
        await box.pass(1.4 * hour)
        box.jumpWall(jumps[part % jumps.length] ?? 0)
        await box.restart()
      }
      const count = (step: string): number => box.steps().filter((each) => each === step).length
      assert.deepEqual([count('power'), count('reboot')], [3, 1])
      await box.pass(4 * hour)
      assert.equal(count('reboot'), 2)
    },
    { recover: 'reboot', dead: true },
  )
})

test('a step that cannot be written down is not taken', async () => {
  await withKeeper(async (box) => {
    await box.pass(minute, ready(box))
    hang(box)
    box.store.run(
      "CREATE TRIGGER full BEFORE INSERT ON service_state WHEN NEW.key = 'recovery-history' BEGIN SELECT RAISE(FAIL, 'disk full'); END",
    )
    await box.pass(hour)
    assert.deepEqual(box.steps(), [])
    assert.equal(writtenTo(box, 'AT+CFUN=1,1'), 0)
    assert.match(box.lines.join(''), /recovery-not-recorded/)
    box.store.run('DROP TRIGGER full')
    await box.pass(hour)
    assert.ok(box.steps().includes('reset'))
  })
})

test('another modem on the same port is used, and the swap is logged', async () => {
  const first = await startKeeper()
  try {
    await first.pass(minute, ready(first))
    const end = first.sim.override('+CGSN', () => ['351234567890123', 'OK'])
    first.sim.unplug()
    first.sim.plugIn()
    await first.pass(minute, ready(first))
    assert.equal(first.lines.filter((line) => /modem-swapped/.test(line)).length, 1)
    end()
  } finally {
    await first.close()
  }
})

test('a wrong PIN, a modem without counter that restarts over it, and the ladder for a day: the SIM keeps a try', async () => {
  await withKeeper(
    async (box) => {
      const { sim } = box
      sim.override('+CPINR', () => ['ERROR'])
      sim.override('+CPIN=', (command) => {
        try {
          sim.card.enter(/"(\d+)"/.exec(command)?.[1] ?? '', undefined)
        } catch {
          // The answer is lost with the restart.
        }
        setImmediate(() => sim.reset())
        return []
      })
      await box.pass(2 * hour)
      // A modem that hangs in between, so that the ladder resets it.
      const recover = hang(box)
      await box.pass(hour)
      recover()
      sim.reset()
      await box.pass(21 * hour)
      assert.ok(box.steps().includes('reset'))
      assert.deepEqual([sim.card.state(), sim.card.pinTriesLeft()], ['SIM PIN', 1])
      assert.equal(sim.commands().filter((line) => line.startsWith('AT+CPIN="')).length <= 2, true)
    },
    { pin: '9999', sim: { pin: '1234' } },
  )
})
