// Mails from the mailbox: one commit with everything, the same content reaches the same phone once however many copies come, what
// cannot be read is held, what is older than the service is left alone.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { IncomingMail, StoredMail } from '../../../src/domain/message.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { type DeskOptions, day, type MailFacts, mail, newDesk, noon, phone } from '../world.ts'

configureLog('error', () => {})

const account = 'sms@imap.office.example'

/** Raw mails are the JSON of their facts here; what is no JSON cannot be read. */
function newIntake(options: DeskOptions = {}) {
  const time = { now: noon }
  const desk = newDesk({ bound: [bob, carol, officeLine], ...options, now: () => time.now })
  const read = async ({ raw }: { raw: Buffer }) => mail(JSON.parse(raw.toString()) as MailFacts)
  const intake = createMailIntake(desk, read, account)
  let uid = 0
  return {
    desk,
    intake,
    time,
    receive: (facts: MailFacts | string, place: Partial<StoredMail> = {}) => {
      const raw = Buffer.from(typeof facts === 'string' ? facts : JSON.stringify(facts))
      const stored = {
        folder: 'INBOX',
        uidValidity: '1',
        uid: ++uid,
        size: raw.length,
        raw,
        truncated: false,
      }
      return intake.receive({ ...stored, ...place })
    },
    journal: () =>
      desk.journal
        .list({ limit: 100 })
        .reverse()
        .map(({ judgement, reason }) => `${judgement}: ${reason}`),
    /** Numbers that SMS were queued for. */
    sentTo: () =>
      desk.store
        .all<{ recipient: string }>("SELECT recipient FROM delivery WHERE medium = 'sms' ORDER BY id")
        .map(({ recipient }) => recipient),
    notices: () => desk.drafts.map((draft) => `${draft.to.address}: ${draft.fields['X-SMS-Reason']}`),
  }
}

const tagged: MailFacts = { subject: '[sms] Lunch' }

test('the body of a signed mail is told apart by its octets, whatever blanks the way changed', async () => {
  const desk = newDesk({ bound: [bob], now: () => noon })
  const authentication = {
    ...{ proven: true, failed: false, evidence: 'dkim=pass' },
    vouched: ['from', 'to', 'date', 'subject'],
  }
  const intake = createMailIntake(
    desk,
    async () => ({ ...mail(tagged), authentication, messageId: null }),
    account,
  )
  let uid = 0
  const receive = (body: string) => {
    const raw = Buffer.from(`From: anna@office.example\r\nX-Trace: ${uid}\r\n\r\n${body}`)
    return intake.receive({
      ...{ folder: 'INBOX', uidValidity: '1', uid: ++uid, size: raw.length, raw, truncated: false },
    })
  }
  const reasons = () => desk.journal.list({ limit: 9 }).map(({ reason }) => reason)
  await receive('one  two\r\n')
  await receive('one two\n\n')
  assert.equal(reasons()[0], 'duplicate')
  await receive('one three')
  assert.notEqual(reasons()[0], 'duplicate')
})

test('a mail with its SMS is one commit: journal, place, cursor, conversation and outbox', async () => {
  const { desk, receive, intake, sentTo } = newIntake()
  const before = desk.store.commits()
  assert.equal(await receive(tagged, { uid: 5 }), 'done')
  assert.equal(desk.store.commits(), before + 1)
  assert.deepEqual(sentTo(), [phone('Bob')])
  assert.equal(intake.cursor('INBOX', '1'), 5)
  assert.equal(intake.placeOf('INBOX', '1', 5), 'done')
  assert.equal(desk.conversations.ofPair(phone('Bob'), 'anna@office.example')?.subject, 'Re: Lunch')
  assert.deepEqual(desk.woken, ['sms'])
})

test('a mail with a notice is one commit too, and the notice stands in the thread', async () => {
  const { desk, receive, notices } = newIntake()
  const before = desk.store.commits()
  assert.equal(await receive({ subject: '[sms 0170] Lunch', id: '<a@office.example>' }), 'stay')
  assert.equal(desk.store.commits(), before + 1)
  assert.deepEqual(notices(), ['anna@office.example: tag-malformed'])
  const [draft] = desk.drafts
  assert.deepEqual([draft?.inReplyTo, draft?.references], ['<a@office.example>', ['<a@office.example>']])
  assert.equal(draft?.fields['Auto-Submitted'], 'auto-replied')
  assert.match(draft?.text ?? '', /\[sms 0170\][\s\S]*\[sms \+4917012345678 2h\]/)
  assert.deepEqual(desk.woken, ['mail'])
})

