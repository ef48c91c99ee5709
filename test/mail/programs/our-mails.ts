// Every kind of mail that we send, made as the service makes it: PDUs and calls through the intakes, notices in all languages, redirects
// and reports. Each with what a program must find in it.

import { parseConfig } from '../../../src/config/config.ts'
import { createDesk } from '../../../src/daemon/desk.ts'
import { languages } from '../../../src/domain/binding.ts'
import type { MailDraft, StatusReport } from '../../../src/domain/message.ts'
import { hasNotice, noticeDraft } from '../../../src/exchange/decide/notices.ts'
import { type Reason, reasons } from '../../../src/exchange/decide/reasons.ts'
import type { Desk } from '../../../src/exchange/desk.ts'
import { createCallIntake } from '../../../src/exchange/intake/call-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { composeReport } from '../../../src/mail/compose/compose-report.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { fakeClock } from '../../exchange/fake-clock.ts'
import { partOf } from '../../exchange/intake/intake-world.ts'
import { binding, mailbox, noon, phone } from '../../exchange/world.ts'
import { type AirDeliver, airDeliver, utf16 } from '../../sms/air.ts'
import { notification, push, pushPdus } from '../../sms/push-makers.ts'

configureLog('error', () => {})

const hour = 3_600_000

const configText = `[modem]
number = "${phone('SIM')}"
[mail]
address = "${mailbox('Box')}"
plus_addresses = true
[mail.imap]
host = "localhost"
user = "sms"
password = "x"
[mail.smtp]
host = "localhost"
[exchange]
number_domain = "sms.office.example"
fallback_mailbox = "${mailbox('Office')}"
[trust]
senders = ["@office.example"]
authserv_id = "mx.office.example"
`

/** A mail of ours, and the draft that it was made from. */
export interface OurMail {
  readonly what: string
  readonly draft: MailDraft
  readonly raw: Buffer
}

export interface Sender {
  readonly desk: Desk
  /** The mails that were made since the last call, in order. */
  made(what: string): OurMail[]
  readonly clock: ReturnType<typeof fakeClock>
  readonly config: ReturnType<typeof parseConfig>
}

/** A desk that remembers what it composes. Bob's name holds everything that a display name must be protected from. */
export function openSender(): Sender {
  const config = parseConfig(configText, '/etc/simpost/simpost.toml')
  const clock = fakeClock()
  const real = createDesk(config, openStore(':memory:'), clock, () => {})
  const mails: { draft: MailDraft; raw: Buffer }[] = []
  const desk: Desk = {
    ...real,
    compose: async (draft) => {
      const raw = await real.compose(draft)
      mails.push({ draft, raw })
      return raw
    },
  }
  const name = 'Müller, "Bob" <b@evil.example> 王芳 😀'
  desk.bindings.add(binding({ mailbox: 'Bob', phone: 'Bob', alias: 'bob', name }))
  return {
    ...{ desk, clock, config },
    made: (what) => mails.splice(0).map((mail) => ({ what, ...mail })),
  }
}

const customer = { typeOfAddress: 0x91, digits: '4915199999999' }
const bobsPhone = { typeOfAddress: 0x91, digits: phone('Bob').slice(1) }
const gsm = (text: string, more: Partial<AirDeliver> = {}): string =>
  airDeliver({ sender: customer, dcs: 0, units: [...Buffer.from(text)], septets: true, ...more })
const ucs2 = (text: string, more: Partial<AirDeliver> = {}): string =>
  airDeliver({ sender: customer, dcs: 8, units: utf16(text), septets: false, ...more })

/** A long text in parts of 60 UTF-16 units; a missing one is left out. */
function parts(text: string, reference: number, missing?: number): string[] {
  const pieces = text.match(/[\s\S]{1,60}/g) ?? []
  return pieces
    .map((piece, index) => partOf({ text: piece, seq: index + 1, total: pieces.length, reference }).pdu)
    .filter((_, index) => index + 1 !== missing)
}

