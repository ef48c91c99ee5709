// The watch over the database, on a clock that a test moves: each change is said once, in the log, in systemd's status and to the operator.

import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createStoreWatch } from '../../src/daemon/store-watch.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { Trouble } from '../../src/exchange/alarm.ts'
import { configureLog } from '../../src/log.ts'
import { openStore } from '../../src/store/database/database.ts'
import { createServiceState } from '../../src/store/service-state.ts'
import { mountDisk, whyNoDisks } from '../disk/small-disk.ts'
import { fakeClock } from '../exchange/fake-clock.ts'
import { eventually } from '../scenario/program.ts'

const minute = 60_000
let folder: string
let environment: NodeJS.ProcessEnv

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'simpost-watch-'))
  const notify = join(folder, 'systemd-notify')
  writeFileSync(notify, `#!/bin/sh\necho "$@" >> ${folder}/notified\n`)
  chmodSync(notify, 0o755)
  environment = { ...process.env }
  Object.assign(process.env, { NOTIFY_SOCKET: join(folder, 'none'), PATH: `${folder}:${process.env.PATH}` })
})
after(() => {
  process.env = environment
  configureLog('info', (line) => process.stderr.write(line))
  rmSync(folder, { recursive: true, force: true })
})

const full = () => new GatewayError('STORE_FULL', 'no room', { retry: 'temporary', hint: 'make room' })

function rig(path: string) {
  const clock = fakeClock()
  const log: string[] = []
  configureLog('info', (line) => log.push(line))
  const raised: string[] = []
  const told: string[] = []
  const watch = createStoreWatch(path, clock)
  const store = openStore(path, { service: watch.events })
  const disk = { full: false }
  const state = createServiceState(store)
  const end = new AbortController()
  const running = watch.run(
    {
      state: {
        ...state,
        save: (...args) => {
          if (disk.full) throw full()
          state.save(...args)
          watch.events.onTrouble(null)
        },
      },
      alarms: {
        raise: async ({ key, reason }: Trouble) => void raised.push(`${key}: ${reason}`),
        end: async (key) => void raised.push(`${key}: over`),
        tellDue: async () => {},
      },
      tell: async (reason, detail) => {
        told.push(`${reason}: ${detail}`)
        return true
      },
    },
    AbortSignal.any([end.signal, watch.lost]),
  )
  const stop = async () => {
    end.abort()
    await running
    store.close()
  }
  return { clock, log, raised, told, watch, store, disk, running, stop }
}

test('trouble is logged and shown by systemd at once, told by a mail of its own when it lasts, and told once more when it is over', async () => {
  const { clock, log, told, watch, disk, stop } = rig(join(folder, 'trouble.db'))
  await clock.pass(minute)
  disk.full = true
  watch.events.onTrouble(full())
  await clock.pass(15_000)
  assert.deepEqual(told, [])
  await clock.pass(10 * minute)
  assert.deepEqual(told, ['database-out-of-use: no room. Try: make room'])
  disk.full = false
  await clock.pass(minute)
  assert.deepEqual(told.slice(1), ['alarm-over: no room. Try: make room'])
  await stop()
  const events = log.map((line) => /^<\d>(\S+)/.exec(line)?.[1])
  assert.deepEqual(events, ['database-trouble', 'database-works-again'])
  const notified = () => readFileSync(join(folder, 'notified'), 'utf8')
  await eventually('the status', () =>
    /STATUS=takes nothing in: no room/.test(notified()) ? true : undefined,
  )
})

test('trouble that ends within seconds is told to nobody', async () => {
  const { clock, told, watch, stop } = rig(join(folder, 'short.db'))
  watch.events.onTrouble(full())
  await clock.pass(10 * minute)
  await stop()
  assert.deepEqual(told, [])
})

test('a database that is replaced while nothing is written is noticed within a minute, and the operator hears of it', async () => {
  const path = join(folder, 'replaced.db')
  const { clock, told, watch, store, running } = rig(path)
  renameSync(path, `${path}.old`)
  openStore(join(folder, 'new.db')).close()
  renameSync(join(folder, 'new.db'), path)
  await clock.pass(minute)
  await running
  assert.match(String(watch.lost.reason), /was replaced by another file/)
  assert.equal(told.length, 1)
  store.close()
})

test('a disk that is nearly full is told once, while writing still works, and so is its end', {
  skip: whyNoDisks() ?? false,
}, async () => {
  const small = mountDisk('tmpfs')
  try {
    const { clock, raised, stop } = rig(small.database)
    await clock.pass(minute)
    small.fill(200_000)
    await clock.pass(5 * minute)
    assert.deepEqual(raised, ['disk: over', 'disk: disk-nearly-full'])
    small.makeRoom()
    await clock.pass(5 * minute)
    assert.deepEqual(raised.slice(2), ['disk: over'])
    await stop()
  } finally {
    small.remove()
  }
})
