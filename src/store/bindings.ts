// The binding table: one mail address, one phone number, one to one (the patent's binding unit). Unique indexes keep the rule even
// when two processes add at once.

import { mailKey } from '../domain/address.ts'
import { type Binding, type BindingRules, noRules, type Origin, winner } from '../domain/binding.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Store, Value } from './database/database.ts'

/** Each property of a binding and its column. */
const columns: Readonly<Record<Exclude<keyof Binding, 'id'>, string>> = {
  mailbox: 'mailbox',
  number: 'number',
  alias: 'alias',
  name: 'name',
  line: 'line',
  mailToSms: 'mail_to_sms',
  smsToMail: 'sms_to_mail',
  quietHours: 'quiet_hours',
  digest: 'digest',
  urgent: 'urgent',
  partsMax: 'parts_max',
  tooLong: 'too_long',
  automatic: 'automatic',
  plainLetters: 'plain_letters',
  before: 'before_text',
  after: 'after_text',
  partsPerDay: 'parts_per_day',
  validity: 'validity',
  language: 'language',
  report: 'report',
  keep: 'keep',
  origin: 'origin',
  createdAt: 'created_at',
  expiresAt: 'expires_at',
}

const properties = Object.keys(columns) as (keyof typeof columns)[]
/** Properties that SQLite keeps as 0 and 1. */
const booleans: ReadonlySet<string> = new Set(['line', 'digest', 'urgent', 'plainLetters'])

type Row = Record<keyof Binding, Value>

/** Rows are fresh objects of nobody else: they become the bindings. */
function toBinding(row: Row): Binding {
  const binding: Record<string, Value | boolean> = row
  for (const property of booleans) {
    const value = binding[property]
    if (value !== null) binding[property] = value === 1
  }
  return binding as unknown as Binding
}

const toValue = (value: string | number | boolean | null): Value =>
  typeof value === 'boolean' ? Number(value) : value

/** What was not said counts as not set. */
export type NewBinding = Omit<Binding, 'id' | keyof BindingRules> & Partial<BindingRules>
export type BindingChange = Partial<
  Pick<Binding, 'mailbox' | 'number' | 'alias' | 'name' | 'expiresAt' | keyof BindingRules>
>

export interface Bindings {
  /** @throws GatewayError BINDING_CONFLICT that names the first binding */
  add(binding: NewBinding): Binding
  /** @throws GatewayError BINDING_CONFLICT, BINDING_UNKNOWN */
  change(id: number, change: BindingChange): Binding
  remove(id: number): void
  /** Forgets temporary bindings that have ended, so that their aliases are free again. Reads the whole table: for the operator's commands. */
  removeEnded(now: number): void
  /** Ordered by mailbox; temporary ones that have ended are left out. */
  list(now: number): Binding[]
  /**
   * The binding that counts now for a mail address, a number, an alias (without @). A mailbox that a phone bound itself to for a while
   * is still reached under its own phone: any phone can send a text, and mails for Bob must not follow it.
   */
  ofMailbox(address: string, now: number): Binding | undefined
  ofNumber(number: string, now: number): Binding | undefined
  permanentOfMailbox(address: string): Binding | undefined
  permanentOfNumber(number: string): Binding | undefined
  /** The binding that the operator made for a phone: its rules count, whoever bound the number for a while by a message. */
  ofOperator(number: string, now: number): Binding | undefined
  /** The newest temporary binding that is alive; `without`: those that this side made do not count. */
  temporaryOfMailbox(address: string, now: number, without?: Origin): Binding | undefined
  temporaryOfNumber(number: string, now: number, without?: Origin): Binding | undefined
  /** The mailbox that a phone bound itself to for a while. */
  ownOfPhone(number: string, now: number): Binding | undefined
  /** True if the operator bound this mailbox: what a message bound for a while is nobody's licence. */
  isMember(address: string, now: number): boolean
  ofAlias(alias: string, now: number): Binding | undefined
  /**
   * By mailbox, number (E.164) or alias, as the operator names it: the permanent binding, else the newest temporary one.
   * @param options.temporary the temporary one is meant, also where there is a permanent one
   * @throws GatewayError BINDING_UNKNOWN
   */
  named(name: string, now: number, options?: { readonly temporary?: boolean }): Binding
}

const select = `SELECT id, ${properties.map((property) => `${columns[property]} AS ${property}`).join(', ')} FROM binding WHERE`
const assigned = properties.map((property) => `${columns[property]} = ?`).join(', ')
const insertion = `INSERT INTO binding(mailbox_key, ${properties.map((property) => columns[property]).join(', ')})
  VALUES (?, ${properties.map(() => '?').join(', ')})`

/** Ended ones are left where they are, but not read: a mailbox that is bound anew every day stays fast. */
const notEnded = '(expires_at IS NULL OR expires_at > ?)'
/** How long an ended temporary binding stays: a clock that was set a little too far ahead for a moment takes nothing away. */
export const endedBindingKeptMs = 7 * 86_400_000

/** The query of each look-up, for the test that each uses an index. */
export const lookups = {
  ofId: `${select} id = ?`,
  ofMailbox: `${select} mailbox_key = ? AND origin <> 'sms' AND ${notEnded}`,
  ofNumber: `${select} number = ? AND ${notEnded}`,
  ofAlias: `${select} alias = ? AND ${notEnded}`,
  otherOfAlias: `${select} alias = ? AND id <> ?`,
  permanentOfMailbox: `${select} mailbox_key = ? AND expires_at IS NULL`,
  permanentOfNumber: `${select} number = ? AND expires_at IS NULL`,
  temporaryOfMailbox: `${select} mailbox_key = ? AND expires_at > ?`,
  temporaryOfNumber: `${select} number = ? AND expires_at > ?`,
  endedOfMailbox: 'DELETE FROM binding WHERE mailbox_key = ? AND expires_at <= ?',
  endedOfNumber: 'DELETE FROM binding WHERE number = ? AND expires_at <= ?',
} as const

