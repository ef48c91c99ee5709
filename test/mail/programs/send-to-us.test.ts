// Mail programs of others send us mail, through Exim and Dovecot to the running service: mutt, swaks, curl and Python's smtplib, with
// what they can do and we never chose: 8BITMIME (RFC 6152), CHUNKING (RFC 3030), SMTPUTF8 (RFC 6531), attachments, APPEND (RFC 9051).
// The password holds quotes, blanks and a letter that is not ASCII.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before } from 'node:test'
import { fileURLToPath } from 'node:url'
import { buildProgram, eventually, type Program } from '../../scenario/program.ts'
import { annaMailbox, startWorld, story, type World } from '../../scenario/world.ts'
import { anna, headerFields } from '../../support/office.ts'
import { makeScratch, runWith, type Scratch } from './run-program.ts'

let program: Program
let shared: World
let scratch: Scratch
const world = (): World => shared

before(async () => {
  scratch = await makeScratch()
  program = await buildProgram()
  shared = await startWorld(program, { exim: { smtpUtf8: true } })
})
after(async () => {
  await shared?.close()
  await program?.remove()
  await scratch?.remove()
})

const text = 'Grüße: 5 € für die Tür 🚪.'
const pdf = '%PDF-1.4 offer'

/** The phone with this number gets the text; the mail went the way that it was to go. */
async function reached(phone: string, expected: string, protocol: RegExp): Promise<void> {
  assert.equal((await shared.phoneGot(phone)).text, expected)
  const raw = await eventually('the mail in the done folder', async () =>
    (await shared.office.dovecot.mails('sms', 'Simpost')).find((one) =>
      headerFields(one, 'To').join().includes(phone.slice(1)),
    ),
  )
  assert.match(headerFields(raw, 'Received').join('\n'), protocol)
}

story('mutt sends a mail with an attachment, and it becomes an SMS that names it', world, async () => {
  const phone = '+4917055600001'
  const file = join(scratch.folder, 'offer.pdf')
  await writeFile(file, pdf)
  const quoted = anna.password.replace(/["\\$`]/g, '\\$&')
  const rc = join(scratch.folder, 'muttrc')
  await writeFile(
    rc,
    [
      `set from="${annaMailbox}" realname="Änna Müster" use_domain=no copy=no charset=utf-8 send_charset=utf-8`,
      `set smtp_url="smtp://${anna.name}@127.0.0.1:${shared.office.exim.port}/" smtp_authenticators="plain:login"`,
      `set smtp_pass="${quoted}" ssl_starttls=no ssl_force_tls=no`,
    ].join('\n'),
  )
  const to = `${phone}@sms.office.example`
  await runWith('mutt', ['-n', '-F', rc, '-s', 'Angebot für die Tür', '-a', file, '--', to], { input: text })
  await reached(phone, `${text}\n+ 1 file: offer.pdf 14 B`, /with esmtpa/)
})

story(
  'swaks sends eight-bit text with an attachment, and it becomes an SMS that names it',
  world,
  async () => {
    const phone = '+4917055600002'
    // swaks takes what begins with a plus sign for an option of its own.
    const to = `n${phone.slice(1)}@sms.office.example`
    const file = join(scratch.folder, 'plan.txt')
    await writeFile(file, 'plan')
    await runWith('swaks', [
      ...['--server', `127.0.0.1:${shared.office.exim.port}`, '--auth', 'PLAIN', '--auth-user', anna.name],
      ...['--auth-password', anna.password, '--from', annaMailbox, '--to', to],
      ...['--header', 'Subject: by swaks', '--body', text, '--silent', '2'],
      ...['--attach-name', 'plan.txt', '--attach', `@${file}`],
    ])
    await reached(phone, `${text}\n+ 1 file: plan.txt 4 B`, /with esmtpa/)
  },
)

const curl = ['--silent', '--show-error', '--max-time', '30']

story('curl sends a multipart mail with an attachment over smtp://', world, async () => {
  const phone = '+4917055600003'
  const file = join(scratch.folder, 'scan.png')
  await writeFile(file, 'png!')
  await runWith('curl', [
    ...[...curl, '--url', `smtp://127.0.0.1:${shared.office.exim.port}`],
    ...['--user', `${anna.name}:${anna.password}`, '--login-options', 'AUTH=PLAIN'],
    ...['--mail-from', annaMailbox, '--mail-rcpt', `${phone}@sms.office.example`],
    ...['-F', `=${text};type=text/plain;charset=utf-8;encoder=base64`],
    ...['-F', `=@${file};filename=scan.png;encoder=base64`],
    ...['-H', `From: ${annaMailbox}`, '-H', `To: ${phone}@sms.office.example`, '-H', 'Subject: by curl'],
  ])
  await reached(phone, `${text}\n+ 1 file: scan.png 4 B`, /with esmtpa/)
})

story('curl puts a mail into the mailbox over imap://, and it becomes an SMS', world, async () => {
  const phone = '+4917055600004'
  const { office } = shared
  const file = join(scratch.folder, 'kept.eml')
  const lines = [
    `Delivered-To: ${phone}@sms.office.example`,
    `Authentication-Results: ${office.exim.authservId}; auth=pass smtp.auth=${annaMailbox}; dmarc=pass header.from=office.example`,
    `From: ${annaMailbox}`,
    `To: ${phone}@sms.office.example`,
    'Subject: by APPEND',
    `Date: ${new Date().toUTCString()}`,
    'Message-ID: <append@office.example>',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    '',
  ]
  await writeFile(file, lines.join('\r\n'))
  const url = `imap://127.0.0.1:${office.dovecot.imapPort}/INBOX`
  await runWith('curl', [...curl, '--user', 'sms:sms', '-T', file, url])
  assert.equal((await shared.phoneGot(phone)).text, text)
})

const script = fileURLToPath(new URL('send-mail.py', import.meta.url))

for (const [how, protocol] of [
  ['smtputf8', /with utf8esmtpa/],
  ['chunks', /with esmtpa/],
] as const)
  story(`what Python sends with ${how} becomes an SMS`, world, async () => {
    const phone = how === 'chunks' ? '+4917055600006' : '+4917055600005'
    const { port } = shared.office.exim
    const order = { port, user: anna.name, password: anna.password, sender: annaMailbox, text, how }
    const recipient = `${phone}@sms.office.example`
    await runWith('python3', [script], { input: JSON.stringify({ ...order, recipient }) })
    await reached(phone, text, protocol)
    const { from } = await shared.mailEntry(how === 'chunks' ? 'in chunks' : 'Für dich')
    assert.equal(from, annaMailbox)
  })
