// The mailbox is rebuilt under a new UIDVALIDITY (RFC 9051 2.3.1.1) with 5,000 mails in it: from before the first start, exchanged ones
// that the restore put back, ignored ones, and new ones that came meanwhile. Nothing is sent twice, nothing old at all, nothing is lost.

import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { emptyMaildir, forgetNumbers, putBack, putMails } from './mailbox-files.ts'
import { idOf, inMailboxWorld, letter, type MailboxWorld } from './mailbox-world.ts'
import { buildProgram, eventually, type Program } from './program.ts'

const oldMails = 4_700
const exchangedMails = 200
const ignoredMails = 80
const newMails = 20
/** Each of 5,000 mails is looked at; for a machine that does much else. */
const rebuiltLimitMs = 240_000
const dayMs = 86_400_000

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`)

/** Mails of the last weeks that ask for an SMS, from before the service. */
function* before5Weeks(): Generator<string> {
  for (const [index, id] of named('old', oldMails).entries())
    yield letter(id, new Date(Date.now() - 35 * dayMs * (1 - index / oldMails) - 60_000))
}

async function fill({ dovecot, arrive }: Pick<MailboxWorld, 'dovecot' | 'arrive'>): Promise<void> {
  // The first delivery makes the Maildir.
  await arrive('oldest')
  await putMails(dovecot.maildir('sms'), before5Weeks())
}

const inboxIds = async ({ dovecot }: MailboxWorld): Promise<string[]> =>
  (await dovecot.mails('sms')).map(idOf)

describe('the mailbox is rebuilt', { concurrency: 2 }, () => {
  test('5,000 mails under a new UIDVALIDITY: new ones are bridged, exchanged and old ones never again', () =>
    inMailboxWorld(program, { earlier: fill }, async (world) => {
      const { dovecot, imapLine } = world
      const maildir = dovecot.maildir('sms')
      const exchanged = named('exchanged', exchangedMails)
      const ignored = named('ignored', ignoredMails)
      const fresh = named('fresh', newMails)
      await putMails(
        maildir,
        exchanged.map((id) => letter(id)),
      )
      await putMails(
        maildir,
        ignored.map((id) => letter(id, new Date(), `About ${id}`)),
      )
      await world.onceEach(exchanged)
      await world.tidied(exchanged)

      await dovecot.halt()
      await putBack(maildir, 'Simpost')
      await forgetNumbers(maildir)
      await putMails(
        maildir,
        fresh.map((id) => letter(id)),
      )
      // And the line breaks while the mails are looked at.
      const cut = imapLine.plan({ direction: 'to-client', mark: /UID 2000 .*\{\d+\}\r\n/, octets: 100 })
      await dovecot.restart()
      await world.arrive('meanwhile')
      await cut
      const all = () => (world.bridged().includes('meanwhile') ? true : undefined)
      await eventually('an SMS of what came after the restart', all, rebuiltLimitMs)
      const bridged = [...exchanged, ...fresh, 'meanwhile']
      await world.onceEach(bridged)
      await world.tidied(bridged)
      assert.equal((await inboxIds(world)).filter((id) => !id.startsWith('old')).length, ignoredMails)
      assert.equal((await inboxIds(world)).filter((id) => id.startsWith('old')).length, oldMails + 1)
    }))

  test('an INBOX that is deleted and made anew, with the service connected or not, is watched on', () =>
    inMailboxWorld(program, {}, async (world) => {
      const { dovecot } = world
      await world.arrive('first')
      await world.onceEach(['first'])
      await emptyMaildir(dovecot.maildir('sms'))
      await world.arrive('second')
      await world.onceEach(['first', 'second'])
      await dovecot.halt()
      await emptyMaildir(dovecot.maildir('sms'))
      await dovecot.restart()
      await world.arrive('third')
      await world.onceEach(['first', 'second', 'third'])
      await world.tidied(['third'])
    }))
})
