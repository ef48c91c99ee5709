// `simpost setup`: the program as it is called, against a DNS responder, Dovecot and Exim on loopback; and the sections that it prints,
// which the config must read as the same servers.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { after, before, test } from 'node:test'
import { mailSections } from '../../../src/cli/mailbox/setup-config.ts'
import { parseConfig } from '../../../src/config/config.ts'
import { discoverServers } from '../../../src/mail/providers/discover-servers.ts'
import { providers } from '../../../src/mail/providers/provider-table.ts'
import { buildProgram, type Finished, type Program } from '../../scenario/program.ts'
import { makeCertificate } from '../../support/certificate.ts'
import { type DnsResponder, startDnsResponder } from '../../support/dns-responder.ts'
import { type Dovecot, startDovecot } from '../../support/dovecot.ts'
import { type Exim, startExim } from '../../support/exim.ts'

const box = { name: 'sms', password: 'app "password" ä' }
const folder = mkdtempSync(join(tmpdir(), 'simpost-setup-'))
const inFolder = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

let program: Program
let dns: DnsResponder
let dovecot: Dovecot
let exim: Exim
let caFile: string
let passwordFile: string

before(async () => {
  const certificate = await makeCertificate()
  caFile = inFolder('ca.pem', certificate.certificate)
  passwordFile = inFolder('mail', `${box.password}\n`)
  dovecot = await startDovecot({ users: [box], tls: certificate })
  // Exim knows the user as sms and sms@office.example, not as sms@office.test.
  exim = await startExim({
    ...{ domain: 'office.example', authUsers: [box], lmtpPort: dovecot.lmtpPort, tls: certificate },
  })
  const at = (port: number | null) => ({
    srv: [{ priority: 0, weight: 0, port: port ?? 0, target: 'localhost' }],
  })
  dns = await startDnsResponder({
    '_imaps._tcp.office.test': at(dovecot.imapsPort),
    '_submission._tcp.office.test': at(exim.port),
    '_submissions._tcp.office.test': { srv: [{ priority: 0, weight: 0, port: 0, target: '.' }] },
  })
  program = await buildProgram()
})

