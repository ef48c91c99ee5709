// Who else is at the port: in a made-up /proc, /run and /sys, and with real programs on a real tty.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { findRivals, lockOwner, type RivalRoots, withRival } from '../../../src/modem/port/find-rival.ts'
import { openSerialLine } from '../../../src/modem/port/serial-line.ts'
import { openPty } from '../../support/pty.ts'
import { findProgram } from '../../support/server-process.ts'
import { failureOf } from '../bench.ts'
import { realClock } from '../clocks.ts'
import { scriptedModem } from '../scripted-modem.ts'

interface Process {
  readonly pid: number
  readonly comm: string
  readonly args?: readonly string[]
  /** True: it has the port open. */
  readonly holds?: boolean
}

interface Scene {
  readonly processes?: readonly Process[]
  readonly tty?: string
  /** Name of a file in /run/lock and what is in it. */
  readonly locks?: Readonly<Record<string, string | Buffer>>
  /** What udev has on record of the tty. */
  readonly udev?: string
  readonly alive?: readonly number[]
}

const self = 4242

async function withScene(
  { processes = [], tty = 'ttyUSB2', locks = {}, udev, alive = [] }: Scene,
  use: (port: string, roots: RivalRoots) => Promise<void>,
): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'simpost-rival-')))
  const [proc, run, sys] = ['proc', 'run', 'sys'].map((name) => join(root, name)) as [string, string, string]
  const port = join(root, 'dev', tty)
  await mkdir(join(root, 'dev'))
  await writeFile(port, '')
  for (const { pid, comm, args = [comm], holds } of processes) {
    const folder = join(proc, String(pid))
    await mkdir(join(folder, 'fd'), { recursive: true })
    await writeFile(join(folder, 'comm'), `${comm}\n`)
    await writeFile(join(folder, 'cmdline'), `${args.join('\0')}\0`)
    await symlink('/dev/null', join(folder, 'fd/0'))
    if (holds === true) await symlink(port, join(folder, 'fd/7'))
  }
  await mkdir(join(run, 'lock'), { recursive: true })
  for (const [name, content] of Object.entries(locks)) await writeFile(join(run, 'lock', name), content)
  await mkdir(join(sys, 'class/tty', tty), { recursive: true })
  await writeFile(join(sys, 'class/tty', tty, 'dev'), '188:2\n')
  await mkdir(join(run, 'udev/data'), { recursive: true })
  if (udev !== undefined) await writeFile(join(run, 'udev/data/c188:2'), udev)
  try {
    await use(port, { proc, run, sys, self, isAlive: (pid) => alive.includes(pid) })
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const rows: readonly {
  readonly title: string
  readonly scene: Scene
  readonly found: readonly string[]
  readonly hint?: RegExp
}[] = [
  {
    title: 'nobody else is there',
    scene: { processes: [{ pid: self, comm: 'node', holds: true }] },
    found: [],
  },
  {
    title: 'any program that holds the port is named, known or not',
    scene: { processes: [{ pid: 7, comm: 'mystery', holds: true }] },
    found: ['mystery (pid 7) has it open'],
    hint: /^Quit mystery where it runs, or end it: sudo kill 7$/,
  },
  {
    title: 'ModemManager is a rival of every USB modem while it runs',
    scene: { processes: [{ pid: 713, comm: 'ModemManager' }] },
    found: ['ModemManager (pid 713) uses such ports, too'],
    hint: /^sudo systemctl stop ModemManager/,
  },
  {
    title: 'ModemManager is none where udev told it to ignore the modem',
    scene: { processes: [{ pid: 713, comm: 'ModemManager' }], udev: 'I:1\nE:ID_MM_DEVICE_IGNORE=1\nE:X=1\n' },
    found: [],
  },
  {
    title: 'ModemManager is none at the serial pins, unless it holds them',
    scene: { tty: 'ttyAMA0', processes: [{ pid: 713, comm: 'ModemManager' }] },
    found: [],
  },
  {
    title: 'a login prompt on the serial pins is named with the unit that starts it',
    scene: {
      tty: 'ttyAMA0',
      processes: [
        { pid: 5, comm: 'agetty', args: ['/sbin/agetty', '-o', '-p -- \\u', '--noclear', 'tty1', 'linux'] },
        { pid: 6, comm: 'agetty', args: ['/sbin/agetty', '--keep-baud', '115200,57600', 'ttyAMA0', 'vt220'] },
      ],
    },
    found: ['agetty (pid 6) uses such ports, too'],
    hint: /^sudo systemctl disable --now serial-getty@ttyAMA0$/,
  },
  {
    title: 'the daemons of gammu and smstools may use any port; the one that holds this one comes first',
    scene: {
      processes: [
        { pid: 11, comm: 'gammu-smsd' },
        { pid: 12, comm: 'smsd', holds: true },
      ],
    },
    found: ['smsd (pid 12) has it open', 'gammu-smsd (pid 11) uses such ports, too'],
    hint: /^sudo systemctl disable --now smstools$/,
  },
  {
    title: 'a dial-up or terminal program is a rival only on this port',
    scene: {
      processes: [
        { pid: 21, comm: 'pppd', args: ['pppd', 'ttyUSB0'] },
        { pid: 22, comm: 'pppd', args: ['pppd', 'ttyUSB2', '115200'] },
        { pid: 23, comm: 'vi', args: ['vi', 'ttyUSB2'] },
      ],
    },
    found: ['pppd (pid 22) uses such ports, too'],
  },
  {
    title: 'a second simpost is called by its own name',
    scene: {
      processes: [
        { pid: 31, comm: 'MainThread', args: ['node', '/opt/simpost/dist/simpost.cjs', 'run'], holds: true },
      ],
    },
    found: ['simpost (pid 31) has it open'],
    hint: /^sudo systemctl stop simpost$/,
  },
  {
    title: 'brltty is no rival of a port that is there',
    scene: { processes: [{ pid: 41, comm: 'brltty' }] },
    found: [],
  },
  {
    title: 'the live owner of a lock file is named with the file',
    scene: {
      locks: { 'LCK..ttyUSB2': '        51 minicom root\n' },
      processes: [{ pid: 51, comm: 'minicom' }],
      alive: [51],
    },
    found: ['minicom (pid 51) has locked it by '],
  },
  {
    title: 'one program with port and lock file is named once',
    scene: {
      locks: { 'LCK..ttyUSB2': '51\n' },
      processes: [{ pid: 51, comm: 'minicom', holds: true }],
      alive: [51],
    },
    found: ['minicom (pid 51) has it open'],
  },
]

for (const { title, scene, found, hint } of rows) {
  test(title, async () => {
    await withScene(scene, async (port, roots) => {
      const rivals = await findRivals(port, roots)
      assert.deepEqual(
        rivals.map(({ what }) => what.replace(/ by \S+$/, ' by ')),
        found,
      )
      if (hint !== undefined) assert.match(rivals[0]?.hint ?? '', hint)
    })
  })
}

const four = Buffer.alloc(4)
four.writeInt32LE(51)

for (const [title, locks, alive, owner] of [
  ['of a live process counts', { 'LCK..ttyUSB2': '        51\n' }, [51], 51],
  ['with a binary number counts', { 'LCK..ttyUSB2': four }, [51], 51],
  ['of a process that is hidden from us counts', { 'LCK..ttyUSB2': '51\n' }, [51], 51],
  ['of a dead process is stale', { 'LCK..ttyUSB2': '        51\n' }, [], null],
  ['of our own is none', { 'LCK..ttyUSB2': `${self}\n` }, [self], null],
  ['that is empty or says nothing is stale', { 'LCK..ttyUSB2': 'hello, world\n' }, [51], null],
  ['for another port does not concern us', { 'LCK..ttyUSB3': '51\n' }, [51], null],
] as const) {
  test(`a lock file ${title}`, async () => {
    await withScene({ locks, alive }, async (port, roots) => {
      assert.equal((await lockOwner(port, roots))?.pid ?? null, owner)
    })
  })
}

test('of a port that has vanished, brltty is named as the one that may have taken it', async () => {
  await withScene({ processes: [{ pid: 41, comm: 'brltty' }] }, async (port, roots) => {
    await rm(port)
    const [first] = await findRivals(port, roots)
    assert.match(first?.what ?? '', /^brltty \(pid 41\) takes some USB-serial chips/)
    assert.match(first?.hint ?? '', /systemctl mask --now brltty/)
  })
})

test('only an error of a port that is locked, gone or silent gets the name of the rival, and keeps its class', async () => {
  await withScene({ processes: [{ pid: 713, comm: 'ModemManager' }] }, async (port, roots) => {
    const silent = new GatewayError('MODEM_SILENT', 'no answer', { retry: 'temporary', hint: 'Check it.' })
    const named = await withRival(silent, port, roots)
    assert.ok(named instanceof GatewayError)
    assert.equal(named.message, 'no answer; ModemManager (pid 713) uses such ports, too')
    assert.match(named.hint ?? '', /^sudo systemctl stop ModemManager/)
    assert.deepEqual(
      [named.code, named.retry, named.context.rival],
      ['MODEM_SILENT', 'temporary', 'ModemManager'],
    )
    assert.equal(await withRival(named, port, roots), named, 'named once is enough')
    for (const other of [new GatewayError('SIM_LOCKED', 'the SIM wants its PIN'), new Error('a defect')])
      assert.equal(await withRival(other, port, roots), other)
    assert.equal(await withRival(silent, 'tcp://127.0.0.1:7007', roots), silent)
  })
})

const handlers = { onLine: () => undefined, onPrompt: () => undefined, onLost: () => undefined }
const opening = (port: string) =>
  openSerialLine({ port, baudRate: 115200, clock: realClock, signal: new AbortController().signal }, handlers)

/** Runs `use` while the program is at work, which is when it holds the port. */
async function whileRunning(
  command: readonly string[],
  port: string,
  use: (child: ChildProcess) => Promise<void>,
): Promise<void> {
  const [program = '', ...args] = command
  const path = program === 'node' ? process.execPath : findProgram(program)
  const child = spawn(path, args, { stdio: ['pipe', 'ignore', 'ignore'] })
  const ended = once(child, 'exit')
  try {
    let open = false
    const until = performance.now() + 10_000
    while (!open && performance.now() < until)
      open = (await findRivals(port)).some(({ how, pid }) => how === 'open' && pid === child.pid)
    assert.ok(open, `${program} does not hold the port`)
    await use(child)
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

const holder = `
const { SerialPort } = require('serialport')
new SerialPort({ path: process.argv[1], baudRate: 115200 })
setTimeout(() => {}, 60000)`

for (const [title, command] of [
  ['a second program that locks like we do', ['node', '-e', holder]],
  ['picocom', ['picocom', '--baud', '115200']],
] as const) {
  test(`${title} keeps us out of a real tty, and the error names it with its number`, async () => {
    const modem = await scriptedModem()
    const pty = await openPty(modem.port)
    try {
      await whileRunning([...command, pty.path], pty.path, async (child) => {
        const error = await failureOf(opening(pty.path))
        assert.equal(error.code, 'MODEM_UNAVAILABLE')
        assert.match(error.message, new RegExp(`^cannot open .*; \\S+ \\(pid ${child.pid}\\) has it open`))
        assert.match(error.hint ?? '', /^Quit \S+ where it runs/)
      })
    } finally {
      await pty.close()
      await modem.close()
    }
  })
}

test('while we hold a real tty, picocom and gammu stay out, and it is free again after close', async () => {
  const modem = await scriptedModem()
  const pty = await openPty(modem.port)
  const line = await opening(pty.path)
  const config = join(tmpdir(), `simpost-gammu-${process.pid}`)
  await writeFile(config, `[gammu]\nport = ${pty.path}\nconnection = at115200\n`)
  for (const [program, ...args] of [
    ['picocom', '--baud', '115200', pty.path],
    ['gammu', '--config', config, 'identify'],
  ] as const) {
    const child = spawn(findProgram(program), args, { stdio: ['ignore', 'ignore', 'ignore'] })
    const [status] = await once(child, 'exit')
    assert.notEqual(status, 0, program)
  }
  assert.deepEqual(modem.received, [], 'no other program has written anything')
  await line.close()
  await (await opening(pty.path)).close()
  await rm(config)
  await pty.close()
  await modem.close()
})
