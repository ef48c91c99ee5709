// Cases of the field in which a real mail server has a part, with Exim, Dovecot and the running service: copies through two aliases, a
// mail that somebody moved back or read first, 40 MB, two From fields.
//
// Where each group of cases is proven:
//   an IDLE that falls silent, vanished and late mails, cut literals, lying numbers   test/mail/imap/imap-{canary,changes,bad-answers}.test.ts
//   no IDLE, MOVE, UIDPLUS, keywords; two gateways; UIDVALIDITY                      test/mail/imap/imap-{capabilities,changes}.test.ts
//   the same on Dovecot, with cut lines and rebuilt mailboxes                        test/scenario/mailbox-*.test.ts
//   421, 535, greylisting, one refused recipient, a lost 250, a wrong clock          test/mail/smtp, test/scenario/mailbox-outgoing.test.ts
//   same or missing Message-ID, copies through aliases, moved back                   copies-and-ids.test.ts, here
//   own mail coming back, vacation replies, two bridges                              test/exchange/loops.test.ts
//   a bounce of a bounce, "delayed" and then "delivered"                             test/exchange/mail-reports.test.ts
//   forged proofs, two authors, hidden line breaks, stolen answer addresses          forged-senders.test.ts
//   HTML, pictures, winmail.dat, S/MIME, invitations, charsets, quotes, 5,000 parts  content.test.ts
//   every form of a number, in every place that can name one                         recipients.test.ts
//   OAuth 2: consent taken back, a power cut, a blocked flow, IMAP without SMTP      test/mail/sign-in

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before } from 'node:test'
import { buildProgram, eventually, type Program } from '../../scenario/program.ts'
import { annaMailbox, bob, type Entry, startWorld, story, type World } from '../../scenario/world.ts'
import { headerFields } from '../../support/office.ts'
import { findProgram, runProgram } from '../../support/server-process.ts'
import { sendMail } from './raw-smtp.ts'

let program: Program
let shared: World
const world = (): World => shared

before(async () => {
  program = await buildProgram()
  shared = await startWorld(program, { exim: { messageBytesMax: 100_000_000 } })
})
after(async () => {
  await shared?.close()
  await program?.remove()
})

/** A mail and its SMS go through behind whatever happened before; then that has been looked at. */
async function goesOn(phone: string): Promise<void> {
  await shared.annaWrites({ to: `${phone}@sms.office.example`, subject: 'Marker', text: 'Marker.' })
  assert.equal((await shared.phoneGot(phone)).text, 'Marker.')
}

const gotBy = (phone: string): number => shared.phones.filter(({ to }) => to === phone).length

const mailsWith = async (subject: string, folder: string): Promise<number> =>
  (await shared.office.dovecot.mails('sms', folder)).filter(
    (raw) => headerFields(raw, 'Subject')[0] === subject,
  ).length

/** A person with another mail program at the same mailbox. */
const otherClient = (folder: string, command: string): Promise<string> => {
  const url = `imap://127.0.0.1:${shared.office.dovecot.imapPort}/${folder}`
  return runProgram(findProgram('curl'), [
    '--silent',
    '--show-error',
    '--user',
    'sms:sms',
    url,
    '-X',
    command,
  ])
}

story('one mail through two aliases of the box lies there twice and makes one SMS', world, async () => {
  const phone = '+4917055700001'
  const subject = `[sms ${phone}] Through two aliases`
  await shared.annaWrites({ to: ['sms@office.example', 'sms+desk@office.example'], subject })
  await shared.phoneGot(phone)
  await eventually(
    'both copies in the done folder',
    async () => (await mailsWith(subject, 'Simpost')) === 2 || undefined,
  )
  const entries = await shared.json<{ subject: string; reason: string }[]>('message', 'list')
  const reasons = entries.filter((entry) => entry.subject === subject).map(({ reason }) => reason)
  assert.deepEqual(reasons.sort(), ['duplicate', 'flagged'])
  await goesOn('+4917055700002')
  assert.equal(gotBy(phone), 1)
})

