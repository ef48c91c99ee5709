// A small office for the tests of the exchange: people with their mailboxes and phones, the settings, and a desk on a database in
// memory. Mails and SMS are written as short objects; what is left out is ordinary.

import type {
  AutomaticKind,
  IncomingMail,
  IncomingReport,
  IncomingSms,
  MailDraft,
  Medium,
  StatusReport,
} from '../../src/domain/message.ts'
import type { ExchangeSettings } from '../../src/exchange/decide/decision.ts'
import type { Desk } from '../../src/exchange/desk.ts'
import { createBindings, type NewBinding } from '../../src/store/bindings.ts'
import { createConversations } from '../../src/store/conversations.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import { createJournal } from '../../src/store/journal.ts'
import { createOutbox } from '../../src/store/outbox/outbox.ts'
import { createPdus } from '../../src/store/pdus.ts'
import { createSpending } from '../../src/store/spending.ts'

/** 2026-11-22T12:00:00Z */
export const noon = Date.UTC(2026, 10, 22, 12)
export const day = 86_400_000

/** The mailboxes of the people, by name. Dora is listed but works elsewhere; Eve is nobody's friend. */
export const mailboxes: Readonly<Record<string, string>> = {
  Anna: 'anna@office.example',
  Bob: 'bob@office.example',
  Carol: 'carol@office.example',
  Office: 'office@office.example',
  Box: 'sms@office.example',
  UPS: 'ups@alarm.example',
  Dora: 'dora@partner.example',
  Eve: 'eve@evil.example',
}

/** Their phones. */
export const phones: Readonly<Record<string, string>> = {
  Bob: '+4917012345678',
  Carol: '+4917023456789',
  Customer: '+4915199999999',
  SIM: '+4917000000001',
}

export const mailbox = (name: string): string => mailboxes[name] ?? name
export const phone = (name: string): string => phones[name] ?? name

/** The name of a mailbox or a phone, for people who read a table of results. */
export function nameOf(address: string): string {
  const book = [...Object.entries(mailboxes), ...Object.entries(phones)]
  return book.find(([, known]) => known === address)?.[0] ?? address
}

export const settings: ExchangeSettings = {
  ownNumber: phone('SIM'),
  country: 'DE',
  ownMailbox: mailbox('Box'),
  mailToSms: 'flagged',
  smsToMail: 'always',
  fallbackMailbox: null,
  numberDomain: 'sms.office.example',
  partsMax: 6,
  tooLong: 'cut',
  subject: 'empty-body',
  replyWindowMs: 7 * day,
  ambiguous: 'line',
  passMail: 'stay',
  passSms: 'keep',
  automatic: 'allow',
  quietHours: null,
  digest: false,
  urgentWords: ['urgent', '紧急'],
  language: 'en',
  plainLetters: false,
  nationalTables: [],
  repeatMax: 5,
  pairMax: 30,
  autoSubmitted: false,
  allowedCountries: null,
  operatorMailbox: null,
  operatorNumber: null,
  limits: {
    box: { perDay: 200, perMonth: null },
    sender: { perDay: null, perMonth: null },
    binding: { perDay: null, perMonth: null },
  },
  urgentReserve: 10,
  deniedNumbers: ['+49900', '+881'],
  calls: { mail: true, answer: '', answerUnknown: false },
  trustMethod: 'authentication-results',
  senders: ['@office.example', 'ups@alarm.example', 'dora@partner.example'],
  pricePerPart: 0.09,
  currency: 'EUR',
  validityMs: day,
  report: 'failed',
}

export interface MailFacts {
  readonly from?: string | null
  readonly to?: readonly string[]
  readonly cc?: readonly string[]
  /** What the mail server recorded as recipient. */
  readonly recorded?: readonly string[]
  readonly subject?: string
  readonly text?: string
  readonly convert?: string
  readonly smsTo?: string
  readonly answers?: readonly string[]
  readonly automatic?: AutomaticKind
  readonly proven?: boolean
  /** The mail is shown to be somebody else's. */
  readonly failed?: boolean
  /** The fields that the proof covers; left out: all, or none without a proof. */
  readonly vouched?: readonly string[]
  readonly unreadable?: IncomingMail['unreadable']
  readonly files?: readonly (readonly [string, number | null])[]
  readonly id?: string
  readonly date?: number
  /** Too large, read in part. */
  readonly truncated?: boolean
  /** It holds the word by which its sender proves itself. */
  readonly secret?: boolean
  /** X-SMS-Report. */
  readonly reports?: string
  readonly report?: IncomingReport
  readonly returnPath?: string
}

