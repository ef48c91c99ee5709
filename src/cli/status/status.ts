// `simpost status`: one screen about the box, from what the running service last wrote down.

import { backupFolder } from '../../daemon/backups.ts'
import { type KnownModem, knownModemKey } from '../../daemon/known-modem.ts'
import { arrivalOf } from '../../domain/delivery.ts'
import { amountText } from '../../exchange/decide/balance.ts'
import { operator } from '../../exchange/desk.ts'
import { refusedSenders } from '../../exchange/dispatch/envelope-sender.ts'
import type { InboxState } from '../../mail/imap/imap-inbox.ts'
import type { ModemState } from '../../modem/gsm-modem.ts'
import { type RecoveryShown, recoveryKey } from '../../modem/recovery.ts'
import { type AlarmRow, createAlarms } from '../../store/alarms.ts'
import { automaticBackups } from '../../store/backup/backup-folder.ts'
import { isServiceRunning } from '../../store/database/database.ts'
import { createServiceState, type ServiceState } from '../../store/service-state.ts'
import { createSignalHistory } from '../../store/signal-history.ts'
import { heldDeliveries, keptMessages, partsWithoutResult, type WaitingGroup } from '../../store/waiting.ts'
import { asTyped } from '../config-option.ts'
import { type Office, withOffice } from '../context.ts'
import { amount, localTime, print, printable, printJson, styled } from '../output.ts'
import { meaningOf } from '../sheet.ts'
import { printLines, printSheet } from '../wrap.ts'
import { budgetsUsedUp, pausedPairs, spentBy } from './status-money.ts'
import { signalDay, signalText } from './status-signal.ts'
import { creditOf, networkText } from './status-sim.ts'
import { storeState } from './status-store.ts'

const reportsLookedAtMs = 30 * 86_400_000

type Problem = { readonly code: string; readonly message: string; readonly hint: string | null } | null
type Facts = ReturnType<typeof collect>

export async function status(options: { readonly config: string; readonly json?: boolean }): Promise<void> {
  await withOffice(options.config, { readOnly: true }, (office) => {
    const facts = collect(office)
    if (options.json === true) return printJson(facts)
    printService(facts)
    if (facts.store.problem !== null) print(styled('bold', 'database'))
    printProblem(facts.store.problem)
    printSpending(facts)
    printToday(facts)
    for (const [index, { reason, count, next }] of facts.held.entries())
      print(
        `${styled('bold', index === 0 ? 'held      ' : '          ')}${count}: ${meaningOf(reason)} (${reason})${next === null ? '' : `; next ${localTime(Date.parse(next))}`}`,
      )
    if (facts.waiting.length === 0) return
    print(styled('yellow', '\nwaits for a person'))
    printSheet(
      facts.waiting.map(({ at, what }) => `  ${localTime(Date.parse(at))}  ${printable(asTyped(what))}`),
    )
  })
}

function printService(facts: Facts): void {
  const { running, modem, mailbox, signal_day: signal, recovery, swapped, refused_senders: refused } = facts

  print(
    `${styled('bold', 'service')}   ${running ? styled('green', 'running') : styled('red', 'not running')}`,
  )
  if (modem !== null) {
    // Its last name stays known after a network was lost.
    const network = modem.registered ? networkText(modem) : ''
    const about =
      modem.signalDbm === null || typeof signal?.now === 'number'
        ? ''
        : `, signal about ${modem.signalDbm} dBm`
    const model = [modem.manufacturer, modem.model].filter((word) => word !== null).join(' ')
    print(
      `${styled('bold', 'modem')}     ${printable(`${modem.phase} on ${modem.port}${model === '' ? '' : ` (${model})`}${network === '' ? '' : `, ${network}`}${about}`)}`,
    )
    printProblem(modem.problem)
    printRecovery(recovery, swapped)
  }
  if (signal !== null) print(`${styled('bold', 'signal')}    ${signalText(signal)}`)
  if (mailbox !== null) {
    print(`${styled('bold', 'mailbox')}   ${mailbox.phase}`)
    printProblem(mailbox.problem)
  }
  if (facts.last_backup !== null)
    print(`${styled('bold', 'backup')}    ${localTime(Date.parse(facts.last_backup))}`)
  for (const { sender } of refused) print(`${styled('bold', 'sender')}    ${senderWords[sender]}`)
}

/** Why mails go out under the box's own address although another would be better. */
const senderWords = {
  null: 'the server takes no mail with an empty sender: reports go out under the address of the box',
  token: 'the server takes no mail from plus addresses: reports of lost mails may not be matched',
} as const