test('a mail that stays a mail is journalled and left where it is', async () => {
  const { desk, receive, intake, journal, sentTo } = newIntake()
  assert.equal(await receive({}, { uid: 3 }), 'stay')
  assert.deepEqual([journal(), sentTo(), desk.woken], [['pass: not-flagged'], [], []])
  assert.equal(intake.placeOf('INBOX', '1', 3), 'stay')
  assert.equal(intake.cursor('INBOX', '1'), 3)
})

test('the same mail through two aliases gets one SMS per phone', async () => {
  const { receive, journal, sentTo } = newIntake()
  await receive({ ...tagged, to: ['Bob', 'Carol'], recorded: ['Bob'] })
  await receive({ ...tagged, to: ['Bob', 'Carol'], recorded: ['Carol'] })
  assert.equal(await receive({ ...tagged, to: ['Bob', 'Carol'], recorded: ['Bob'] }), 'done')
  assert.deepEqual(sentTo(), [phone('Bob'), phone('Carol')])
  assert.deepEqual(journal(), ['convert: flagged', 'convert: flagged', 'ignore: duplicate'])
})

test('a copy that somebody moved back is not sent again, also under a new UIDVALIDITY', async () => {
  const { receive, sentTo, journal, notices } = newIntake({ settings: { partsMax: 1 } })
  const long = { ...tagged, text: 'word '.repeat(90) }
  await receive(long)
  assert.equal(await receive(long), 'done')
  assert.equal(await receive(long, { uidValidity: '2', uid: 1 }), 'done')
  assert.deepEqual(sentTo(), [phone('Bob')])
  assert.deepEqual(journal().slice(1), ['ignore: duplicate', 'ignore: duplicate'])
  assert.deepEqual(notices(), ['anna@office.example: cut'])
})

test('another mail with the same Message-ID is another mail: nobody suppresses somebody else’s', async () => {
  const { receive, sentTo } = newIntake()
  await receive({ ...tagged, from: 'Dora', text: 'first', id: '<x@x>' })
  await receive({ ...tagged, text: 'second', id: '<x@x>' })
  assert.equal(sentTo().length, 2)
})

const differences: MailFacts[] = [
  { id: '<2@x>' },
  { from: 'UPS' },
  { date: noon - 1 },
  { subject: '[sms] b' },
  { text: 'c' },
]

for (const difference of differences)
  test(`a mail that differs only in its ${Object.keys(difference)[0]} is another mail`, async () => {
    const { receive, sentTo } = newIntake()
    await receive(tagged)
    await receive({ ...tagged, ...difference })
    assert.equal(sentTo().length, 2)
  })

test('the words of an alarm device without Message-ID are a new alarm each time', async () => {
  const { desk, sentTo } = newIntake()
  const alarm = { ...mail({ ...tagged, from: 'UPS' }), messageId: null }
  const intake = createMailIntake(desk, async () => alarm, account)
  const stored = { folder: 'INBOX', uidValidity: '1', size: 1, raw: Buffer.from('x'), truncated: false }
  for (const uid of [1, 2]) await intake.receive({ ...stored, uid })
  assert.equal(sentTo().length, 2)
})

const body = '\r\n\r\nAt noon?\r\n'
const signedFields = ['from', 'date', 'subject']
/** How many SMS come of these copies, each with its text as it was read and its bytes. */
async function smsOf(
  ...copies: readonly { readonly is: IncomingMail; readonly raw?: string }[]
): Promise<number> {
  const { desk, sentTo } = newIntake()
  const place = { folder: 'INBOX', uidValidity: '1', size: 1, truncated: false }
  for (const [index, { is, raw = `From: a${body}` }] of copies.entries()) {
    const intake = createMailIntake(desk, async () => is, account)
    await intake.receive({ ...place, uid: index + 1, raw: Buffer.from(raw) })
  }
  return sentTo().length
}
const toBox: MailFacts = { subject: `[sms ${phone('Bob')}] Lunch`, to: ['Box'] }

test('a signed mail that comes again under other unsigned Message-IDs, or under none, is the same mail', async () => {
  const copy = mail({ ...toBox, vouched: signedFields })
  const ids = ['<1@x>', '<2@x>', null]
  assert.equal(await smsOf(...ids.map((messageId) => ({ is: { ...copy, messageId } }))), 1)
})

test('so it is when an unsigned Content-Type shows another text, or blanks were added that no signature counts', async () => {
  const copy = mail({ ...toBox, vouched: signedFields })
  const other = { is: { ...copy, text: 'At n..n?' }, raw: `X: 1\r\nFrom: a\r\n\r\nAt  noon? \r\n\r\n` }
  assert.equal(await smsOf({ is: copy }, other), 1)
  const withId = mail({ ...toBox, vouched: [...signedFields, 'message-id'] })
  assert.equal(await smsOf({ is: withId }, { is: { ...withId, text: 'At n..n?' } }), 1)
})

