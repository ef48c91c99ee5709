// What retention does to a message and to each thing that came of it: what is open, what erasing takes, what deleting leaves.
// Every function is called inside a transaction.

import type { Store } from '../database/database.ts'

/** A box that was off gets status reports days after the validity has ended; service centres keep them as they keep an SMS. */
const reportLateMs = 3 * 86_400_000

/**
 * SQL: true for a delivery that may still go out, come back or be told of, and where something happened since the first bound time. The
 * second is the present. A report may settle what was sent or is uncertain until its validity has ended and a while longer.
 */
const openDelivery = (d: string): string => `(${d}.updated_at >= ?
  OR ${d}.state IN ('queued', 'sending', 'held') OR (${d}.state = 'uncertain' AND ${d}.told_at IS NULL)
  OR (${d}.medium = 'sms' AND ${d}.state IN ('sent', 'uncertain')
    AND ${d}.updated_at + coalesce(${d}.validity_ms, 0) + ${reportLateMs} > ?))`

/** Its sender still hears of a text by the digest that it went out in. */
const openMessage = `SELECT 1 FROM message m WHERE m.id = ? AND (m.judgement = 'hold' OR EXISTS
  (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND (${openDelivery('d')}
    OR EXISTS (SELECT 1 FROM delivery c WHERE c.id = d.merged_into AND ${openDelivery('c')}))))`

/** The steps that retention takes, one row or message at a time. `before` is the time before which things have to go. */
export interface RowSteps extends MessageSteps, LonelySteps {
  /** @returns false while there are deliveries of it */
  deleteTalk(conversationId: number): boolean
}

interface MessageSteps {
  /** Between whom a message went, as the journal and the outbox have them. */
  addressesOf(messageId: number): string[]
  isOpen(messageId: number, before: number, now: number): boolean
  eraseMessage(messageId: number): void
  deleteMessage(messageId: number, day: string, before: number): void
}

/** Of a delivery or a PDU without a message. Each gives 1 if there was something to do, else 0. */
interface LonelySteps {
  eraseDelivery(deliveryId: number, before: number, now: number): number
  deleteDelivery(deliveryId: number, day: string, before: number, now: number): number
  erasePdu(pduId: number): number
  deletePdu(pduId: number): number
}

export function rowSteps(store: Store): RowSteps {
  return {
    ...messageSteps(store),
    ...lonelySteps(store),
    deleteTalk: (id) => {
      if (store.get('SELECT 1 FROM delivery WHERE conversation_id = ?', id) !== undefined) return false
      store.run('DELETE FROM conversation_mail WHERE conversation_id = ?', id)
      store.run('DELETE FROM conversation WHERE id = ?', id)
      return true
    },
  }
}

function messageSteps(store: Store): MessageSteps {
  const deliveriesOf = (messageId: number): number[] =>
    store.all<{ id: number }>('SELECT id FROM delivery WHERE message_id = ?', messageId).map(({ id }) => id)
  return {
    addressesOf: (messageId) =>
      store
        .all<{ address: string }>(
          'SELECT sender AS address FROM message WHERE id = ? UNION ALL SELECT recipient FROM delivery WHERE message_id = ?',
          messageId,
          messageId,
        )
        .map(({ address }) => address),
    isOpen: (messageId, before, now) =>
      store.get(openMessage, messageId, before, now, before, now) !== undefined,
    eraseMessage: (messageId) => {
      store.run(
        "UPDATE message SET subject = '', text = '', raw = NULL, header = NULL, has_text = 0 WHERE id = ?",
        messageId,
      )
      // The steps quote the words that a decision was made of.
      store.run('DELETE FROM step WHERE message_id = ?', messageId)
      store.run("UPDATE pdu SET pdu = '' WHERE message_id = ?", messageId)
      for (const id of deliveriesOf(messageId)) wipeDelivery(store, id)
    },
    deleteMessage: (messageId, day, before) => {
      const row = 'SELECT medium, judgement AS outcome, 0 AS parts FROM message WHERE id = ?'
      count(store, day, 'in', store.get<Counted>(row, messageId))
      for (const id of deliveriesOf(messageId)) removeDelivery(store, id, day)
      forgetPlaces(store, messageId)
      store.run('DELETE FROM step WHERE message_id = ?', messageId)
      // A PDU that still lay in a store of the modem not long ago stays known, or its text would come again.
      store.run(
        'UPDATE pdu SET message_id = NULL, concat_key = NULL WHERE message_id = ? AND received_at >= ?',
        messageId,
        before,
      )
      store.run('DELETE FROM pdu WHERE message_id = ?', messageId)
      store.run('DELETE FROM message WHERE id = ?', messageId)
    },
  }
}

