// The outbox, what comes back about mails: which delivery a report of a mail server speaks of, and what it says (RFC 3464, RFC 3461).
// Invariant: an envelope id is a keyed hash of its delivery, so that nobody who has not seen the mail's way can name one.

import { createHmac } from 'node:crypto'
import { type Store, setting } from '../database/database.ts'
import { type DeliveryRow, deliveryColumns, toDelivery } from './delivery-row.ts'
import type { Delivery, Outbox } from './types.ts'

type MailReportSteps = Pick<Outbox, 'envelopeId' | 'byEnvelopeId' | 'byMailIds' | 'mailReported' | 'rawOf'>

/** Hexadecimal digits of the hash: 80 bits. */
const hashDigits = 20

/** Letters that every server leaves alone, in an ENVID and in the local part of an address: lower case, digits, dash. */
const idForm = /^([0-9a-z]{1,11})-[0-9a-f]{20}$/

/** The steps of what comes back about a mail. */
export function createMailReportSteps(store: Store, get: Outbox['get']): MailReportSteps {
  const secret = Buffer.from(setting(store, 'secret'), 'hex')
  const envelopeId = (deliveryId: number): string => {
    const hash = createHmac('sha256', secret).update(`envelope\n${deliveryId}`).digest('hex')
    return `${deliveryId.toString(36)}-${hash.slice(0, hashDigits)}`
  }
  const ofMailId = (mailId: string): Delivery | undefined => {
    const newest = (column: 'mail_id' | 'server_mail_id') =>
      store.get<DeliveryRow>(
        `SELECT ${deliveryColumns} FROM delivery WHERE ${column} = ? ORDER BY id DESC LIMIT 1`,
        mailId,
      )
    const row = newest('mail_id') ?? newest('server_mail_id')
    return row === undefined ? undefined : toDelivery(row)
  }
  return {
    envelopeId,
    byEnvelopeId: (text) => {
      const written = text.toLowerCase()
      const deliveryId = Number.parseInt(idForm.exec(written)?.[1] ?? '', 36)
      return Number.isSafeInteger(deliveryId) && envelopeId(deliveryId) === written
        ? get(deliveryId)
        : undefined
    },
    byMailIds: (mailIds) => {
      for (const mailId of mailIds) {
        const found = ofMailId(mailId)
        if (found !== undefined) return found
      }
      return undefined
    },
    mailReported: (deliveryId, { state, reason, report, now }) => {
      store.run(
        'UPDATE delivery SET state = ?, reason = ?, last_report = ?, updated_at = ? WHERE id = ?',
        state,
        reason,
        report,
        now,
        deliveryId,
      )
    },
    rawOf: (deliveryId) =>
      store.get<{ raw: Buffer | null }>('SELECT raw FROM delivery WHERE id = ?', deliveryId)?.raw ?? null,
  }
}
