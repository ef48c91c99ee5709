// `simpost explain …`: a dry run of the exchange. The same functions as the service decide; nothing is sent and nothing is written.

import { readFileSync } from 'node:fs'
import { mailReader } from '../daemon/desk.ts'
import { parsePhoneNumber } from '../domain/address.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { IncomingMail, IncomingSms } from '../domain/message.ts'
import type { Decision } from '../exchange/decide/decision.ts'
import { decideMail } from '../exchange/decide/mail-to-sms.ts'
import { decideSms } from '../exchange/decide/sms-to-mail.ts'
import { worldOf } from '../exchange/desk.ts'
import { assemble } from '../exchange/intake/assemble-sms.ts'
import { plainDecision } from '../exchange/outcome.ts'
import { largeMailOctets } from '../mail/read/mail-limits.ts'
import { segmentText } from '../sms/segment.ts'
import { decodePdu } from '../sms/tpdu.ts'
import { type Office, withOffice } from './context.ts'
import { decisionJson, decisionLines } from './explain-sheet.ts'
import { printJson } from './output.ts'
import { printSheet } from './wrap.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

type RawMail = { readonly raw: Buffer; readonly truncated: boolean }
type ReadMail = (mail: RawMail) => Promise<IncomingMail>

export async function explainMail(file: string, options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: true }, async (office) => {
    const { config, desk } = office
    const raw = readMailFile(file)
    const mail = await readRaw(partRead(raw, config.mail.size_max_mb), mailReader(config, desk))
    show(mail, decideRead(mail, office), office, options)
  })
}

/** What the service fetches of a mail. */
export function partRead(raw: Buffer, sizeMaxMb: number): RawMail {
  const truncated = raw.length > sizeMaxMb * 1_048_576
  return { raw: truncated ? raw.subarray(0, largeMailOctets) : raw, truncated }
}

/**
 * Decides about a raw mail as the service does when it comes now: a saved mail is not too old, and what was exchanged before does not
 * count. What is no mail at all is held, as the service holds it.
 */
export async function decideRaw(stored: RawMail, read: ReadMail, office: Office): Promise<Decision> {
  return decideRead(await readRaw(stored, read), office)
}

/** null: it is no mail. */
async function readRaw(stored: RawMail, read: ReadMail): Promise<IncomingMail | null> {
  return read(stored).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'MAIL_MALFORMED') return null
    throw error
  })
}

function decideRead(mail: IncomingMail | null, { desk }: Office): Decision {
  return mail === null
    ? plainDecision('mail', 'hold', 'mail-unreadable', 'it has no header')
    : decideMail({ ...mail, date: null }, worldOf(desk))
}

function readMailFile(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (cause) {
    throw new GatewayError('USAGE', unreadable(file, cause), {
      hint: 'name a file that holds one mail (.eml), or - for standard input',
      cause,
    })
  }
}

function unreadable(file: string, cause: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: `there is no file ${file}`,
    EACCES: `${file} is not readable for this user`,
    EISDIR: `${file} is a folder`,
  }
  return words[(cause as NodeJS.ErrnoException).code ?? ''] ?? `${file} cannot be read: ${messageOf(cause)}`
}

interface SmsOptions extends Options {
  readonly from?: string
  readonly to?: string
  readonly pdu?: string
}

export async function explainSms(words: readonly string[], options: SmsOptions): Promise<void> {
  if (options.pdu !== undefined && (words.length > 0 || options.from !== undefined))
    throw new GatewayError('USAGE', 'a PDU holds its sender and its text; neither can stand beside it', {
      hint: `simpost explain sms --pdu ${options.pdu.replace(/\s/g, '')}`,
    })
  await withOffice(options.config, { readOnly: true }, (office) => {
    const to = options.to === undefined ? office.desk.settings.ownNumber : readNumber(options.to, office)
    const desk = { ...office.desk, settings: { ...office.desk.settings, ownNumber: to } }
    const sms =
      options.pdu === undefined ? typedSms(words.join(' '), options, office, to) : smsOfPdu(options.pdu, desk)
    show(sms, decideSms(sms, worldOf(desk)), office, options)
  })
}

function readNumber(text: string, { config }: Office): string {
  const parsed = parsePhoneNumber(text, config.modem.country)
  if (parsed.ok) return parsed.value
  throw new GatewayError('ADDRESS_INVALID', `"${text}" is no phone number: ${parsed.reason}`, {
    hint: 'write it with its country code, such as +4917012345678',
  })
}

function typedSms(text: string, options: SmsOptions, { config, desk }: Office, to: string): IncomingSms {
  if (options.from === undefined || text === '')
    throw new GatewayError('USAGE', 'a sender and a text, or a PDU, must be given', {
      hint: "simpost explain sms --from +4917012345678 'when do you open?'",
    })
  const from = parsePhoneNumber(options.from, config.modem.country)
  return {
    medium: 'sms',
    from: from.ok ? from.value : options.from,
    canAnswer: from.ok,
    to,
    text,
    flagElement: null,
    timestamp: null,
    receivedAt: desk.now(),
    parts: segmentText(text, { reference: 0 }).parts.length,
    missing: [],
    smsc: null,
    messageClass: null,
    special: null,
  }
}

function smsOfPdu(hex: string, desk: Office['desk']): IncomingSms {
  const tpdu = decodePdu(hex.replace(/\s/g, '').toUpperCase())
  const sms = tpdu.type === 'deliver' ? assemble(desk, [tpdu], tpdu.concat?.total ?? 1) : null
  if (sms !== null) return sms
  throw new GatewayError('USAGE', `this PDU is a ${tpdu.type}, not a received SMS`, {
    hint: `simpost pdu decode ${hex.replace(/\s/g, '')}`,
  })
}

function show(
  message: IncomingMail | IncomingSms | null,
  decision: Decision,
  { desk }: Office,
  options: Options,
): void {
  if (options.json === true) return printJson(decisionJson(decision))
  printSheet(decisionLines(message, decision, desk))
}
