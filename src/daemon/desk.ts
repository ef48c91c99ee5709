// What the exchange works with, made from the config on an open database: for the service, and for commands beside it.

import type { Config } from '../config/config.ts'
import { domainOf, mailKey } from '../domain/address.ts'
import type { Medium } from '../domain/message.ts'
import type { Clock } from '../domain/ports.ts'
import { parseQuietHours } from '../domain/quiet-hours.ts'
import type { ExchangeSettings } from '../exchange/decide/decision.ts'
import { isAllowed } from '../exchange/decide/judge.ts'
import { type Desk, worldOf } from '../exchange/desk.ts'
import { createComposer } from '../mail/compose/compose-mail.ts'
import { composeReport } from '../mail/compose/compose-report.ts'
import { redirectMail } from '../mail/compose/redirect-mail.ts'
import { createGuardedReader } from '../mail/read/guarded-reader.ts'
import { type ReadMailOptions, readMail } from '../mail/read/read-mail.ts'
import { createBindings } from '../store/bindings.ts'
import { createConversations } from '../store/conversations.ts'
import { type Store, setting } from '../store/database/database.ts'
import { createJournal } from '../store/journal.ts'
import { createOutbox } from '../store/outbox/outbox.ts'
import { createPdus } from '../store/pdus.ts'
import { createSpending } from '../store/spending.ts'

/** The part of the config that decides about messages, as plain values. */
function exchangeSettings(config: Config): ExchangeSettings {
  const { exchange, modem, mail, trust, budget, calls } = config
  return {
    ownNumber: modem.number,
    country: modem.country,
    ownMailbox: mail.address,
    mailToSms: exchange.mail_to_sms,
    smsToMail: exchange.sms_to_mail,
    fallbackMailbox: exchange.fallback_mailbox ?? null,
    numberDomain: exchange.number_domain ?? null,
    partsMax: exchange.parts_max,
    tooLong: exchange.too_long,
    subject: exchange.subject,
    passMail: exchange.pass_mail,
    passSms: exchange.pass_sms,
    automatic: exchange.automatic,
    quietHours: exchange.quiet_hours === undefined ? null : parseQuietHours(exchange.quiet_hours),
    digest: exchange.digest,
    urgentWords: exchange.urgent_words,
    language: exchange.language,
    plainLetters: exchange.plain_letters,
    nationalTables: exchange.national_tables,
    repeatMax: exchange.repeat_max,
    pairMax: exchange.pair_max,
    autoSubmitted: exchange.auto_submitted,
    allowedCountries: exchange.allowed_countries ?? null,
    operatorMailbox: config.operator.mailbox ?? exchange.fallback_mailbox ?? null,
    operatorNumber: config.operator.number ?? null,
    limits: limitsOf(budget),
    urgentReserve: budget.urgent_reserve,
    replyWindowMs: exchange.reply_window,
    ambiguous: exchange.ambiguous,
    deniedNumbers: exchange.denied_numbers,
    calls: { mail: calls.mail, answer: calls.answer.trim(), answerUnknown: calls.answer_unknown },
    trustMethod: trust.method,
    senders: trust.senders,
    pricePerPart: budget.price_per_part ?? null,
    currency: budget.currency,
    validityMs: exchange.validity,
    report: exchange.report,
  }
}

/** Parts and money as one number of parts: the price is the same for each. */
function limitsOf(budget: Config['budget']): ExchangeSettings['limits'] {
  const { price_per_part: price } = budget
  const parts = (own: number | undefined, money: number | undefined): number | null => {
    const bought = money === undefined || !price ? null : Math.floor(money / price + 1e-9)
    if (own === undefined || bought === null) return own ?? bought
    return Math.min(own, bought)
  }
  const limit = (of: Partial<Config['budget']['sender']>) => ({
    perDay: parts(of.parts_per_day, of.money_per_day),
    perMonth: parts(of.parts_per_month, of.money_per_month),
  })
  return { box: limit(budget), sender: limit(budget.sender), binding: limit(budget.binding) }
}

/** Reads a mail as the config says; the service and "explain" use this same reader. */
export function mailReader(config: Config, desk: Desk) {
  const instance = setting(desk.store, 'instance')
  const readContent = createGuardedReader()
  return (mail: { readonly raw: Buffer; readonly truncated: boolean }) => {
    const options: ReadMailOptions = {
      ownInstance: instance,
      authservId: config.trust.authserv_id ?? null,
      trustMethod: config.trust.method,
      isAllowed: (address) => isAllowed(address, worldOf(desk)),
      secretOf: (address) => config.trust.secrets().get(mailKey(address)) ?? null,
      recordedFields: config.mail.recipient_fields,
      truncated: mail.truncated,
    }
    return readMail(mail.raw, options, readContent)
  }
}

/** Everything the exchange works with, on an open database. */
export function createDesk(config: Config, store: Store, clock: Clock, wake: (medium: Medium) => void): Desk {
  const instance = setting(store, 'instance')
  return {
    store,
    bindings: createBindings(store),
    conversations: createConversations(store),
    journal: createJournal(store),
    outbox: createOutbox(store),
    pdus: createPdus(store),
    spending: createSpending(store),
    settings: exchangeSettings(config),
    plusAddresses: config.mail.plus_addresses,
    compose: createComposer({ domain: domainOf(config.mail.address), instance }),
    redirect: (raw, to, messageId, date) =>
      redirectMail(raw, { box: config.mail.address, to, messageId, date, instance }),
    asReport: composeReport,
    now: () => clock.now(),
    wake,
  }
}
