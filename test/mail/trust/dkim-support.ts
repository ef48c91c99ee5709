// Signs mails for the tests of the DKIM check, with keys made for the run and a DNS that is a map.

import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import type { ResolveTxt } from '../../../src/mail/trust/dkim.ts'

export interface SigningKey {
  readonly pem: string
  /** The TXT record that publishes the key. */
  readonly record: string
}

export function signingKey(kind: 'rsa' | 'ed25519', bits = 2048): SigningKey {
  const pair: { privateKey: KeyObject; publicKey: KeyObject } =
    kind === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519')
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
  // RFC 8463 4.2: an Ed25519 key stands bare in its record.
  const key = kind === 'rsa' ? spki : spki.subarray(spki.length - 32)
  return {
    pem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    record: `v=DKIM1; k=${kind}; p=${key.toString('base64')}`,
  }
}

export const rsaKey: SigningKey = signingKey('rsa')

/** DNS of the tests: one key for each name; every other name does not exist. */
export function dnsOf(names: Readonly<Record<string, string>>): ResolveTxt {
  return async (name) => {
    const record = names[name]
    if (record === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })
    // Long records come in pieces (RFC 6376 3.6.2.2).
    return [[record.slice(0, 100), record.slice(100)]]
  }
}

export const dns: ResolveTxt = dnsOf({ 'sel._domainkey.office.example': rsaKey.record })

export interface Signing {
  readonly domain?: string
  readonly selector?: string
  readonly key?: SigningKey
  readonly canonicalization?: 'relaxed/relaxed' | 'simple/simple'
  /** Names for h=; without them the signer takes the usual ones. */
  readonly fields?: readonly string[]
  readonly expires?: Date
  readonly signTime?: Date
  /** l= */
  readonly length?: number
  readonly algorithm?: string
}

/** A mail of Anna with CRLF. */
export function annasMail(body = 'The door is open.\n', more = ''): string {
  const mail = `From: Anna <anna@office.example>\nTo: sms@box.example\nSubject: [sms] door\nDate: Tue, 24 Nov 2026 16:00:00 +0000\nMessage-ID: <1@office.example>\n${more}\n${body}`
  return mail.replace(/\n/g, '\r\n')
}

/** The mail with one signature on top. */
export async function signed(mail: string | Buffer, signing: Signing = {}): Promise<string> {
  const { signatures, errors } = await dkimSign(Buffer.from(mail), {
    canonicalization: signing.canonicalization ?? 'relaxed/relaxed',
    ...(signing.algorithm === undefined ? {} : { algorithm: signing.algorithm }),
    ...(signing.expires === undefined ? {} : { expires: signing.expires }),
    ...(signing.signTime === undefined ? {} : { signTime: signing.signTime }),
    // The types of the signer want a list; its code reads the text of h=.
    ...(signing.fields === undefined ? {} : { headerList: signing.fields.join(':') as unknown as string[] }),
    signingDomain: '',
    selector: '',
    privateKey: '',
    signatureData: [
      {
        signingDomain: signing.domain ?? 'office.example',
        selector: signing.selector ?? 'sel',
        privateKey: (signing.key ?? rsaKey).pem,
        ...(signing.length === undefined ? {} : { maxBodyLength: signing.length }),
      },
    ],
  })
  if (errors.length > 0) throw errors[0]
  return signatures + mail.toString()
}
