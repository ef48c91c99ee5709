// `simpost send …`: the patent's two clients. They put a message into the outbox; the running service sends it.

import { domainOf, parseMailAddress, parsePhoneNumber } from '../domain/address.ts'
import { GatewayError } from '../domain/errors.ts'
import { createTill } from '../exchange/decide/budget.ts'
import type { Hold } from '../exchange/decide/decision.ts'
import { judgeNumber } from '../exchange/decide/judge.ts'
import { reasons } from '../exchange/decide/reasons.ts'
import { rulesOf } from '../exchange/decide/rules.ts'
import { type Desk, mailIdOf, worldOf } from '../exchange/desk.ts'
import { queueText } from '../exchange/queue-text.ts'
import { createComposer } from '../mail/compose-mail.ts'
import { segmentText } from '../sms/segment.ts'
import { withOffice } from './context.ts'
import { print, printJson } from './output.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly flag?: boolean
}

export async function sendSms(number: string, words: readonly string[], options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: false }, ({ config, desk }) => {
    const parsed = parsePhoneNumber(number, config.modem.country)
    const refusal = parsed.ok ? judgeNumber(parsed.value, desk.settings) : null
    if (!parsed.ok || refusal !== null)
      throw new GatewayError(
        'ADDRESS_INVALID',
        `no SMS can go to "${number}": ${parsed.ok ? reasons[refusal ?? 'number-denied'].means : parsed.reason}`,
        {
          hint: 'write the number with its country code, such as +4917012345678',
        },
      )
    const text = words.join(' ')
    const flag = options.flag === true ? (1 as const) : undefined
    const { encoding, parts } = segmentText(text, {
      reference: 0,
      flag,
      national: desk.settings.nationalTables,
    })
    if (parts.length > config.exchange.parts_max)
      throw new GatewayError(
        'TEXT_TOO_LONG',
        `the text needs ${parts.length} parts; exchange.parts_max allows ${config.exchange.parts_max}`,
        {
          hint: 'shorten the text',
        },
      )
    const recipient = parsed.value
    const { delivery, held } = desk.store.transaction(() => {
      const held = holdOfCommand(desk, recipient, parts.length)
      const what = { messageId: null, conversationId: null, recipient, rule: 'command', text, held }
      return { delivery: queueText(desk, { ...what, now: desk.now(), flag }), held }
    })
    if (options.json === true)
      return printJson({
        ...{ delivery, to: recipient, encoding, parts: parts.length },
        ...{ state: held === null ? 'queued' : 'held', held: held?.reason ?? null },
      })
    const what = `delivery ${delivery}: ${parts.length} part(s) in ${encoding} to ${recipient}`
    print(
      held === null
        ? `queued as ${what}; the running service sends it`
        : `held as ${what}: ${reasons[held.reason].means}`,
    )
  })
}

/** The operator's own messages keep to the budgets too. */
function holdOfCommand(desk: Desk, number: string, parts: number): Hold | null {
  const { urgent, partsPerDay } = rulesOf(desk.bindings.ofNumber(number, desk.now()), desk.settings)
  const verdict = createTill(worldOf(desk))({ payer: null, number, parts, urgent, partsPerDay })
  return verdict.fits ? null : { reason: 'budget-used-up', until: verdict.until }
}

/** Mails of this command are a client's, not the gateway's: they do not carry the instance of the box, so that it takes them in. */
const clientInstance = 'client'

export async function sendMail(
  address: string,
  words: readonly string[],
  options: Options & { readonly subject: string },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, async ({ config, desk }) => {
    const parsed = parseMailAddress(address)
    if (!parsed.ok)
      throw new GatewayError('ADDRESS_INVALID', `"${address}" is no mail address: ${parsed.reason}`, {
        hint: 'write it as name@domain',
      })
    const now = desk.now()
    const text = words.join(' ')
    const mailId = mailIdOf(desk, 'sms', 'command', now, parsed.value, text)
    const compose = createComposer({ domain: domainOf(config.mail.address), instance: clientInstance })
    const raw = await compose({
      from: { address: config.mail.address, name: config.mail.name },
      to: { address: parsed.value, name: '' },
      replyTo: null,
      subject: options.subject,
      messageId: mailId,
      inReplyTo: null,
      references: [],
      date: now,
      text: `${text}\n`,
      fields: options.flag === true ? { 'X-SMS-Convert': '1' } : {},
    })
    const delivery = desk.outbox.addMail({
      messageId: null,
      conversationId: null,
      recipient: parsed.value,
      rule: 'command',
      text,
      now,
      mailId,
      raw,
    })
    if (options.json === true)
      return printJson({ delivery, to: parsed.value, message_id: mailId, state: 'queued' })
    print(`queued as delivery ${delivery} to ${parsed.value}; the running service sends it`)
  })
}
