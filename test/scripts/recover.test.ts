// Holds scripts/recover to its promise on a made-up sysfs: it trusts nothing but the name of the step, finds the modem by itself, keeps its own
// limits whatever the clock says, and lets no disk lose its power. The script has no door for tests: they run a copy with another root.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../scripts/recover', import.meta.url))
const linter = 'shellcheck'
const day = 86_400

class Machine {
  readonly root = mkdtempSync(path.join(tmpdir(), 'simpost-recover-'))
  readonly #copy = this.#path('recover')

  constructor() {
    for (const folder of ['bin', 'dev', 'run/simpost', 'run/simpost-recover', 'var/lib/simpost-recover'])
      mkdirSync(this.#path(folder), { recursive: true })
    for (const folder of ['sys/block', 'sys/class/tty', 'sys/bus/usb/devices', 'proc/sys/kernel/random'])
      mkdirSync(this.#path(folder), { recursive: true })
    const text = readFileSync(script, 'utf8')
      .replace(/^root=$/m, `root='${this.root}'`)
      .replace(/^PATH=.*$/m, `PATH='${this.#path('bin')}':/usr/bin:/bin`)
    assert.ok(text.includes(`root='${this.root}'`) && text.includes(`PATH='${this.root}`))
    writeFileSync(this.#copy, text)
    for (const name of ['uhubctl', 'systemctl'])
      this.program(name, `echo "${name} $*" >>"${this.root}/calls"`)
    this.program(
      'sleep',
      `cat "${this.root}"/sys/bus/usb/devices/*/authorized >>"${this.root}/slept" 2>/dev/null`,
    )
    this.time('boot-1', 1_000, 1_800_000_000)
  }

  #path(...names: readonly string[]): string {
    return path.join(this.root, ...names)
  }

  program(name: string, body: string): void {
    writeFileSync(this.#path('bin', name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  }

  without(name: string): void {
    rmSync(this.#path('bin', name))
  }

  time(boot: string, uptime: number, date: number): void {
    writeFileSync(this.#path('proc/sys/kernel/random/boot_id'), `${boot}\n`)
    writeFileSync(this.#path('proc/uptime'), `${uptime}.42 1.00\n`)
    this.program('date', `echo ${date}`)
  }

  /** A modem at a place on USB, with the tty that the link of the udev rule leads to. */
  plugIn(
    place = '1-1.2',
    ids = '12d1:1506',
    more: { readonly class?: string; readonly link?: string } = {},
  ): void {
    const device = this.#path('sys/devices/pci0/usb1/1-1', place)
    const tty = path.join(device, `${place}:1.2/ttyUSB2`)
    mkdirSync(tty, { recursive: true })
    const [vendor, product] = ids.split(':')
    const files = { idVendor: vendor, idProduct: product, authorized: '1', bDeviceClass: more.class ?? '00' }
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(device, name), `${text}\n`)
    mkdirSync(this.#path('sys/class/tty/ttyUSB2'), { recursive: true })
    symlinkSync(tty, this.#path('sys/class/tty/ttyUSB2/device'))
    symlinkSync(device, this.#path('sys/bus/usb/devices', place))
    symlinkSync(more.link ?? 'ttyUSB2', this.#path('dev/simpost-modem'))
  }

  unplug(place = '1-1.2'): void {
    rmSync(this.#path('sys/devices'), { recursive: true })
    rmSync(this.#path('sys/class/tty/ttyUSB2'), { recursive: true })
    rmSync(this.#path('sys/bus/usb/devices', place))
    rmSync(this.#path('dev/simpost-modem'))
  }

  disk(name: string, place: string, sectors: number): void {
    const folder = this.#path('sys/devices', place, name)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'size'), `${sectors}\n`)
    symlinkSync(folder, this.#path('sys/block', name))
  }

  /** Asks as the service does and runs the script as systemd does. @returns what the service can read of it */
  ask(step: string): string {
    writeFileSync(this.#path('run/simpost', `recover-${step}`), '')
    const { status, stderr } = this.run(step)
    assert.equal(status, 0, stderr)
    assert.equal(existsSync(this.#path('run/simpost', `recover-${step}`)), false)
    return readFileSync(this.#path('run/simpost-recover', step), 'utf8').trim()
  }

  run(...args: readonly string[]) {
    return spawnSync('/bin/sh', [this.#copy, ...args], { encoding: 'utf8', env: { root: '/elsewhere' } })
  }

  read(name: string): string {
    return existsSync(this.#path(name)) ? readFileSync(this.#path(name), 'utf8').trim() : ''
  }

  write(name: string, text: string): void {
    writeFileSync(this.#path(name), text)
  }
}

function withMachine(work: (machine: Machine) => void): void {
  const machine = new Machine()
  try {
    work(machine)
  } finally {
    rmSync(machine.root, { recursive: true })
  }
}

test('shellcheck finds nothing in it', () => {
  const run = spawnSync(linter, [script], { encoding: 'utf8' })
  assert.equal(run.error, undefined, `${linter} is there`)
  assert.equal(run.stdout + run.stderr, '')
})

test('usb switches the modem of /dev/simpost-modem off for two seconds and on again, and remembers its place', () => {
  withMachine((machine) => {
    machine.plugIn()
    assert.equal(machine.ask('usb'), 'the modem at USB 1-1.2 was switched off and on')
    assert.equal(machine.read('slept'), '0')
    assert.equal(machine.read('sys/bus/usb/devices/1-1.2/authorized'), '1')
    assert.equal(machine.read('var/lib/simpost-recover/modem'), '1-1.2 12d1:1506')
  })
})

test('a device that was switched off is switched on again when the script is ended meanwhile', () => {
  withMachine((machine) => {
    machine.plugIn()
    machine.program('sleep', 'kill -TERM "$PPID"')
    machine.write('run/simpost/recover-usb', '')
    machine.run('usb')
    assert.equal(machine.read('sys/bus/usb/devices/1-1.2/authorized'), '1')
  })
})

test('power cuts the port of the modem by uhubctl, also when the modem has vanished from USB', () => {
  withMachine((machine) => {
    machine.plugIn()
    assert.equal(machine.ask('power'), 'the power of port 2 of hub 1-1 was cut for 10 s')
    machine.unplug()
    assert.match(machine.ask('power'), /was cut/)
    assert.equal(machine.read('calls'), Array(2).fill('uhubctl -l 1-1 -p 2 -a cycle -d 10').join('\n'))
  })
  withMachine((machine) => {
    machine.plugIn('3-1')
    machine.ask('power')
    assert.equal(machine.read('calls'), 'uhubctl -l 3 -p 1 -a cycle -d 10')
  })
})

for (const [what, prepare, step, words] of [
  ['without link and memory', () => {}, 'usb', /no modem is known.*78-simpost-modem\.rules/],
  [
    'a link to something else',
    (m: Machine) => m.plugIn('1-1.2', '12d1:1506', { link: 'sda' }),
    'usb',
    /no USB tty/,
  ],
  [
    'a link that leads out of /dev',
    (m: Machine) => m.plugIn('1-1.2', '12d1:1506', { link: '../x;reboot' }),
    'power',
    /no USB tty/,
  ],
  ['a hub', (m: Machine) => m.plugIn('1-1.2', '12d1:1506', { class: '09' }), 'usb', /is a hub/],
  [
    'another device where the modem was',
    (m: Machine) => {
      m.plugIn()
      m.ask('usb')
      m.unplug()
      m.plugIn('1-1.2', '0781:5567')
      rmSync(path.join(m.root, 'dev/simpost-modem'))
    },
    'power',
    /another device is at USB 1-1\.2/,
  ],
  [
    'a memory that is damaged',
    (m: Machine) => m.write('var/lib/simpost-recover/modem', '../../../etc 1:2\n'),
    'usb',
    /names no place/,
  ],
  [
    'no uhubctl',
    (m: Machine) => {
      m.plugIn()
      m.without('uhubctl')
    },
    'power',
    /uhubctl is not installed/,
  ],
  [
    'a disk on USB',
    (m: Machine) => {
      m.plugIn()
      m.disk('sda', 'pci0/usb2/2-1/2-1:1.0/host0', 1_000)
    },
    'power',
    /the disk sda is on USB/,
  ],
  [
    'a hub that cannot switch',
    (m: Machine) => {
      m.plugIn()
      m.program('uhubctl', 'exit 1')
    },
    'power',
    /only some hubs can/,
  ],
] as const)
  test(`${what}: ${step} is refused with a word about it`, () => {
    withMachine((machine) => {
      prepare(machine)
      const said = machine.ask(step)
      assert.match(said, /^refused: /)
      assert.match(said, words)
      assert.equal(machine.read('calls'), '')
    })
  })

test('disks that are not on USB, without a medium, or in the modem itself do not keep the power on', () => {
  withMachine((machine) => {
    machine.plugIn()
    machine.disk('mmcblk0', 'platform/mmc0', 1_000)
    machine.disk('sdb', 'pci0/usb2/2-1/2-1:1.0/host0', 0)
    machine.disk('sr0', 'pci0/usb1/1-1/1-1.2/1-1.2:1.3/host1', 100)
    assert.match(machine.ask('power'), /was cut/)
  })
})

test('a request that the service took back is not carried out, and an unknown step is none', () => {
  withMachine((machine) => {
    machine.plugIn()
    assert.equal(machine.run('power').status, 0)
    assert.equal(machine.run('reboot').status, 0)
    for (const args of [[], ['off'], ['../usb'], ['usb; reboot']])
      assert.equal(machine.run(...args).status, 2, args.join(' '))
    assert.equal(machine.read('calls'), '')
  })
})

test('the box is rebooted once a day and no more, and the power is cut three times, however often it is asked', () => {
  withMachine((machine) => {
    machine.plugIn()
    const date = 1_800_000_000
    const reboots = (): number =>
      machine
        .read('calls')
        .split('\n')
        .filter((line) => /^systemctl/.test(line)).length
    const cuts = (): number =>
      machine
        .read('calls')
        .split('\n')
        .filter((line) => /^uhubctl/.test(line)).length
    for (let hour = 0; hour < 24; hour += 1) {
      machine.time('boot-1', 1_000 + hour * 3_600, date + hour * 3_600)
      machine.ask('reboot')
      machine.ask('power')
    }
    assert.deepEqual([reboots(), cuts()], [1, 3])
    assert.match(machine.ask('reboot'), /^refused: taken 1 times within 24 hours/)
    machine.time('boot-1', 1_000 + day, date + day)
    machine.ask('reboot')
    machine.ask('power')
    assert.deepEqual([reboots(), cuts()], [2, 4])
  })
})

test('a clock that is behind, ahead or starts in 1970 at each boot makes no loop of reboots and locks nothing for ever', () => {
  withMachine((machine) => {
    const reboots = (): number =>
      machine
        .read('calls')
        .split('\n')
        .filter((line) => /^systemctl/.test(line)).length
    machine.time('boot-1', 600, 1_800_000_000)
    machine.ask('reboot')
    // Each boot begins in 1970 and gets the right time later; the box was asked before and after.
    for (let boot = 2; boot < 12; boot += 1) {
      machine.time(`boot-${boot}`, 60, 60)
      machine.ask('reboot')
      machine.time(`boot-${boot}`, 120, 1_800_000_000 + boot * 600)
      machine.ask('reboot')
    }
    assert.equal(reboots(), 1)
    // Within one boot a jump of ten days is no time that has passed.
    machine.time('boot-20', 100, 1_800_100_000)
    machine.ask('reboot')
    assert.equal(reboots(), 2)
    machine.time('boot-20', 200, 1_800_100_000 + 10 * day)
    machine.ask('reboot')
    assert.equal(reboots(), 2)
    // A clock that stays in 1970: a day of uptime frees the step.
    machine.time('boot-21', day + 1, 100_000)
    machine.ask('reboot')
    assert.equal(reboots(), 3)
  })
})

test('damaged lines in its memory are passed over', () => {
  withMachine((machine) => {
    machine.write('var/lib/simpost-recover/reboot', 'x\nboot-1 a b\nboot-1 1$(touch x) 2\n\n')
    assert.equal(machine.ask('reboot'), 'the box reboots')
    assert.equal(machine.read('calls'), 'systemctl --no-block reboot')
  })
})