/** What is done about a modem that is lost, and whether it is still the same one. */
function printRecovery(recovery: Facts['recovery'], swapped: Facts['swapped']): void {
  if (recovery !== null) {
    const next = recovery.next_at === null ? '' : `; next try ${localTime(Date.parse(recovery.next_at))}`
    print(`${styled('bold', 'recovery')}  ${printable(recovery.doing)}${next}`)
  }
  if (swapped !== null)
    print(
      `${styled('bold', 'device')}    another modem since ${localTime(Date.parse(swapped.at))}: IMEI ${printable(swapped.imei)}, before ${printable(swapped.from)}`,
    )
}

/** When the newest automatic backup was made; null: there is none, or none may be seen. */
function lastBackup(config: Office['config']): string | null {
  const [last] = automaticBackups(backupFolder(config))
  return last === undefined ? null : new Date(last.at).toISOString()
}

function printProblem(problem: Problem): void {
  if (problem === null) return
  const hint = problem.hint === null ? [] : [`Try: ${printable(asTyped(problem.hint))}`]
  printLines([styled('red', printable(problem.message)), ...hint].map((line) => `          ${line}`))
}

/** What came in and went out today, by medium, judgement and state. */
function printToday(facts: Facts): void {
  const { received_today: received, deliveries_today: sent, sms_without_report: silent } = facts
  const lines = [
    ...received.map(({ medium, judgement, count }) => `${count} ${medium} in: ${judgement}`),
    ...sent.map(({ medium, state, count }) => `${count} ${medium} out: ${state}`),
  ]
  for (const [index, line] of lines.entries())
    print(
      `${styled('bold', (index === 0 ? 'messages' : '').padEnd(9))} ${line}${index === 0 ? ' (today)' : ''}`,
    )
  if (silent > 0)
    print(`          ${silent} sms out in 30 days: sent, and no report came while the network tried`)
}

function printSpending(facts: Facts): void {
  const line = (name: string, parts: number, limit: number | null, cost: number | null): void => {
    const money = cost === null ? '' : `, ${amount(cost, facts.currency)}`
    print(
      `${styled('bold', name.padEnd(9))} ${parts}${limit === null ? '' : ` of ${limit}`} SMS parts accepted${money}`,
    )
  }
  line('today', facts.parts_today, facts.parts_per_day, facts.cost_today)
  line('month', facts.parts_month, facts.parts_per_month, facts.cost_month)
  if (facts.credit === null) return
  const { amount: credit, known_at: knownAt, misses } = facts.credit
  const stale = misses === 0 ? '' : `; ${misses} answers since then could not be read`
  print(
    `${styled('bold', 'credit')}    ${amountText(credit, facts.currency)}, ${localTime(Date.parse(knownAt))}${stale}`,
  )
}

function collect(office: Office) {
  const { config, desk } = office
  const midnight = new Date(desk.now()).setHours(0, 0, 0, 0)
  const states = createServiceState(desk.store)
  const { limits, currency } = desk.settings
  const today = spentBy(office, 'day')
  const month = spentBy(office, 'month')
  const held = heldDeliveries(desk.store)
  const kept = keptMessages(desk.store)
  const groups = [...held, ...kept]
  const paused = pausedPairs(office)
  const usedUp = budgetsUsedUp(office)
  const alarms = createAlarms(desk.store).standing(desk.now())
  const running = isServiceRunning(config.store.path)
  return {
    running,
    last_backup: lastBackup(config),
    store: storeState(config.store.path),
    modem: states.read<ModemState>('modem')?.value ?? null,
    signal_day: signalDay(
      createSignalHistory(desk.store).between(desk.now() - 86_400_000, desk.now()),
      desk.now(),
      running,
    ),
    recovery: recoveryOf(states),
    swapped: swapOf(states, desk.now()),
    mailbox: states.read<Pick<InboxState, 'phase' | 'problem'>>('mailbox')?.value ?? null,
    refused_senders: refusedSenders(desk).map(({ kind, at }) => ({
      ...{ sender: kind, at: new Date(at).toISOString() },
    })),
    // Counted when an SMS is accepted for sending, as the budgets count; not when the modem has sent it.
    parts_today: today.parts,
    parts_per_day: limits.box.perDay,
    cost_today: today.cost,
    parts_month: month.parts,
    parts_per_month: limits.box.perMonth,
    cost_month: month.cost,
    credit: creditOf(office),
    currency,
    received_today: desk.journal.counts(midnight, operator),
    deliveries_today: desk.outbox.counts(midnight),
    // Of the last 30 days: nobody knows whether they arrived.
    sms_without_report: withoutReport(office),
    held: groups.map(({ reason, count, next }) => ({
      ...{ reason, count, next: next === null ? null : new Date(next).toISOString() },
    })),
    paused: paused.map(({ one, other, since, messageId }) => ({
      ...{ one, other, since: new Date(since).toISOString(), message: messageId },
    })),
    budgets_used_up: usedUp.map(({ scope, key, period, used, limit, renews }) => ({
      ...{ scope, key, period, used, limit, renews: new Date(renews).toISOString() },
    })),
    // Trouble of the box itself, about which the operator is told.
    alarms: alarms.map(({ key, reason, detail, raisedAt, toldAt }) => ({
      ...{ key, reason, detail, since: new Date(raisedAt).toISOString() },
      told_at: toldAt === null || toldAt < raisedAt ? null : new Date(toldAt).toISOString(),
    })),
    waiting: waitingFor(office, { alarms, usedUp, paused, groups }),
  }
}

