// Finds the binding that an operator names, and the temporary one that stands in the way of another.

import { parsePhoneNumber } from '../../domain/address.ts'
import type { Binding } from '../../domain/binding.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Office } from '../context.ts'
import { localTime } from '../output.ts'

/**
 * By mailbox, alias, or number in any form that `add` takes too: the permanent one, else the temporary one.
 * @param options.temporary the temporary one is meant, also where the name is that of the permanent one which it shadows
 * @throws GatewayError BINDING_UNKNOWN
 */
export function findBinding(
  name: string,
  { config, desk }: Office,
  options: { readonly temporary?: boolean } = {},
): Binding {
  const number = parsePhoneNumber(name, config.modem.country)
  const names = [name, ...(number.ok && number.value !== name ? [number.value] : [])]
  const found = firstNamed(names, desk, options)
  if (found !== undefined) return found
  const shadowed = options.temporary === true ? firstNamed(names, desk, {}) : undefined
  const shadow = shadowed === undefined ? undefined : firstNamed([shadowed.mailbox], desk, options)
  return shadow ?? desk.bindings.named(name, desk.now(), options)
}

function firstNamed(
  names: readonly string[],
  { bindings, now }: Office['desk'],
  options: { readonly temporary?: boolean },
): Binding | undefined {
  for (const name of names) {
    try {
      return bindings.named(name, now(), options)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
    }
  }
  return undefined
}

/**
 * One mailbox has one phone for a while, and the other way round: of two the operator would not know which one counts.
 * @param ownId the binding that is being changed; 0 for a new one
 * @throws GatewayError BINDING_CONFLICT that names the first
 */
export function refuseSecondTemporary(
  { mailbox, number }: Pick<Binding, 'mailbox' | 'number'>,
  { desk }: Office,
  ownId = 0,
): void {
  const now = desk.now()
  const first = [
    desk.bindings.temporaryOfMailbox(mailbox, now),
    desk.bindings.temporaryOfNumber(number, now),
  ].find((other) => other !== undefined && other.id !== ownId)
  if (first === undefined) return
  throw new GatewayError('BINDING_CONFLICT', takenForAWhile(first), {
    hint: `simpost binding remove ${first.mailbox} --temporary first, or simpost binding set ${first.mailbox} --temporary --for 2h to change its end`,
  })
}

export const takenForAWhile = ({ mailbox, number, expiresAt }: Binding): string =>
  `${mailbox} and ${number} are bound until ${localTime(expiresAt ?? 0)} already`
