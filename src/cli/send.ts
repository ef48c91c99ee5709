// `simpost send …`: the patent's two clients. They put a message into the outbox; the running service sends it.

import { domainOf, parseMailAddress, parsePhoneNumber } from '../domain/address.ts'
import { GatewayError } from '../domain/errors.ts'
import type { Medium } from '../domain/message.ts'
import { affordable } from '../exchange/decide/budget.ts'
import { judgeNumber } from '../exchange/decide/judge.ts'
import { reasons } from '../exchange/decide/reasons.ts'
import { type Desk, mailIdOf, operator, worldOf } from '../exchange/desk.ts'
import { queueText } from '../exchange/queue-text.ts'
import { createComposer } from '../mail/compose/compose-mail.ts'
import { segmentText } from '../sms/segment.ts'
import { isServiceRunning } from '../store/database/database.ts'
import { withOffice } from './context.ts'
import { print, printJson } from './output.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  readonly flag?: boolean
}

function wordsOf(words: readonly string[]): string {
  const text = words.join(' ')
  if (text.trim() !== '') return text
  throw new GatewayError('USAGE', 'there is nothing to send', {
    hint: "simpost send sms +4917012345678 'hello'",
  })
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
          hint: parsed.ok
            ? (reasons[refusal ?? 'number-denied'].cure ?? 'use another number')
            : 'write the number with its country code, such as +4917012345678',
        },
      )
    const text = wordsOf(words)
    const flag = options.flag === true ? (1 as const) : undefined
    const { encoding, parts } = segmentText(text, {
      reference: 0,
      flag,
      national: desk.settings.nationalTables,
    })
    const recipient = parsed.value
    const { partsMax } = affordable(null, recipient, worldOf(desk))
    if (parts.length > partsMax)
      throw new GatewayError(
        'TEXT_TOO_LONG',
        `the text needs ${parts.length} parts; ${partsMax} are allowed`,
        { hint: 'shorten the text; exchange.parts_max and the budgets in the config say how long it may be' },
      )
    const sent = desk.store.transaction(() => {
      const message = journalCommand(desk, 'sms', text, options.flag === true ? 1 : null)
      const what = { messageId: message, conversationId: null, recipient, rule: 'command', text }
      const { held } = queueText(desk, { ...what, now: desk.now(), flag })
      if (held)
        desk.journal.settle(message, { ...outcomeOf(options), judgement: 'hold', reason: 'budget-used-up' })
      return { message, held }
    })
    if (options.json === true)
      return printJson({
        ...{ message: sent.message, to: recipient, encoding, parts: parts.length },
        ...{ state: sent.held ? 'held' : 'queued', held: sent.held ? 'budget-used-up' : null },
      })
    const what = `message ${sent.message}: ${parts.length === 1 ? '1 part' : `${parts.length} parts`} in ${encoding} to ${recipient}`
    print(
      sent.held
        ? `held as ${what}: ${reasons['budget-used-up'].means}`
        : `queued as ${what}${whoSends(config)}`,
    )
  })
}

const outcomeOf = ({ flag }: Options) =>
  ({ flag: flag === true ? 1 : null, flagFrom: null, judgement: 'pass', reason: 'command' }) as const

/** What the operator sends stands in the journal too: it can be shown, released and cancelled there. */
function journalCommand(desk: Desk, medium: Medium, text: string, flag: 1 | null): number {
  const what = { medium, sender: operator, subject: '', text, mailId: null, digest: null, raw: null }
  const outcome = {
    receivedAt: desk.now(),
    flag,
    flagFrom: null,
    judgement: 'pass',
    reason: 'command',
  } as const
  return desk.journal.add({ ...what, ...outcome }, [{ what: 'command', detail: `simpost send ${medium}` }])
}

const whoSends = ({ store }: { readonly store: { readonly path: string } }): string =>
  isServiceRunning(store.path) ? '; the running service sends it' : '; it goes out when the service runs'

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
    const text = wordsOf(words)
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
    const message = journalCommand(desk, 'mail', text, options.flag === true ? 1 : null)
    desk.outbox.addMail({
      messageId: message,
      conversationId: null,
      recipient: parsed.value,
      rule: 'command',
      text,
      now,
      mailId,
      raw,
    })
    if (options.json === true)
      return printJson({ message, to: parsed.value, message_id: mailId, state: 'queued' })
    print(`queued as message ${message} to ${parsed.value}${whoSends(config)}`)
  })
}
