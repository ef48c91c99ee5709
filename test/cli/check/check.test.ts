// `simpost check` on simulated modems: what it finds while the service runs and while it does not, and that it changes nothing.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { lookAtModem } from '../../../src/modem/look.ts'
import {
  createSimModem,
  type SimModem,
  type SimModemOptions,
} from '../../../src/simulator/modem/sim-modem.ts'
import { lockStore, openStore } from '../../../src/store/database/database.ts'
import { createServiceState } from '../../../src/store/service-state.ts'
import { smallest } from '../../config/smallest.ts'
import { fastClock } from '../../modem/clocks.ts'
import { scriptedModem } from '../../modem/scripted-modem.ts'
import { buildProgram, type Program } from '../../scenario/program.ts'
import { openPty } from '../../support/pty.ts'

interface Finding {
  readonly area: string
  readonly level: string
  readonly message: string
  readonly hint: string | null
}

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program.remove())

interface Place {
  readonly database: string
  run(...args: string[]): ReturnType<Program['run']>
  findings(): Promise<{ readonly status: number | null; readonly ok: boolean; readonly findings: Finding[] }>
}

/** A config with that port in a folder of its own. @param pin a line of [modem], or nothing */
async function withConfig(port: string, pin: string, use: (place: Place) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-check-'))
  const [file, database] = [join(folder, 'simpost.toml'), join(folder, 'simpost.db')]
  const toml = smallest
    .replace(/^port = "auto".*$/m, `port = "${port}"`)
    .replace(/^pin_file = .*$/m, pin)
    .replace(/^path = .*$/m, `path = "${database}"`)
  writeFileSync(file, toml)
  const run = (...args: string[]) => program.run(['check', ...args, '--config', file])
  try {
    await use({
      database,
      run,
      async findings() {
        const { status, stdout, stderr } = await run('--json')
        assert.equal(stderr, '')
        return { status, ...JSON.parse(stdout) }
      },
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function withSim(
  options: SimModemOptions,
  use: (sim: SimModem, port: number) => Promise<void>,
): Promise<void> {
  const sim = createSimModem(options)
  try {
    await use(sim, await sim.listen())
  } finally {
    await sim.close()
  }
}

const short = ({ area, level, message }: Finding): string => `${level} ${area}: ${message}`

/** What must never be written by a mere look: a PIN, a message, the reading or deleting of one. */
const changing = /CPIN=|CMGS|CMGD|CMGR|CMGL|CMGW|CPWD|CLCK=|&W|&F/

test('while the service does not run, the modem is asked with the same start-up, and nothing is entered, read or sent', async () => {
  await withSim({}, async (sim, port) => {
    sim.network.phoneSends('+4917012345678', 'still here')
    await withConfig(`tcp://127.0.0.1:${port}`, '', async ({ findings }) => {
      const { status, ok, findings: found } = await findings()
      assert.deepEqual([status, ok], [1, false])
      const levels = found.map(({ area, level }) => `${level} ${area}`)
      assert.deepEqual(levels, [
        ...['ok config', 'problem service', 'ok port', 'ok modem', 'ok network', 'ok sim', 'ok sim'],
        ...['ok store', 'ok store'],
      ])
      assert.match(found[3]?.message ?? '', /: it is ready$/)
      assert.match(found[4]?.message ?? '', /^registered with .*, signal about -\d+ dBm$/)
      assert.match(found[1]?.hint ?? '', /systemctl start simpost/)
    })
    assert.ok(sim.commands().length > 5)
    assert.deepEqual(
      sim.commands().filter((line) => changing.test(line)),
      [],
    )
  })
})

for (const [title, pin, level, message] of [
  [
    'a SIM that wants a PIN which the config has is fine, for the service enters it',
    'pin = "1234"',
    'ok',
    /check does not$/,
  ],
  ['a SIM that wants a PIN which nobody gave stops messages', '', 'problem', /^the SIM wants its PIN$/],
] as const) {
  test(`${title}; the check enters none`, async () => {
    await withSim({ pin: '1234' }, async (sim, port) => {
      await withConfig(`tcp://127.0.0.1:${port}`, pin, async ({ findings }) => {
        const sims = (await findings()).findings.filter(({ area }) => area === 'sim')
        assert.deepEqual([sims.length, sims[0]?.level], [1, level])
        assert.match(sims[0]?.message ?? '', message)
      })
      assert.deepEqual(
        sim.commands().filter((line) => line.includes('CPIN=')),
        [],
      )
    })
  })
}

test('a refused PIN that the service wrote down is told, not hoped away', async () => {
  await withSim({ pin: '1234' }, async (_, port) => {
    await withConfig(`tcp://127.0.0.1:${port}`, 'pin = "9999"', async ({ database, findings }) => {
      const store = openStore(database)
      const trouble = { code: 'SIM_LOCKED', message: 'the SIM refused the PIN', hint: 'Correct the PIN.' }
      createServiceState(store).save('modem', { phase: 'closed', problem: trouble }, 1)
      store.close()
      assert.ok((await findings()).findings.map(short).includes('problem sim: the SIM refused the PIN'))
    })
  })
})

test('a modem that finds no network is a problem with a cure', async () => {
  const modem = await scriptedModem()
  for (const name of ['CREG', 'CGREG', 'CEREG']) modem.on(`AT+${name}?`, `\r\n+${name}: 1,3\r\n\r\nOK\r\n`)
  const options = { baudRate: 115200, clock: fastClock(100), signal: new AbortController().signal }
  const state = await lookAtModem({ ...options, port: `tcp://127.0.0.1:${modem.port}` })
  assert.equal(state.problem?.code, 'NOT_REGISTERED')
  assert.match(state.problem?.hint ?? '', /operator/)
  await modem.close()
})

test('the look works through a real tty, which is free for others afterwards, and tells silence from absence', async () => {
  const modem = await scriptedModem()
  const pty = await openPty(modem.port)
  const options = {
    baudRate: 115200,
    clock: fastClock(),
    signal: new AbortController().signal,
    port: pty.path,
  }
  try {
    for (let round = 0; round < 2; round += 1) {
      const state = await lookAtModem(options)
      assert.deepEqual([state.problem, state.phase, state.model], [null, 'ready', 'M1'])
    }
    modem.on('AT', null)
    assert.equal((await lookAtModem(options)).problem?.code, 'MODEM_SILENT')
    assert.equal(
      (await lookAtModem({ ...options, port: '/dev/no-such-tty' })).problem?.code,
      'MODEM_UNAVAILABLE',
    )
  } finally {
    await pty.close()
    await modem.close()
  }
})

test('a port that another program holds is not opened; the program is named with its cure', async () => {
  const modem = await scriptedModem()
  // The program that makes the tty holds it as well.
  const pty = await openPty(modem.port)
  await withConfig(pty.path, '', async ({ findings }) => {
    const { status, findings: found } = await findings()
    assert.equal(status, 1)
    const [rival] = found.filter(({ area }) => area === 'port')
    assert.match(rival?.message ?? '', /: socat \(pid \d+\) has it open$/)
    assert.match(rival?.hint ?? '', /^Quit socat where it runs, or end it: sudo kill \d+$/)
  })
  assert.deepEqual(modem.received, [])
  await pty.close()
  await modem.close()
})

test('a missing port says where to look, and the modem is not asked', async () => {
  await withConfig('/dev/serial/by-id/no-such-modem', '', async ({ findings }) => {
    const { findings: found } = await findings()
    const others = found.slice(2).filter(({ area }) => area !== 'store')
    assert.deepEqual(others.map(short), ['problem port: /dev/serial/by-id/no-such-modem is not there'])
    assert.match(found[2]?.hint ?? '', /ls -l \/dev\/serial\/by-id/)
  })
})

test('a config that cannot be read is the one finding', async () => {
  await withConfig('auto', 'colour = "red"', async ({ findings, run }) => {
    const { status, findings: found } = await findings()
    assert.deepEqual([status, found.length, found[0]?.area, found[0]?.level], [1, 1, 'config', 'problem'])
    const { stdout } = await run()
    assert.match(stdout, /^problem {2}config {3}.*colour/)
    assert.match(stdout, /^ {18}Try: /m)
  })
})

const ready = {
  phase: 'ready',
  port: 'tcp://127.0.0.1:7007',
  manufacturer: 'Quectel',
  model: 'EC25',
  firmware: 'R1',
  imei: null,
  operator: 'Testnet',
  registration: 1,
  registered: true,
  signalDbm: -80,
  storage: { name: 'SM', used: 3, total: 20 },
  smsc: '+491710760000',
  problem: null,
}

for (const { title, change, status, says } of [
  {
    title: 'a modem that works is fine in every line, and the exit status says so',
    change: {},
    status: 0,
    says: [
      'ok service: the service runs',
      'ok port: tcp://127.0.0.1:7007 is a modem behind a serial server',
      'ok modem: Quectel EC25 R1: it is ready',
      'ok network: registered with Testnet, signal about -80 dBm',
      'ok sim: service centre +491710760000',
      'ok sim: the message store SM holds 3 of 20',
    ],
  },
  {
    title: 'a weak signal and a store that fills are warnings, which stop nothing',
    change: { signalDbm: -110, storage: { name: 'SM', used: 13, total: 20 } },
    status: 0,
    says: [
      'warning network: registered with Testnet, signal about -110 dBm',
      'warning sim: the message store SM holds 13 of 20',
    ],
  },
  {
    title: 'a modem without registration stops messages',
    change: {
      ...{ phase: 'waiting-for-network', registered: false, registration: 3 },
      problem: { code: 'NOT_REGISTERED', message: 'the network denies this SIM', hint: 'Ask the operator.' },
    },
    status: 1,
    says: ['problem modem: the network denies this SIM'],
  },
  {
    title: 'a missing service centre stops messages, registered or not',
    change: {
      smsc: null,
      problem: { code: 'MODEM_REFUSED', message: 'the SIM has no service centre number', hint: 'Set it.' },
    },
    status: 1,
    says: ['problem modem: the SIM has no service centre number'],
  },
] as const) {
  test(`while the service runs its last words count: ${title}`, async () => {
    await withConfig('tcp://127.0.0.1:7007', '', async ({ database, findings }) => {
      const unlock = lockStore(database)
      const store = openStore(database)
      createServiceState(store).save('modem', { ...ready, ...change }, 1)
      try {
        const result = await findings()
        assert.equal(result.status, status)
        const lines = result.findings.map(short)
        for (const line of says) assert.ok(lines.includes(line), `${line} in ${lines.join('\n')}`)
        for (const { level, hint } of result.findings) assert.equal(hint === null, level === 'ok')
      } finally {
        store.close()
        unlock()
      }
    })
  })
}
