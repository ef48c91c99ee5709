// The binding table: one mail address, one phone number, one to one (the patent's binding unit). Unique indexes keep the rule even
// when two processes add at once.

import { mailKey } from '../domain/address.ts'
import { type Binding, type Origin, type Policy, winner } from '../domain/binding.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Store } from './database.ts'

interface Row {
  id: number
  mailbox: string
  number: string
  alias: string | null
  name: string | null
  line: number
  mail_to_sms: Policy | null
  sms_to_mail: Policy | null
  origin: Origin
  created_at: number
  expires_at: number | null
}

const toBinding = (row: Row): Binding => ({
  id: row.id,
  mailbox: row.mailbox,
  number: row.number,
  alias: row.alias,
  name: row.name,
  line: row.line === 1,
  mailToSms: row.mail_to_sms,
  smsToMail: row.sms_to_mail,
  origin: row.origin,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
})

export type NewBinding = Omit<Binding, 'id'>
export type BindingChange = Partial<
  Pick<Binding, 'mailbox' | 'number' | 'alias' | 'name' | 'mailToSms' | 'smsToMail'>
>

export interface Bindings {
  /** @throws GatewayError BINDING_CONFLICT that names the first binding */
  add(binding: NewBinding): Binding
  /** Changes a permanent binding. @throws GatewayError BINDING_CONFLICT */
  change(id: number, change: BindingChange): Binding
  remove(id: number): void
  /** Ordered by mailbox; temporary ones that have ended are left out. */
  list(now: number): Binding[]
  /** The binding that counts now for a mail address, a number, an alias (without @). */
  ofMailbox(address: string, now: number): Binding | undefined
  ofNumber(number: string, now: number): Binding | undefined
  /** True if the operator bound this mailbox: what a message bound for a while is nobody's licence. */
  isMember(address: string): boolean
  ofAlias(alias: string, now: number): Binding | undefined
  /** By mailbox, number or alias, as the operator names it. @throws GatewayError BINDING_UNKNOWN */
  named(name: string): Binding
}

const select = 'SELECT * FROM binding WHERE'

export function createBindings(store: Store): Bindings {
  const rows = (where: string, ...values: (string | number)[]): Binding[] =>
    store.all<Row>(`${select} ${where}`, ...values).map(toBinding)

  const insert = (binding: NewBinding): Binding => {
    const { id } = store.run(
      `INSERT INTO binding(mailbox, mailbox_key, number, alias, name, line, mail_to_sms, sms_to_mail, origin, created_at, expires_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      binding.mailbox,
      mailKey(binding.mailbox),
      binding.number,
      binding.alias,
      binding.name,
      binding.line ? 1 : 0,
      binding.mailToSms,
      binding.smsToMail,
      binding.origin,
      binding.createdAt,
      binding.expiresAt,
    )
    return { ...binding, id }
  }

  const refuseSecond = (wanted: NewBinding, ownId: number): void => {
    const permanent = `expires_at IS NULL AND id <> ${ownId}`
    const [first] = [
      ...(wanted.expiresAt === null ? rows(`${permanent} AND mailbox_key = ?`, mailKey(wanted.mailbox)) : []),
      ...(wanted.expiresAt === null ? rows(`${permanent} AND number = ?`, wanted.number) : []),
      ...(wanted.alias === null ? [] : rows(`id <> ${ownId} AND alias = ?`, wanted.alias)),
    ]
    if (first === undefined) return
    const shared =
      mailKey(first.mailbox) === mailKey(wanted.mailbox)
        ? wanted.mailbox
        : first.number === wanted.number
          ? wanted.number
          : `@${wanted.alias}`
    throw new GatewayError(
      'BINDING_CONFLICT',
      `${shared} is bound already: ${first.mailbox} and ${first.number}`,
      {
        hint: `simpost binding set ${first.mailbox} … to change it, or simpost binding remove ${first.mailbox} first`,
      },
    )
  }

  return {
    add: (binding) =>
      store.transaction(() => {
        refuseSecond(binding, 0)
        return insert(binding)
      }),
    change: (id, change) =>
      store.transaction(() => {
        const [old] = rows('id = ?', id)
        if (old === undefined) throw unknown(String(id))
        const wanted: Binding = { ...old, ...change }
        refuseSecond(wanted, id)
        store.run(
          'UPDATE binding SET mailbox = ?, mailbox_key = ?, number = ?, alias = ?, name = ?, mail_to_sms = ?, sms_to_mail = ? WHERE id = ?',
          wanted.mailbox,
          mailKey(wanted.mailbox),
          wanted.number,
          wanted.alias,
          wanted.name,
          wanted.mailToSms,
          wanted.smsToMail,
          id,
        )
        return wanted
      }),
    remove: (id) => {
      store.run('DELETE FROM binding WHERE id = ?', id)
    },
    list: (now) => rows('expires_at IS NULL OR expires_at > ? ORDER BY mailbox_key, expires_at', now),
    ofMailbox: (address, now) => winner(rows('mailbox_key = ?', mailKey(address)), now),
    isMember: (address) => rows('mailbox_key = ? AND expires_at IS NULL', mailKey(address)).length > 0,
    ofNumber: (number, now) => winner(rows('number = ?', number), now),
    ofAlias: (alias, now) => winner(rows('alias = ?', alias.toLowerCase()), now),
    named: (name) => {
      const wanted = name.replace(/^@/, '').toLowerCase()
      const [found] = rows(
        'mailbox_key = ? OR number = ? OR alias = ? ORDER BY expires_at LIMIT 1',
        mailKey(name),
        name,
        wanted,
      )
      if (found === undefined) throw unknown(name)
      return found
    },
  }
}

function unknown(name: string): GatewayError {
  return new GatewayError('BINDING_UNKNOWN', `no binding has the mailbox, number or alias "${name}"`, {
    hint: 'simpost binding list',
  })
}