test('signed mails with another signed Message-ID, or with another text and none that is signed, are other mails', async () => {
  const copy = mail({ ...toBox, vouched: [...signedFields, 'message-id'] })
  assert.equal(await smsOf({ is: copy }, { is: { ...copy, messageId: '<2@x>' } }), 2)
  const bare = mail({ ...toBox, vouched: signedFields })
  const other = { is: { ...bare, text: 'At one?' }, raw: 'From: a\r\n\r\nAt one?\r\n' }
  assert.equal(await smsOf({ is: bare }, other), 2)
})

test('a mail that cannot be read is held with its bytes, and the next one goes on', async () => {
  const { desk, receive, journal, intake } = newIntake()
  assert.equal(await receive('no JSON', { uid: 1 }), 'stay')
  assert.equal(await receive(tagged, { uid: 2 }), 'done')
  assert.deepEqual(journal(), ['hold: mail-unreadable', 'convert: flagged'])
  assert.equal(desk.journal.list({ judgement: 'hold', limit: 1 })[0]?.raw?.toString(), 'no JSON')
  assert.equal(intake.cursor('INBOX', '1'), 2)
})

test('a mail that breaks the exchange is held with its bytes, and the next one goes on', async () => {
  const { desk, intake } = newIntake()
  const breaking = { ...desk, compose: () => Promise.reject(new TypeError('x is undefined')) }
  const broken = createMailIntake(
    breaking,
    async () => mail({ subject: '[sms 0170] Lunch' }),
    'sms@imap.office.example',
  )
  const raw = Buffer.from('the mail')
  const stored = { folder: 'INBOX', uidValidity: '1', uid: 1, size: 8, raw, truncated: false }
  assert.equal(await broken.receive(stored), 'stay')
  const [entry] = desk.journal.list({ limit: 1 })
  assert.deepEqual(
    [entry?.judgement, entry?.reason, entry?.raw?.toString()],
    ['hold', 'internal-error', 'the mail'],
  )
  assert.equal(intake.placeOf('INBOX', '1', 1), 'stay')
})

test('when the database fails, nothing is acknowledged', async () => {
  const { desk, intake } = newIntake()
  const failing = {
    ...desk,
    store: {
      ...desk.store,
      transaction: () => {
        throw new GatewayError('STORE_FAILED', 'disk full', { retry: 'temporary' })
      },
    },
  }
  const broken = createMailIntake(failing, async () => mail(tagged), account)
  const raw = Buffer.from('x')
  await assert.rejects(
    broken.receive({ folder: 'INBOX', uidValidity: '1', uid: 1, size: 1, raw, truncated: false }),
    /disk full/,
  )
  assert.equal(intake.placeOf('INBOX', '1', 1), null)
  assert.equal(intake.cursor('INBOX', '1'), null)
})

test('mails are decided one after the other: two copies at once make one SMS', async () => {
  const { receive, sentTo } = newIntake()
  await Promise.all([receive(tagged), receive(tagged), receive(tagged)])
  assert.deepEqual(sentTo(), [phone('Bob')])
})

test('in a rebuilt mailbox, mail from before the first start is ignored, younger mail is not', async () => {
  const { intake, time, receive, journal, sentTo } = newIntake()
  intake.begin('INBOX', '1', 100)
  assert.equal(intake.hasHistory('INBOX'), true)
  time.now += day
  assert.equal(
    await receive({ ...tagged, text: 'old', date: noon - 1 }, { uidValidity: '2', uid: 1 }),
    'stay',
  )
  assert.equal(
    await receive({ ...tagged, text: 'young', date: noon + 1 }, { uidValidity: '2', uid: 2 }),
    'done',
  )
  assert.deepEqual(journal(), ['ignore: old-mail', 'convert: flagged'])
  assert.deepEqual(sentTo(), [phone('Bob')])
})

test('what comes into a rebuilt mailbox later is new, also with a date before the first start', async () => {
  const { intake, time, receive, journal } = newIntake()
  intake.begin('INBOX', '1', 100)
  time.now += day
  intake.beginAnew('INBOX', '2', 10)
  assert.deepEqual([intake.cursor('INBOX', '2'), intake.firstUid('INBOX', '2')], [0, 1])
  for (const uid of [10, 11])
    await receive({ ...tagged, text: `alarm ${uid}`, date: noon - 1_000 }, { uidValidity: '2', uid })
  assert.deepEqual(journal(), ['ignore: old-mail', 'convert: flagged'])
})

