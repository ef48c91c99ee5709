// Speaks up when something needs a person: by mail to operator.mailbox, by SMS to operator.number. Who hears of it is decided in
// decide/alarm.ts. Invariant: what was told stands in the commit that queues it, so that no restart tells it again.

import { log } from '../log.ts'
import { type AlarmRow, createAlarms } from '../store/alarms.ts'
import { nextTelling } from './decide/alarm.ts'
import type { AlarmReason } from './decide/notice-texts/words.ts'
import { alarmSms } from './decide/notices.ts'
import { languageOf } from './decide/rules.ts'
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
}

export interface Alarms {
  /** The operator is told once, as long as it stands. */
  raise(trouble: Trouble): Promise<void>
  /** It is over; whoever was told of it is told so. Nothing happens if it does not stand. */
  end(key: string): Promise<void>
  /** Tells what is due: to be called every minute or so. */
  tellDue(): Promise<void>
}

export function createAlarmBell(desk: Desk): Alarms {
  const alarms = createAlarms(desk.store)
  const tell = async (): Promise<void> => {
    for (const alarm of alarms.standing()) await tellOne(desk, alarm)
  }
  return {
    raise: async ({ key, reason, detail, mailBroken }) => {
      const before = alarms.get(key)
      if (before !== undefined && before.endedAt === null) {
        if (before.detail !== detail || before.mailBroken !== mailBroken)
          alarms.put({ ...before, detail, mailBroken })
      } else {
        log.warn('alarm', { key, reason, detail })
        const { toldAt = null, smsAt = null } = before ?? {}
        const now = desk.now()
        alarms.put({
          key,
          reason,
          detail,
          mailBroken,
          raisedAt: now,
          toldAt,
          smsAt,
          mailDelivery: null,
          endedAt: null,
        })
      }
      await tell()
    },
    end: async (key) => {
      const alarm = alarms.get(key)
      if (alarm === undefined || alarm.endedAt !== null) return
      log.info('alarm-over', { key })
      await tellEnd(desk, alarm)
    },
    tellDue: tell,
  }
}

async function tellOne(desk: Desk, alarm: AlarmRow): Promise<void> {
  const { operatorMailbox, operatorNumber } = desk.settings
  const now = desk.now()
  const mailState = alarm.mailDelivery === null ? null : (desk.outbox.get(alarm.mailDelivery)?.state ?? null)
  const next = nextTelling({ alarm, mailState, operatorMailbox, operatorNumber, now })
  if (next.mail && operatorMailbox !== null) await tellByMail(desk, alarm, operatorMailbox)
  if (next.sms && operatorNumber !== null) tellBySms(desk, alarm, operatorNumber)
}

async function tellByMail(desk: Desk, alarm: AlarmRow, to: string): Promise<void> {
  const mail = await alarmMail(desk, alarm, { to, reason: alarm.reason as AlarmReason })
  desk.store.transaction(() => {
    const mailDelivery = desk.outbox.addMail({ ...mail, messageId: null })
    createAlarms(desk.store).put({ ...alarm, toldAt: mail.now, mailDelivery })
  })
  desk.wake('mail')
}

/** Its parts are counted, but no budget holds it back: it is short, and rare. */
function tellBySms(desk: Desk, alarm: AlarmRow, to: string): void {
  const now = desk.now()
  desk.store.transaction(() => {
    queueAlarmSms(desk, to, alarm.reason as AlarmReason, alarm.detail)
    createAlarms(desk.store).put({ ...alarm, toldAt: now, smsAt: now })
  })
  desk.wake('sms')
}

function queueAlarmSms(desk: Desk, to: string, reason: AlarmReason, detail: string): void {
  const language = languageOf(desk.settings.operatorMailbox ?? '', worldOf(desk))
  const text = alarmSms(language, reason, detail)
  const delivery = { messageId: null, conversationId: null, recipient: to, rule: 'notice', text }
  queueText(desk, { ...delivery, always: true, now: desk.now() })
}

async function tellEnd(desk: Desk, alarm: AlarmRow): Promise<void> {
  const { operatorMailbox, operatorNumber } = desk.settings
  const heard = alarm.toldAt !== null && alarm.toldAt >= alarm.raisedAt
  const bySms = operatorMailbox === null && operatorNumber !== null && heard
  const mail =
    heard && operatorMailbox !== null
      ? await alarmMail(desk, alarm, { to: operatorMailbox, reason: 'alarm-over' })
      : null
  desk.store.transaction(() => {
    createAlarms(desk.store).put({ ...alarm, endedAt: desk.now() })
    if (mail !== null) desk.outbox.addMail({ ...mail, messageId: null })
    if (bySms) queueAlarmSms(desk, operatorNumber, 'alarm-over', alarm.detail)
  })
  if (bySms) desk.wake('sms')
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
