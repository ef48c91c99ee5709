// `simpost status`: one screen about the box, from what the running service last wrote down.

import type { InboxState } from '../mail/imap-inbox.ts'
import type { ModemState } from '../modem/gsm-modem.ts'
import { isServiceRunning } from '../store/database.ts'
import { createServiceState } from '../store/service-state.ts'
import { type Office, withOffice } from './context.ts'
import { amount, localTime, print, printJson, styled } from './output.ts'

type Problem = { readonly code: string; readonly message: string; readonly hint: string | null } | null

export async function status(options: { readonly config: string; readonly json?: boolean }): Promise<void> {
  await withOffice(options.config, { readOnly: true }, (office) => {
    const facts = collect(office)
    if (options.json === true) return printJson(facts)
    print(
      `${styled('bold', 'service')}   ${facts.running ? styled('green', 'running') : styled('red', 'not running')}`,
    )
    const { modem, mailbox } = facts
    if (modem !== null) {
      const signal = modem.signalDbm === null ? '' : `, signal about ${modem.signalDbm} dBm`
      const model = [modem.manufacturer, modem.model].filter((word) => word !== null).join(' ')
      print(
        `${styled('bold', 'modem')}     ${modem.phase} on ${modem.port}${model === '' ? '' : ` (${model})`}${modem.operator === null ? '' : `, ${modem.operator}`}${signal}`,
      )
      printProblem(modem.problem)
    }
    if (mailbox !== null) {
      print(`${styled('bold', 'mailbox')}   ${mailbox.phase}`)
      printProblem(mailbox.problem)
    }
    print(
      `${styled('bold', 'today')}     ${facts.parts_today} of ${facts.parts_per_day} SMS parts${facts.cost_today === null ? '' : `, ${amount(facts.cost_today, facts.currency)}`}`,
    )
    for (const { medium, judgement, count } of facts.received_today)
      print(`          ${count} ${medium} in: ${judgement}`)
    for (const { medium, state, count } of facts.deliveries_today)
      print(`          ${count} ${medium} out: ${state}`)
    if (facts.waiting.length === 0) return
    print(styled('yellow', '\nwaits for a person'))
    for (const one of facts.waiting) print(`  ${localTime(one.at)}  ${one.what}`)
  })
}

function printProblem(problem: Problem): void {
  if (problem === null) return
  print(
    `          ${styled('red', problem.message)}${problem.hint === null ? '' : `\n          Try: ${problem.hint}`}`,
  )
}

function collect({ config, desk }: Office) {
  const midnight = new Date(desk.now()).setHours(0, 0, 0, 0)
  const states = createServiceState(desk.store)
  const parts = desk.outbox.partsSubmittedSince(midnight)
  const price = config.budget.price_per_part
  const held = desk.journal.list({ judgement: 'hold', limit: 20 })
  // A refused mail is still in the mailbox; a refused SMS is nowhere else.
  const refused = desk.journal.list({ judgement: 'refuse', medium: 'sms', limit: 20 })
  return {
    running: isServiceRunning(config.store.path),
    modem: states.read<ModemState>('modem')?.value ?? null,
    mailbox: states.read<Pick<InboxState, 'phase' | 'problem'>>('mailbox')?.value ?? null,
    parts_today: parts,
    parts_per_day: config.budget.parts_per_day,
    cost_today: price === undefined ? null : Math.round(parts * price * 1e4) / 1e4,
    currency: config.budget.currency,
    received_today: desk.journal.counts(midnight),
    deliveries_today: desk.outbox.counts(midnight),
    waiting: [
      ...(parts >= config.budget.parts_per_day
        ? [
            {
              at: desk.now(),
              what: 'the SMS parts of today are used up (budget.parts_per_day); what is queued goes out after midnight',
            },
          ]
        : []),
      ...[...held, ...refused].map((entry) => ({
        at: entry.receivedAt,
        what: `message ${entry.id} ${entry.judgement === 'hold' ? 'is held' : 'was refused'}: ${entry.reason} (simpost message show ${entry.id})`,
      })),
      ...desk.outbox.troubled(20).map((delivery) => ({
        at: delivery.updatedAt,
        what: `delivery ${delivery.id} to ${delivery.recipient} ${delivery.state}: ${delivery.reason ?? ''}`,
      })),
    ],
  }
}