const texts: Readonly<Record<string, readonly string[]>> = {
  'a text in ASCII': [gsm('Hello, when do you open?')],
  'a text with umlauts': [ucs2('Schöne Grüße, 5 €')],
  'a text in Chinese': [ucs2('明天下午三点在门口见。')],
  'a text with emoji': [ucs2('👨‍👩‍👧‍👦 🇩🇪 ok')],
  'a text of somebody with a difficult name': [ucs2('Ja.', { sender: bobsPhone })],
  'a text of a company': [
    gsm('Your parcel', { sender: { typeOfAddress: 0xd0, name: [...Buffer.from('PARCEL')] } }),
  ],
  'a line of 1,200 characters': parts('无'.repeat(1_200), 1),
  'a line of 1,200 letters': parts('x'.repeat(1_200), 2),
  'a text in several parts': parts(`${'Wörter und Wörter. '.repeat(20)}\n\nEnde`, 3),
  'a text of which a part is missing': parts('y'.repeat(170), 4, 2),
  'a text that looks like parts of a mail': [ucs2('From me\n.\n-- \n> q\nSubject: x\n\n--=_b\n=3D =\n')],
  'a text that holds an encoded word': [ucs2('=?utf-8?Q?Hi=0D=0ABcc:_x=40evil.example?=')],
  'a text of blanks and tabs at line ends': [gsm('a \nb\t\nc')],
  'an MMS': pushPdus(push(notification({ subject: 'Für dich 🌻' }))),
  'voice mail': [gsm('', { dcs: 0xd8 })],
}

/** What SMS and calls become, one after the other. */
export async function smsMails(): Promise<OurMail[]> {
  const { desk, clock, made } = openSender()
  const intake = createSmsIntake(desk, 4 * hour)
  const mails: OurMail[] = []
  for (const [what, pdus] of Object.entries(texts)) {
    for (const pdu of pdus) await intake.receive({ pdu, tpduLength: null, storage: 'SM', index: 1 })
    clock.jump(5 * hour)
    await intake.expireParts()
    mails.push(...made(what))
  }
  for (const number of [phone('Customer'), null])
    await createCallIntake(desk).receive({ number, at: clock.now(), rings: 3, cut: false })
  return [...mails, ...made('a missed call')]
}

/** Every notice in every language, about a mail whose subject is as hostile as the detail. */
export async function notices(): Promise<OurMail[]> {
  const { desk, made } = openSender()
  const hostile = 'Über 😀\r\nBcc: x@evil.example =?utf-8?Q?=0D=0A?= "<'
  const mails: OurMail[] = []
  for (const language of languages)
    for (const reason of (Object.keys(reasons) as Reason[]).filter(hasNotice)) {
      const facts = { reason, language, detail: hostile, subject: hostile, to: mailbox('Anna') }
      const ids = { mailId: '<1@office.example>', messageId: `<notice.${reason}.${language}@office.example>` }
      await desk.compose(noticeDraft({ ...facts, ...ids, ownMailbox: mailbox('Box'), now: noon }))
      mails.push(...made(`the notice ${reason} in ${language}`))
    }
  return mails
}

export interface OurReport extends OurMail {
  readonly report: StatusReport
}

const actions = [
  ['delivered', '2.1.5', ''],
  ['relayed', '2.0.0', ''],
  ['delayed', '4.4.7', 'TP-ST 0x20 congestion'],
  ['failed', '5.1.1', 'TP-ST 0x41 Empfänger ungültig\r\nFinal-Recipient: rfc822; x@evil.example'],
] as const

/** A report of every action, about a mail with UTF-8 and long lines in its header. */
export async function reports(): Promise<OurReport[]> {
  const { desk, made } = openSender()
  const header = [
    'From: Anna <anna@office.example>',
    'Subject: Über 😀',
    `References: ${'<0123456789@office.example> '.repeat(60).trim()}`,
    'Message-ID: <1@office.example>',
  ]
  const found: OurReport[] = []
  for (const [action, status, diagnostic] of actions) {
    const facts = { reason: 'sms-failed', language: 'de', detail: phone('Bob'), subject: 'Über 😀' } as const
    const ids = { mailId: '<1@office.example>', messageId: `<report.${action}@office.example>` }
    await desk.compose(
      noticeDraft({ ...facts, ...ids, to: mailbox('Anna'), ownMailbox: mailbox('Box'), now: noon }),
    )
    const report: StatusReport = {
      ...{ host: 'office.example', arrivedAt: noon - hour, recipient: `${phone('Bob')}@sms.office.example` },
      ...{ originalRecipient: action === 'failed' ? mailbox('Bob') : null, action, status, diagnostic },
      ...{ lastAttemptAt: noon, retryUntil: action === 'delayed' ? noon + 24 * hour : null },
      header: header.map((line) => `${line}\r\n`).join(''),
    }
    for (const mail of made(`a report that the SMS is ${action}`))
      found.push({ ...mail, raw: composeReport(mail.raw, report), report })
  }
  return found
}