function lonelySteps(store: Store): LonelySteps {
  const isOpen = (id: number, before: number, now: number): boolean =>
    store.get(`SELECT 1 FROM delivery d WHERE d.id = ? AND ${openDelivery('d')}`, id, before, now) !==
    undefined
  return {
    eraseDelivery: (id, before, now) => (isOpen(id, before, now) || wipeDelivery(store, id) === 0 ? 0 : 1),
    deleteDelivery: (id, day, before, now) => (isOpen(id, before, now) ? 0 : removeDelivery(store, id, day)),
    erasePdu: (id) => store.run("UPDATE pdu SET pdu = '' WHERE id = ? AND pdu <> ''", id).changes,
    deletePdu: (id) => store.run('DELETE FROM pdu WHERE id = ?', id).changes,
  }
}

/** @returns how many rows held words */
function wipeDelivery(store: Store, id: number): number {
  const worded = "(text <> '' OR raw IS NOT NULL)"
  return (
    store.run("UPDATE segment SET pdu = '' WHERE delivery_id = ? AND pdu <> ''", id).changes +
    store.run(`UPDATE delivery SET text = '', raw = NULL WHERE id = ? AND ${worded}`, id).changes
  )
}

/** The newest delivery stays, without its message: its number says whose a report is. @returns 1 if it went or lost its message, else 0 */
function removeDelivery(store: Store, id: number, day: string): number {
  if (store.get('SELECT 1 WHERE ? = (SELECT max(id) FROM delivery)', id) !== undefined)
    return store.run('UPDATE delivery SET message_id = NULL WHERE id = ? AND message_id IS NOT NULL', id)
      .changes
  const parts = '(SELECT count(*) FROM segment WHERE delivery_id = delivery.id)'
  const row = `SELECT medium, state AS outcome, ${parts} AS parts FROM delivery WHERE id = ?`
  count(store, day, 'out', store.get<Counted>(row, id))
  store.run('DELETE FROM segment WHERE delivery_id = ?', id)
  for (const column of ['mail_id', 'server_mail_id'])
    store.run(
      `DELETE FROM conversation_mail WHERE (mail_id, conversation_id) =
         (SELECT ${column}, conversation_id FROM delivery WHERE id = ?)`,
      id,
    )
  return store.run('DELETE FROM delivery WHERE id = ?', id).changes
}

interface Counted {
  readonly medium: string
  readonly outcome: string
  readonly parts: number
}

function count(store: Store, day: string, way: 'in' | 'out', row: Counted | undefined): void {
  if (row === undefined) return
  store.run(
    `INSERT INTO daily_count(day, way, medium, outcome, messages, parts) VALUES (?, ?, ?, ?, 1, ?)
     ON CONFLICT DO UPDATE SET messages = messages + 1, parts = parts + excluded.parts`,
    ...[day, way, row.medium, row.outcome, row.parts],
  )
}

/**
 * A mail that is forgotten may still lie in the folder. It is not looked at again, nor what has a lower number; and in a folder that gets
 * new numbers, what is not newer is old (mail-places.ts).
 */
function forgetPlaces(store: Store, messageId: number): void {
  const places = store.all<{ folder: string; uidValidity: string; uid: number }>(
    'SELECT folder, uid_validity AS uidValidity, uid FROM mail_place WHERE message_id = ?',
    messageId,
  )
  for (const { folder, uidValidity, uid } of places)
    store.run(
      'UPDATE mail_cursor SET first_uid = max(first_uid, ?) WHERE folder = ? AND uid_validity = ? AND uid >= ?',
      ...[uid + 1, folder, uidValidity, uid],
    )
  if (places.length === 0) return
  store.run('DELETE FROM mail_place WHERE message_id = ?', messageId)
  store.run(
    `INSERT INTO setting(key, value) SELECT 'forgotten_until', received_at FROM message WHERE id = ?
     ON CONFLICT DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))`,
    messageId,
  )
}
