// Speaks up when something needs a person: by mail to operator.mailbox, by SMS to operator.number. Who hears of it is decided in
// decide/alarm.ts. Invariants: what was told stands in the commit that queues it, so that no restart tells it again; one thing is done
// at a time, so that a row is still what it was when the mail about it is composed.

import { oneAtATime } from '../domain/one-at-a-time.ts'
import { log } from '../log.ts'
import { type AlarmRow, type Alarms as AlarmRows, createAlarms } from '../store/alarms.ts'
import { nextTelling } from './decide/alarm.ts'
import type { AlarmReason } from './decide/notice-texts/words.ts'
import { alarmSms } from './decide/notices.ts'
import { languageOf, rulesOfPhone } from './decide/rules.ts'
import { type Desk, worldOf } from './desk.ts'
import { composeNotice } from './notify.ts'
import { queueText } from './queue-text.ts'

export interface Trouble {
  /** Tells this trouble from every other: "sign-in imap". */
  readonly key: string
  readonly reason: AlarmReason
  /** What exactly, in words, without a secret: the server's answer. */
  readonly detail: string
  /** It is the way by mail that is broken. */
  readonly mailBroken: boolean
  /** So long it may end by itself before anybody hears of it, in ms; none: it is told at once. */
  readonly afterMs?: number
}

export interface Alarms {
  /** The operator is told once, as long as it stands. */
  raise(trouble: Trouble): Promise<void>
  /** It is over; whoever was told of it is told so. Nothing happens if it does not stand. */
  end(key: string): Promise<void>
  /** Tells what is due: to be called every minute or so. */
  tellDue(): Promise<void>
}

/** Makes the alarms of a box; one for all who raise them. */
export function createAlarmBell(desk: Desk): Alarms {
  const alarms = createAlarms(desk.store)
  const serial = oneAtATime()
  const tell = async (): Promise<void> => {
    for (const alarm of alarms.standing(desk.now())) await tellOne(desk, alarm)
  }
  return {
    raise: (trouble) =>
      serial(() => {
        writeDown(desk, alarms, trouble)
        return tell()
      }),
    end: (key) =>
      serial(async () => {
        const alarm = alarms.get(key)
        if (alarm === undefined || alarm.endedAt !== null) return
        log.info('alarm-over', { key })
        await tellEnd(desk, alarm)
      }),
    tellDue: () => serial(tell),
  }
}

function writeDown(desk: Desk, alarms: AlarmRows, trouble: Trouble): void {
  const { key, reason, detail, mailBroken, afterMs = 0 } = trouble
  const before = alarms.get(key)
  if (before?.endedAt === null) {
    if (before.detail !== detail || before.mailBroken !== mailBroken)
      alarms.put({ ...before, detail, mailBroken })
    return
  }
  log.warn('alarm', { key, reason, detail })
  const raisedAt = desk.now()
  // By a clock that ran ahead this trouble would have been told before it began.
  const past = (at: number | null = null): number | null => (at !== null && at > raisedAt ? null : at)
  const told = { tellAt: raisedAt + afterMs, toldAt: past(before?.toldAt), smsAt: past(before?.smsAt) }
  alarms.put({ key, reason, detail, mailBroken, raisedAt, ...told, mailDelivery: null, endedAt: null })
}

async function tellOne(desk: Desk, alarm: AlarmRow): Promise<void> {
  const { operatorMailbox, operatorNumber } = desk.settings
  const now = desk.now()
  const mailState = alarm.mailDelivery === null ? null : (desk.outbox.get(alarm.mailDelivery)?.state ?? null)
  const next = nextTelling({ alarm, mailState, operatorMailbox, operatorNumber, now })
  if (next.mail && operatorMailbox !== null) await tellByMail(desk, alarm, operatorMailbox)
  if (next.sms) tellBySms(desk, alarm)
}

async function tellByMail(desk: Desk, alarm: AlarmRow, to: string): Promise<void> {
  const mail = await alarmMail(desk, alarm, { to, reason: alarm.reason as AlarmReason })
  desk.store.transaction(() => {
    const mailDelivery = desk.outbox.addMail({ ...mail, messageId: null })
    createAlarms(desk.store).put({ ...alarm, toldAt: mail.now, mailDelivery })
  })
  desk.wake('mail')
}

function tellBySms(desk: Desk, alarm: AlarmRow): void {
  const now = desk.now()
  desk.store.transaction(() => {
    callOperator(desk, alarm.reason as AlarmReason, alarm.detail)
    createAlarms(desk.store).put({ ...alarm, toldAt: now, smsAt: now })
  })
}

/**
 * Puts an alarm for operator.number into the outbox; nothing where the config names none. The caller is in a transaction. Its part is
 * counted, but no budget holds it back: it is one, and rare.
 */
export function callOperator(desk: Desk, reason: AlarmReason, detail: string): void {
  const { operatorNumber: recipient } = desk.settings
  if (recipient === null) return
  const text = alarmSms(rulesOfPhone(recipient, worldOf(desk)).language, reason, detail)
  const delivery = { messageId: null, conversationId: null, recipient, rule: 'notice', text }
  queueText(desk, { ...delivery, always: true, now: desk.now() })
  desk.wake('sms')
}

async function tellEnd(desk: Desk, alarm: AlarmRow): Promise<void> {
  const { operatorMailbox } = desk.settings
  const heard = alarm.toldAt !== null && alarm.toldAt >= alarm.raisedAt
  const mail =
    heard && operatorMailbox !== null
      ? await alarmMail(desk, alarm, { to: operatorMailbox, reason: 'alarm-over' })
      : null
  desk.store.transaction(() => {
    createAlarms(desk.store).put({ ...alarm, endedAt: desk.now() })
    if (mail !== null) desk.outbox.addMail({ ...mail, messageId: null })
    if (heard && operatorMailbox === null) callOperator(desk, 'alarm-over', alarm.detail)
  })
  if (mail !== null) desk.wake('mail')
}

/** In a thread of its own: the end of a trouble answers the mail about its beginning. */
function alarmMail(
  desk: Desk,
  { key, detail, raisedAt, mailDelivery }: AlarmRow,
  { to, reason }: { readonly to: string; readonly reason: AlarmReason | 'alarm-over' },
) {
  const mailId = mailDelivery === null ? null : (desk.outbox.get(mailDelivery)?.mailId ?? null)
  const about = { subject: key, mailId, key: `alarm ${key} ${raisedAt}`, medium: 'mail' } as const
  return composeNotice(desk, { to, reason, detail, language: languageOf(to, worldOf(desk)) }, about)
}
