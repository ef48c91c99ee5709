// The mail server gets another certificate, as every year, and an expired one for a while (RFC 8314, RFC 5280 6.1). Mails that arrive
// meanwhile wait on the server and are bridged once; the service never goes on without a certificate that it trusts, and says why.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { makeCertificate } from '../support/certificate.ts'
import { inMailboxWorld, type MailboxWorld } from './mailbox-world.ts'
import { buildProgram, eventually, type Program } from './program.ts'

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

interface Status {
  readonly mailbox: { readonly phase: string; readonly problem: { code: string; message: string } | null }
}

const troubleOf = (world: MailboxWorld, words: RegExp): Promise<string> =>
  eventually(`the trouble ${words} in "status"`, async () => {
    const { mailbox } = await world.json<Status>('status')
    return words.test(mailbox.problem?.message ?? '') ? mailbox.problem?.code : undefined
  })

test('a new certificate is trusted as soon as ca_file holds it, an expired one never, and no mail is lost or doubled', async () => {
  const [first, second, expired] = [
    await makeCertificate(),
    await makeCertificate(),
    await makeCertificate(-1),
  ]
  await inMailboxWorld(program, { tls: first }, async (world) => {
    const { dovecot, caFile } = world
    await world.arrive('one', 'two')
    await world.onceEach(['one', 'two'])

    await dovecot.restart({ tls: second })
    await world.arrive('three')
    assert.equal(await troubleOf(world, /certificate/), 'IMAP_UNAVAILABLE')
    assert.ok(!world.bridged().includes('three'))
    // As an operator does it: the old and the new one side by side. The file is read at every connection.
    await writeFile(caFile, `${first.certificate}${second.certificate}`)
    await world.onceEach(['one', 'two', 'three'])

    await writeFile(caFile, `${first.certificate}${second.certificate}${expired.certificate}`)
    await dovecot.restart({ tls: expired })
    await world.arrive('four')
    await troubleOf(world, /expired/)
    assert.ok(!world.bridged().includes('four'))
    await dovecot.restart({ tls: second })
    await world.onceEach(['one', 'two', 'three', 'four'])
    await world.tidied(['one', 'two', 'three', 'four'])
  })
})
