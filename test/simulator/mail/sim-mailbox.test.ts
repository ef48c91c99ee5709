// The mailbox in memory: UIDs and UIDVALIDITY (RFC 3501 2.3.1.1), folders, and what listeners hear.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createSimImapServer } from '../../../src/simulator/mail/sim-imap.ts'
import { createSimMailbox, type SimMailbox } from '../../../src/simulator/mail/sim-mailbox.ts'
import { Wire } from './imap-wire.ts'

const raw = Buffer.from('Subject: x\r\n\r\n')
const uids = (mailbox: SimMailbox, folder: string): number[] => mailbox.messages(folder).map(({ uid }) => uid)

describe('the mailbox in memory', () => {
  it('never gives a UID twice under one UIDVALIDITY', () => {
    const mailbox = createSimMailbox('a@x.example')
    for (let n = 0; n < 3; n++) mailbox.append('inbox', raw)
    mailbox.expunge('INBOX', [3])
    assert.equal(mailbox.append('INBOX', raw), 4)
    assert.deepEqual(mailbox.copy('INBOX', [1, 3, 4], 'Trash'), [
      [1, 1],
      [4, 2],
    ])
    assert.deepEqual(uids(mailbox, 'INBOX'), [1, 2, 4])
  })

  it('gives a rebuilt folder a higher UIDVALIDITY, new UIDs and the same mails', () => {
    const mailbox = createSimMailbox('a@x.example')
    for (let n = 0; n < 3; n++) mailbox.append('INBOX', raw)
    mailbox.expunge('INBOX', [1])
    const before = mailbox.folder('INBOX')?.uidValidity ?? 0
    assert.ok(mailbox.rebuild('INBOX') > before)
    assert.deepEqual(uids(mailbox, 'INBOX'), [1, 2])
    mailbox.rebuild('INBOX', 500)
    assert.deepEqual(uids(mailbox, 'INBOX'), [500, 501])
    assert.equal(mailbox.append('INBOX', raw), 502)
  })

  it('tells listeners of every change but a quiet expunge, until they stop', () => {
    const mailbox = createSimMailbox('a@x.example')
    const heard: string[] = []
    const stop = mailbox.onChange((folder, change) => heard.push(`${folder.name} ${change}`))
    mailbox.append('INBOX', raw)
    mailbox.setFlags('INBOX', [1], 'add', ['\\seen'])
    mailbox.expunge('INBOX', [1], { quiet: true })
    mailbox.rebuild('Trash')
    mailbox.delete('Junk')
    stop()
    mailbox.append('INBOX', raw)
    assert.deepEqual(heard, ['INBOX changed', 'INBOX changed', 'Trash gone', 'Junk gone'])
  })

  it('sets, adds and removes flags without regard to their case', () => {
    const mailbox = createSimMailbox('a@x.example')
    mailbox.append('INBOX', raw, { flags: ['\\SEEN', '$Own'] })
    const flags = (): string[] => [...(mailbox.messages('INBOX')[0]?.flags ?? [])]
    const modseq = mailbox.highestModseq
    mailbox.setFlags('INBOX', [1], 'add', ['\\seen'])
    assert.equal(mailbox.highestModseq, modseq)
    mailbox.setFlags('INBOX', [1], 'remove', ['$OWN', '\\Draft'])
    assert.deepEqual(flags(), ['\\Seen'])
    mailbox.setFlags('INBOX', [1], 'set', ['\\flagged'])
    assert.deepEqual(flags(), ['\\Flagged'])
    assert.ok(mailbox.highestModseq > modseq)
  })

  it('renames folders with those below them, and empties INBOX instead of renaming it', () => {
    const mailbox = createSimMailbox('a@x.example')
    mailbox.create('Work/2026/Q1')
    mailbox.append('Work/2026', raw)
    mailbox.rename('Work', 'Old')
    assert.deepEqual(
      mailbox
        .folders()
        .map(({ name }) => name)
        .slice(-3),
      ['Old', 'Old/2026', 'Old/2026/Q1'],
    )
    assert.equal(mailbox.messages('Old/2026').length, 1)
    mailbox.append('INBOX', raw)
    mailbox.rename('INBOX', 'Kept')
    assert.deepEqual([uids(mailbox, 'INBOX'), uids(mailbox, 'Kept')], [[], [1]])
  })

  it('refuses a folder that is not there', () => {
    const mailbox = createSimMailbox('a@x.example')
    for (const act of [
      () => mailbox.append('No', raw),
      () => mailbox.messages('No'),
      () => mailbox.delete('No'),
      () => mailbox.rebuild('No'),
    ])
      assert.throws(act, RangeError)
  })

  it('refuses more mails than its limit, which IMAP shows as NO', async () => {
    const mailbox = createSimMailbox('a@x.example')
    for (let n = 0; n < 100_000; n++) mailbox.append('INBOX', raw)
    assert.throws(() => mailbox.append('INBOX', raw), RangeError)
    const server = createSimImapServer({ accounts: [{ user: 'a', password: 'b', mailbox }] })
    const wire = new Wire(await server.listen())
    await wire.ask('a LOGIN a b')
    assert.match(await wire.ask('b APPEND INBOX {1+}\r\nx'), /^b NO INBOX is full/)
    wire.destroy()
    await server.close()
  })
})
