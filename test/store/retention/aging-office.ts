// An office whose messages grow old, for the tests of retention: the real exchange decides and journals them on a database of its own,
// and a hand moves the clock.

import { decideMail } from '../../../src/exchange/decide/mail-to-sms.ts'
import { decideSms } from '../../../src/exchange/decide/sms-to-mail.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import { prepareMail, prepareSms } from '../../../src/exchange/record.ts'
import { commitSent } from '../../../src/exchange/results/status-reports.ts'
import type { Store } from '../../../src/store/database/database.ts'
import { type Keeping, retention } from '../../../src/store/retention/retention.ts'
import { type BindingFacts, day, mail, newDesk, noon, sms, type TestDesk } from '../../exchange/world.ts'

const unlimited = { perDay: null, perMonth: null }

export interface AgingOffice {
  readonly desk: TestDesk
  readonly store: Store
  /** The present; may be set. */
  now: number
  /** A mail to Bob's phone, sent and delivered. @returns its journal number */
  mailToBob(words: string): Promise<number>
  /** The same without its last steps: it stays queued. */
  queuedMail(words: string, to?: string): Promise<number>
  /** An SMS that became a mail and went out. @returns its journal number */
  smsFrom(from: string, words: string): Promise<number>
  /** One pass, at the present. @returns rows changed */
  keep(keeping: Keeping): number
}

export const years: Keeping = { textsMs: 365 * day, rowsMs: 3 * 365 * day }

export function agingOffice(store: Store, bound: readonly BindingFacts[] = []): AgingOffice {
  let count = 0
  const desk = newDesk({
    store,
    now: () => office.now,
    bound: [{ mailbox: 'Bob', phone: 'Bob' }, ...bound],
    settings: {
      fallbackMailbox: 'office@office.example',
      limits: { box: unlimited, sender: unlimited, binding: unlimited },
      repeatMax: 1000,
      pairMax: 100_000,
    },
  })
  const queuedMail = async (words: string, to = 'Bob'): Promise<number> => {
    const uid = ++count
    const digest = `${uid}`.padStart(32, 'd')
    const facts = { id: `<m${uid}@office.example>`, subject: `[sms] ${words}`, text: words }
    const incoming = mail({ ...facts, to: [to], date: office.now })
    const decision = decideMail(incoming, worldOf(desk))
    const commit = await prepareMail(desk, { mail: incoming, decision, digest, raw: Buffer.from(words) })
    return store.transaction(() => {
      const id = commit()
      desk.journal.setPlace({ folder: 'INBOX', uidValidity: '1', uid }, id, 'done')
      desk.journal.setCursor('INBOX', '1', uid, office.now)
      return id
    })
  }
  const office: AgingOffice = {
    ...{ desk, store, now: noon, queuedMail },
    async mailToBob(words) {
      const id = await queuedMail(words)
      for (;;) {
        const segment = store.transaction(() => desk.outbox.claimSegment(office.now))
        if (segment === undefined) return id
        await commitSent(desk, segment.segmentId, ++count % 256)
        store.transaction(() => {
          desk.pdus.add(`07${count}`, office.now, null)
          desk.outbox.settleSegment(segment.segmentId, 'delivered', null, office.now)
        })
      }
    },
    async smsFrom(from, words) {
      const key = `PDU ${++count} ${words}`
      const incoming = { ...sms({ from, text: words }), receivedAt: office.now }
      const decision = decideSms(incoming, worldOf(desk))
      const commit = await prepareSms(desk, { sms: incoming, decision, key })
      const id = store.transaction(() => {
        const messageId = commit()
        desk.pdus.assign([desk.pdus.add(key, office.now, null)], messageId)
        return messageId
      })
      const out = store.transaction(() => desk.outbox.claimMail(office.now))
      const theirs = `<theirs${count}@provider.example>`
      if (out !== undefined)
        store.transaction(() => {
          desk.outbox.mailSent(out.deliveryId, theirs, office.now)
          desk.conversations.renameMail(out.conversationId ?? 0, out.mailId, theirs)
        })
      return id
    },
    keep: (keeping) => [...retention(store, keeping, office.now)].reduce((sum, rows) => sum + rows, 0),
  }
  return office
}

/** Every text of every table that holds these words, as "table.column". */
export function whereIs(store: Store, words: string): string[] {
  const tables = store.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
  )
  const hex = Buffer.from(words).toString('hex').toUpperCase()
  return tables.flatMap(({ name }) =>
    store
      .all<{ name: string }>(`SELECT name FROM pragma_table_info('${name}')`)
      .filter(
        (column) =>
          store.get(
            `SELECT 1 FROM ${name} WHERE instr(CAST(${column.name} AS TEXT), ?) + instr(hex(${column.name}), ?) > 0`,
            words,
            hex,
          ) !== undefined,
      )
      .map((column) => `${name}.${column.name}`),
  )
}
