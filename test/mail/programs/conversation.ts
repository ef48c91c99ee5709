// A morning of the office as mails: two talks that customers began, one that Anna began, with answers, a notice and a report in them.
// What comes from the box is made by the service's own parts; what people write is what their mail programs send.

import { mailReader } from '../../../src/daemon/desk.ts'
import { createMailIntake } from '../../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { composeReport } from '../../../src/mail/compose/compose-report.ts'
import { encodeTimestamp } from '../../../src/simulator/modem/sim-pdu.ts'
import { mailbox, noon, phone } from '../../exchange/world.ts'
import { airDeliver, utf16 } from '../../sms/air.ts'
import { letter } from '../field/field-box.ts'
import { openSender } from './our-mails.ts'

export interface Filed {
  /** The talk that it belongs to. */
  readonly talk: 'first customer' | 'second customer' | "Anna's"
  readonly messageId: string
  readonly subject: string
  readonly raw: Buffer
}

const minute = 60_000

/** All mails in the order in which they were written. */
export async function conversation(): Promise<Filed[]> {
  const { desk, clock, config, made } = openSender()
  const filed: Filed[] = []
  const sms = createSmsIntake(desk, 3_600_000)
  const mails = createMailIntake(desk, mailReader(config, desk), 'sms@localhost')
  let uid = 0

  /** A phone writes; what the box made of it is filed. */
  async function text(talk: Filed['talk'], from: string, words: string): Promise<string> {
    clock.jump(minute)
    const sender = { typeOfAddress: 0x91, digits: from.slice(1) }
    const scts = Buffer.from(encodeTimestamp(clock.now(), 4)).toString('hex')
    const pdu = airDeliver({ sender, dcs: 8, units: utf16(words), septets: false, scts })
    await sms.receive({ pdu, tpduLength: null, storage: 'SM', index: 1 })
    for (const { draft, raw } of made(talk)) {
      const { messageId, subject } = draft
      filed.push({ talk, messageId, subject, raw })
    }
    return filed.at(-1)?.messageId ?? ''
  }

  /** Somebody of the office writes. */
  async function write(
    talk: Filed['talk'],
    facts: Parameters<typeof letter>[0] & { id: string; subject: string },
  ) {
    clock.jump(minute)
    const date = `Date: ${new Date(clock.now()).toUTCString()}`
    const raw = Buffer.from(
      letter(facts)
        .replace(/^Date:.*/m, date)
        .replace(/\n/g, '\r\n'),
    )
    uid += 1
    await mails.receive({ folder: 'INBOX', uidValidity: '1', uid, size: raw.length, truncated: false, raw })
    filed.push({ talk, messageId: facts.id, subject: facts.subject, raw })
    return facts.id
  }

  const asked = await text('first customer', phone('Customer'), 'Ist die Tür offen?')
  await text('second customer', '+4915188888888', '几点开门？')
  const answered = await write('first customer', {
    ...{ id: '<answer.1@office.example>', from: mailbox('Office'), to: mailbox('Box') },
    ...{ results: 'dmarc=pass header.from=office.example', body: 'Ja, ab neun.' },
    ...{
      subject: `Re: SMS from ${phone('Customer')}`,
      fields: [`In-Reply-To: ${asked}`, `References: ${asked}`],
    },
  })
  await text('first customer', phone('Customer'), 'Danke! 👍')
  const begun = await write("Anna's", {
    ...{ id: '<begun.1@office.example>', to: 'sms@office.example', body: 'Wo ist er?' },
    subject: `[sms ${phone('Bob')}] Key`,
  })
  await text("Anna's", phone('Bob'), 'Im Büro.')
  for (const [index, inReplyTo] of [answered, begun].entries()) {
    const talk = index === 0 ? 'first customer' : "Anna's"
    const messageId = `<report.${index}@office.example>`
    const subject = 'SMS fehlgeschlagen: Tür'
    const raw = await desk.compose({
      ...{
        from: { address: 'sms@office.example', name: 'Simpost' },
        to: { address: 'anna@office.example', name: '' },
      },
      ...{ replyTo: null, subject, messageId, inReplyTo, references: [inReplyTo], date: clock.now() },
      ...{ text: 'Nicht angekommen.\n', fields: { 'Auto-Submitted': 'auto-replied' } },
    })
    const report = composeReport(raw, {
      ...{ host: 'office.example', arrivedAt: noon, recipient: `${phone('Bob')}@sms.office.example` },
      ...{ originalRecipient: null, action: 'failed', status: '5.1.1', diagnostic: 'TP-ST 0x41' },
      ...{ lastAttemptAt: noon, retryUntil: null, header: `Message-ID: ${inReplyTo}\r\n` },
    })
    filed.push({ talk, messageId, subject, raw: report })
  }
  return filed
}
