// What the config knows by itself of a mailbox at a known provider, and what it says where it cannot know.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Config, parseConfig } from '../../src/config/config.ts'
import { providers } from '../../src/mail/providers/provider-table.ts'

const file = '/etc/simpost/simpost.toml'

interface Lines {
  readonly mail?: string
  readonly trust?: string
}

const source = (address: string, { mail = '', trust = '' }: Lines = {}): string => `[modem]
number = "+4917000000001"
[mail]
address = "${address}"
${mail}
[trust]
senders = ["@office.example"]
${trust}
`

const parsed = (address: string, lines: Lines = {}): Config => parseConfig(source(address, lines), file)

const oauth = '[mail.oauth]\nprovider = "microsoft"\nclient_id = "00000000-0000-0000-0000-000000000000"'

function places({ mail }: Config): string[] {
  return [mail.imap, mail.smtp].map(({ host, port, security, user }) => `${user} ${host}:${port} ${security}`)
}

test('an address at a known provider needs no servers in the file', () => {
  const { mail, trust } = parsed('sms@gmail.com', { mail: '[mail.imap]\npassword = "app"' })
  assert.deepEqual(places(parsed('sms@gmail.com')), [
    'sms@gmail.com imap.gmail.com:993 tls',
    'sms@gmail.com smtp.gmail.com:465 tls',
  ])
  assert.deepEqual([mail.imap.password(), mail.smtp.password()], ['app', 'app'])
  assert.equal(trust.authserv_id, 'mx.google.com')
  assert.equal(mail.imap.folder, 'INBOX')
})

test('each domain of each provider gets its servers and the names it signs in with', () => {
  for (const { name, domains, imap, smtp, authservId, signIn } of providers)
    for (const domain of domains.map((each) => each.replace('*.', 'tenant.'))) {
      const mail = signIn.includes('password') || signIn.includes('app-password') ? '' : oauth
      const trust = authservId === null ? 'method = "dkim"' : ''
      const config = parsed(`Sms@${domain}`, { mail, trust })
      const user = (kind: string) => (kind === 'address' ? `Sms@${domain}` : 'Sms')
      assert.deepEqual(
        places(config),
        [imap, smtp].map(
          ({ host, port, security, user: kind }) => `${user(kind)} ${host}:${port} ${security}`,
        ),
        name,
      )
      assert.equal(config.trust.authserv_id, authservId ?? undefined)
    }
})

test('what the file says counts, key by key; a server of its own gets nothing of the provider', () => {
  const at = (mail: string) => places(parsed('sms@icloud.com', { mail }))
  assert.deepEqual(at(''), ['sms imap.mail.me.com:993 tls', 'sms@icloud.com smtp.mail.me.com:587 starttls'])
  // A sign-in name counts for both servers, unless SMTP has its own.
  assert.deepEqual(at('[mail.imap]\nuser = "anna"'), [
    'anna imap.mail.me.com:993 tls',
    'anna smtp.mail.me.com:587 starttls',
  ])
  assert.deepEqual(at('[mail.smtp]\nuser = "anna"'), [
    'sms imap.mail.me.com:993 tls',
    'anna smtp.mail.me.com:587 starttls',
  ])
  // Port and security go together.
  assert.equal(at('[mail.smtp]\nport = 465')[1], 'sms@icloud.com smtp.mail.me.com:465 tls')
  assert.equal(at('[mail.smtp]\nsecurity = "tls"')[1], 'sms@icloud.com smtp.mail.me.com:465 tls')
  assert.equal(
    at('[mail.smtp]\nhost = "smtp.mail.me.com"')[1],
    'sms@icloud.com smtp.mail.me.com:587 starttls',
  )
  assert.equal(at('[mail.smtp]\nhost = "relay.office.example"')[1], 'sms relay.office.example:465 tls')
  assert.throws(() => at('[mail.imap]\nhost = "imap.office.example"'), {
    message: /mail\.imap\.user: missing/,
  })
})

test('the authserv-id is that of the IMAP server, wherever the address is, and never beside another method', () => {
  const workspace =
    '[mail.imap]\nhost = "imap.gmail.com"\nuser = "sms@office.example"\n[mail.smtp]\nhost = "smtp.gmail.com"'
  assert.equal(parsed('sms@office.example', { mail: workspace }).trust.authserv_id, 'mx.google.com')
  const given = parsed('sms@gmail.com', { trust: 'authserv_id = "mx.office.example"' })
  assert.equal(given.trust.authserv_id, 'mx.office.example')
  assert.equal(parsed('sms@gmail.com', { trust: 'method = "dkim"' }).trust.authserv_id, undefined)
  const relayed = '[mail.imap]\nhost = "imap.office.example"\nuser = "sms"'
  assert.throws(() => parsed('sms@gmail.com', { mail: relayed }), { message: /trust\.authserv_id: missing/ })
})