export function createBindings(store: Store): Bindings {
  const rows = (query: string, ...values: (string | number)[]): Binding[] =>
    store.all<Row>(query, ...values).map(toBinding)
  const valuesOf = (binding: Omit<Binding, 'id'>): Value[] => [
    mailKey(binding.mailbox),
    ...properties.map((property) => toValue(binding[property])),
  ]

  const refuseSecond = (wanted: NewBinding, ownId: number): void => {
    const { mailbox, number, alias } = wanted
    const another = (query: string, key: string): Binding | undefined =>
      rows(query, key).find(({ id }) => id !== ownId)
    const same =
      wanted.expiresAt === null
        ? (another(lookups.permanentOfMailbox, mailKey(mailbox)) ??
          another(lookups.permanentOfNumber, number))
        : undefined
    const first = same ?? (alias === null ? undefined : rows(lookups.otherOfAlias, alias, ownId)[0])
    if (first === undefined) return
    const shared =
      same === undefined ? `@${alias}` : mailKey(first.mailbox) === mailKey(mailbox) ? mailbox : number
    throw new GatewayError(
      'BINDING_CONFLICT',
      `${shared} is bound already: ${first.mailbox} and ${first.number}`,
      {
        hint: `simpost binding set ${first.mailbox} … to change it, or simpost binding remove ${first.mailbox} first`,
      },
    )
  }

  return {
    add: (wanted) =>
      store.transaction(() => {
        if (wanted.expiresAt !== null) {
          store.run(lookups.endedOfMailbox, mailKey(wanted.mailbox), wanted.createdAt - endedBindingKeptMs)
          store.run(lookups.endedOfNumber, wanted.number, wanted.createdAt - endedBindingKeptMs)
        }
        refuseSecond(wanted, 0)
        const binding = { ...noRules, ...wanted }
        return { ...binding, id: store.run(insertion, ...valuesOf(binding)).id }
      }),
    change: (id, change) =>
      store.transaction(() => {
        const [old] = rows(lookups.ofId, id)
        if (old === undefined) throw unknown(String(id))
        const wanted: Binding = { ...old, ...change }
        refuseSecond(wanted, id)
        store.run(`UPDATE binding SET mailbox_key = ?, ${assigned} WHERE id = ?`, ...valuesOf(wanted), id)
        return wanted
      }),
    remove: (id) => {
      store.run('DELETE FROM binding WHERE id = ?', id)
    },
    removeEnded: (now) => {
      store.run('DELETE FROM binding WHERE expires_at <= ?', now)
    },
    list: (now) => rows(`${select} ${notEnded} ORDER BY mailbox_key, expires_at`, now),
    ofMailbox: (address, now) => winner(rows(lookups.ofMailbox, mailKey(address), now), now),
    isMember: (address, now) =>
      rows(lookups.ofMailbox, mailKey(address), now).some(({ origin }) => origin === 'cli'),
    permanentOfMailbox: (address) => rows(lookups.permanentOfMailbox, mailKey(address))[0],
    permanentOfNumber: (number) => rows(lookups.permanentOfNumber, number)[0],
    temporaryOfMailbox: (address, now, without) =>
      winner(
        rows(lookups.temporaryOfMailbox, mailKey(address), now).filter(({ origin }) => origin !== without),
        now,
      ),
    temporaryOfNumber: (number, now, without) =>
      winner(
        rows(lookups.temporaryOfNumber, number, now).filter(({ origin }) => origin !== without),
        now,
      ),
    ownOfPhone: (number, now) =>
      winner(
        rows(lookups.temporaryOfNumber, number, now).filter(({ origin }) => origin === 'sms'),
        now,
      ),
    ofNumber: (number, now) => winner(rows(lookups.ofNumber, number, now), now),
    ofOperator: (number, now) =>
      winner(
        rows(lookups.ofNumber, number, now).filter(({ origin }) => origin === 'cli'),
        now,
      ),
    ofAlias: (alias, now) => winner(rows(lookups.ofAlias, alias.toLowerCase(), now), now),
    named: (name, now, { temporary = false } = {}) => {
      const alias = name.replace(/^@/, '').toLowerCase()
      const found =
        (temporary
          ? undefined
          : (rows(lookups.permanentOfMailbox, mailKey(name))[0] ??
            rows(lookups.permanentOfNumber, name)[0] ??
            rows(lookups.ofAlias, alias, now).find(({ expiresAt }) => expiresAt === null))) ??
        newest([
          ...rows(lookups.temporaryOfMailbox, mailKey(name), now),
          ...rows(lookups.temporaryOfNumber, name, now),
          ...rows(lookups.ofAlias, alias, now).filter(({ expiresAt }) => expiresAt !== null),
        ])
      if (found === undefined) throw unknown(name, temporary)
      return found
    },
  }
}

/** Also one that does not count yet, because the clock stands before it was made: the operator sees it in the list. */
const newest = (bindings: readonly Binding[]): Binding | undefined =>
  [...bindings].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id)[0]

function unknown(name: string, temporary = false): GatewayError {
  return new GatewayError(
    'BINDING_UNKNOWN',
    `no ${temporary ? 'temporary ' : ''}binding has the mailbox, number or alias "${name}"`,
    { hint: 'simpost binding list' },
  )
}
