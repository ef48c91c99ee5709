// `simpost message …`: the journal.

import { GatewayError } from '../domain/errors.ts'
import { type Reason, reasons } from '../exchange/reasons.ts'
import type { JournalEntry, Judgement } from '../store/journal.ts'
import type { Delivery } from '../store/outbox.ts'
import { type Office, withOffice } from './context.ts'
import { localTime, print, printable, printJson, styled, table } from './output.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

export async function list(
  options: Options & { readonly inbox?: boolean; readonly judgement?: Judgement; readonly limit: string },
): Promise<void> {
  const limit = Number(options.limit)
  if (!Number.isInteger(limit) || limit < 1)
    throw new GatewayError('USAGE', `"${options.limit}" is no count`, { hint: '--limit 50' })
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const entries = desk.journal.list({
      ...(options.judgement === undefined ? {} : { judgement: options.judgement }),
      ...(options.inbox === true ? { medium: 'sms' as const, unconverted: true } : {}),
      limit,
    })
    if (options.json === true)
      return printJson(entries.map((entry) => entryJson(entry, desk.outbox.ofMessage(entry.id))))
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
        .map((delivery) => `${delivery.recipient} ${delivery.state}`)
        .join(', '),
      entry.subject || entry.text,
    ])
    print(table(['id', 'received', '', 'from', 'judgement', 'reason', 'deliveries', 'text'], rows, 44))
  })
}

export async function show(id: string, options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: true }, (office) => {
    const { journal, outbox } = office.desk
    const entry = /^\d{1,15}$/.test(id) ? journal.get(Number(id)) : undefined
    if (entry === undefined)
      throw new GatewayError('MESSAGE_UNKNOWN', `there is no message ${id}`, { hint: 'simpost message list' })
    const deliveries = outbox.ofMessage(entry.id)
    if (options.json === true)
      return printJson({ ...entryJson(entry, deliveries), steps: stepsJson(entry, office) })
    print(
      `${styled('bold', `${entry.medium === 'mail' ? 'mail' : 'SMS'} ${entry.id}`)} from ${printable(entry.sender)}, ${localTime(entry.receivedAt)}`,
    )
    if (entry.subject !== '') print(`subject: ${printable(entry.subject)}`)
    print(printable(entry.text))
    print(
      `\n${styled('bold', entry.judgement)}: ${reasons[entry.reason as Reason]?.means ?? entry.reason} (${entry.reason})`,
    )
    for (const { at, what, detail } of journal.steps(entry.id))
      print(`  ${localTime(at)}  ${what.padEnd(9)} ${printable(detail)}`)
    for (const delivery of deliveries) printDelivery(delivery, office)
  })
}

function printDelivery(delivery: Delivery, { desk }: Office): void {
  const what = `${delivery.medium === 'sms' ? 'SMS' : 'mail'} to ${delivery.recipient} (${delivery.rule})`
  print(
    `\n${what}: ${styled('bold', delivery.state)}${delivery.reason === null ? '' : `, ${printable(delivery.reason)}`}`,
  )
  for (const segment of desk.outbox.segments(delivery.id)) {
    const reference = segment.messageReference === null ? '' : `, reference ${segment.messageReference}`
    const report =
      segment.reportStatus === null ? '' : `, report 0x${segment.reportStatus.toString(16).padStart(2, '0')}`
    print(`  part ${segment.seq}: ${segment.state}${reference}${report}`)
  }
}

function entryJson(entry: JournalEntry, deliveries: readonly Delivery[]) {
  return {
    id: entry.id,
    medium: entry.medium,
    from: entry.sender,
    subject: entry.subject,
    text: entry.text,
    received: new Date(entry.receivedAt).toISOString(),
    flag: { value: entry.flag, from: entry.flagFrom },
    judgement: entry.judgement,
    reason: entry.reason,
    deliveries: deliveries.map(({ id, medium, recipient, rule, text, state, reason }) => ({
      id,
      medium,
      to: recipient,
      rule,
      text,
      state,
      reason,
    })),
  }
}

function stepsJson(entry: JournalEntry, { desk }: Office) {
  return desk.journal
    .steps(entry.id)
    .map(({ at, what, detail }) => ({ at: new Date(at).toISOString(), what, detail }))
}
