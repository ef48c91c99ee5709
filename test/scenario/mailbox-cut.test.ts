// The line to the IMAP server is cut at every place that matters (RFC 9051, RFC 6851 MOVE, RFC 4315 COPYUID): in the middle of a literal,
// of a command, between what the server did and its answer. Every mail is bridged exactly once, and lies once in the done folder.
// Each cut meets a service that has just started, so that no test waits for the growing pauses between two connections.

import { after, before, describe, test } from 'node:test'
import type { Cut } from '../support/cut-proxy.ts'
import { inMailboxWorld, type MailboxSetting } from './mailbox-world.ts'
import { buildProgram, type Program } from './program.ts'

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

type Place = Cut & { readonly name: string }

const literal = /FETCH \(.*\{\d+\}\r\n/
const reading: readonly Place[] = [
  { name: 'sign-in', direction: 'to-server', mark: /(LOGIN|AUTHENTICATE) /, octets: 3 },
  { name: 'selection', direction: 'to-client', mark: /UIDVALIDITY /, octets: 4 },
  { name: 'search', direction: 'to-client', mark: /\* E?SEARCH/, octets: 1 },
  { name: 'news', direction: 'to-client', mark: /\* \d+ EXISTS\r\n/, octets: 0 },
  { name: 'question', direction: 'to-server', mark: /UID FETCH /, octets: 2 },
  { name: 'literalstart', direction: 'to-client', mark: literal, octets: 0 },
  { name: 'literal', direction: 'to-client', mark: literal, octets: 300 },
]
const moving: readonly Place[] = [
  { name: 'movebegun', direction: 'to-server', mark: /UID MOVE /, octets: 1 },
  { name: 'moved', direction: 'to-server', mark: /UID MOVE [^\r]*\r\n/, octets: 0 },
  { name: 'moveanswer', direction: 'to-client', mark: /COPYUID /, octets: 5 },
]
const copying: readonly Place[] = [
  { name: 'copybegun', direction: 'to-server', mark: /UID COPY /, octets: 1 },
  { name: 'marked', direction: 'to-server', mark: /UID STORE [^\r]*\r\n/, octets: 0 },
  { name: 'expunged', direction: 'to-server', mark: /UID EXPUNGE [^\r]*\r\n/, octets: 0 },
]

async function cutAtEach(places: readonly Place[], setting: MailboxSetting): Promise<void> {
  await inMailboxWorld(program, setting, async (world) => {
    const ids: string[] = []
    for (const place of places) {
      const some = [1, 2, 3].map((number) => `${place.name}${number}`)
      ids.push(...some)
      // A cut in the sign-in happens at the start, before anything arrives.
      const happened = world.imapLine.plan(place)
      if (place.name === 'sign-in' || place.name === 'selection') {
        const restarted = world.restartService()
        await happened
        await restarted
      } else await world.restartService()
      await world.arrive(...some)
      await happened
      await world.onceEach(ids)
    }
    await world.tidied(ids)
  })
}

describe('the line to the IMAP server is cut', { concurrency: 2 }, () => {
  test('a cut while mails are found and read loses none and doubles none', () => cutAtEach(reading, {}))
  test('a cut before, in and after MOVE loses none and doubles none', () => cutAtEach(moving, {}))
  test('a cut before, between and after COPY, STORE and EXPUNGE loses none and doubles none', () =>
    cutAtEach(copying, { hidden: ['MOVE'] }))
})
