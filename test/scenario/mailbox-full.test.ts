// The done folder takes nothing: its quota is used up (RFC 9208 OVERQUOTA), or somebody has deleted it. What was exchanged stays in the
// INBOX, is not sent again whatever happens meanwhile, and is tidied away when there is room.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inMailboxWorld } from './mailbox-world.ts'
import { buildProgram, eventually, type Program } from './program.ts'

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

interface Status {
  readonly mailbox: { readonly problem: { readonly code: string; readonly message: string } | null }
}

test('while the done folder is full mails are bridged once and wait in the INBOX, also over restarts', () =>
  // Dovecot asks no quota for a MOVE within one mailbox, but for a COPY.
  inMailboxWorld(program, { hidden: ['MOVE'] }, async (world) => {
    const { dovecot } = world
    await world.arrive('one', 'two')
    await world.onceEach(['one', 'two'])
    await world.tidied(['one', 'two'])
    await dovecot.restart({ quotaMails: 1 })
    const ids = ['one', 'two', 'three', 'four', 'five']
    await world.arrive('three', 'four', 'five')
    await world.onceEach(ids)
    const trouble = await eventually('the full folder in "status"', async () => {
      const { mailbox } = await world.json<Status>('status')
      return mailbox.problem ?? undefined
    })
    assert.equal(trouble.code, 'IMAP_REFUSED')
    assert.match(trouble.message, /done folder/)
    await world.restartService('SIGKILL')
    await world.onceEach(ids)
    await dovecot.restart({ quotaMails: null })
    await world.tidied(ids)
    await world.onceEach(ids)
  }))
