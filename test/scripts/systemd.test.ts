// Holds systemd/simpost.service to what systemd itself says of it (systemd-analyze verify, security) and to what V8 and
// the tty need (systemd.exec(5)). Nothing is started; the unit is only read.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const unit = fileURLToPath(new URL('../../systemd/simpost.service', import.meta.url))

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
function values(key: string): readonly string[] {
  const lines = readFileSync(unit, 'utf8').split('\n')
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1))
}

test('systemd finds nothing to complain about in the unit', () => {
  assert.equal(findings(unit), '')
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
