// Two hundred connections, one after the other, each ended in another way: nothing is left behind, and the server never sees two at once.

import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { keepRunning } from '../../../src/daemon/supervisor.ts'
import { configureLog } from '../../../src/log.ts'
import { createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import { answer, bye, cutConnection, cutInLiteral, garbage } from '../../../src/simulator/mail/imap-faults.ts'
import type { ImapOverride } from '../../../src/simulator/mail/imap-session.ts'
import { createRandom } from '../../support/random.ts'
import { rawMail, realClock, until } from '../mail-support.ts'
import { bench } from './imap-bench.ts'

const lives = 200
const longMs = 60_000

const faults: readonly (readonly [command: string, fault: ImapOverride])[] = [
  ['AUTHENTICATE', answer('NO', '[UNAVAILABLE] later')],
  ['AUTHENTICATE', cutConnection('not done')],
  ['CAPABILITY', bye('later')],
  ['SELECT', answer('NO', '[SERVERBUG] sorry')],
  ['SELECT', cutConnection('done')],
  ['UID SEARCH', answer('BAD', 'what')],
  ['UID SEARCH', garbage()],
  ['UID SEARCH', bye('enough')],
  ['UID FETCH', cutInLiteral(10)],
  ['UID MOVE', cutConnection('done')],
  ['UID MOVE', cutConnection('not done')],
  ['IDLE', cutConnection('not done')],
  ['IDLE', bye('autologout')],
]

test('over 200 connections there is one at a time, every mail is taken once, and no listener, timer or socket is left', async (t) => {
  configureLog('error', () => {})
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  const { server, mailbox, intake, inbox, watch } = await bench(t)
  // The first start ever, behind which every mail counts.
  await (await watch()).stop()
  const stop = new AbortController()
  let count = 0
  let most = 0
  const seen = setInterval(() => {
    most = Math.max(most, server.connections())
  }, 1)
  t.after(() => clearInterval(seen))
  let settled: Record<string, number> = {}
  let sent = 0
  const live = async (signal: AbortSignal): Promise<void> => {
    await until(() => server.connections() === 0, longMs)
    if (++count === 20) settled = resources()
    if (count > lives) return stop.abort()
    const [command, fault] = random.pick(faults)
    server.override(command, fault, 1)
    mailbox.append('INBOX', rawMail(`mail ${++sent}`))
    const cut = setTimeout(() => server.dropConnections(), random.below(30))
    await inbox({ rescanMs: 5 })
      .run(signal)
      .finally(() => clearTimeout(cut))
  }
  const backoff = { firstMs: 1, maxMs: 1, holdMs: 1 }
  await keepRunning({ name: 'mailbox', clock: realClock(), backoff, live }, stop.signal)
  assert.ok(most <= 1, `${most} connections at once`)
  assert.deepEqual(getEventListeners(stop.signal, 'abort'), [])
  await until(() => server.connections() === 0, longMs)
  assert.deepEqual(resources(), settled)
  server.override('*', (call) => call.run())
  const end = new AbortController()
  // As after a restart: a mail at which the line broke three times by chance rests for a while.
  const last = inbox({ memory: createInboxMemory() }).run(end.signal)
  await until(() => new Set(intake.texts()).size === sent, longMs)
  end.abort()
  await last
  assert.equal(intake.texts().length, sent)
})

/** What keeps a process alive, by kind. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo())
    if (kind !== 'Immediate' && kind !== 'CloseReq' && kind !== 'TTYWrap')
      counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}
