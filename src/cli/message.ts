// `simpost message …`: the journal, and what the operator does by hand with a message. The sheet of a message is that of `explain`,
// filled with what really happened: the parts are read back from the PDUs that were sent.

import { arrivalOf, type DeliveryState, reportMeaning } from '../domain/delivery.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Desk } from '../exchange/desk.ts'
import { cancelMessage, releaseMessage, retryMessage } from '../exchange/dispatch/by-hand.ts'
import type { SmsEncoding } from '../sms/text-coding.ts'
import { decodePdu } from '../sms/tpdu.ts'
import type { JournalEntry, Judgement } from '../store/journal.ts'
import type { Delivery } from '../store/outbox/outbox.ts'
import { type Office, withOffice } from './context.ts'
import { heldJson } from './explain-sheet.ts'
import { noticeFields } from './notice-fields.ts'
import { localTime, oneLine, print, printable, printJson, styled, table } from './output.ts'
import type { ScreenPart } from './phone-screen.ts'
import {
  cureLines,
  fieldsOfSmsMail,
  judgementLine,
  type MailOnSheet,
  mailLines,
  smsLines,
  stayLine,
  stepLines,
  textLines,
} from './sheet.ts'
import { printSheet } from './wrap.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

type Entry = JournalEntry
type Segment = ReturnType<Desk['outbox']['segments']>[number]

const subjectColumnsMax = 100

export async function list(
  options: Options & { readonly inbox?: boolean; readonly judgement?: Judgement; readonly limit: string },
): Promise<void> {
  const limit = /^\d{1,9}$/.test(options.limit) ? Number(options.limit) : 0
  if (limit < 1) throw new GatewayError('USAGE', `"${options.limit}" is no count`, { hint: '--limit 50' })
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const entries = desk.journal.list({
      ...(options.judgement === undefined ? {} : { judgement: options.judgement }),
      ...(options.inbox === true ? { medium: 'sms' as const, unconverted: true } : {}),
      limit,
    })
    if (options.json === true) return printJson(entries.map((entry) => entryJson(entry, desk)))
    if (entries.length === 0) return print('no messages')
    const rows = entries.map((entry) => [
      String(entry.id),
      localTime(entry.receivedAt),
      entry.medium,
      entry.sender,
      entry.judgement,
      entry.reason,
      desk.outbox
        .ofMessage(entry.id)
        .filter((delivery) => !isNotice(delivery))
        .map((delivery) => `${delivery.recipient} ${delivery.state}`)
        .join(', '),
      entry.erased ? erasedText : entry.subject || entry.text,
    ])
    print(table(['id', 'received', '', 'from', 'judgement', 'reason', 'deliveries', 'text'], rows, 44))
  })
}

export async function show(id: string, options: Options): Promise<void> {
  const messageId = readId(id, 'show')
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const entry = desk.journal.get(messageId)
    if (entry === undefined)
      throw new GatewayError('MESSAGE_UNKNOWN', `there is no message ${id}`, { hint: 'simpost message list' })
    const steps = desk.journal.steps(messageId)
    if (options.json === true)
      return printJson({
        ...entryJson(entry, desk),
        steps: steps.map(({ at, what, detail }) => ({ at: new Date(at).toISOString(), what, detail })),
      })
    printSheet(storyLines(entry, desk))
  })
}

/** The sheet of a message. */
function storyLines(entry: Entry, desk: Desk): string[] {
  const deliveries = desk.outbox.ofMessage(entry.id)
  const notices = deliveries.filter(isNotice)
  const waiting = deliveries.flatMap(({ state, heldReason }) =>
    state === 'held' && heldReason !== null ? [heldReason] : [],
  )
  const name = `${isCall(entry) ? 'missed call' : entry.medium === 'mail' ? 'mail' : 'SMS'} ${entry.id}`
  return [
    `${styled('bold', name)} from ${printable(entry.sender)}, received ${localTime(entry.receivedAt)}`,
    ...(entry.erased ? [erasedText] : wordsOf(entry)),
    '',
    judgementLine(entry.judgement, entry.reason),
    ...stepLines(desk.journal.steps(entry.id)),
    ...(entry.judgement === 'pass' && deliveries.length === 0 ? ['', stayLine(entry.medium)] : []),
    ...deliveries.filter((one) => !isNotice(one)).flatMap((one) => ['', ...deliveryLines(one, entry, desk)]),
    ...notices.flatMap((one) => ['', ...deliveryLines(one, entry, desk)]),
    ...cureLines([entry.reason, ...waiting], entry.medium, entry.id),
  ]
}

const erasedText = '(the words are erased)'

const wordsOf = (entry: Entry): string[] => [
  ...(entry.medium === 'mail' ? [`subject: ${oneLine(entry.subject, subjectColumnsMax)}`] : []),
  ...(isCall(entry) ? [] : textLines(entry.text)),
]

