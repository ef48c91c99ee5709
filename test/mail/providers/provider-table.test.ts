// The table of providers: every row whole and well-formed, no name twice, and who belongs to whom.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import {
  closedProviderOf,
  providerOf,
  providerOfExchanger,
  providerOfServer,
  providers,
  userAt,
  wantsTokens,
} from '../../../src/mail/providers/provider-table.ts'
import { isHostName } from '../../../src/mail/providers/srv-servers.ts'

test('every row names servers with TLS, a way to sign in, and what has to be done first', () => {
  assert.ok(providers.length > 30)
  for (const { name, imap, smtp, signIn, first, oauth, domains, mx, mailsPerDay } of providers) {
    for (const { host, port, security } of [imap, smtp]) {
      assert.ok(isHostName(host) && host.includes('.'), `${name}: ${host}`)
      const usual = { tls: [993, 465], starttls: [587] }[security]
      assert.ok(usual.includes(port), `${name}: ${port} with ${security}`)
    }
    assert.equal(imap.port, 993, name)
    assert.ok(signIn.length > 0, name)
    assert.equal(new Set(signIn).size, signIn.length, name)
    assert.equal(oauth !== null, signIn.includes('oauth2'), `${name}: OAuth 2 needs its preset`)
    assert.match(first, /^[\w"]([^\n]{5,200})[^.\s]$/, `${name}: ${first}`)
    assert.ok(domains.length + mx.length > 0, `${name} can never be found`)
    assert.ok(mailsPerDay === null || mailsPerDay > 0, name)
  }
})

test('names of domains and mail exchangers are well-formed, in lower case, and stand in one row only', () => {
  const all = (pick: (row: (typeof providers)[number]) => readonly string[]) =>
    providers.flatMap((row) => pick(row).map((name) => ({ name, row: row.name })))
  for (const list of [all(({ domains }) => domains), all(({ mx }) => mx)]) {
    for (const { name, row } of list) {
      const bare = name.replace(/^\*\./, '')
      assert.ok(isHostName(bare) && bare === bare.toLowerCase() && bare.includes('.'), `${row}: ${name}`)
      const others = list.filter((other) => other.name === name)
      assert.equal(others.length, 1, `${name} stands in ${others.map((other) => other.row)}`)
    }
  }
  assert.equal(new Set(providers.map(({ name }) => name)).size, providers.length)
})

test('rows that share an IMAP server agree on how to sign in and on what the server writes', () => {
  for (const { name, imap, signIn, authservId, oauth } of providers) {
    const first = providerOfServer(imap.host)
    assert.deepEqual(
      { signIn: [...signIn].sort(), authservId, oauth },
      {
        signIn: [...(first?.signIn ?? [])].sort(),
        authservId: first?.authservId,
        oauth: first?.oauth,
      },
      name,
    )
  }
})

test('an address is at the provider of its domain, whatever the case of its letters', () => {
  const named = (address: string) => providerOf(address)?.name ?? null
  assert.equal(named('Box@GMail.com'), 'Gmail')
  assert.equal(named('box@hotmail.co.uk'), 'Outlook.com')
  assert.equal(named('box@office.onmicrosoft.com'), 'Microsoft 365')
  assert.equal(named('box@icloud.com'), 'iCloud')
  assert.equal(named('box@ymail.com'), 'Yahoo')
  assert.equal(named('box@aol.com'), 'AOL')
  assert.equal(named('box@gmx.ch'), 'GMX')
  assert.equal(named('box@gmx.com'), 'GMX International')
  assert.equal(named('box@web.de'), 'WEB.DE')
  assert.equal(named('box@zohomail.eu'), 'Zoho (Europe)')
  assert.equal(named('box@fastmail.com'), 'Fastmail')
  for (const stranger of [
    'box@office.example',
    'box@notgmail.com',
    'box@gmail.com.evil.example',
    'onmicrosoft.com',
  ])
    assert.equal(named(stranger), null, stranger)
})

test("a mail exchanger leads to whoever runs it for its customers' domains", () => {
  const named = (host: string) => providerOfExchanger(host)?.name ?? null
  assert.equal(named('ASPMX.L.GOOGLE.COM.'), 'Google Workspace')
  assert.equal(named('alt1.aspmx.l.google.com'), 'Google Workspace')
  assert.equal(named('smtp.google.com'), 'Google Workspace')
  assert.equal(named('office-example.mail.protection.outlook.com'), 'Microsoft 365')
  assert.equal(named('office-example.a-v1.mx.microsoft'), 'Microsoft 365')
  assert.equal(named('mx2.zoho.eu'), 'Zoho with a domain of your own (Europe)')
  assert.equal(named('in1-smtp.messagingengine.com'), 'Fastmail')
  assert.equal(named('mx01.mail.icloud.com'), 'iCloud with a domain of your own')
  assert.equal(named('mx00.kundenserver.de'), 'IONOS')
  assert.equal(named('evilmail.protection.outlook.com'), null)
  assert.equal(named('mx.office.example'), null)
  assert.equal(named(''), null)
})

test('the sign-in name is the address, or what stands before its @ where the provider wants that', () => {
  const users = (address: string) => {
    const provider = providerOf(address)
    assert.ok(provider !== null)
    return [userAt(provider.imap, address), userAt(provider.smtp, address)]
  }
  assert.deepEqual(users('box@gmail.com'), ['box@gmail.com', 'box@gmail.com'])
  assert.deepEqual(users('box@icloud.com'), ['box', 'box@icloud.com'])
  assert.deepEqual(users('box@web.de'), ['box', 'box'])
})

test('Microsoft takes tokens only; a provider without IMAP is known as such', () => {
  const only = providers.filter(wantsTokens).map(({ oauth }) => oauth)
  assert.deepEqual([...new Set(only)], ['microsoft'])
  assert.equal(closedProviderOf('box@proton.me')?.name, 'Proton Mail')
  assert.equal(closedProviderOf('box@TUTA.com')?.name, 'Tuta')
  assert.equal(closedProviderOf('box@gmail.com'), null)
})

test('README.md names every provider', () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  const chapter = readme.split('\n## Your mailbox provider\n')[1]?.split('\n## ')[0] ?? ''
  for (const name of providers.map((each) => each.name.replace(/ (?:with|\().*| International/, '')))
    assert.ok(chapter.includes(name.replace('NetEase ', '')), name)
})
