// The answer of a provider in the address at which a browser ended, as a person pastes it (RFC 6749 4.1.2, RFC 9207).
// Pure. Invariant: an answer to another request, or from another provider, is not used.

import { GatewayError } from '../../domain/errors.ts'

interface Asked {
  /** Of the request that is to be answered. */
  readonly state: string
  readonly issuer: string
  /** The issuer is that of a preset. */
  readonly isPreset: boolean
}

/**
 * @param pasted a whole address, alone or among other words, or what stands behind its question mark
 * @returns the answer: `code` or `error`, and what belongs to it
 * @throws GatewayError USAGE if it is none to this request
 */
export function pastedAnswer(pasted: string, { state, issuer, isPreset }: Asked): URLSearchParams {
  const query = queryOf(pasted)
  if (!query.has('code') && !query.has('error'))
    throw notOurs('this is not the address at which a sign-in ends: it holds no code')
  if (query.get('state') !== state) throw notOurs('this address is from another sign-in: its state differs')
  checkIssuer(query, issuer, isPreset)
  return query
}

function queryOf(pasted: string): URLSearchParams {
  const words = pasted.replaceAll('&amp;', '&').split(/[\s"'<>]+/)
  const address = words.find((word) => /(^|[?&])(code|error)=/.test(word)) ?? ''
  const query = address.slice(address.indexOf('?') + 1)
  return new URLSearchParams(query.replace(/#.*$|[,;]$/, ''))
}

/** Microsoft's `common` stands for all tenants: there the host is what counts, and the library would compare all of it. */
function checkIssuer(query: URLSearchParams, issuer: string, isPreset: boolean): void {
  const named = query.get('iss')
  if (named === null || named === issuer) return
  if (!isPreset || !URL.canParse(named) || new URL(named).origin !== new URL(issuer).origin)
    throw notOurs(`this address is from another provider: ${named.slice(0, 100)}`)
  query.delete('iss')
}

const notOurs = (what: string): GatewayError =>
  new GatewayError('USAGE', what, {
    hint: 'sign in at the address shown last, and paste the whole address of the page at which the browser ends, from http to the end',
  })
