// Secrets in the words of others: gone in every coding in which a server gets them, and nothing else is.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hideSecrets } from '../../src/domain/hide-secrets.ts'

const secret = 'Hunter/2+lönger "word"'
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const form = new URLSearchParams([['', secret]]).toString().slice(1)

for (const [what, said, shown] of [
  ['as it was typed', `535 no ${secret}!`, '535 no ***!'],
  ['in a quoted string', 'LOGIN sms "Hunter/2+lönger \\"word\\""', 'LOGIN sms "***"'],
  ['in SASL PLAIN', `535 AUTH PLAIN ${base64(`\0sms\0${secret}`)} refused`, '535 AUTH PLAIN *** refused'],
  ['in AUTH LOGIN', `535 ${base64(secret)}`, '535 ***'],
  ['behind letters of base64', `bad-auth-${base64(secret)}`, '***'],
  ['in base64 for addresses', `token ${Buffer.from(`x${secret}`).toString('base64url')}.`, 'token ***.'],
  ['in XOAUTH2', base64(`user=sms\x01auth=Bearer ${secret}\x01\x01`), '***'],
  ['in HTTP Basic', `Authorization: Basic ${base64(`box:${form}`)}`, 'Authorization: Basic ***'],
  ['in a form', `client_secret=${form}&grant_type=x`, 'client_secret=***&grant_type=x'],
  ['in an address', `?s=${encodeURIComponent(secret)}&t=1`, '?s=***&t=1'],
  ['in an address in which all is coded', '?s=%73%65%63%72%65%74%2d1', '?s=***'],
  ['in hex', Buffer.from(secret).toString('hex').toUpperCase(), '***'],
  ['in hex behind a digit', `0${Buffer.from(secret).toString('hex')}`, '***'],
  ['in UCS-2', Buffer.from(secret, 'utf16le').swap16().toString('hex'), '***'],
] as const)
  test(`a secret is hidden ${what}`, () => {
    assert.equal(hideSecrets(said, [secret, 'secret-1']), shown)
  })

test('a secret that begins another leaves nothing of the longer one', () => {
  assert.equal(hideSecrets('it was hunter22, or hunter2', ['hunter2', 'hunter22']), 'it was ***, or ***')
})

test('where there is no secret nothing is changed', () => {
  const words =
    'gsmtp 5.7.8 https://x.example/?p=BadCredentials%20a640c23a62f3a-99b41c deadbeef00 AGFubmEAaHVudGVy'
  assert.equal(hideSecrets(words, [secret]), words)
  assert.equal(hideSecrets(words, ['']), words)
  assert.equal(hideSecrets(words, []), words)
})

test('no whole secret is left, whatever it is and whatever stands around it', () => {
  const any = fc.string({ unit: 'binary', minLength: 4, maxLength: 40 }).filter((text) => !text.includes('*'))
  fc.assert(
    fc.property(any, fc.string(), fc.string(), fc.string(), (word, before, behind, user) => {
      const codings = [word, base64(`\0${user}\0${word}`), base64(word), Buffer.from(word).toString('hex')]
      for (const coded of codings)
        assert.ok(!hideSecrets(`${before} ${coded} ${behind}`, [word]).includes(coded), coded)
    }),
  )
})
