// `simpost binding add`, `set` and `remove`: one entry of the table of mailboxes and phones.

import type { Binding } from '../../domain/binding.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Desk } from '../../exchange/desk.ts'
import type { BindingChange } from '../../store/bindings.ts'
import { withOffice } from '../context.ts'
import { localTime, print, printJson } from '../output.ts'
import { findBinding, refuseSecondTemporary } from './find.ts'
import { type DetailOptions, readDetails, readLasting, readMailbox, readNumber, refusePair } from './read.ts'
import { toJson } from './show.ts'
import { endTalk, talkLines, talksJson } from './talks.ts'
import { changeLines } from './what-changed.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
}
interface ChangeOptions extends Options, DetailOptions {
  readonly for?: string
}

export async function add(
  mailbox: string,
  number: string | undefined,
  options: ChangeOptions & { readonly line?: boolean },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, (office) => {
    const { config, desk } = office
    if (number !== undefined && options.line === true)
      throw new GatewayError(
        'USAGE',
        `--line binds ${mailbox} to the SIM's own number, and no other number can stand beside it`,
        { hint: `leave out --line to bind ${number}, or leave out ${number} to bind the line` },
      )
    if (number === undefined && options.line !== true)
      throw new GatewayError('USAGE', 'a binding needs a mailbox and a phone number', {
        hint: `simpost binding add ${mailbox} +4917012345678, or --line instead of a number for the SIM's own line`,
      })
    const now = desk.now()
    const pair = {
      mailbox: readMailbox(mailbox),
      number: number === undefined ? config.modem.number : readNumber(number, office),
      line: options.line === true,
    }
    refusePair(pair, office)
    const expiresAt = options.for === undefined ? null : now + readLasting(options.for)
    const details = readDetails(options)
    const binding = desk.store.transaction(() => {
      desk.bindings.removeEnded(now)
      if (expiresAt !== null) refuseSecondTemporary(pair, office)
      const empty = { alias: null, name: null }
      return desk.bindings.add({ ...empty, ...details, ...pair, origin: 'cli', createdAt: now, expiresAt })
    })
    if (options.json === true) return printJson(toJson(binding))
    print(`bound ${inWords(binding)}`)
  })
}

export async function set(
  name: string,
  options: ChangeOptions & {
    readonly mailbox?: string
    readonly number?: string
    readonly temporary?: boolean
  },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, (office) => {
    const { desk } = office
    const details = readDetails(options)
    const { before, changed, talks } = desk.store.transaction(() => {
      desk.bindings.removeEnded(desk.now())
      const binding = findBinding(name, office, options)
      if (options.for !== undefined && binding.expiresAt === null)
        throw new GatewayError(
          'USAGE',
          `the binding of ${binding.mailbox} is a permanent one and has no end`,
          {
            hint: `simpost binding add ${binding.mailbox} NUMBER --for ${options.for} puts a temporary one in front of it; --temporary names that`,
          },
        )
      const change: BindingChange = {
        ...details,
        ...(options.mailbox === undefined ? {} : { mailbox: readMailbox(options.mailbox) }),
        ...(options.number === undefined ? {} : { number: readNumber(options.number, office) }),
        ...(options.for === undefined ? {} : { expiresAt: desk.now() + readLasting(options.for) }),
      }
      refuseMovedLine(binding, change)
      if (Object.keys(change).length === 0)
        throw new GatewayError('USAGE', 'nothing to change was named', { hint: 'simpost binding set --help' })
      const wanted = { ...binding, ...change }
      const moved = wanted.mailbox !== binding.mailbox || wanted.number !== binding.number
      if (moved) refusePair(wanted, office)
      if (moved && binding.expiresAt !== null) refuseSecondTemporary(wanted, office, binding.id)
      return {
        before: binding,
        changed: desk.bindings.change(binding.id, change),
        talks: moved ? endTalk(desk, binding) : null,
      }
    })
    if (options.json === true)
      return printJson({ ...toJson(changed), ...(talks === null ? {} : { talks: talksJson(talks) }) })
    for (const line of changeLines(before, changed)) print(line)
    for (const line of talks === null ? [] : talkLines(talks)) print(line)
  })
}

/** The line has no phone of its own; a number makes it another binding. */
function refuseMovedLine({ line, mailbox, number }: Binding, change: BindingChange): void {
  if (!line || change.number === undefined || change.number === number) return
  throw new GatewayError(
    'USAGE',
    `${mailbox} is bound to the SIM's own line, which has the number ${number}`,
    {
      hint: `simpost binding remove ${mailbox} first, then simpost binding add ${mailbox} ${change.number}`,
    },
  )
}

export async function remove(
  name: string,
  options: Options & { readonly temporary?: boolean },
): Promise<void> {
  await withOffice(options.config, { readOnly: false }, (office) => {
    const { desk } = office
    const { binding, talks } = desk.store.transaction(() => {
      const found = findBinding(name, office, options)
      desk.bindings.remove(found.id)
      return { binding: found, talks: endTalk(desk, found) }
    })
    if (options.json === true) return printJson({ removed: toJson(binding), talks: talksJson(talks) })
    const ending = binding.expiresAt === null ? 'no longer bound' : 'no longer bound for a while'
    print(`${binding.mailbox} and ${binding.number} are ${ending}`)
    for (const line of talkLines(talks)) print(line)
    for (const one of whatCountsNow(binding, desk)) print(`what counts now: ${inWords(one)}`)
  })
}

/** Bindings that still join this mailbox or this number with somebody. */
function whatCountsNow({ mailbox, number }: Binding, { bindings, now }: Desk): Binding[] {
  const byMailbox = bindings.ofMailbox(mailbox, now())
  const byNumber = bindings.ofNumber(number, now())
  return [byMailbox, byNumber?.id === byMailbox?.id ? undefined : byNumber].filter((one) => one !== undefined)
}

function inWords({ mailbox, number, line, expiresAt }: Binding): string {
  const ends = expiresAt === null ? '' : `, until ${localTime(expiresAt)}`
  return `${mailbox} and ${number}${line ? " (the SIM's own line)" : ''}${ends}`
}
