// The watcher alone in a process, so that its memory can be measured: connects once to the port in the first argument, says its last
// state and the most memory it took (JSON on standard output) and ends. Started by imap-bad-servers.test.ts.

import { configureLog } from '../../../src/log.ts'
import { createImapInbox, createInboxMemory } from '../../../src/mail/imap/imap-inbox.ts'
import { passwordCredential } from '../../../src/mail/sign-in/credential.ts'
import { MemoryIntake, realClock } from '../mail-support.ts'

configureLog('error', () => {})
const inbox = createImapInbox({
  host: '127.0.0.1',
  port: Number(process.argv[2]),
  security: 'none',
  user: 'sms',
  credential: passwordCredential(() => 'secret'),
  folder: 'INBOX',
  doneFolder: 'Simpost',
  rescanMs: 60_000,
  // Time passes five times as fast, so that a limit of two minutes ends the test soon.
  clock: realClock(5),
  intake: new MemoryIntake(),
  memory: createInboxMemory(),
})
const before = process.memoryUsage().rss
const error = await inbox.run(new AbortController().signal).catch((reason: unknown) => reason)
const most = process.resourceUsage().maxRSS * 1024
const { problem } = inbox.state()
process.stdout.write(
  JSON.stringify({ grownMiB: Math.round((most - before) / 1_048_576), problem, error: String(error) }),
)
