// `simpost binding list` and `show`: the table of mailboxes and phones for the eye and as JSON.

import type { Binding } from '../../domain/binding.ts'
import type { Desk } from '../../exchange/desk.ts'
import { asTyped } from '../config-option.ts'
import { withOffice } from '../context.ts'
import { localTime, print, printJson, table } from '../output.ts'
import { type DetailName, fields, writeField } from './fields.ts'
import { findBinding } from './find.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}

/** Have columns of their own in the list. */
const ownColumns: ReadonlySet<DetailName> = new Set(['alias', 'name', 'mailToSms', 'smsToMail'])

export async function list(options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: true }, ({ desk }) => {
    const bindings = desk.bindings.list(desk.now())
    if (options.json === true) return printJson(bindings.map(toJson))
    if (bindings.length === 0)
      return print(
        `no bindings yet; Try: ${asTyped('simpost binding add bob@office.example +4917012345678')}`,
      )
    const rows = bindings.map((binding) => [
      binding.mailbox,
      binding.line ? `${binding.number} (line)` : binding.number,
      binding.alias === null ? '' : `@${binding.alias}`,
      binding.name ?? '',
      binding.mailToSms ?? '',
      binding.smsToMail ?? '',
      otherRules(binding),
      binding.expiresAt === null ? '' : localTime(binding.expiresAt),
    ])
    const heading = [
      'mailbox',
      'number',
      'alias',
      'name',
      'mail to SMS',
      'SMS to mail',
      'other rules',
      'ends',
    ]
    const used = heading.map((_, column) => rows.some((row) => row[column] !== ''))
    const kept = (cells: readonly string[]) => cells.filter((_, column) => used[column])
    print(table(kept(heading), rows.map(kept)))
  })
}

/** "quiet hours 22:00-07:00, urgent yes" */
function otherRules(binding: Binding): string {
  return fields
    .filter(({ property }) => !ownColumns.has(property) && binding[property] !== null)
    .map(({ property, column }) => `${column.replaceAll('_', ' ')} ${writeField(binding[property])}`)
    .join(', ')
}

export async function show(name: string, options: Options): Promise<void> {
  await withOffice(options.config, { readOnly: true }, (office) => {
    const binding = findBinding(name, office)
    const temporary = temporaryOnesBeside(binding, office.desk)
    if (options.json === true) return printJson({ ...toJson(binding), temporary: temporary.map(toJson) })
    print(sheet(binding))
    for (const one of temporary)
      print(`\nuntil it ends, this temporary binding counts instead:\n${sheet(one)}`)
  })
}

/** Temporary bindings that shadow this one. */
function temporaryOnesBeside({ id, mailbox, number }: Binding, { bindings, now }: Desk): Binding[] {
  const found = [bindings.temporaryOfMailbox(mailbox, now()), bindings.temporaryOfNumber(number, now())]
  const others = found.filter((one) => one !== undefined && one.id !== id) as Binding[]
  return others.filter((one, index) => others.findIndex((other) => other.id === one.id) === index)
}

function sheet(binding: Binding): string {
  const rules = fields.map(({ property, column }) => [
    column.replaceAll('_', ' '),
    binding[property] === null ? '–' : writeField(binding[property]),
  ])
  return table(
    ['what', 'value'],
    [
      ['mailbox', binding.mailbox],
      ['number', binding.line ? `${binding.number} (the SIM's own line)` : binding.number],
      ...rules,
      ['made', `${localTime(binding.createdAt)} (${binding.origin})`],
      ['ends', binding.expiresAt === null ? 'never' : localTime(binding.expiresAt)],
    ],
    100,
  )
}

export function toJson(binding: Binding) {
  return {
    mailbox: binding.mailbox,
    number: binding.number,
    line: binding.line,
    ...Object.fromEntries(fields.map(({ property, column }) => [column, binding[property]])),
    origin: binding.origin,
    created: new Date(binding.createdAt).toISOString(),
    expires: binding.expiresAt === null ? null : new Date(binding.expiresAt).toISOString(),
  }
}