test('a mailbox that is rebuilt while the clock stands in 1970 brings nothing a second time, and no old mail', async () => {
  const { intake, time, receive, journal } = newIntake()
  intake.begin('INBOX', '1', 100)
  await receive({}, { uid: 101 })
  time.now = 1000
  intake.beginAnew('INBOX', '2', 10)
  await receive({}, { uidValidity: '2', uid: 1 })
  await receive({ ...tagged, text: 'old', date: noon - day }, { uidValidity: '2', uid: 2 })
  assert.deepEqual(journal(), ['pass: not-flagged', 'ignore: seen-before', 'ignore: old-mail'])
})

test('in the first mailbox, a mail with an old date that comes now is new', async () => {
  const { intake, receive, sentTo } = newIntake()
  intake.begin('INBOX', '1', 100)
  await receive({ ...tagged, date: noon - day }, { uid: 101 })
  assert.deepEqual(sentTo(), [phone('Bob')])
})

test('in a rebuilt mailbox, what was judged before is not judged again, and nobody is told twice', async () => {
  const { receive, journal, notices } = newIntake()
  const wrong = { subject: '[sms 0170] Lunch' }
  await receive({}, { uid: 1 })
  await receive(wrong, { uid: 2 })
  assert.equal(await receive({}, { uidValidity: '2', uid: 1 }), 'stay')
  assert.equal(await receive(wrong, { uidValidity: '2', uid: 2 }), 'stay')
  assert.deepEqual(journal().slice(2), ['ignore: seen-before', 'ignore: seen-before'])
  assert.equal(notices().length, 1)
})

test('where reading begins is remembered for each generation of the folder', () => {
  const { intake } = newIntake()
  assert.deepEqual([intake.cursor('INBOX', '1'), intake.hasHistory('INBOX')], [null, false])
  intake.begin('INBOX', '1', 41)
  assert.deepEqual([intake.cursor('INBOX', '1'), intake.cursor('INBOX', '2')], [41, null])
  assert.deepEqual([intake.firstUid('INBOX', '1'), intake.firstUid('INBOX', '2')], [42, 1])
  assert.equal(intake.placeOf('INBOX', '1', 41), null)
})

test('the mailbox of another provider is another mailbox', async () => {
  const { desk, receive } = newIntake()
  await receive(tagged, { uid: 5 })
  const other = createMailIntake(desk, async () => mail(), 'sms@imap.elsewhere.example')
  assert.deepEqual(
    [other.cursor('INBOX', '1'), other.placeOf('INBOX', '1', 5), other.hasHistory('INBOX')],
    [null, null, false],
  )
})

test('a temporary binding keeps the policies of the one that it shadows', async () => {
  const { desk, receive } = newIntake({ bound: [{ ...bob, mailToSms: 'always', smsToMail: 'flagged' }] })
  await receive({ subject: '[sms +4915199999999 2h] Lunch' })
  const now = desk.bindings.ofMailbox('bob@office.example', noon)
  assert.deepEqual([now?.number, now?.mailToSms, now?.smsToMail], [phone('Customer'), 'always', 'flagged'])
})

test('a tag with a time makes a temporary binding in the same commit', async () => {
  const { desk, receive } = newIntake()
  const before = desk.store.commits()
  await receive({ to: ['Dora'], subject: '[sms +4915199999999 2h] Lunch' })
  assert.equal(desk.store.commits(), before + 1)
  const bound = desk.bindings.ofMailbox('dora@partner.example', noon)
  assert.deepEqual(
    [bound?.number, bound?.expiresAt, bound?.origin],
    [phone('Customer'), noon + 7_200_000, 'mail'],
  )
  assert.equal(desk.conversations.openOf(phone('Customer'), noon)[0]?.expiresAt, noon + 7_200_000)
})

test('a mail that breaks a limit is put aside with a notice, is listed, and the mailbox goes on', async () => {
  const { receive, intake, journal, notices, sentTo } = newIntake()
  assert.equal(await receive({ ...tagged, unreadable: 'mail-too-slow' }, { uid: 1 }), 'done')
  assert.equal(intake.placeOf('INBOX', '1', 1), 'done')
  assert.deepEqual(notices(), ['anna@office.example: mail-too-slow'])
  assert.equal(await receive(tagged, { uid: 2 }), 'done')
  assert.deepEqual(journal(), ['refuse: mail-too-slow', 'convert: flagged'])
  assert.deepEqual(sentTo(), [phone('Bob')])
})

test('a mail of a stranger that breaks a limit stays where people read it, and is not looked at again', async () => {
  const { receive, intake, notices } = newIntake()
  const place = await receive(
    { ...tagged, from: 'eve@evil.example', unreadable: 'mail-too-slow' },
    { uid: 1 },
  )
  assert.equal(place, 'stay')
  assert.equal(intake.placeOf('INBOX', '1', 1), 'stay')
  assert.deepEqual(notices(), [])
})