for (const [what, phone, id] of [
  ['a mail', '+4917055700003', ['Message-ID: <moved-back@office.example>']],
  ['a mail without Message-ID', '+4917055700004', []],
] as const)
  story(`${what} that somebody moves back to the INBOX is not sent again`, world, async () => {
    const subject = `[sms ${phone}] Moved back`
    const { authservId } = shared.office.exim
    const lines = [
      `Received: from gate by ${authservId}; Sun, 22 Nov 2026 12:00:00 +0000`,
      `Authentication-Results: ${authservId}; auth=pass smtp.auth=${annaMailbox}; dmarc=pass header.from=office.example`,
      ...[`From: ${annaMailbox}`, `To: ${bob.mailbox}`, `Subject: ${subject}`, ...id, '', 'Once.', ''],
    ]
    await shared.office.dovecot.deliver(lines.join('\r\n'), annaMailbox, 'sms')
    assert.equal((await shared.phoneGot(phone)).text, 'Once.')
    await shared.inFolder(subject, 'Simpost')
    const found = /\* SEARCH ([\d ]+)/.exec(await otherClient('Simpost', `UID SEARCH SUBJECT "${phone}"`))
    await otherClient('Simpost', `UID MOVE ${found?.[1]?.trim()} INBOX`)
    const isAgain = (entry: Entry): boolean => entry.subject === subject && entry.reason === 'duplicate'
    await shared.journal('the mail again', isAgain)
    await goesOn(phone.replace('557', '558'))
    assert.equal(gotBy(phone), 1)
  })

story('a mail that somebody reads on a phone before the box does is sent all the same', world, async () => {
  const phone = '+4917055700008'
  const subject = `[sms ${phone}] Read before`
  await shared.service().stop()
  await shared.annaWrites({ to: 'sms@office.example', subject })
  await shared.inFolder(subject, 'INBOX')
  await otherClient('INBOX', 'UID STORE 1:* +FLAGS (\\Seen)')
  await shared.startService()
  assert.equal((await shared.phoneGot(phone)).text, 'Hello.')
})

story('two From fields that a real server lets through are nobody: no SMS and no answer', world, async () => {
  const before = shared.phones.length
  const subject = `[sms ${bob.number}] Two authors`
  const raw = [`From: ${annaMailbox}`, 'From: eve@evil.example', `To: ${bob.mailbox}`, `Subject: ${subject}`]
  const to = bob.mailbox
  await sendMail(shared.office.exim.port, {
    from: 'eve@evil.example',
    to,
    raw: [...raw, '', 'x'].join('\r\n'),
  })
  const { judgement, reason } = await shared.mailEntry(subject)
  assert.deepEqual([judgement, reason], ['refuse', 'sender-unclear'])
  await goesOn('+4917055700006')
  assert.equal(shared.phones.length, before + 1)
})

/** The most memory that the service ever held, MiB. */
async function peak(): Promise<number> {
  const status = await readFile(`/proc/${shared.service().pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]) / 1024
}

story(
  'a mail of 40 MB costs the service no memory: its text goes out, its file is named',
  world,
  async () => {
    const phone = '+4917055700007'
    const before = await peak()
    const boundary = '--b'
    const file = Buffer.from(`${'QUJD'.repeat(19)}\r\n`.repeat(40_000_000 / 57))
    const { authservId } = shared.office.exim
    assert.ok(authservId !== '')
    const raw = Buffer.concat([
      Buffer.from(
        [
          `From: ${annaMailbox}`,
          `To: ${phone}@sms.office.example`,
          'Subject: Plans',
          'Message-ID: <forty@office.example>',
          'MIME-Version: 1.0',
          'Content-Type: multipart/mixed; boundary=b',
          '',
          boundary,
          '',
          'Here are the plans.',
          boundary,
          'Content-Type: application/pdf; name="plan.pdf"',
          'Content-Transfer-Encoding: base64',
          '',
          '',
        ].join('\r\n'),
      ),
      file,
      Buffer.from(`${boundary}--\r\n`),
    ])
    await sendMail(shared.office.exim.port, {
      from: annaMailbox,
      to: `${phone}@sms.office.example`,
      raw,
      login: true,
    })
    assert.equal((await shared.phoneGot(phone)).text, 'Here are the plans.\n+ 1 file: plan.pdf')
    const grown = (await peak()) - before
    assert.ok(grown < 40, `${grown} MiB`)
  },
)
