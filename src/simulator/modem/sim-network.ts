// The network behind the simulated modem: a service centre and phones (TS 23.040 clause 3). It takes SMS-SUBMIT, and sends
// SMS-DELIVER and SMS-STATUS-REPORT to the modem.
// Invariant: nothing that the modem did not acknowledge is forgotten; it is delivered later, in order.

import { fromHex, toHex } from './sim-octets.ts'
import { decodeSubmit, encodeDeliver, encodeReport, type Submit } from './sim-pdu.ts'
import { createPhones, type PhoneSms, type Phones, type SentSms } from './sim-phones.ts'
import { decodeText, splitText } from './sim-user-data.ts'

/** TS 23.040 9.2.3.24: element 0x80 (SME to SME specific) with Simpost's magic, version and flag. */
const flagElementId = 0x80
const flagElementStart = '5301'
const waitingMax = 10_000
/** Quarter hours east of Greenwich: +01:00. */
const zoneDefault = 4
/** TP-ST from here on: the recipient has not got it (9.2.3.15). */
const firstUndelivered = 0x20

/** One accepted SMS-SUBMIT. */
/** A complete message as its reader sees it. */
interface PhoneSendOptions {
  /** Puts the flag element into every part. */
  readonly flag?: 0 | 1
  /** TP-SCTS; default now. */
  readonly at?: Date
  /** Quarter hours east of Greenwich; default 4. */
  readonly zone?: number
  /** Which parts are delivered, in this order, counted from 1: [2, 1], [1, 1, 2], [2]. Default all. */
  readonly order?: readonly number[]
  /** Concatenation reference; default: one more than last time. */
  readonly reference?: number
  /** True: 16 bit references. */
  readonly wide?: boolean
  readonly alphabet?: 'gsm7' | 'ucs2'
  /** TP-DCS message class 0-3. */
  readonly messageClass?: number
  readonly pid?: number
}

/** 'delivered', 'none' (the phone gets it, no report comes) or a TP-ST value; from 0x20 on the phone gets nothing. */
export type ReportKind = 'delivered' | 'none' | number

export interface NetworkOptions {
  readonly number: string
  readonly now: () => number
  readonly reports: ReportKind
  /** Milliseconds between the acceptance and the status report. */
  readonly reportMs: number
  /** Hands a TPDU (hex) to the modem; false: not acknowledged. */
  readonly receive: (tpdu: string) => boolean
  /** Runs a function later; the modem cancels it when it is closed. */
  readonly later: (ms: number, run: () => void) => void
}

export interface Network {
  readonly sent: readonly SentSms[]
  /** TPDUs that wait until the modem can be reached or has room. */
  readonly waiting: readonly string[]
  /** Calls back for each complete message that reaches a phone; returns how to end that. */
  onPhoneSms(handler: (sms: PhoneSms) => void): () => void
  /** A phone, or an alphanumeric sender such as "Bank", texts the SIM. */
  phoneSends(from: string, text: string, options?: PhoneSendOptions): void
  /** Delivers a TPDU (hex, without SMSC field) as it is, right or wrong. */
  deliverPdu(tpdu: string): void
  /** What becomes of messages to one number, instead of the option `reports`. */
  setReport(to: string, report: ReportKind): void
  /** Pauses all deliveries to the modem, or lets them go on. */
  setHeld(held: boolean): void
}

/** What only the modem uses. */
export interface ServiceCentre extends Network {
  /** Takes a TPDU from the modem. Throws PduError. `reportAtOnce`: the status report does not wait. */
  submit(tpdu: string, messageReference: number, reportAtOnce?: boolean): void
  /** Tries again to deliver what waits. */
  flush(): void
}

interface CentreState {
  readonly options: NetworkOptions
  readonly sent: SentSms[]
  readonly waiting: string[]
  readonly reports: Map<string, ReportKind>
  readonly phones: Phones
  /** Concatenation reference of the phones' last long message. */
  reference: number
  held: boolean
}