function deliveryLines(delivery: Delivery, entry: Entry, desk: Desk): string[] {
  const { id, medium, recipient, rule, text, state, reason } = delivery
  const named = inWords(delivery, desk)
  const became = reason === null ? named : reason.startsWith(state) ? reason : `${named} (${reason})`
  const cause = delivery.cause === null ? '' : `, caused by ${delivery.cause}`
  const where = {
    to: recipient,
    rule,
    held: heldOf(delivery),
    fate: `delivery ${id}: ${became}${cause}`,
  }
  if (medium === 'mail' && isNotice(delivery))
    return mailLines(
      { ...where, text, fields: noticeFields(delivery, entry, desk) },
      Number.POSITIVE_INFINITY,
    )
  if (medium === 'mail') return mailLines({ ...where, text, fields: mailFields(delivery, entry, desk) })
  const encoding = (delivery.encoding ?? 'gsm7') as SmsEncoding
  const resting = atRest.has(state) ? named : null
  const parts = desk.outbox.segments(id).map((segment) => sentPart(segment, encoding, resting))
  const { validityMs } = delivery
  const ownValidityMs = validityMs === desk.settings.validityMs ? null : validityMs
  return smsLines({ ...where, text, encoding, parts, ownValidityMs }, desk.settings)
}

/** The state of a delivery as people say it. */
function inWords(delivery: Delivery, desk: Desk): string {
  const { state, mergedInto } = delivery
  if (state === 'merged') return `went out with others in delivery ${mergedInto}`
  return arrivalOfAll(delivery, desk) === 'unknown'
    ? 'sent, but no report came: nobody knows whether it arrived'
    : state
}

const leastKnownFirst = ['unknown', 'unconfirmed', 'pending', 'awaited'] as const

/** Of all parts of an SMS that was sent, what is known least; null for any other delivery. */
function arrivalOfAll({ id, state, validityMs }: Delivery, desk: Desk) {
  if (state !== 'sent' || validityMs === null) return null
  const arrivals = desk.outbox.segments(id).map((segment) => arrivalOf(segment, validityMs, desk.now()))
  return leastKnownFirst.find((arrival) => arrivals.includes(arrival)) ?? null
}

/** Of such a delivery no part is on its way, whatever its parts were about to do. */
const atRest: ReadonlySet<DeliveryState> = new Set(['held', 'cancelled', 'merged'])

/** As exchange/record.ts writes it down. */
const isCall = ({ medium, subject }: Entry): boolean => medium === 'sms' && subject === 'missed call'

function mailFields({ recipient, text }: Delivery, entry: Entry, desk: Desk): MailOnSheet['fields'] {
  if (entry.medium === 'sms') {
    const fields = fieldsOfSmsMail(desk, entry.sender, recipient)
    if (!isCall(entry)) return fields
    // The text begins with the subject, without the name, and the day.
    const [first = ''] = text.split('\n', 1)
    const who = fields.find(([name]) => name === 'From')?.[1].replace(/ <[^<]*$/, '') ?? entry.sender
    const title = first.replace(/, \d{4}-\d\d-\d\d$/, '').replace(entry.sender, () => who)
    return fields.map(([name, value]) => [name, name === 'Subject' ? title : value])
  }
  return [
    ['Resent-To', recipient],
    ['From', entry.sender],
    ['Subject', entry.subject],
  ]
}

/** @param resting what became of the whole delivery, if no part is on its way */
function sentPart(segment: Segment, encoding: SmsEncoding, resting: string | null): ScreenPart {
  const { state, messageReference: reference, reportStatus: report, pdu } = segment
  const facts = [
    resting ?? state,
    ...(reference === null ? [] : [`reference ${reference}`]),
    ...(report === null
      ? []
      : [`report 0x${report.toString(16).padStart(2, '0')}: ${reportMeaning(report).means}`]),
  ]
  const tpdu = pdu === '' ? null : decodePdu(pdu)
  const { text, elements } =
    tpdu === null || tpdu.type === 'status-report' ? { text: '', elements: [] } : tpdu
  return { text, encoding, elements, state: facts.join(', ') }
}

const isNotice = ({ rule }: Pick<Delivery, 'rule'>): boolean => rule === 'notice'

const heldOf = ({ state, heldReason, heldUntil }: Delivery) =>
  state !== 'held' || heldReason === null ? null : { reason: heldReason, until: heldUntil }

const actions = {
  release: releaseMessage,
  retry: async (desk: Desk, messageId: number) => retryMessage(desk, messageId),
  cancel: async (desk: Desk, messageId: number) => cancelMessage(desk, messageId),
} as const

/** What the operator does by hand with a message: says what was done. */
export async function byHand(action: keyof typeof actions, id: string, options: Options): Promise<void> {
  const messageId = readId(id, action)
  await withOffice(options.config, { readOnly: false }, async ({ desk }: Office) => {
    const done = await actions[action](desk, messageId)
    if (options.json !== true) return print(printable(done))
    const entry = desk.journal.get(messageId)
    printJson({ done, ...(entry === undefined ? {} : entryJson(entry, desk)) })
  })
}

function readId(id: string, verb: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id)
  throw new GatewayError('USAGE', `"${id}" is no number of a message`, {
    hint: `simpost message list shows the numbers; simpost message ${verb} 17`,
  })
}

function entryJson(entry: Entry, desk: Desk) {
  return {
    id: entry.id,
    medium: entry.medium,
    from: entry.sender,
    subject: entry.subject,
    text: entry.text,
    erased: entry.erased,
    received: new Date(entry.receivedAt).toISOString(),
    flag: { value: entry.flag, from: entry.flagFrom },
    judgement: entry.judgement,
    reason: entry.reason,
    deliveries: desk.outbox.ofMessage(entry.id).map((delivery) => {
      const { id, medium, recipient, rule, text, state, reason, cause } = delivery
      const held = heldJson(heldOf(delivery))
      const arrival = arrivalOfAll(delivery, desk)
      return { id, medium, to: recipient, rule, text, state, arrival, reason, held, cause }
    }),
  }
}
