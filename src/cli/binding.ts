// `simpost binding …`: the table of mailboxes and phones.

import { parseMailAddress, parsePhoneNumber } from '../domain/address.ts'
import type { Binding, Policy } from '../domain/binding.ts'
import { GatewayError } from '../domain/errors.ts'
import { judgeNumber } from '../exchange/judge.ts'
import { reasons } from '../exchange/reasons.ts'
import type { BindingChange } from '../store/bindings.ts'
import { type Office, withOffice } from './context.ts'
import { localTime, print, printJson, table } from './output.ts'

interface Details {
  readonly config: string
  readonly alias?: string
  readonly name?: string
  readonly mailToSms?: Policy
  readonly smsToMail?: Policy
}

export async function add(
  mailbox: string,
  number: string | undefined,
  options: Details & { readonly line?: boolean },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, ({ config, desk }) => {
    if ((number === undefined) !== (options.line === true))
      throw new GatewayError('USAGE', 'a binding needs a mailbox and a phone number', {
        hint: `simpost binding add ${mailbox} +4917012345678, or --line instead of a number for the SIM's own line`,
      })
    const binding = desk.bindings.add({
      mailbox: readMailbox(mailbox),
      number: number === undefined ? config.modem.number : readNumber(number, { config, desk }),
      alias: options.alias === undefined ? null : readAlias(options.alias),
      name: options.name ?? null,
      line: options.line === true,
      mailToSms: options.mailToSms ?? null,
      smsToMail: options.smsToMail ?? null,
      origin: 'cli',
      createdAt: desk.now(),
      expiresAt: null,
    })
    print(`bound ${binding.mailbox} and ${binding.number}${binding.line ? " (the SIM's own line)" : ''}`)
  })
}

export async function list(options: { readonly config: string; readonly json?: boolean }): Promise<void> {
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const bindings = desk.bindings.list(desk.now())
    if (options.json === true) return printJson(bindings.map(toJson))
    if (bindings.length === 0)
      return print('no bindings yet; Try: simpost binding add bob@office.example +4917012345678')
    const rows = bindings.map((binding) => [
      binding.mailbox,
      binding.line ? `${binding.number} (line)` : binding.number,
      binding.alias === null ? '' : `@${binding.alias}`,
      binding.name ?? '',
      binding.mailToSms ?? '',
      binding.smsToMail ?? '',
      binding.expiresAt === null ? '' : localTime(binding.expiresAt),
    ])
    print(table(['mailbox', 'number', 'alias', 'name', 'mail to SMS', 'SMS to mail', 'ends'], rows))
  })
}

export async function show(
  name: string,
  options: { readonly config: string; readonly json?: boolean },
): Promise<void> {
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const shown = toJson(desk.bindings.named(name))
    if (options.json === true) return printJson(shown)
    print(
      table(
        ['what', 'value'],
        Object.entries(shown).map(([key, value]) => [key.replaceAll('_', ' '), String(value ?? '')]),
      ),
    )
  })
}

export async function set(
  name: string,
  options: Details & { readonly mailbox?: string; readonly number?: string },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, (office) => {
    const { bindings } = office.desk
    const binding = bindings.named(name)
    const change: BindingChange = {
      ...(options.mailbox === undefined ? {} : { mailbox: readMailbox(options.mailbox) }),
      ...(options.number === undefined ? {} : { number: readNumber(options.number, office) }),
      ...(options.alias === undefined
        ? {}
        : { alias: options.alias === '' ? null : readAlias(options.alias) }),
      ...(options.name === undefined ? {} : { name: options.name || null }),
      ...(options.mailToSms === undefined ? {} : { mailToSms: options.mailToSms }),
      ...(options.smsToMail === undefined ? {} : { smsToMail: options.smsToMail }),
    }
    if (Object.keys(change).length === 0)
      throw new GatewayError('USAGE', 'nothing to change was named', { hint: 'simpost binding set --help' })
    const changed = bindings.change(binding.id, change)
    print(`bound ${changed.mailbox} and ${changed.number}`)
  })
}

export async function remove(name: string, options: { readonly config: string }): Promise<void> {
  await withOffice(options.config, { readOnly: false }, ({ desk }) => {
    const binding = desk.bindings.named(name)
    desk.bindings.remove(binding.id)
    print(`${binding.mailbox} and ${binding.number} are no longer bound`)
  })
}

function readMailbox(text: string): string {
  const parsed = parseMailAddress(text)
  if (parsed.ok) return parsed.value
  throw new GatewayError('ADDRESS_INVALID', `"${text}" is no mail address: ${parsed.reason}`, {
    hint: 'write it as name@domain',
  })
}

function readNumber(text: string, { config, desk }: Office): string {
  const parsed = parsePhoneNumber(text, config.modem.country)
  if (!parsed.ok)
    throw new GatewayError('ADDRESS_INVALID', `"${text}" is no phone number: ${parsed.reason}`, {
      hint: 'write it with its country code, such as +4917012345678',
    })
  const refusal = judgeNumber(parsed.value, desk.settings)
  if (refusal === null) return parsed.value
  throw new GatewayError('ADDRESS_INVALID', `${parsed.value} cannot be bound: ${reasons[refusal].means}`, {
    hint:
      refusal === 'number-own'
        ? "--line instead of the number binds a mailbox to the SIM's own line"
        : 'exchange.denied_numbers in the config lists the refused beginnings',
  })
}

function readAlias(text: string): string {
  const alias = text.replace(/^@/, '').toLowerCase()
  if (/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,62}$/u.test(alias)) return alias
  throw new GatewayError('USAGE', `"${text}" cannot be an alias`, {
    hint: 'use letters, digits, dot, dash or underscore',
  })
}

function toJson(binding: Binding) {
  return {
    mailbox: binding.mailbox,
    number: binding.number,
    alias: binding.alias,
    name: binding.name,
    line: binding.line,
    mail_to_sms: binding.mailToSms,
    sms_to_mail: binding.smsToMail,
    origin: binding.origin,
    created: new Date(binding.createdAt).toISOString(),
    expires: binding.expiresAt === null ? null : new Date(binding.expiresAt).toISOString(),
  }
}
