// What a failed IMAP command or connection means (RFC 3501 7.1, RFC 5530).
// Pure over whatever the library throws. Invariant: only a clear refusal of the sign-in stops the retries; providers lock accounts.

import { GatewayError, messageOf } from '../../domain/errors.ts'

const replyCharsMax = 200

interface Facts {
  readonly code: string
  /** Response code of RFC 5530, upper case. */
  readonly responseCode: string
  readonly authenticationFailed: boolean
  /** Tagged NO or BAD. */
  readonly refused: boolean
  readonly text: string
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

function factsOf(error: unknown): Facts {
  const facts: Partial<Record<string, unknown>> =
    typeof error === 'object' && error !== null ? { ...error } : {}
  const response = textOf(facts.response) || textOf(facts.responseText)
  return {
    code: textOf(facts.code),
    responseCode: textOf(facts.serverResponseCode).toUpperCase(),
    authenticationFailed: facts.authenticationFailed === true,
    refused: facts.responseStatus === 'NO' || facts.responseStatus === 'BAD',
    text: textOf(facts.oauthError) || response || messageOf(error),
  }
}

/** RFC 5530: the server is busy or broken; the account is fine. */
const passing = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'])

/** True if the server answered NO or BAD; false if the connection failed. */
export function isRefusal(error: unknown): boolean {
  return factsOf(error).refused
}

/** True if the selection failed since there is no such folder. */
export function isMissingFolder(error: unknown): boolean {
  const { responseCode, refused, text } = factsOf(error)
  if (responseCode === 'NONEXISTENT' || responseCode === 'TRYCREATE') return true
  return refused && !passing.has(responseCode) && /exist|unknown|no such|not found/i.test(text)
}

/**
 * Turns a failure into the program's error.
 * @param secrets values that must not appear in the message
 */
export function imapError(error: unknown, host: string, secrets: readonly string[]): GatewayError {
  if (error instanceof GatewayError) return error
  const facts = factsOf(error)
  const said = facts.text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  const hidden = secrets
    .filter((secret) => secret !== '')
    .reduce((text, secret) => text.replaceAll(secret, '***'), said)
  const shown = hidden.slice(0, replyCharsMax)
  const context = { host, code: facts.code, response: facts.responseCode }
  if (facts.authenticationFailed && !passing.has(facts.responseCode))
    return new GatewayError('IMAP_AUTH', `${host} refused the sign-in: ${shown}`, {
      retry: 'hold',
      hint: 'check user and password of [mail.imap]; many providers want an app password, or IMAP to be switched on first',
      context,
    })
  if (facts.refused && !passing.has(facts.responseCode))
    return new GatewayError('IMAP_REFUSED', `${host} refused a command: ${shown}`, {
      retry: 'temporary',
      context,
    })
  return new GatewayError('IMAP_UNAVAILABLE', `no working connection to ${host}: ${shown}`, {
    retry: 'temporary',
    hint: 'check host, port and security of [mail.imap], and the network',
    context,
  })
}
