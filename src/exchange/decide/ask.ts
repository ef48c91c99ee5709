// A phone that talks with several people is asked whom it means (policy `ambiguous = "ask"`): one SMS that offers names, and the text
// waits. `@name`, with or without more text, is the answer. Pure.

import { mailKey } from '../../domain/address.ts'
import type { World } from './decision.ts'

export interface Candidate {
  readonly mailbox: string
  /** Without the @, in lower case; no two candidates have the same. */
  readonly name: string
}

/** The people a phone may mean, under names that it can type: the alias, else the part before the @, else the whole address. */
export function candidatesOf(mailboxes: readonly string[], world: World): Candidate[] {
  const named = mailboxes.map((mailbox) => {
    const alias = world.bindings.ofMailbox(mailbox, world.now)?.alias
    return { mailbox, name: alias ?? mailKey(mailbox).slice(0, mailbox.lastIndexOf('@')) }
  })
  return named.map((one) => {
    const twice = named.some((other) => other !== one && other.name === one.name)
    return twice ? { ...one, name: mailKey(one.mailbox) } : one
  })
}

/** `@anna` or `@anna text`, where it names one of the candidates. */
export function readChoice(
  text: string,
  candidates: readonly Candidate[],
): { readonly mailbox: string; readonly rest: string } | null {
  const match = /^\s*@(\S+?)[:,]?(?:\s+([\s\S]*))?$/u.exec(text)
  const wanted = (match?.[1] ?? '').toLowerCase()
  const chosen = candidates.find(({ name }) => name === wanted)
  return chosen === undefined ? null : { mailbox: chosen.mailbox, rest: (match?.[2] ?? '').trim() }
}

/** "@anna, @bob" */
export function choicesText(candidates: readonly Candidate[]): string {
  return candidates.map(({ name }) => `@${name}`).join(', ')
}
