// `simpost explain …`: a dry run of the exchange. The same functions as the service decide; nothing is sent and nothing is written.

import { readFileSync } from 'node:fs'
import { mailReader } from '../daemon/gateway.ts'
import { parsePhoneNumber } from '../domain/address.ts'
import { GatewayError, messageOf } from '../domain/errors.ts'
import type { IncomingMail, IncomingSms } from '../domain/message.ts'
import type { Decision } from '../exchange/decision.ts'
import { decideMail } from '../exchange/mail-to-sms.ts'
import { reasons } from '../exchange/reasons.ts'
import { plainDecision, worldOf } from '../exchange/record.ts'
import { assemble } from '../exchange/sms-intake.ts'
import { decideSms } from '../exchange/sms-to-mail.ts'
import { segmentText } from '../sms/segment.ts'
import { decodePdu } from '../sms/tpdu.ts'
import { setting } from '../store/database.ts'
import { type Office, withOffice } from './context.ts'
import { amount, print, printable, printJson, styled } from './output.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

export async function explainMail(file: string, options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: true }, async (office) => {
    const { config, desk } = office
    const raw = readMailFile(file)
    const limit = config.mail.size_max_mb * 1_048_576
    const read = mailReader(config, setting(desk.store, 'instance'))
    const stored = { raw: raw.subarray(0, limit), truncated: raw.length > limit }
    show(await decideRaw(stored, read, office), office, options)
  })
}

/** As the service decides, which keeps a mail that it cannot read. A saved mail is explained as if it were written now. */
async function decideRaw(
  stored: RawMail,
  read: (mail: RawMail) => Promise<IncomingMail>,
  { desk }: Office,
): Promise<Decision> {
  const mail = await read(stored).catch((error: unknown) => {
    if (error instanceof GatewayError && error.code === 'MAIL_MALFORMED') return null
    throw error
  })
  if (mail === null) return plainDecision('mail', 'hold', 'mail-unreadable', 'it has no header')
  return decideMail({ ...mail, date: null }, worldOf(desk))
}

type RawMail = { readonly raw: Buffer; readonly truncated: boolean }

function readMailFile(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (cause) {
    throw new GatewayError('USAGE', `${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'name a file that holds one mail (.eml)',
      cause,
    })
  }
}

interface SmsOptions extends Options {
  readonly from?: string
  readonly to?: string
  readonly pdu?: string
}

export async function explainSms(words: readonly string[], options: SmsOptions): Promise<void> {
  await withOffice(options.config, { readOnly: true }, (office) => {
    const to = options.to === undefined ? office.desk.settings.ownNumber : readNumber(options.to, office)
    const desk = { ...office.desk, settings: { ...office.desk.settings, ownNumber: to } }
    const sms =
      options.pdu === undefined ? typedSms(words.join(' '), options, office, to) : smsOfPdu(options.pdu, desk)
    show(decideSms(sms, worldOf(desk)), office, options)
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
    hint: `simpost pdu decode ${hex.slice(0, 20)}…`,
  })
}

/** The settled JSON form of a decision. */
export function decisionJson(decision: Decision) {
  return {
    medium: decision.medium,
    flag: decision.flag,
    judgement: decision.judgement,
    reason: decision.reason,
    deliveries: decision.deliveries,
    temporary_binding:
      decision.temporaryBinding === null
        ? null
        : {
            mailbox: decision.temporaryBinding.mailbox,
            number: decision.temporaryBinding.number,
            expires: new Date(decision.temporaryBinding.expiresAt).toISOString(),
          },
    notices: decision.notices.map(({ to, reason, detail }) => ({ to, reason, detail })),
    steps: decision.steps,
  }
}

function show(decision: Decision, { desk }: Office, options: Options): void {
  if (options.json === true) return printJson(decisionJson(decision))
  print(`${styled('bold', decision.judgement)}: ${reasons[decision.reason]} (${decision.reason})`)
  for (const { what, detail } of decision.steps)
    print(`  ${styled('dim', what.padEnd(9))} ${printable(detail)}`)
  for (const plan of decision.deliveries) {
    print('')
    if (plan.medium === 'mail') {
      print(`a mail to ${styled('bold', plan.to)} (rule ${plan.rule}):`)
      print(indent(plan.text))
      continue
    }
    const price = plan.cost === null ? '' : `, ${amount(plan.cost, desk.settings.currency)}`
    print(
      `an SMS to ${styled('bold', plan.to)} (rule ${plan.rule}): ${plan.parts} part(s) in ${plan.encoding}${price}`,
    )
    for (const part of segmentText(plan.text, { reference: 0 }).parts)
      print(`${styled('dim', `  ${part.seq}/${part.total}`)}\n${indent(part.text)}`)
    if (plan.costly.length > 0) print(`  UCS-2 because of: ${printable(plan.costly.join(' '))}`)
  }
  for (const notice of decision.notices)
    print(`\na notice to ${notice.to}: ${reasons[notice.reason]} (${printable(notice.detail)})`)
}

function indent(text: string): string {
  return printable(text)
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n')
}
