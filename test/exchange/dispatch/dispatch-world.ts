// An outbox with its two loops, and transports that are arrays: what was handed to them stands in a list, what they answer is scripted.

import assert from 'node:assert/strict'
import { GatewayError, type Retry } from '../../../src/domain/errors.ts'
import type { MailTransport, PduToSend } from '../../../src/domain/ports.ts'
import type { ExchangeSettings } from '../../../src/exchange/decide/decision.ts'
import { createMailDispatch } from '../../../src/exchange/dispatch/dispatch-mail.ts'
import {
  createSmsDispatch,
  type DispatchOptions,
  settleLeftovers,
} from '../../../src/exchange/dispatch/dispatch-sms.ts'
import { queueText } from '../../../src/exchange/queue-text.ts'
import { prepareMail } from '../../../src/exchange/record.ts'
import { decodeSubmit } from '../../../src/simulator/modem/sim-pdu.ts'
import { decodeText } from '../../../src/simulator/modem/sim-user-data.ts'
import type { Store } from '../../../src/store/database/database.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { fakeClock } from '../fake-clock.ts'
import { type MailFacts, mail, newDesk, phone, type TestDesk } from '../world.ts'

/** What the modem answers to one SMS; nothing: it is sent. */
export type Answer = Error | undefined

export const busy = () =>
  new GatewayError('SMS_REFUSED', '+CMS ERROR: 42', { retry: 'temporary', context: { cms: 42 } })
export const noSuchNumber = () => new GatewayError('SMS_REFUSED', '+CMS ERROR: 1', { retry: 'permanent' })
export const noValidity = () =>
  new GatewayError('SMS_REFUSED', '+CMS ERROR: 199', { retry: 'permanent', context: { number: 199 } })
export const silence = () =>
  new GatewayError('SMS_UNCERTAIN', 'no answer after Ctrl-Z', { retry: 'ambiguous' })
export const noNetwork = () => new GatewayError('NOT_REGISTERED', 'no network', { retry: 'hold' })
export const smtpError = (retry: Retry, code: 'SMTP_REFUSED' | 'SMTP_AUTH' = 'SMTP_REFUSED') =>
  new GatewayError(code, `the server said ${retry}`, { retry })

export interface DispatchWorldOptions {
  readonly uncertain?: 'notify' | 'resend'
  /** A database that an earlier service left behind. */
  readonly store?: Store
  readonly settings?: Partial<ExchangeSettings>
  readonly plusAddresses?: boolean
}

export function dispatchWorld(options: DispatchWorldOptions = {}) {
  const clock = fakeClock()
  const desk = newDesk({
    now: clock.now,
    ...(options.settings === undefined ? {} : { settings: options.settings }),
    plusAddresses: options.plusAddresses ?? true,
    ...(options.store === undefined ? { bound: [bob, carol, officeLine] } : { store: options.store }),
  })
  const sending: DispatchOptions = {
    desk,
    clock,
    uncertain: options.uncertain ?? 'notify',
  }
  const answers: Answer[] = []
  const mailAnswers: Answer[] = []
  const submitted: {
    readonly text: string
    readonly to: string
    readonly at: number
    readonly more: boolean
    /** TP-VP in hex; '' for none. */
    readonly validity: string
  }[] = []
  const mails: {
    readonly from: string
    readonly to: string
    readonly raw: string
    readonly at: number
    readonly envelopeId: string | undefined
  }[] = []
  let reference = 40
  const hooks = {
    ready: true,
    /** The Message-ID that the mail server gives to what it takes; null: ours stays. */
    serverMailId: null as string | null,
    onSubmit: (): void => {},
    /** The modem counts on from here. */
    nextReference: (next: number): void => {
      reference = next
    },
  }

  const modem = {
    submit: async (sms: PduToSend) => {
      submitted.push({ ...readSubmit(sms.pdu), at: clock.now(), more: sms.moreToCome })
      hooks.onSubmit()
      const answer = answers.shift()
      if (answer !== undefined) throw answer
      return { messageReference: reference++ & 0xff }
    },
  }
  const server = {
    send: async ({ from, to, raw, envelopeId }: Parameters<MailTransport['send']>[0]) => {
      mails.push({ from, to, raw: raw.toString(), at: clock.now(), envelopeId })
      const answer = mailAnswers.shift()
      if (answer !== undefined) throw answer
      return { reply: '250 queued', messageId: hooks.serverMailId }
    },
  }
  const smsLoop = createSmsDispatch(sending, () => (hooks.ready ? modem : null))
  const mailLoop = createMailDispatch(sending, server)

  return {
    desk,
    clock,
    sending,
    answers,
    mailAnswers,
    submitted,
    mails,
    hooks,
    smsLoop,
    mailLoop,
    settleLeftovers: () => settleLeftovers(sending),
    /** Runs the SMS loop while time passes, then ends it. */
    sendFor: (ms: number) => runFor(smsLoop.run, clock.pass, ms),
    mailFor: (ms: number) => runFor(mailLoop.run, clock.pass, ms),
    /** Anna's mail to Bob becomes an SMS in the outbox. @returns its delivery */
    annaWrites: (text: string, to = 'Bob', facts: MailFacts = {}) => queueMail(desk, { ...facts, text }, to),
    /** An SMS that the operator sends by command. */
    operatorSends: (text: string, to = 'Carol') =>
      queueText(desk, {
        messageId: null,
        conversationId: null,
        recipient: phone(to),
        rule: 'command',
        text,
        now: clock.now(),
      }).id,
    /** Reasons of the notices in the outbox. */
    notices: () => desk.drafts.map((draft) => `${draft.to.address}: ${draft.fields['X-SMS-Reason']}`),
    states: (deliveryId: number) => desk.outbox.segments(deliveryId).map(({ state }) => state),
  }
}

async function runFor(
  run: (signal: AbortSignal) => Promise<void>,
  pass: (ms: number) => Promise<void>,
  ms: number,
): Promise<void> {
  const end = new AbortController()
  const running = run(end.signal)
  await pass(ms)
  end.abort()
  await running
}

async function queueMail(
  desk: TestDesk,
  facts: MailFacts & { readonly text: string },
  to: string,
): Promise<number> {
  const { text } = facts
  const plan = {
    medium: 'sms',
    to: phone(to),
    rule: 'binding',
    text,
    encoding: 'gsm7',
    parts: 1,
    cost: null,
    costly: [],
    held: null,
    urgent: false,
    digest: false,
  } as const
  const commit = await prepareMail(desk, {
    mail: mail({ id: `<${text.slice(0, 20).replaceAll(' ', '.')}@office.example>`, ...facts }),
    decision: {
      medium: 'mail',
      flag: { value: 1, from: 'tag' },
      judgement: 'convert',
      reason: 'flagged',
      deliveries: [plan],
      temporaryBinding: null,
      windowMs: 1000,
      notices: [],
      releases: [],
      pauses: null,
      mailReport: null,
      steps: [],
    },
    digest: text,
    raw: Buffer.from(''),
  })
  const messageId = desk.store.transaction(commit)
  const [delivery] = desk.outbox.ofMessage(messageId)
  assert.ok(delivery !== undefined)
  return delivery.id
}

/** Text and number of an SMS-SUBMIT behind an empty SMSC field, as a service centre reads them. */
function readSubmit(pdu: string) {
  assert.ok(pdu.startsWith('00'))
  const { to, validity, userData } = decodeSubmit(Buffer.from(pdu.slice(2), 'hex'))
  return { to, validity, text: decodeText(userData).text }
}
