// What is asked of Microsoft, Google and others, and what their refusals mean. Their words are from their documentation.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oauthError } from '../../../src/mail/sign-in/oauth-errors.ts'
import { missingScopes, type OauthSettings, resolveOauth } from '../../../src/mail/sign-in/oauth-providers.ts'

const settings = (change: Partial<OauthSettings>): OauthSettings => ({
  ...{ provider: 'microsoft', clientId: '1', clientSecret: () => null, tenant: null, flow: null },
  ...{ scopes: null, redirectUri: 'http://localhost', ...change },
})

test('Microsoft: device code at the tenant, delegated permissions for IMAP and SMTP', () => {
  const access = resolveOauth(settings({ tenant: 'office.example' }), 'sms@office.example')
  assert.equal(access.flow, 'device')
  assert.equal(
    access.endpoints?.device,
    'https://login.microsoftonline.com/office.example/oauth2/v2.0/devicecode',
  )
  assert.deepEqual(access.scopes, [
    'https://outlook.office.com/IMAP.AccessAsUser.All',
    'https://outlook.office.com/SMTP.Send',
    'offline_access',
  ])
  const anybody = resolveOauth(settings({}), 'sms@outlook.com')
  assert.equal(anybody.endpoints?.token, 'https://login.microsoftonline.com/common/oauth2/v2.0/token')
  const alone = resolveOauth(
    settings({ tenant: 't', flow: 'client-credentials', clientSecret: () => 's' }),
    'sms@office.example',
  )
  assert.deepEqual(alone.scopes, ['https://outlook.office365.com/.default'])
})

test('Google: a browser, asked for a token that outlives it; the other flows give none for mail', () => {
  const google = settings({ provider: 'google' })
  const access = resolveOauth(google, 'sms@gmail.com')
  assert.deepEqual([access.flow, access.scopes], ['code', ['https://mail.google.com/']])
  assert.deepEqual(access.authorizationParameters, {
    ...{ access_type: 'offline', prompt: 'consent', login_hint: 'sms@gmail.com' },
  })
  for (const flow of ['device', 'client-credentials'] as const)
    assert.throws(() => resolveOauth(google, 'x', flow), { code: 'CONFIG_INVALID', hint: /flow = "code"/ })
})

test('what was asked for and not granted is named, without what stands for no permission', () => {
  const asked = ['offline_access', 'https://outlook.office.com/SMTP.Send', 'a']
  assert.deepEqual(missingScopes(asked, ['https://outlook.office.com/smtp.send']), ['a'])
  assert.deepEqual(missingScopes(asked, null), [])
  assert.deepEqual(missingScopes(['https://outlook.office365.com/.default'], ['b']), [])
})

const cures: readonly (readonly [string, string, RegExp])[] = [
  ['invalid_grant', 'AADSTS70008: The refresh token has expired due to inactivity.', /^simpost login$/],
  ['invalid_grant', 'Token has been expired or revoked.', /^simpost login$/],
  ['access_denied', 'AADSTS53003: Access has been blocked by Conditional Access policies.', /--flow code/],
  ['invalid_grant', 'AADSTS50199: For security reasons, user confirmation is required.', /--flow code/],
  ['invalid_client', 'AADSTS7000222: The provided client secret keys are expired.', /client_secret_file/],
  [
    'invalid_client',
    "AADSTS7000218: The request body must contain 'client_assertion'.",
    /public client flows/,
  ],
  [
    'invalid_request',
    'AADSTS50194: Application is not configured as a multi-tenant application.',
    /set tenant/,
  ],
  ['invalid_grant', 'AADSTS65001: The user or administrator has not consented.', /administrator consent/],
  ['redirect_uri_mismatch', '', /redirect_uri/],
  ['expired_token', '', /in time/],
]

for (const [error, description, hint] of cures)
  test(`the refusal ${error} "${description.slice(0, 40)}" names its cure`, () => {
    const thrown = { error, error_description: description, status: 400 }
    const told = oauthError(thrown, 'Microsoft', [])
    assert.deepEqual([told.code, told.retry], ['OAUTH_REFUSED', 'hold'])
    assert.match(told.hint ?? '', hint)
    assert.ok(told.message.startsWith('Microsoft refuses the sign-in: '))
  })

test('no secret, no line break and no endless text of a provider reaches a message', () => {
  const thrown = { error: 'invalid_grant', error_description: `s3cret\r\n${'x'.repeat(5000)}`, status: 400 }
  const { message } = oauthError(thrown, 'Google', ['s3cret'])
  assert.match(message, /: \*\*\* x+$/)
  assert.ok(message.length < 500)
})

test('a certificate that is not valid yet leads to the clock of the box', () => {
  const cause = Object.assign(new Error('certificate is not yet valid'), { code: 'CERT_NOT_YET_VALID' })
  const told = oauthError(new TypeError('fetch failed', { cause }), 'Google', [])
  assert.deepEqual([told.code, told.retry], ['OAUTH_UNAVAILABLE', 'temporary'])
  assert.match(told.hint ?? '', /timedatectl/)
})
