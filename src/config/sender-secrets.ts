// The file of `trust.secrets_file`: one line for each sender, "anna@office.example her-secret-word"; `#` begins a comment.
// Pure. Invariant: no message shows anything of a line but its number, since a secret may stand where the address should.

import { mailKey, parseMailAddress } from '../domain/address.ts'
import { GatewayError } from '../domain/errors.ts'

/** Secret by the mailKey of its sender. */
export type SenderSecrets = ReadonlyMap<string, string>

/** Shorter ones can be guessed. */
const secretCharsMin = 8
/** What fits on one line of a subject. */
const secretCharsMax = 64

function secretFault(secret: string): string | null {
  if (secret.length < secretCharsMin) return `the secret needs at least ${secretCharsMin} characters`
  if (secret.length > secretCharsMax) return `the secret may have at most ${secretCharsMax} characters`
  // It must fit into "[secret WORD]".
  return /[[\]\p{C}]/u.test(secret) ? 'the secret may hold no brackets and no control characters' : null
}

/**
 * Reads the lines.
 * @param file named in errors
 * @throws GatewayError CONFIG_INVALID with the number of the first wrong line
 */
export function parseSenderSecrets(text: string, file: string): SenderSecrets {
  const secrets = new Map<string, string>()
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .entries()) {
    const [address = '', secret = '', ...more] = line.trim().split(/\s+/)
    if (address === '' || address.startsWith('#')) continue
    const wrong = (what: string) =>
      new GatewayError('CONFIG_INVALID', `${file}:${index + 1}: ${what}`, {
        hint: 'write one sender a line: anna@office.example her-secret-word',
        retry: 'hold',
      })
    if (!parseMailAddress(address).ok) throw wrong('the line does not begin with a mail address')
    if (more.length > 0 && !more[0]?.startsWith('#'))
      throw wrong('the secret must be one word without blanks')
    const fault = secretFault(secret)
    if (fault !== null) throw wrong(fault)
    const key = mailKey(address)
    if (secrets.has(key)) throw wrong('this sender has a secret on an earlier line')
    secrets.set(key, secret)
  }
  return secrets
}
