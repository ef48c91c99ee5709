// A second process on the same database, for the tests of locks, races and sudden ends. It says one line and then waits for its end:
// the test kills it, or closes its input.

import { GatewayError } from '../../src/domain/errors.ts'
import { createBindings } from '../../src/store/bindings.ts'
import { lockStore, openStore } from '../../src/store/database/database.ts'
import { createOutbox } from '../../src/store/outbox/outbox.ts'
import { newBinding, now } from './temp-store.ts'

const [command = '', path = '', ...words] = process.argv.slice(2)

/** Waits without giving the event loop a turn, as inside a transaction. */
function waitForEver(): never {
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000)
}

const say = (line: string): void => {
  // Written at once, even if the process never comes back to its event loop.
  if (process.stdout.writable) process.stdout.write(`${line}\n`)
}

/** What nobody refers to is collected, and a collected lock is released. */
const held: (() => void)[] = []

const commands: Readonly<Record<string, () => string>> = {
  lock: () => {
    held.push(lockStore(path))
    return 'locked'
  },
  bind: () => {
    const [mailbox = '', number = ''] = words
    createBindings(openStore(path)).add(newBinding({ mailbox, number }))
    return 'bound'
  },
  'stop-in-transaction': () => {
    const store = openStore(path)
    const outbox = createOutbox(store)
    return store.transaction(() => {
      outbox.addMail({
        messageId: null,
        conversationId: null,
        recipient: 'bob@office.example',
        rule: 'command',
        text: 'lost with its transaction',
        now,
        mailId: '<2@office.example>',
        raw: Buffer.from('second'),
      })
      say('in the middle')
      return waitForEver()
    })
  },
  'stop-after-claim': () => {
    const store = openStore(path)
    const claimed = store.transaction(() => createOutbox(store).claimSegment(now))
    say(`claimed ${claimed?.seq}`)
    return waitForEver()
  },
}

try {
  say(commands[command]?.() ?? 'unknown command')
} catch (error) {
  say(error instanceof GatewayError ? `${error.code} ${error.message}` : String(error))
}
process.stdin.resume()