/** Everything that a person has to look at, trouble of the box itself first. */
function waitingFor(
  office: Office,
  {
    alarms,
    usedUp,
    paused,
    groups,
  }: {
    readonly alarms: readonly AlarmRow[]
    readonly usedUp: ReturnType<typeof budgetsUsedUp>
    readonly paused: ReturnType<typeof pausedPairs>
    readonly groups: readonly WaitingGroup[]
  },
) {
  const { desk } = office
  return [
    ...alarms.map(({ raisedAt, reason, detail }) => ({
      at: raisedAt,
      what: `${meaningOf(reason)}: ${detail}`,
    })),
    ...usedUp.map(({ what }) => ({ at: desk.now(), what })),
    ...paused.map(({ since, what }) => ({ at: since, what })),
    ...groups.filter(needsPerson).map((group) => groupWaiting(group, office)),
    ...refusedTexts(office),
    ...desk.outbox.troubled(20).map((delivery) => ({
      at: delivery.updatedAt,
      what: `delivery ${delivery.id} to ${delivery.recipient} ${delivery.state}: ${delivery.reason ?? ''}${delivery.messageId === null ? '' : ` (simpost message show ${delivery.messageId})`}`,
    })),
  ].map(({ at, what }) => ({ at: new Date(at).toISOString(), what }))
}

/** SMS of which a part was sent and no report came before its validity ended. */
function withoutReport({ desk }: Office): number {
  const now = desk.now()
  const unknown = partsWithoutResult(desk.store, now - reportsLookedAtMs).filter(
    (part) => arrivalOf(part, part.validityMs, now) === 'unknown',
  )
  return new Set(unknown.map(({ deliveryId }) => deliveryId)).size
}

function recoveryOf(states: ServiceState) {
  const shown = states.read<RecoveryShown | null>(recoveryKey)?.value ?? null
  if (shown === null) return null
  return { doing: shown.doing, next_at: shown.nextAt === null ? null : new Date(shown.nextAt).toISOString() }
}

/** How long a swap of the modem is shown; a clock that went back shows it as well. */
const swapShownMs = 7 * 86_400_000

function swapOf(states: ServiceState, now: number) {
  const known = states.read<KnownModem>(knownModemKey)?.value ?? null
  if (known === null || known.swapped === null || known.imei === null || now - known.swapped.at > swapShownMs)
    return null
  const { from, at } = known.swapped
  return { imei: known.imei, from, at: new Date(at).toISOString() }
}

/** What waits for its time goes by itself, and what waits for the answer of a phone as well; a paused pair is listed as such. */
function needsPerson({ reason, next }: WaitingGroup): boolean {
  return next === null && reason !== 'ambiguous' && reason !== 'pair-paused'
}

function groupWaiting({ reason, count, messageId }: WaitingGroup, { desk }: Office) {
  const entry = messageId === null ? undefined : desk.journal.get(messageId)
  const first = messageId === null ? '' : `${count === 1 ? '' : ' since'} message ${messageId}`
  const see = messageId === null ? '' : ` (simpost message show ${messageId})`
  return { at: entry?.receivedAt ?? desk.now(), what: `${count} held${first}: ${meaningOf(reason)}${see}` }
}

/** A refused mail is still in the mailbox; a refused SMS is nowhere else. */
function refusedTexts({ desk }: Office) {
  return desk.journal
    .list({ judgement: 'refuse', medium: 'sms', limit: 20 })
    .map(({ id, receivedAt, reason }) => ({
      ...{ at: receivedAt, what: `message ${id} was refused: ${reason} (simpost message show ${id})` },
    }))
}
