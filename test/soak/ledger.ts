// The accounts after the soak: what was sent against what arrived, and both against what the service says of it in its database.
// A message is in order if it arrived once and whole; or if it arrived at most once and its sender was told that this is not sure.

import type { SentSms } from '../../src/simulator/modem/sim-phones.ts'
import { decodeText, splitText } from '../../src/simulator/modem/sim-user-data.ts'
import type { Store } from '../../src/store/database/database.ts'
import { fallback, type GotMail, mailIdOf } from './mailboxes.ts'
import type { Planned } from './soak-plan.ts'

export interface Ledger {
  /** What is wrong, in words; empty if every message is accounted for. */
  readonly faults: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

interface SegmentRow {
  readonly deliveryId: number
  readonly delivery: string
  readonly state: string
  readonly seq: number
  readonly pdu: string
  readonly mailId: string
  readonly recipient: string
  readonly reason: string | null
}

const segmentsOf = (store: Store): SegmentRow[] =>
  store.all(
    `SELECT d.id AS deliveryId, d.state AS delivery, d.reason, d.recipient, s.state, s.seq, s.pdu, m.mail_id AS mailId
     FROM segment s JOIN delivery d ON d.id = s.delivery_id JOIN message m ON m.id = d.message_id ORDER BY d.id, s.seq`,
  )

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

/** Settles one mail that asked for an SMS. */
function judgeMail(
  message: Planned,
  rows: readonly SegmentRow[],
  taken: ReadonlyMap<string, readonly SentSms[]>,
  notices: readonly GotMail[],
): string[] {
  const [first] = rows
  if (first === undefined) return ['no SMS was queued for it']
  const faults: string[] = []
  if (new Set(rows.map(({ deliveryId }) => deliveryId)).size > 1) faults.push('it was queued twice')
  if (first.recipient !== message.phone.number) faults.push(`it went to ${first.recipient}`)
  const copies = rows.map(({ pdu }) => taken.get(pdu.slice(2)) ?? [])
  for (const [at, { state, seq }] of rows.entries()) {
    const count = copies[at]?.length ?? 0
    if (count > 1) faults.push(`part ${seq} reached the network ${count} times`)
    if (count === 0 && (state === 'sent' || state === 'delivered'))
      faults.push(`part ${seq} is ${state} and never reached the network`)
    if (state === 'submitting') faults.push(`part ${seq} is still submitting`)
    if (count === 1 && state === 'queued') faults.push(`part ${seq} is queued and was sent`)
  }
  const sorry = first.delivery === 'failed' || first.delivery === 'uncertain'
  if (!sorry && first.delivery !== 'sent' && first.delivery !== 'delivered')
    faults.push(`it is ${first.delivery} at the end: ${first.reason}`)
  const told = notices.filter(({ reason }) => reason === 'sms-failed' || reason === 'sms-uncertain')
  if (sorry && told.length === 0) faults.push(`it is ${first.delivery} and its sender was not told`)
  if (told.some(({ to }) => to !== message.phone.person)) faults.push('somebody else was told of it')
  if (!sorry && copies.every(({ length }) => length === 1)) {
    const text = copies.map(([sms]) => sms?.text ?? '').join('')
    if (text !== message.text) faults.push(`the phone shows ${JSON.stringify(text)}`)
  }
  if (message.phone.reports === 'undelivered' && first.delivery === 'delivered')
    faults.push('it is delivered, and the phone never got it')
  if (first.delivery === 'failed' && message.phone.reports !== 'undelivered')
    if (rows.some(({ state }, at) => state === 'failed' && copies[at]?.length === 1))
      faults.push(`it failed although the phone has it: ${first.reason}`)
  return faults
}

/** The beginnings of the mails that one SMS must have become: the text, with a mark where a part is missing, and a late part by itself. */
function expectedMails({ text, missing, reference, wide }: Planned): string[] {
  if (missing === null) return [text]
  const parts = splitText(text, { reference, wide }).map((part) => decodeText(part).text)
  const shown = parts.map((part, at) =>
    at + 1 === missing.part ? `[part ${missing.part} of ${parts.length} missing]` : part,
  )
  const late = `[part ${missing.part} of ${parts.length}, late] ${parts[missing.part - 1]}`
  return missing.comes ? [shown.join(''), late] : [shown.join('')]
}

/** Settles one SMS with the mails that show its number; those that are its own are `claimed`. */
function judgeSms(message: Planned, mails: readonly GotMail[], claimed: Set<GotMail>): string[] {
  const faults: string[] = []
  const reader = message.phone.person ?? fallback
  for (const piece of expectedMails(message)) {
    const found = mails.filter(({ body }) => body.startsWith(`${piece}\n`))
    if (found.length !== 1) faults.push(`${found.length} mails instead of one with ${JSON.stringify(piece)}`)
    for (const mail of found) {
      claimed.add(mail)
      if (mail.to !== reader) faults.push(`${mail.to} got it instead of ${reader}`)
    }
  }
  return faults
}

export interface Books {
  readonly messages: readonly Planned[]
  readonly sent: readonly SentSms[]
  readonly got: readonly GotMail[]
  readonly store: Store
}

const isHex = (body: string): boolean => /\b[0-9A-F]{30,}\b/i.test(body)

/** Compares everything with everything. */
export function settleAccounts({ messages, sent, got, store }: Books): Ledger {
  const rows = segmentsOf(store)
  const byMail = groupBy(rows, ({ mailId }) => mailId)
  const taken = groupBy(sent, ({ pdu }) => pdu)
  const notices = got.filter(({ reason }) => reason !== null)
  const noticesOf = groupBy(notices, ({ inReplyTo }) => inReplyTo ?? '')
  const texts = got.filter(({ reason }) => reason === null)
  const textsOf = groupBy(texts, ({ phone }) => phone ?? '')
  const claimed = new Set<GotMail>()
  const faults = messages.flatMap((message) => {
    const found =
      message.from === 'mail'
        ? judgeMail(
            message,
            byMail.get(mailIdOf(message.id)) ?? [],
            taken,
            noticesOf.get(mailIdOf(message.id)) ?? [],
          )
        : judgeSms(message, textsOf.get(message.phone.number) ?? [], claimed)
    return found.map((fault) => `${message.id} (${message.phone.number}): ${fault}`)
  })
  const known = new Set(rows.map(({ pdu }) => pdu.slice(2)))
  const strange = sent.filter(({ pdu }) => !known.has(pdu)).length
  if (strange > 0) faults.push(`${strange} parts reached the network that are in no outbox`)
  const unknown = texts.filter((mail) => !claimed.has(mail))
  const unreadable = unknown.filter(({ body }) => isHex(body))
  for (const { body, to, phone } of unknown)
    if (!isHex(body))
      faults.push(`a mail to ${to} belongs to no SMS: ${JSON.stringify(body.slice(0, 200))} of ${phone}`)
  const states = groupBy(
    [...new Map(rows.map((row) => [row.deliveryId, row])).values()],
    (row) => row.delivery,
  )
  const unsure = rows.filter(({ state }) => state === 'uncertain')
  const arrived = unsure.filter(({ pdu }) => taken.has(pdu.slice(2))).length
  return {
    faults,
    counts: {
      'mail to SMS': messages.filter(({ from }) => from === 'mail').length,
      'SMS to mail': messages.filter(({ from }) => from === 'phone').length,
      'parts on the network': sent.length,
      'mails with an SMS': texts.length,
      notices: notices.length,
      'reports or texts shown in hex': unreadable.length,
      'uncertain parts that arrived': arrived,
      'uncertain parts that did not': unsure.length - arrived,
      ...Object.fromEntries([...states].map(([state, group]) => [`SMS ${state}`, group.length])),
    },
  }
}
