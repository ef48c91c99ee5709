// `simpost login` as its users run it: a provider on loopback, a Dovecot and an SMTP server that ask it about each token, and somebody
// with a browser on another machine.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import {
  buildProgram,
  eventually,
  type Finished,
  type Program,
  type Service,
} from '../../scenario/program.ts'
import {
  allScopes,
  boxClient,
  daemonClient,
  type OauthProvider,
  startOauthProvider,
} from '../../support/oauth-provider.ts'
import { dovecotBeside, smtpBeside } from '../../support/token-servers.ts'

let program: Program
before(async () => {
  program = await buildProgram()
})
after(() => program.remove())

interface Box {
  readonly provider: OauthProvider
  readonly file: string
  readonly tokenFile: string
  readonly smtp: { readonly mails: readonly string[] }
}

async function openBox(t: TestContext, oauth = `client_id = "${boxClient}"`): Promise<Box> {
  const provider = await startOauthProvider()
  t.after(() => provider.stop())
  const dovecot = await dovecotBeside(t, provider)
  const smtp = await smtpBeside(t, provider, ['PLAIN', 'LOGIN', 'XOAUTH2'])
  const folder = mkdtempSync(join(tmpdir(), 'simpost-login-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'simpost.toml')
  writeFileSync(
    file,
    `[modem]
number = "+4917000000001"
port = "tcp://127.0.0.1:1"
[mail]
address = "sms@office.example"
[mail.imap]
host = "127.0.0.1"
port = ${dovecot.imapPort}
security = "none"
user = "sms"
[mail.smtp]
host = "127.0.0.1"
port = ${smtp.port}
security = "none"
[mail.oauth]
provider = "${provider.issuer}"
scopes = ${JSON.stringify(allScopes)}
${oauth}
[trust]
senders = ["@office.example"]
method = "from"
[exchange]
fallback_mailbox = "office@office.example"
[store]
path = "simpost.db"
`,
  )
  return {
    provider,
    file,
    tokenFile: join(folder, 'simpost.db.sign-in'),
    smtp,
  }
}

const loginArgs = ({ file }: Box, ...more: string[]): string[] => ['login', '--config', file, ...more]
const run = (box: Box, ...more: string[]): Promise<Finished> => program.run(loginArgs(box, ...more))

/** Signs in by typing the code elsewhere. */
async function signIn(box: Box, ...more: string[]): Promise<{ status: number | null; said: string }> {
  const command: Service = program.start(loginArgs(box, ...more))
  await command.logged(/type the code/)
  const [, uri = ''] = /open +(http\S+)/.exec(command.log()) ?? []
  const [, code = ''] = /type the code +(\S+)/.exec(command.log()) ?? []
  await box.provider.typeCode(uri, code)
  return { status: await command.ended, said: command.log() }
}

test('the device flow: a code is typed elsewhere, both servers are tried, and the sign-in is kept for its owner alone', async (t) => {
  const box = await openBox(t)
  const { status, said } = await signIn(box)
  assert.equal(status, 0, said)
  assert.match(said, /Sign in at 127\.0\.0\.1:\d+ as sms: the mailbox of the box, not yourself/)
  assert.match(said, /^granted +openid offline_access mail\.imap mail\.send$/m)
  assert.match(said, /^lasts +a token lasts 60 minutes/m)
  assert.match(said, /^imap +signed in at 127\.0\.0\.1 as sms$/m)
  assert.match(said, /^smtp +signed in at 127\.0\.0\.1 as sms$/m)
  assert.equal(statSync(box.tokenFile).mode & 0o777, 0o600)
  const { accessToken, refreshToken } = JSON.parse(readFileSync(box.tokenFile, 'utf8')) as Record<
    string,
    string
  >
  for (const secret of [accessToken, refreshToken]) assert.ok(!said.includes(secret ?? ''))

  const alive = await run(box, '--status', '--json')
  assert.equal(alive.status, 0, alive.stderr)
  const facts = JSON.parse(alive.stdout) as {
    well: boolean
    renewed_at: string
    servers: { problem: null }[]
  }
  assert.deepEqual([facts.well, facts.servers.map(({ problem }) => problem)], [true, [null, null]])
  const renewed = JSON.parse(readFileSync(box.tokenFile, 'utf8')) as Record<string, string>
  assert.notEqual(renewed.refreshToken, refreshToken)

  await box.provider.revoke(renewed.refreshToken ?? '')
  const dead = await run(box, '--status')
  assert.equal(dead.status, 1)
  assert.match(dead.stdout, /^trouble +127\.0\.0\.1:\d+ refuses the sign-in: .*invalid_grant/m)
  assert.match(dead.stdout, /Try: simpost --config \S+ login/)
})

test('consent for IMAP but not for SMTP is named, by the permission and by the server', async (t) => {
  const box = await openBox(t)
  box.provider.consent = { account: 'sms', scopes: ['openid', 'offline_access', 'mail.imap'] }
  const { status, said } = await signIn(box)
  assert.equal(status, 1)
  assert.match(said, /^missing +mail\.send$/m)
  assert.match(said, /^imap +signed in/m)
  assert.match(said, /^smtp +127\.0\.0\.1 refused the sign-in/m)
})

test('the sign-in of another person is found out at the server, with the hint whose it must be', async (t) => {
  const box = await openBox(t)
  box.provider.consent = { account: 'anna', scopes: allScopes }
  const { status, said } = await signIn(box)
  assert.equal(status, 1)
  assert.match(said, /^imap +127\.0\.0\.1 refused the sign-in/m)
  assert.match(said, /whoever signs in must be the mailbox itself/)
})

test('the code flow: the address of the page that could not be opened is pasted, and a wrong one is asked for again', async (t) => {
  const box = await openBox(t)
  const command = program.start(loginArgs(box, '--flow', 'code', '--json'))
  await command.logged(/^http\S+code_challenge/)
  const url = /^http\S+code_challenge\S+$/m.exec(command.log())?.[0] ?? ''
  command.type('http://localhost/?code=abc&state=of-another')
  await command.logged(/another sign-in/)
  command.type(await box.provider.browse(url))
  assert.equal(await command.ended, 0, command.log())
  const facts = JSON.parse(command.log().slice(command.log().indexOf('{\n'))) as Record<string, unknown>
  assert.deepEqual([facts.well, facts.flow, facts.missing], [true, 'code', []])
})

test('client credentials: a token is had without a person, and a wrong secret says where it belongs', async (t) => {
  const lines = (secret: string): string =>
    `client_id = "${daemonClient.id}"\nclient_secret = "${secret}"\nflow = "client-credentials"`
  const box = await openBox(t, lines(daemonClient.secret))
  const { status, stdout } = await run(box)
  // The mail servers of this test want a person behind a token.
  assert.equal(status, 1)
  assert.match(stdout, /^signed in +at 127\.0\.0\.1:\d+ since .*flow "client-credentials"$/m)
  assert.match(stdout, /as long as the secret of the application is good/)
  writeFileSync(box.file, readFileSync(box.file, 'utf8').replace(daemonClient.secret, 'expired secret'))
  const wrong = await run(box)
  assert.equal(wrong.status, 1)
  assert.match(wrong.stderr, /invalid_client\)\nTry: make a new client secret .* client_secret_file/)
  assert.doesNotMatch(wrong.stderr + wrong.stdout, /expired secret/)
  const other = await run(box, '--flow', 'device')
  assert.equal(other.status, 2)
  assert.match(other.stderr, /would not renew .*\nTry: set flow = "device"/)
})

test('what cannot work is said before anybody takes pains', async (t) => {
  const box = await openBox(t)
  const toml = readFileSync(box.file, 'utf8')
  writeFileSync(box.file, toml.replace(/\[mail\.oauth\][\s\S]*?(?=\[trust\])/, ''))
  const none = await run(box)
  assert.equal(none.status, 2)
  assert.match(none.stderr, /has no \[mail\.oauth\].*\nTry: add \[mail\.oauth\]/)
  writeFileSync(
    box.file,
    toml.replace(/provider = .*/, 'provider = "google"').replace(/scopes = .*/, 'flow = "device"'),
  )
  for (const args of [['login'], ['config', 'check']]) {
    const google = await program.run([...args, '--config', box.file])
    assert.equal(google.status, 2)
    assert.match(google.stderr, /Google gives no token for mail by the flow "device"\nTry: set flow = "code"/)
  }
  writeFileSync(
    box.file,
    toml
      .replace(/provider = .*/, 'provider = "microsoft"')
      .replace(/scopes = .*/, 'flow = "client-credentials"\nclient_secret = "x"'),
  )
  assert.match((await run(box)).stderr, /needs the tenant of the application\nTry: set tenant/)
  writeFileSync(box.file, toml)
  await box.provider.close()
  const down = await run(box)
  assert.equal(down.status, 1)
  assert.match(down.stderr, /cannot be asked for a token: .*ECONNREFUSED.*\nTry: check the network/)
  assert.ok(!existsSync(box.tokenFile))
})

test('Ctrl-C stops the wait and leaves the old sign-in alone', async (t) => {
  const box = await openBox(t)
  await signIn(box)
  const before_ = readFileSync(box.tokenFile, 'utf8')
  const command = program.start(loginArgs(box))
  await command.logged(/Waiting, 10 minutes/)
  command.signal('SIGINT')
  assert.equal(await command.ended, 2)
  assert.match(command.log(), /stopped; the sign-in of before is untouched/)
  assert.equal(readFileSync(box.tokenFile, 'utf8'), before_)
})

test('the service says in status that nobody has signed it in, and takes the sign-in without a restart: mail goes out', async (t) => {
  const box = await openBox(t)
  const service = program.start(['run', '--config', box.file])
  t.after(() => service.stop())
  await service.logged(/sign-in-trouble kind=refused .*nobody has signed the box in/)
  const status = async (): Promise<string> => (await program.run(['status', '--config', box.file])).stdout
  await eventually('the problem in status', async () =>
    /nobody has signed the box in[\s\S]*Try: simpost --config \S+ login/.test(await status())
      ? true
      : undefined,
  )
  const { status: signedIn, said } = await signIn(box)
  assert.equal(signedIn, 0, said)
  await service.logged(/mailbox-open/)
  await service.logged(/sign-in-well/)
  const sent = await program.run(['send', 'mail', 'anna@office.example', 'hello', '--config', box.file])
  assert.equal(sent.status, 0, sent.stderr)
  await eventually('the mail', () => (box.smtp.mails.some((raw) => /hello/.test(raw)) ? true : undefined))
  assert.doesNotMatch(service.log(), /[\w-]{40}/, 'no token is logged')
})