after(async () => {
  await program?.remove()
  await dns?.stop()
  await exim?.stop()
  await dovecot?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const setup = (...args: string[]): Promise<Finished> =>
  program.run([
    'setup',
    '--address',
    'sms@office.test',
    '--dns-server',
    dns.server,
    '--ca-file',
    caFile,
    ...args,
  ])

/** The config around the printed sections. */
const whole = (sections: string, trust = 'method = "dkim"') =>
  parseConfig(
    `[modem]\nnumber = "+4917000000001"\n${sections}\n[trust]\nsenders = []\n${trust}\n`,
    '/etc/x.toml',
  )

test('servers are found by SRV records and answer with a certificate that holds; the password is asked of nobody', async () => {
  const { status, stdout, stderr } = await setup()
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^sms@office\.test: found by the service records of the domain/)
  assert.match(stdout, new RegExp(`IMAP {2}localhost:${dovecot.imapsPort}, TLS: answers, .*takes .*PLAIN`))
  assert.match(stdout, new RegExp(`SMTP {2}localhost:${exim.port}, STARTTLS: answers, .*takes .*PLAIN`))
  assert.match(stdout, /To confirm: localhost and localhost lie outside of the domain/)
  const config = whole(stdout.slice(stdout.indexOf('[mail]')))
  assert.deepEqual(
    [config.mail.imap, config.mail.smtp].map(({ host, port, security, user }) => [
      host,
      port,
      security,
      user,
    ]),
    [
      ['localhost', dovecot.imapsPort, 'tls', 'sms@office.test'],
      ['localhost', exim.port, 'starttls', 'sms@office.test'],
    ],
  )
  assert.equal(config.mail.imap.ca(), config.mail.smtp.ca())
})

test('a password goes to servers outside of the domain only after it was confirmed', async () => {
  const { status, stdout } = await setup('--password-file', passwordFile, '--json')
  const outcome = JSON.parse(stdout)
  assert.equal(status, 1)
  assert.equal(outcome.confidence, 'unconfirmed')
  assert.match(
    outcome.refusal.message,
    /^the password was not sent: localhost and localhost are named by the DNS alone/,
  )
  assert.match(outcome.refusal.hint, /--confirm$/)
  assert.deepEqual(
    outcome.servers.map(({ signedIn }: { signedIn: boolean }) => signedIn),
    [false, false],
  )
  assert.doesNotMatch(await dovecot.log(), /Login: user=/)
})

test('confirmed, it signs in at both, and the config holds the names that were taken', async () => {
  const { status, stdout, stderr } = await setup('--password-file', passwordFile, '--confirm', '--json')
  assert.equal(status, 0, stdout + stderr)
  const outcome = JSON.parse(stdout)
  assert.deepEqual(
    outcome.servers.map(({ kind, user, signedIn }: Record<string, unknown>) => [kind, user, signedIn]),
    [
      ['imap', 'sms@office.test', true],
      ['smtp', 'sms', true],
    ],
  )
  const { imap, smtp } = whole(outcome.config).mail
  assert.deepEqual([imap.user, smtp.user], ['sms@office.test', 'sms'])
  assert.deepEqual([imap.password(), smtp.password()], [box.password, box.password])
  assert.match(await dovecot.log(), /Login: user=<sms/)
  assert.ok(!stdout.includes(box.password) && !stderr.includes(box.password))
})

test('a refused sign-in is told with the words of each server and ends in 1', async () => {
  const wrong = inFolder('wrong', 'no')
  const { status, stdout } = await setup('--password-file', wrong, '--confirm')
  assert.equal(status, 1)
  assert.match(stdout, /IMAP {2}localhost refused the sign-in: .*failed\. \(as sms@office\.test\)/)
  assert.match(stdout, /SMTP {2}localhost refused the sign-in: 535 .*\(as sms@office\.test\)/)
  assert.match(stdout, /Try: check user and password/)
})

test('a file that was named from the folder of the caller is written down with its whole path', async () => {
  const { stdout } = await setup(
    '--password-file',
    // The program is started in the root.
    relative('/', passwordFile),
    '--confirm',
    '--json',
  )
  const { imap } = whole(JSON.parse(stdout).config).mail
  assert.equal(imap.password(), box.password)
})

test('an empty password is refused before any server is asked', async () => {
  const { status, stderr } = await setup('--password-file', inFolder('empty', '\n'), '--confirm')
  assert.equal(status, 2)
  assert.match(stderr, /empty holds no password\nTry: /)
})

test('a certificate that does not hold stops it before the sign-in', async () => {
  const args = ['setup', '--address', 'sms@office.test', '--dns-server', dns.server]
  const { status, stdout } = await program.run([...args, '--password-file', passwordFile, '--confirm'])
  assert.equal(status, 1)
  assert.match(stdout, /the certificate of localhost is signed by/)
  assert.match(stdout, /Try: .*ca_file/)
})

test('where nothing is found, every attempt is told', async () => {
  const { status, stdout } = await program.run([
    ...['setup', '--address', 'sms@nobody.test', '--dns-server', dns.server],
  ])
  assert.equal(status, 1)
  for (const line of [
    /^sms@nobody\.test: no servers found$/m,
    /^ {2}MX of nobody\.test: no record$/m,
    /^ {2}_imaps\._tcp\.nobody\.test: no record$/m,
    /^ {2}https:\/\/autoconfig\.nobody\.test\/mail\/config-v1\.1\.xml\?emailaddress=sms%40nobody\.test: .+$/m,
    /^ {2}imap\.nobody\.test:993: (?!imap\.nobody).+$/m,
    /^Try: ask the provider of the mailbox/m,
  ])
    assert.match(stdout, line)
})

test('wrong arguments end in 2, a provider without IMAP in 1, each with the cure; the help says that nothing is written', async () => {
  for (const [args, status, words] of [
    [[], 2, /required option '--address <address>'/],
    [['--address', 'nobody'], 2, /"nobody" is no mail address: .*\nTry: simpost setup --address/],
    [
      ['--address', 'sms@office.test', '--dns-server', 'one'],
      2,
      /"one" is no address of a DNS server\nTry: /,
    ],
    [
      ['--address', 'sms@office.test', '--password-file', '/nowhere'],
      2,
      /\/nowhere cannot be read: .*\nTry: /,
    ],
    [['--address', 'sms@proton.me'], 1, /Proton Mail has no IMAP server\nTry: run its Bridge/],
  ] as const) {
    const finished = await program.run(['setup', ...args])
    assert.equal(finished.status, status, finished.stderr)
    assert.match(finished.stderr, words)
  }
  const { stdout } = await program.run(['setup', '--help'])
  assert.match(stdout.replace(/\s+/g, ' '), /writes nothing/)
})

test('the printed sections of every provider are read by the config as its servers', async () => {
  const page = () => Promise.reject(new Error('not asked'))
  for (const provider of providers) {
    const [domain = 'office.test'] = provider.domains
    const address = `sms@${domain.replace('*.', 'tenant.')}`
    const exchange = (provider.mx[0] ?? '').replace('*.', 'mx.')
    const lookups = { mx: async () => [{ priority: 1, exchange }], srv: async () => [], page }
    const { found } = await discoverServers(address, { lookups, probe: page })
    assert.ok(found !== null, provider.name)
    const users = { imap: found.imap.users[0] ?? '', smtp: found.smtp.users[0] ?? '' }
    const sections = mailSections({ address, found, users, passwordFile: undefined, caFile: undefined })
    const { mail } = whole(sections)
    for (const [side, server] of [
      [mail.imap, found.imap],
      [mail.smtp, found.smtp],
    ] as const) {
      const { host, port, security, user } = side
      assert.deepEqual({ host, port, security, users: [user] }, server, provider.name)
    }
    assert.equal(
      mail.oauth?.provider,
      provider.signIn.every((kind) => kind === 'oauth2') ? provider.oauth : undefined,
    )
    assert.equal(mail.plus_addresses, provider.plusAddresses)
  }
})