export function mail(facts: MailFacts = {}): IncomingMail {
  const { from = 'Anna', proven = true } = facts
  const named = (name: string) => ({ address: mailbox(name), name: '' })
  return {
    medium: 'mail',
    from: from === null ? null : named(from),
    fromProblem: from === null ? 'two From fields' : null,
    returnPath: facts.returnPath ?? (from === null ? null : mailbox(from)),
    to: (facts.to ?? ['Bob']).map(named),
    cc: (facts.cc ?? []).map(named),
    recorded: (facts.recorded ?? []).map(mailbox),
    subject: facts.subject ?? 'Lunch',
    messageId: facts.id ?? '<1@office.example>',
    answers: facts.answers ?? [],
    date: facts.date ?? noon,
    flagField: facts.convert ?? null,
    toField: facts.smsTo ?? null,
    automatic: facts.automatic === undefined ? null : { kind: facts.automatic, sign: 'Auto-Submitted' },
    authentication: {
      proven,
      failed: facts.failed ?? false,
      vouched: facts.vouched ?? (proven ? 'all' : []),
      evidence: proven ? 'dmarc=pass' : facts.failed === true ? 'dmarc=fail' : 'no dmarc=pass',
    },
    text: facts.text ?? 'At noon?',
    unreadable: facts.unreadable ?? null,
    attachments: (facts.files ?? []).map(([name, size]) => ({ name, size, type: 'application/pdf' })),
    truncated: facts.truncated ?? false,
    carriesSecret: facts.secret ?? false,
    reportField: facts.reports ?? null,
    header: `Subject: ${facts.subject ?? 'Lunch'}\r\n`,
    report: facts.report ?? null,
  }
}

export interface SmsFacts {
  readonly from?: string
  readonly text?: string
  /** The flag in the user data header. */
  readonly flag?: 0 | 1
  readonly canAnswer?: boolean
  readonly special?: NonNullable<IncomingSms['special']>
  readonly details?: NonNullable<IncomingSms['details']>
}

export function sms(facts: SmsFacts = {}): IncomingSms {
  return {
    medium: 'sms',
    from: phone(facts.from ?? 'Bob'),
    canAnswer: facts.canAnswer ?? true,
    to: phone('SIM'),
    text: facts.text ?? 'At noon.',
    flagElement: facts.flag ?? null,
    timestamp: '2026-11-22T13:00:00+01:00',
    receivedAt: noon,
    parts: 1,
    missing: [],
    smsc: '+491710760000',
    messageClass: null,
    special: facts.special ?? null,
    ...(facts.details === undefined ? {} : { details: facts.details }),
  }
}

export interface BindingFacts extends Partial<Omit<NewBinding, 'mailbox' | 'number'>> {
  readonly mailbox: string
  readonly phone: string
}

export function binding({ mailbox: name, phone: number, ...more }: BindingFacts): NewBinding {
  return {
    mailbox: mailbox(name),
    number: phone(number),
    alias: null,
    name: null,
    line: false,
    origin: 'cli',
    createdAt: noon - day,
    expiresAt: null,
    ...more,
  }
}

export interface DeskOptions {
  readonly store?: Store
  readonly settings?: Partial<ExchangeSettings>
  readonly now?: () => number
  readonly bound?: readonly BindingFacts[]
  readonly plusAddresses?: boolean
}

export interface TestDesk extends Desk {
  /** The drafts of the mails that were built, in order. */
  readonly drafts: MailDraft[]
  /** What was reported in RFC 3464 form, in order. */
  readonly reports: StatusReport[]
  /** Which loops were woken. */
  readonly woken: Medium[]
}

/** Everything the exchange works with. A mail is built as JSON of its draft, so that a test can read it back. */
export function newDesk(options: DeskOptions = {}): TestDesk {
  const store = options.store ?? openStore(':memory:')
  const drafts: MailDraft[] = []
  const reports: StatusReport[] = []
  const woken: Medium[] = []
  const bindings = createBindings(store)
  for (const facts of options.bound ?? []) bindings.add(binding(facts))
  return {
    store,
    bindings,
    conversations: createConversations(store),
    journal: createJournal(store),
    outbox: createOutbox(store),
    pdus: createPdus(store),
    spending: createSpending(store),
    settings: { ...settings, ...options.settings },
    redirect: (raw, to, messageId) =>
      Buffer.concat([Buffer.from(`Resent-To: ${to}\nResent-Message-ID: ${messageId}\n`), raw]),
    plusAddresses: options.plusAddresses ?? true,
    compose: async (draft) => {
      drafts.push(draft)
      return Buffer.from(JSON.stringify(draft))
    },
    asReport: (raw, report) => {
      reports.push(report)
      return Buffer.from(JSON.stringify({ ...JSON.parse(raw.toString()), report }))
    },
    now: options.now ?? (() => noon),
    wake: (medium) => woken.push(medium),
    drafts,
    reports,
    woken,
  }
}