function flush(centre: CentreState): void {
  if (centre.held) return
  const pending = centre.waiting.splice(0)
  centre.waiting.unshift(...pending.filter((tpdu) => !centre.options.receive(tpdu)))
}

function deliver(centre: CentreState, tpdu: string): void {
  if (centre.waiting.length < waitingMax) centre.waiting.push(tpdu)
  flush(centre)
}

function report(centre: CentreState, sms: SentSms, status: number): void {
  const { messageReference, to, at: submittedAt } = sms
  const dischargedAt = centre.options.now()
  const fields = { messageReference, to, submittedAt, dischargedAt, zone: zoneDefault, status }
  deliver(centre, toHex(encodeReport(fields)))
}

/** Our own number texted itself: the same user data comes back. */
function comeBack(centre: CentreState, { pid, userData }: Submit): void {
  const { number: from, now } = centre.options
  deliver(centre, toHex(encodeDeliver({ from, at: now(), zone: zoneDefault, pid, userData })))
}

function sentSms(pdu: string, submitted: Submit, messageReference: number, at: number): SentSms {
  const { to, statusReport, userData } = submitted
  const { text, alphabet, concat, elements } = decodeText(userData)
  const flagElement = elements.find(({ id }) => id === flagElementId)?.data ?? null
  return { pdu, to, text, alphabet, concat, elements, flagElement, messageReference, statusReport, at }
}

function submit(centre: CentreState, tpdu: string, reference: number, reportAtOnce: boolean): void {
  const { options, phones } = centre
  const submitted = decodeSubmit(fromHex(tpdu))
  const sms = sentSms(tpdu, submitted, reference, options.now())
  centre.sent.push(sms)
  const kind = centre.reports.get(sms.to) ?? options.reports
  const status = typeof kind === 'number' ? kind : 0
  const wanted = sms.statusReport && kind !== 'none'
  if (wanted && reportAtOnce) report(centre, sms, status)
  options.later(0, () => {
    if (status >= firstUndelivered) return
    if (sms.to === options.number) comeBack(centre, submitted)
    else phones.reach(sms)
  })
  if (wanted && !reportAtOnce) options.later(options.reportMs, () => report(centre, sms, status))
}

function phoneSends(centre: CentreState, from: string, text: string, choice: PhoneSendOptions): void {
  const { flag, order, pid = 0, zone = zoneDefault, at, ...rest } = choice
  if (choice.reference === undefined) centre.reference = (centre.reference + 1) % 256
  const elements = flag === undefined ? [] : [{ id: flagElementId, data: `${flagElementStart}0${flag}` }]
  const parts = splitText(text, { reference: centre.reference, elements, ...rest })
  for (const number of order ?? parts.map((_, i) => i + 1)) {
    const userData = parts[number - 1]
    if (userData === undefined) throw new RangeError(`the text has ${parts.length} parts, not ${number}`)
    const sentAt = at?.getTime() ?? centre.options.now()
    deliver(centre, toHex(encodeDeliver({ from, at: sentAt, zone, pid, userData })))
  }
}

export function createNetwork(options: NetworkOptions): ServiceCentre {
  const centre: CentreState = {
    ...{ options, sent: [], waiting: [], reports: new Map(), phones: createPhones() },
    ...{ reference: 0, held: false },
  }
  return {
    sent: centre.sent,
    waiting: centre.waiting,
    flush: () => flush(centre),
    submit: (tpdu, reference, reportAtOnce = false) => submit(centre, tpdu, reference, reportAtOnce),
    phoneSends: (from, text, choice = {}) => phoneSends(centre, from, text, choice),
    deliverPdu: (tpdu) => deliver(centre, tpdu),
    onPhoneSms: (handler) => centre.phones.watch(handler),
    setReport(to, kind) {
      centre.reports.set(to, kind)
    },
    setHeld(next) {
      centre.held = next
      flush(centre)
    },
  }
}