test('a provider whose results name no server is told to be judged by DKIM', () => {
  assert.throws(() => parsed('sms@yahoo.com'), {
    code: 'CONFIG_INVALID',
    message:
      /trust\.authserv_id: missing; .*; Yahoo writes none that could be relied on: set trust\.method = "dkim"$/,
  })
  assert.equal(parsed('sms@yahoo.com', { trust: 'method = "dkim"' }).trust.method, 'dkim')
})

test('where only tokens are taken, a config without [mail.oauth] is refused, by address or by server', () => {
  const trust = 'method = "dkim"'
  const wrong = {
    code: 'CONFIG_INVALID',
    message:
      /mail\.oauth: missing; \S+.* takes no password from programs: .* provider = "microsoft".* simpost login$/,
  }
  assert.throws(() => parsed('sms@hotmail.com', { trust }), wrong)
  const office =
    '[mail.imap]\nhost = "outlook.office365.com"\nuser = "sms@office.example"\n[mail.smtp]\nhost = "smtp.office365.com"\nport = 587\nsecurity = "starttls"'
  assert.throws(() => parsed('sms@office.example', { mail: office, trust }), wrong)
  assert.doesNotThrow(() => parsed('sms@hotmail.com', { mail: oauth, trust }))
})

test('a token goes to the servers of the provider that gave it, and to nobody else', () => {
  const google = '[mail.oauth]\nprovider = "google"\nclient_id = "1"\n'
  assert.throws(() => parsed('sms@gmail.com', { mail: oauth }), {
    message: /:6: mail\.oauth\.provider: Gmail does not take its tokens; write "google"$/,
  })
  assert.throws(() => parsed('sms@gmx.de', { mail: google }), {
    message: /mail\.oauth\.provider: GMX does not take its tokens; use a password instead/,
  })
  const relay = `${google}[mail.smtp]\nhost = "relay.example"\n`
  assert.throws(() => parsed('sms@gmail.com', { mail: relay }), {
    message:
      /:9: mail\.smtp\.host: is no server of Gmail, whose token must go to nobody else: give password_file/,
  })
  for (const sign of ['user = ""', 'password = "its own"', ''])
    assert.ok(parsed('sms@gmail.com', { mail: sign === '' ? google : relay + sign }))
  assert.ok(parsed('sms@gmail.com', { mail: `${google}[mail.smtp]\nhost = "smtp-relay.gmail.com"\n` }))
})

test('servers of an unknown domain must be given, and the cure finds them', () => {
  for (const mail of [
    '',
    '[mail.imap]\nhost = "imap.office.example"\nuser = "sms"',
    '[mail.imap]\nuser = "sms"\n[mail.smtp]',
  ])
    assert.throws(() => parsed('sms@office.example', { mail }), {
      code: 'CONFIG_INVALID',
      message: /mail\.(imap|smtp)(\.host)?: missing; it must be given/,
      hint: /^simpost setup --address sms@office\.example finds the servers of a mailbox; README\.md/,
    })
  assert.throws(() => parsed('sms@proton.me'), { hint: /^Proton Mail has no IMAP server: run its Bridge/ })
  const bridge =
    '[mail.imap]\nhost = "127.0.0.1"\nport = 1143\nsecurity = "starttls"\nuser = "sms"\n[mail.smtp]\nhost = "127.0.0.1"\nport = 1025\nsecurity = "starttls"'
  assert.doesNotThrow(() => parsed('sms@proton.me', { mail: bridge, trust: 'method = "from"' }))
})

test('a file of any shape is read to its faults', () => {
  for (const [mail, wrong] of [
    ['imap = 1', /mail\.imap: must be a \[section\]/],
    ['[mail.imap]\nhost = 1', /mail\.imap\.host/],
    ['[mail.smtp]\nprot = 465', /no such key; did you mean "port"/],
  ] as const)
    assert.throws(() => parsed('sms@gmail.com', { mail }), { code: 'CONFIG_INVALID', message: wrong })
  assert.throws(() => parseConfig('mail = 1\n[trust]\nsenders = []', file), {
    message: /mail: must be a \[section\]/,
  })
  assert.throws(() => parsed('no address'), {
    message: /mail\.address: must be a mail address/,
    hint: /^simpost setup --address ADDRESS/,
  })
})
