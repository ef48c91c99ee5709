// The door for SMS with a desk on a database in memory, and single parts of long messages made by hand.

import type { MailDraft, StoredPdu } from '../../../src/domain/message.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { encodeTimestamp } from '../../../src/simulator/modem/sim-pdu.ts'
import { airDeliver, utf16 } from '../../sms/air.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { type DeskOptions, newDesk, noon } from '../world.ts'

export const hour = 3_600_000

export function newIntake(options: DeskOptions = {}) {
  const time = { now: noon }
  const desk = newDesk({ bound: [bob, carol, officeLine], ...options, now: () => time.now })
  const intake = createSmsIntake(desk, 4 * hour)
  const mails = (): MailDraft[] =>
    desk.store
      .all<{ raw: Buffer }>('SELECT raw FROM delivery ORDER BY id')
      .map(({ raw }) => JSON.parse(raw.toString()) as MailDraft)
  return {
    desk,
    intake,
    time,
    /** Judgement and reason of each journal entry, in order of arrival. */
    journal: () =>
      desk.journal
        .list({ limit: 1000 })
        .reverse()
        .map(({ judgement, reason }) => `${judgement}: ${reason}`),
    /** The mails in the outbox as drafts. */
    mails,
    /** Their texts. */
    texts: () => mails().map(({ text }) => text.trimEnd()),
  }
}

export interface PartFacts {
  readonly text: string
  readonly seq: number
  readonly total: number
  readonly reference?: number
  /** A reference of 16 bits. */
  readonly wide?: boolean
  /** TP-SCTS in ms since 1970; null: seven octets that are no date. */
  readonly at?: number | null
}

const octet = (value: number): string => value.toString(16).padStart(2, '0').toUpperCase()

/** One part of a long message of the customer, in UCS-2. */
export function partOf(facts: PartFacts): StoredPdu {
  const { text, seq, total, reference = 7, wide = false, at = noon } = facts
  const element = wide ? `0804${octet(reference >> 8)}` : '0003'
  const pdu = airDeliver({
    sender: { typeOfAddress: 0x91, digits: '4915199999999' },
    dcs: 8,
    scts: at === null ? '00000000000000' : Buffer.from(encodeTimestamp(at, 4)).toString('hex').toUpperCase(),
    header: `${element}${octet(reference & 0xff)}${octet(total)}${octet(seq)}`,
    units: utf16(text),
    septets: false,
  })
  return { pdu, tpduLength: null, storage: 'SM', index: 1 }
}
