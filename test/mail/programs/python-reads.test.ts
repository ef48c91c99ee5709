// Python's email package, which follows the standards closely and counts every defect (RFC 5322, 2045, 2047, 6522, 3464), reads every
// kind of mail that we send: no defect, and what the draft said.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { redirectMail } from '../../../src/mail/compose/redirect-mail.ts'
import { notices, type OurMail, reports, smsMails } from './our-mails.ts'
import { runWith } from './run-program.ts'

const script = fileURLToPath(new URL('read-mails.py', import.meta.url))

interface Facts {
  readonly fields: Readonly<Record<string, string>>
  readonly names: readonly string[]
  readonly from: readonly (readonly [string, string])[]
  readonly to: readonly (readonly [string, string])[]
  readonly date: number
  readonly type: string
  readonly reportType: string | null
  readonly text: string | null
  readonly types: readonly string[]
  readonly status: readonly Readonly<Record<string, string>>[]
  readonly defects: readonly string[]
}

async function readByPython(raws: readonly Buffer[]): Promise<Facts[]> {
  const input = JSON.stringify(raws.map((raw) => raw.toString('base64')))
  return JSON.parse(await runWith('python3', [script], { input })) as Facts[]
}

/** What only looks like an encoded word must not be one. */
const asField = (text: string): string => text.replaceAll('=?utf-8?', '= ?utf-8?')
const withLf = (text: string | null): string | undefined => text?.replaceAll('\r\n', '\n')

/** What the draft says is what the program finds, and nothing else. */
function isAsDrafted({ what, draft }: OurMail, found: Facts): void {
  assert.deepEqual(found.defects, [], what)
  assert.equal(new Set(found.names).size, found.names.length, `${what}: a field twice`)
  assert.ok(!found.names.some((name) => name === 'bcc' || name === 'cc'), what)
  assert.deepEqual(
    found.from.map(([, address]) => address),
    [draft.from.address],
    what,
  )
  assert.deepEqual(found.to, [['', draft.to.address]], what)
  assert.equal(found.fields.subject, asField(draft.subject), what)
  assert.equal(found.fields['message-id'], draft.messageId, what)
  assert.equal(found.fields['in-reply-to'] ?? null, draft.inReplyTo, what)
  assert.deepEqual((found.fields.references ?? '').split(/\s+/).filter(Boolean), draft.references, what)
  assert.equal(found.date, Math.floor(draft.date / 1000) * 1000, what)
  for (const [name, value] of Object.entries(draft.fields))
    assert.equal(found.fields[name.toLowerCase()], value, `${what}: ${name}`)
}

test('Python finds no defect in what SMS and calls become, and every word, name and fact', async () => {
  const mails = await smsMails()
  assert.ok(mails.length >= 17, `${mails.length} mails`)
  const found = await readByPython(mails.map(({ raw }) => raw))
  for (const [index, mail] of mails.entries()) {
    const facts = found[index]
    assert.ok(facts !== undefined)
    isAsDrafted(mail, facts)
    assert.equal(facts.type, 'text/plain', mail.what)
    assert.equal(withLf(facts.text), mail.draft.text, mail.what)
    assert.equal(facts.from[0]?.[0], mail.draft.from.name, mail.what)
  }
})

test('Python finds no defect in any notice of any language', async () => {
  const mails = await notices()
  const found = await readByPython(mails.map(({ raw }) => raw))
  for (const [index, mail] of mails.entries()) {
    const facts = found[index]
    assert.ok(facts !== undefined)
    isAsDrafted(mail, facts)
    assert.equal(withLf(facts.text), mail.draft.text, mail.what)
  }
})

test('Python finds the three parts of every report, and each field of the status', async () => {
  const mails = await reports()
  const found = await readByPython(mails.map(({ raw }) => raw))
  for (const [index, mail] of mails.entries()) {
    const facts = found[index]
    const { report } = mail
    assert.ok(facts !== undefined)
    isAsDrafted(mail, facts)
    assert.deepEqual([facts.type, facts.reportType], ['multipart/report', 'delivery-status'])
    assert.equal(withLf(facts.text), mail.draft.text, mail.what)
    assert.ok(facts.types.includes('message/delivery-status') && facts.types.includes('text/rfc822-headers'))
    const [ofMail, ofRecipient, ...more] = facts.status
    assert.deepEqual(more, [])
    assert.equal(ofMail?.['Reporting-MTA'], 'dns; office.example')
    assert.deepEqual([ofRecipient?.Action, ofRecipient?.Status], [report.action, report.status])
    assert.equal(ofRecipient?.['Final-Recipient'], `rfc822;${report.recipient}`)
    assert.equal('Will-Retry-Until' in (ofRecipient ?? {}), report.action === 'delayed')
  }
})

test('Python finds the Resent block of a redirected mail on top, and the mail below as it was', async () => {
  const mails = await smsMails()
  const facts = {
    box: 'sms@office.example',
    to: 'bob@office.example',
    instance: 'box-1',
    date: Date.UTC(2026, 10, 23),
  }
  const sent = mails.map(({ raw }, index) =>
    redirectMail(raw, { ...facts, messageId: `<resent.${index}@office.example>` }),
  )
  const [before, found] = [await readByPython(mails.map(({ raw }) => raw)), await readByPython(sent)]
  for (const [index, { what }] of mails.entries()) {
    const [was, is] = [before[index], found[index]]
    assert.ok(was !== undefined && is !== undefined)
    assert.deepEqual(is.defects, [], what)
    assert.deepEqual(is.names.slice(1, 5), ['resent-date', 'resent-from', 'resent-to', 'resent-message-id'])
    assert.equal(is.fields['resent-to'], 'bob@office.example')
    assert.deepEqual([is.text, is.from, is.to, is.date], [was.text, was.from, was.to, was.date], what)
  }
})
