// imapflow as the tests use it, and waiting for a state without guessing a time.

import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow } from 'imapflow'

/** A client that is signed in as "sms" with "secret"; its errors are left to the commands that fail. */
export async function client(port: number): Promise<ImapFlow> {
  const flow = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: { user: 'sms', pass: 'secret' },
    logger: false,
  })
  flow.on('error', () => undefined)
  await flow.connect()
  return flow
}

/** Resolves as soon as the condition holds; rejects after five seconds. */
export async function eventually(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries++) {
    if (tries > 1000) throw new Error(`never came true: ${condition}`)
    await sleep(5)
  }
}
