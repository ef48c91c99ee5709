// Holds the units in systemd/ to what systemd itself says of them (systemd-analyze verify, security) and to what V8, the
// tty and the steps of root need (systemd.exec(5)). Nothing is started; the units are only read.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const unitFile = (name: string): string => fileURLToPath(new URL(`../../systemd/${name}`, import.meta.url))
const unit = unitFile('simpost.service')
const recover = unitFile('simpost-recover@.service')
const recoverPath = unitFile('simpost-recover@.path')

/** Exposure as systemd rates it, 0 to 10; measured 1.9 with systemd 252. Above this, a protection was lost. */
const exposureMax = 2.5

/** Named once; part of the Debian package systemd. */
const analyzer = 'systemd-analyze'

function analyze(...args: readonly string[]) {
  const run = spawnSync(analyzer, args, { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } })
  assert.equal(run.error, undefined, `${analyzer} is there`)
  return run
}

/** All that systemd-analyze verify finds in a unit file, one finding a line. */
function findings(file: string): string {
  const run = analyze('verify', '--man=no', '--recursive-errors=no', file)
  return run.stdout + run.stderr
}

/** The values of one key, in the order of the file; an empty value resets a list, as in systemd. */
function values(key: string, file = unit): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n')
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
}

test('systemd finds nothing to complain about in the units', () => {
  for (const file of [unit, recover, recoverPath]) assert.equal(findings(file), '')
})

test('a misspelt key in the unit would be found', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'simpost-unit-'))
  try {
    const broken = path.join(folder, 'simpost.service')
    writeFileSync(broken, readFileSync(unit, 'utf8').replace('WatchdogSec=', 'WatchdogSecs='))
    assert.match(findings(broken), /WatchdogSecs/)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('systemd rates the exposure of the service as low', (t) => {
  const run = analyze('security', '--offline=true', '--no-pager', unit)
  const rating = /Overall exposure level for simpost\.service: ([\d.]+)/.exec(run.stdout)?.[1]
  assert.ok(rating !== undefined, run.stderr)
  t.diagnostic(`exposure ${rating} of 10`)
  assert.ok(Number(rating) <= exposureMax, `exposure ${rating} is above ${exposureMax}`)
})

test('the service can compile JavaScript, open a modem and be heard by systemd', () => {
  assert.deepEqual(values('MemoryDenyWriteExecute'), [])
  assert.deepEqual(values('PrivateDevices'), [])
  assert.ok(values('DeviceAllow').includes('char-188 rw'), 'USB serial')
  assert.deepEqual(values('SupplementaryGroups'), ['dialout'])
  assert.deepEqual(values('NotifyAccess'), ['all'])
  assert.match(values('RestrictAddressFamilies').join(' '), /AF_UNIX/)
})

test('the service never gives up, and a stop waits for a running AT+CMGS', () => {
  assert.deepEqual(values('StartLimitIntervalSec'), ['0'])
  assert.deepEqual(values('Restart'), ['on-failure'])
  assert.ok(Number(values('TimeoutStopSec')[0]) > 300)
})

test('the service is an ordinary user, writes files for that user alone, and leaves no core dump', () => {
  assert.deepEqual(values('User'), ['simpost'])
  assert.doesNotMatch(values('ExecStart').join(' '), /--allow-root/)
  assert.deepEqual(values('UMask'), ['0077'])
  assert.deepEqual(values('LimitCORE'), ['0'])
})

test('the service asks in its own folder, where root looks for exactly the name of an instance', () => {
  assert.deepEqual(values('RuntimeDirectory'), ['simpost'])
  assert.deepEqual(values('RuntimeDirectoryMode'), ['0700'])
  assert.deepEqual(values('PathExists', recoverPath), ['/run/simpost/recover-%i'])
  assert.deepEqual(values('ExecStart', recover), ['/bin/sh /opt/simpost/scripts/recover %i'])
})

test('what root runs has no more rights than it needs, and cannot be started in a loop', () => {
  const run = analyze('security', '--offline=true', '--no-pager', recover)
  const rating = /Overall exposure level for simpost-recover@i\.service: ([\d.]+)/.exec(run.stdout)?.[1]
  assert.ok(Number(rating) <= exposureMax, `exposure ${rating}`)
  // The folder of the request is the service's; reboot is asked of systemd.
  assert.deepEqual(values('CapabilityBoundingSet', recover), ['CAP_DAC_OVERRIDE CAP_SYS_BOOT'])
  assert.deepEqual(values('ProtectSystem', recover), ['strict'])
  // `authorized` lies in /sys, and uhubctl speaks to hubs through /dev/bus/usb.
  assert.deepEqual(values('ProtectKernelTunables', recover), [])
  assert.deepEqual(values('DeviceAllow', recover), ['char-usb_device rw'])
  assert.ok(Number(values('StartLimitBurst', recover)[0]) <= 12)
})
