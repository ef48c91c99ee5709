// What a failed IMAP command or connection means (RFC 3501 7.1, RFC 5530).
// Pure over whatever the library throws. Invariant: only a clear refusal of the sign-in stops the retries; providers lock accounts.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import { hideSecrets } from '../../domain/hide-secrets.ts'
import { certificateTrouble } from '../sign-in/certificate-trouble.ts'
import { lineFault } from './line-faults.ts'
import { refusalMeaning } from './sign-in-refusals.ts'

const replyCharsMax = 200

interface Facts {
  readonly code: string
  /** Response code of RFC 5530, upper case. */
  readonly responseCode: string
  readonly authenticationFailed: boolean
  /** Tagged NO or BAD. */
  readonly refused: boolean
  /** The server said BYE. */
  readonly bye: boolean
  readonly text: string
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Under which the library gives the words of a BYE; none at the close event. */
const endCodes = new Set(['', 'NoConnection', 'ClosedAfterConnectText', 'ClosedAfterConnectTLS'])

/** "[LIMIT] Too many" has the code LIMIT; the library looks into tagged answers only, not into BYE. */
const codeIn = (text: string): string => /^\[([A-Z-]+)/i.exec(text)?.[1] ?? ''

function factsOf(error: unknown): Facts {
  const facts: Partial<Record<string, unknown>> =
    typeof error === 'object' && error !== null ? { ...error } : {}
  const answer = textOf(facts.response) || textOf(facts.responseText) || textOf(facts.reason)
  // The library gives the whole line of some answers and the words of others.
  const response = answer.replace(/^\S+ (NO|BAD) /, '')
  const oauth: unknown = facts.oauthError
  const status =
    typeof oauth === 'object' && oauth !== null && 'status' in oauth ? ` (${String(oauth.status)})` : ''
  return {
    code: textOf(facts.code),
    responseCode: (textOf(facts.serverResponseCode) || codeIn(response)).toUpperCase(),
    authenticationFailed: facts.authenticationFailed === true,
    refused: facts.responseStatus === 'NO' || facts.responseStatus === 'BAD',
    // An error of OpenSSL has a reason too.
    bye: textOf(facts.reason) !== '' && endCodes.has(textOf(facts.code)),
    text: `${textOf(oauth) || response || messageOf(error)}${status}`,
  }
}

/** RFC 5530: the server is busy or broken; the folder is fine. */
const passing = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'])

/** Exchange Online names a time to wait; the library has waited some of it. */
const throttled = 'ETHROTTLE'

/** The library gives these words without any code when the server offers no sign-in that fits. */
const noMechanism = /unsupported authentication mechanism/i

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

export interface ErrorScene {
  readonly host: string
  /** Values that must not appear in the message. */
  readonly secrets: readonly string[]
  /** Wall clock, milliseconds since 1970. */
  readonly now: number
}

/** Turns a failure into the program's error. */
export function imapError(error: unknown, { host, secrets, now }: ErrorScene): GatewayError {
  if (error instanceof GatewayError) return error
  const facts = factsOf(error)
  const shown = withoutSecrets(facts.text, secrets)
  const context = { host, code: facts.code, response: facts.responseCode }
  if (facts.authenticationFailed || facts.code === throttled || noMechanism.test(facts.text)) {
    const { retry, hint } = refusalMeaning(facts.responseCode, facts.text)
    if (retry === 'temporary')
      return new GatewayError('IMAP_UNAVAILABLE', `${host} puts us off: ${shown}`, {
        retry,
        hint,
        context,
      })
    return new GatewayError('IMAP_AUTH', `${host} refused the sign-in: ${shown}`, { retry, hint, context })
  }
  if (facts.refused && !passing.has(facts.responseCode))
    return new GatewayError('IMAP_REFUSED', `${host} refused a command: ${shown}`, {
      retry: 'temporary',
      context,
    })
  if (facts.bye) return farewell(host, shown, facts)
  const trouble = certificateTrouble(facts.code, host, now)
  if (trouble !== null)
    return new GatewayError('IMAP_UNAVAILABLE', `${trouble.said} (${shown})`, {
      retry: 'temporary',
      hint: trouble.hint,
      context,
    })
  const fault = lineFault(facts.code, facts.text)
  if (fault !== null)
    return new GatewayError('IMAP_UNAVAILABLE', `${host} ${fault.words} (${shown})`, {
      retry: 'temporary',
      hint: fault.hint,
      context,
    })
  return new GatewayError('IMAP_UNAVAILABLE', `no working connection to ${host}: ${shown}`, {
    retry: 'temporary',
    hint: 'check host, port and security of [mail.imap], and the network',
    context,
  })
}

/** BYE: the server's own choice, at the greeting, at the sign-in or later. */
function farewell(host: string, shown: string, { code, responseCode, text }: Facts): GatewayError {
  const { retry, hint } = refusalMeaning(responseCode, text)
  return new GatewayError('IMAP_UNAVAILABLE', `${host} ended the connection: ${shown}`, {
    retry: 'temporary',
    hint: retry === 'temporary' ? hint : 'a new connection is tried by itself',
    context: { host, code, response: responseCode },
  })
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const said = text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
  return hideSecrets(said, secrets).slice(0, replyCharsMax)
}
