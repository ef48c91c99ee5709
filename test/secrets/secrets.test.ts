// Seeds secrets that cannot be mistaken into everything the program is given, runs the real service at level debug through both
// directions and through its troubles, runs every command, and looks for them in all that was written: in any coding.
// Passwords, PIN and words of senders may stand nowhere; tokens in their own file; texts and answers of the network in the database and
// where the operator asks for them; numbers and addresses of others in no log.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { createTransport } from 'nodemailer'
import { parseConfig } from '../../src/config/config.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { createMailWorld, type MailWorld } from '../../src/simulator/mail/mail-world.ts'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { rudeServer } from '../mail/imap/rude-server.ts'
import { eventually, type Service } from '../scenario/program.ts'
import { openSecretBox, type SecretBox } from './secret-box.ts'
import type { Guarded } from './traces.ts'

const secret = {
  pin: '73918264',
  wrongPin: '48205917',
  puk: '58203917',
  password: 'Wendehals/7+q "x"',
  wrongPassword: 'Neuntoeter/8+r "y"',
  smtpPassword: 'Ortolan=9&s\\z',
  senderWord: 'Mauersegler-71',
  wrongSenderWord: 'Dorngrasmuecke-72',
  clientSecret: 'Rohrdommel/3+v %w',
  refreshToken: 'Trauerschnaepper-refresh-0123456789',
  accessToken: 'Wachtelkoenig-access-0123456789',
  nextRefreshToken: 'Sumpfohreule-refresh-9876543210',
  nextAccessToken: 'Nachtschwalbe-access-9876543210',
}
const texts = [
  'Zaunkoenig',
  'Rotkehlchen',
  'Bachstelze',
  'Gimpelpaar',
  'Kernbeisser',
  'Seidenschwanz',
  'Wiesenpieper',
]
const ussdAnswers = ['Guthabenwort', 'Zweitzeile']
const customer = { number: '+4917055512345', address: 'kundin.meier@fern.example' }
const bob = { number: '+4917066698765', mailbox: 'bob.heimlich@office.example' }
const [box, office, anna] = [
  'sms@office.example',
  'office@office.example',
  'anna.geheim@office.example',
] as const
const webPassword = 'accounts of the others'

let world: MailWorld
let modem: SimModem
let here: SecretBox
let ports: { imap: number; smtp: number; modem: number }
let service: Service
const tokens: string[] = []
const rootFolder = readdirSync('/').join()

before(async () => {
  here = await openSecretBox()
  world = createMailWorld({
    accounts: [
      { address: box, password: secret.password },
      ...[office, anna, bob.mailbox].map((address) => ({ address, password: webPassword })),
    ],
    authservId: 'mx.office.example',
    catchAll: { domain: 'sms.office.example', address: box },
  })
  modem = createSimModem({
    pin: secret.pin,
    puk: secret.puk,
    ussd: { '*100#': { text: `${ussdAnswers[0]} 17,42\n${ussdAnswers[1]} bis morgen`, form: 'text' } },
  })
  const { imapPort, smtpPort } = await world.listen()
  ports = { imap: imapPort, smtp: smtpPort, modem: await modem.listen() }
})
after(async () => {
  await here.remove()
  await modem.close()
  await world.close()
})

/** @param mail lines of [mail.imap] @param more lines at the end */
function configText(name: string, mail: string, more = ''): string {
  return `[modem]
port = "tcp://127.0.0.1:${ports.modem}"
number = "+4917000000001"
pin_file = "pin"
sms_per_minute = 0
[mail]
address = "${box}"
plus_addresses = true
[mail.imap]
host = "127.0.0.1"
port = ${ports.imap}
security = "none"
user = "${box}"
${mail}
[exchange]
fallback_mailbox = "${office}"
number_domain = "sms.office.example"
[trust]
senders = ["@office.example", "${customer.address}"]
authserv_id = "mx.office.example"
secrets_file = "words"
[operator]
mailbox = "${office}"
[store]
path = "${name}.db"
[log]
level = "debug"
${more}`
}

const smtpLines = (more = '') =>
  `[mail.smtp]\nhost = "127.0.0.1"\nport = ${ports.smtp}\nsecurity = "none"\n${more}`

/** @returns nothing; the mail is in the mailboxes when it resolves */
async function submit(from: string, to: string, raw: string): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port: ports.smtp,
    ignoreTLS: true,
    auth: { user: from, pass: webPassword },
  })
  const lines = `From: ${from}\nTo: ${to}\nMessage-ID: <${from.length}${to.length}${raw.length}@x>\n${raw}`
  await transport.sendMail({ envelope: { from, to }, raw: lines.replaceAll('\n', '\r\n') })
  transport.close()
}

/** The box's mail that holds the word, in whoever's mailbox, waited for. */
const mailWith = (word: string): Promise<string> =>
  eventually(`a mail with ${word}`, () =>
    [office, anna, bob.mailbox]
      .flatMap((address) => world.mailbox(address).messages('INBOX'))
      .map(({ raw }) => raw.toString())
      .find((raw) => raw.includes(word) || raw.includes(Buffer.from(word).toString('base64').slice(0, 12))),
  )

test('both directions, and what a phone, a mail program and a modem do wrong', {
  timeout: 120_000,
}, async () => {
  for (const [name, text] of [
    ['pin', secret.pin],
    ['mail', secret.password],
    ['words', `${customer.address} ${secret.senderWord}\n`],
  ] as const)
    here.input(name, text)
  const config = here.input('a.toml', configText('a', 'password_file = "mail"', smtpLines()))
  await here.run('command', 'binding', 'add', bob.mailbox, bob.number, '--alias', 'bob', '--config', config)
  service = here.serve(config)
  await service.logged(/modem-started/)
  await service.logged(/mailbox-open/)
  assert.ok(
    modem.commands().some((line) => line.includes(secret.pin)),
    'the PIN was entered',
  )

  const onPhones: string[] = []
  modem.network.onPhoneSms(({ text }) => onPhones.push(text))
  await submit(anna, `${bob.number}@sms.office.example`, `Subject: ${texts[0]}\n\n${texts[1]} ruft an.\n`)
  const proven = `Subject: [secret ${secret.senderWord}] [sms ${bob.number}] Tor\nX-SMS-Secret: ${secret.senderWord}\n\n${texts[2]}\n`
  world.injectFromOutside(
    Buffer.from(
      `From: ${customer.address}\r\nTo: ${box}\r\nMessage-ID: <p@x>\r\n${proven.replaceAll('\n', '\r\n')}`,
    ),
    { from: customer.address, to: box },
  )
  const unproven = proven.replaceAll(secret.senderWord, secret.wrongSenderWord)
  world.injectFromOutside(
    Buffer.from(
      `From: ${customer.address}\r\nTo: ${box}\r\nMessage-ID: <q@x>\r\n${unproven.replaceAll('\n', '\r\n')}`,
    ),
    { from: customer.address, to: box },
  )
  await eventually('the texts of two mails', () => (onPhones.length >= 2 ? true : undefined))
  assert.ok(
    onPhones.some((text) => text.includes(texts[2] ?? '')),
    'the word of the sender counts',
  )

  modem.network.phoneSends(customer.number, `${texts[3]} und noch viel mehr davon. `.repeat(8))
  modem.network.phoneSends(bob.number, `${texts[4]} – ja`, { alphabet: 'ucs2' })
  const toOffice = await mailWith(texts[3] ?? '')
  for (const [, token = ''] of toOffice.matchAll(/sms\+([a-z2-7]{16})@/g)) tokens.push(token)
  assert.ok(tokens.length > 0, 'the answer address has a token')
  await mailWith(texts[4] ?? '')
  await submit(office, `sms+${tokens[0]}@office.example`, `Subject: Re\n\n${texts[5]}\n`)
  await submit(office, 'sms+aaaaaaaaaaaaaaaa@office.example', `Subject: Re\n\n${texts[5]}\n`)

  await badInput()
  assert.deepEqual(here.strayFiles(service.pid), [])
  here.evidence.add('child', 'the service itself', readFileSync(`/proc/${service.pid}/cmdline`))
  here.evidence.add('child', 'the service itself', readFileSync(`/proc/${service.pid}/environ`))
})

async function badInput(): Promise<void> {
  for (const body of [
    `Subject: =?utf-8?B?${Buffer.from(texts[0] ?? '').toString('base64')}\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=klingon\nContent-Transfer-Encoding: base64\n\n${Buffer.from(texts[1] ?? '').toString('base64')}\n--b`,
    `Subject: [sms +49 ${texts[0]}]\n\n${texts[1]}\n`,
    `Subject: x\nContent-Type: message/rfc822\n\nFrom ${texts[1]}\n`,
    `Subject: [sms ${bob.number} 2 hours] x\nX-SMS-Secret: ${secret.wrongSenderWord}\n\n${texts[1]}\n`,
  ])
    await submit(anna, box, body)
  const whole = '0004' // SMS-DELIVER without an address
  const ucs2 = Buffer.from(texts[6] ?? '', 'utf16le')
    .swap16()
    .toString('hex')
    .toUpperCase()
  for (const pdu of [whole, `040C91${'7150550532F4'}0008${'62112412000040'}8C${ucs2}`, `44${ucs2}`, ucs2])
    modem.network.deliverPdu(pdu)
  modem.network.phoneSends(customer.number, texts[6] ?? '', { pid: 0x40 })
  modem.network.phoneSends(customer.number, texts[6] ?? '', { messageClass: 2, pid: 0x7f })
  modem.network.phoneSends(texts[3] ?? '', 'als Absender')
  modem.urc(`T+CPIN="${secret.pin}"`, `AT+CPIN="${secret.pin}"`, `${texts[4]} ohne Anlass`, ucs2, `${ucs2}x`)
  modem.urc(`+CUSD: 0,"${ussdAnswers[0]} ungefragt`, `${ussdAnswers[1]} und kein Ende`)
  modem.urc('+CMT: ,24', `07919471${ucs2}`, `+CLIP: "${customer.number}",145`, `^NAME: "${texts[6]}"`)
  modem.ring(customer.number, 50)
  const path = join(here.folder, 'a.db.control')
  const client = connect(path)
  client.write(
    `{"id":1,"call":"${texts[1]}"}\n${texts[1]}\n{"id":2,"call":"ask","with":{"line":"AT+CPIN=${secret.pin}"}}\n`,
  )
  client.end(`{"id":3,"call":"ask","with":{"line":"${texts[2]}"}}\n${texts[3]?.repeat(1000)}\n`)
  client.on('error', () => undefined).resume()
  await service.logged(/modem-noise/)
  await service.logged(/pdu-undecodable/)
  await service.logged(/call-missed/)
}

test('every command beside the service, with what it writes', { timeout: 300_000 }, async () => {
  const config = ['--config', join(here.folder, 'a.toml')]
  const file = (name: string): string => join(here.folder, name)
  const shown = (...args: string[]) => here.run('shown', ...args, ...config)
  const said = (...args: string[]) => here.run('command', ...args, ...config)
  const list = JSON.parse(await shown('message', 'list', '--limit', '100', '--json')) as { id: number }[]
  assert.ok(list.length >= 8, `${list.length} messages`)
  for (const { id } of list.slice(0, 8)) await shown('message', 'show', String(id))
  await shown('message', 'list', '--inbox')
  const eml = here.input(
    'mail.eml',
    `From: ${customer.address}\nTo: ${box}\nSubject: [secret ${secret.senderWord}] [sms ${bob.number}] x\n\nsecret: ${secret.senderWord}\n${texts[0]}\n`,
  )
  await shown('explain', 'mail', eml)
  await shown('explain', 'mail', eml, '--json')
  await shown('explain', 'sms', '--from', customer.number, texts[3] ?? '')
  assert.match(await shown('modem', 'ussd', '*100#'), /Guthabenwort/)
  await shown('modem', 'storage', 'list')
  await shown('send', 'sms', bob.number, texts[5] ?? '')
  for (const command of [
    ['status'],
    ['status', '--json'],
    ['check'],
    ['check', '--json'],
    ['config', 'check'],
    ['modem', 'list'],
    ['modem', 'info', '--full'],
    ['modem', 'info', '--json'],
    ['modem', 'at', 'AT+CSQ', `AT+CPIN=${secret.puk}`],
    ['modem', 'at', '--force', '--json', `AT+CPIN="${secret.puk}","${secret.pin}"`],
    ['modem', 'at', '--force', 'AT', `AT+CPIN="${secret.pin}"`],
    ['binding', 'list'],
    ['binding', 'show', 'bob'],
    ['binding', 'export'],
    ['binding', 'export', file('bindings.csv')],
    ['message', 'release', '9999'],
    ['login'],
  ])
    await said(...command)
  const record = said('modem', 'record', file('modem.transcript'), '--for', '3s')
  await sleep(2000)
  modem.network.phoneSends(customer.number, `${texts[6]} im Mitschnitt`)
  modem.urc(`+CUSD: 0,"${ussdAnswers[0]}",15`, `+CLIP: "${customer.number}",145`, `AT+CPIN="${secret.pin}"`)
  assert.match(await record, /lines in/)
})

test('a config whose broken line is the line of the secret is refused without showing it', async () => {
  const good = configText('a', 'password_file = "mail"', smtpLines())
  const word = secret.wrongPassword
  const quoted = JSON.stringify(word)
  for (const [at, [from, to]] of (
    [
      ['password_file = "mail"', `password = ${quoted.slice(0, -1)}`],
      ['password_file = "mail"', `password = ${word}`],
      ['password_file = "mail"', `password = "${word}"`],
      ['password_file = "mail"', `password = "\\q${secret.smtpPassword.slice(0, 7)}${word.slice(0, 10)}`],
      ['password_file = "mail"', `passwort = ${quoted}`],
      ['password_file = "mail"', `password = [${quoted}]`],
      ['password_file = "mail"', `password = { word = ${quoted} }`],
      ['password_file = "mail"', `password = ${quoted} ${quoted}`],
      ['password_file = "mail"', `password = ${quoted}\npassword = ${quoted}`],
      ['password_file = "mail"', `password = ${quoted}\npassword_file = "mail"`],
      ['password_file = "mail"', `password_file = ${quoted}\nuser_name = "x"`],
      ['password_file = "mail"', `pass = ${quoted}`],
      ['password_file = "mail"', `"${word.replaceAll('"', '')}" = "password"`],
      ['[mail.imap]', `imap = ${quoted}\n[mail.imap]`],
      ['pin_file = "pin"', `pin = ${secret.pin}`],
      ['pin_file = "pin"', `pin = "${secret.pin}x"`],
      ['pin_file = "pin"', `puk = "${secret.puk}"`],
      ['pin_file = "pin"', `pin = "${secret.pin}`],
      [
        '[trust]',
        `[mail.oauth]\nprovider = "x"\nclient_secret = ${JSON.stringify(secret.clientSecret)}\n[trust]`,
      ],
      [
        '[trust]',
        `[mail.oauth]\nclient_id = "x"\nclientsecret = ${JSON.stringify(secret.clientSecret)}\n[trust]`,
      ],
    ] as const
  ).entries()) {
    assert.ok(good.includes(from))
    const broken = good.replace(from, to)
    assert.throws(
      () => parseConfig(broken, '/etc/simpost/simpost.toml'),
      (error) => {
        assert.ok(error instanceof GatewayError && error.hint !== undefined, to)
        here.evidence.add('command', to, `${error.message}\n${error.hint}`)
        return true
      },
    )
    if (at % 5 !== 0) continue
    const file = here.input(`broken-${at}.toml`, broken)
    assert.match(await here.run('command', 'config', 'check', '--config', file), /Try: /, to)
  }
  here.input('words', `${secret.senderWord} ${customer.address}\n`)
  const said = await here.run('command', 'config', 'check', '--config', join(here.folder, 'a.toml'))
  assert.match(said, /words:1:/)
  here.input('words', `${customer.address} ${secret.senderWord}\n`)
})

test('a database that another holds, a line that is lost, and a defect that ends the service', {
  timeout: 60_000,
}, async () => {
  const lock = new Database(join(here.folder, 'a.db'))
  lock.exec('BEGIN EXCLUSIVE')
  modem.network.phoneSends(customer.number, `${texts[0]} vor verschlossener Tür`)
  await submit(anna, `${bob.number}@sms.office.example`, `Subject: ${texts[1]}\n\n${texts[2]}\n`)
  await service.logged(/STORE_FAILED|not-stored|intake-failed/)
  lock.exec('ROLLBACK')
  lock.close()
  modem.unplug()
  await service.logged(/modem-down/)
  for (const rejects of [false, true]) {
    const properties = {
      response: `535 ${Buffer.from(`\0${box}\0${secret.password}`).toString('base64')}`,
      config: { auth: { user: box, pass: secret.password, pin: secret.pin } },
      command: `AT+CPIN="${secret.pin}"`,
      text: texts[0],
    }
    const message = `AUTH ${secret.password} ${Buffer.from(secret.password).toString('base64')} for ${customer.address} ${customer.number}`
    here.input('crash.json', JSON.stringify({ message, properties, rejects }))
    if (rejects) {
      service = here.serve(join(here.folder, 'a.toml'))
      await service.logged(/mailbox-open/)
    }
    service.signal('SIGUSR2')
    assert.equal(await service.ended, 1)
    assert.match(service.log(), /<3>TypeError: AUTH \*\*\* \*\*\* for k…@fern\.example \+49170…45/)
  }
  modem.plugIn()
})

test('servers that repeat what they were shown, and a SIM that refuses the PIN', {
  timeout: 60_000,
}, async () => {
  const { imap, smtp } = world
  const shown = Buffer.from(`\0${box}\0${secret.wrongPassword}`).toString('base64')
  const quoted = secret.wrongPassword.replace(/["\\]/g, '\\$&')
  const endImap = ['LOGIN', 'AUTHENTICATE'].map((name) =>
    imap.override(name, ({ tag, send }) =>
      send(`${tag} NO [AUTHENTICATIONFAILED] you said: ${shown} "${box}" "${quoted}"\r\n`),
    ),
  )
  const plain = Buffer.from(`\0${box}\0${secret.smtpPassword}`).toString('base64')
  const endSmtp = smtp.script('auth', {
    reply: {
      code: 535,
      text: `5.7.8 no: AUTH PLAIN ${plain} ${secret.smtpPassword} ${Buffer.from(secret.smtpPassword).toString('hex')}`,
    },
  })
  here.input('pin', secret.wrongPin)
  const inline = `password = ${JSON.stringify(secret.wrongPassword)}`
  const config = here.input(
    'b.toml',
    configText('b', inline, smtpLines(`password = ${JSON.stringify(secret.smtpPassword)}\n`)),
  )
  const rude = here.serve(config)
  await rude.logged(/mailbox-down .*IMAP_AUTH/)
  await rude.logged(/modem-down .*SIM_LOCKED/)
  await here.run('shown', 'send', 'mail', customer.address, texts[6] ?? '', '--config', config)
  await rude.logged(/mail-attempt-failed .*SMTP_AUTH/)
  assert.match(rude.log(), /you said: \*\*\* \\"s…@office\.example\\" \\"\*\*\*\\"/)
  assert.match(rude.log(), /no: AUTH PLAIN \*\*\* \*\*\* \*\*\*/)
  for (const command of [['status'], ['check'], ['modem', 'info'], ['modem', 'forget-pin']])
    await here.run('command', ...command, '--config', config)
  const list = JSON.parse(await here.run('shown', 'message', 'list', '--json', '--config', config)) as {
    id: number
  }[]
  for (const { id } of list) await here.run('shown', 'message', 'show', String(id), '--config', config)
  await rude.stop()
  for (const end of [...endImap, endSmtp]) end()
})

test('a provider and a mail server that repeat tokens and the client secret', {
  timeout: 60_000,
}, async (t) => {
  const heard: string[] = []
  const provider = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
    const send = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    if (request.method === 'GET') return send(200, { issuer, token_endpoint: `${issuer}/token` })
    heard.push(body)
    const granted = { access_token: secret.nextAccessToken, refresh_token: secret.nextRefreshToken }
    if (heard.length === 1) return send(200, { ...granted, token_type: 'bearer', expires_in: 3600 })
    const said = `you sent ${body} and ${request.headers.authorization}`
    return send(400, { error: 'invalid_grant', error_description: said })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  t.after(() => provider.close())
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const imap = await rudeServer(t, {
    capabilities: 'IMAP4rev1 SASL-IR AUTH=XOAUTH2',
    commands: {
      AUTHENTICATE: ({ say }, tag, text) => say(`${tag} NO [AUTHENTICATIONFAILED] you said: ${text}\r\n`),
    },
  })
  const clientSecret = `client_secret = ${JSON.stringify(secret.clientSecret)}`
  const oauth = `[mail.oauth]\nprovider = "${issuer}"\nclient_id = "box"\n${clientSecret}\nscopes = ["mail"]\n`
  const config = here.input(
    'c.toml',
    configText('c', '', `${smtpLines()}\n${oauth}`).replace(`${ports.imap}`, `${imap.port}`),
  )
  const now = Date.now()
  const signIn = {
    ...{
      version: 1,
      issuer,
      clientId: 'box',
      flow: 'device',
      scopes: null,
      signedInAt: now,
      refreshedAt: now,
    },
    ...{ refreshToken: secret.refreshToken, accessToken: secret.accessToken, accessTokenLifeMs: 3_600_000 },
    ...{ refreshTokenEndsAt: null, refreshTokenLifeMs: null },
  }
  here.input('c.db.sign-in', JSON.stringify(signIn))
  const refused = here.serve(config)
  await refused.logged(/mailbox-down .*you said: \S+ AUTHENTICATE XOAUTH2 \*\*\*/)
  const look = (...more: string[]) => here.run('command', 'login', '--status', ...more, '--config', config)
  await eventually('a new token', () => (heard.length > 0 ? true : undefined))
  assert.match(await look(), /you sent refresh_token=\*\*\*.* and Basic \*\*\*/)
  assert.match(await look('--json'), /you sent refresh_token=\*\*\*/)
  for (const command of [['status'], ['check'], ['config', 'check']])
    await here.run('command', ...command, '--config', config)
  assert.ok(
    heard.some((body) => body.includes(secret.nextRefreshToken)),
    'the provider was shown the new token',
  )
})

test('nothing of it stands where it must not', async (t) => {
  await here.collect()
  for (const kind of ['log', 'command', 'shown', 'database', 'transcript', 'export', 'child'] as const)
    assert.ok(here.evidence.has(kind), `there is evidence of the kind ${kind}`)
  const { number, address } = customer
  const guarded: Guarded[] = [
    ...Object.entries(secret)
      .filter(([name]) => !/Token$/.test(name))
      .map(([what, word]) => ({ what, words: [word], allowed: [] })),
    {
      what: 'token',
      words: [secret.refreshToken, secret.accessToken, secret.nextRefreshToken, secret.nextAccessToken],
      allowed: ['token-file'],
    },
    { what: 'answer token', words: tokens, allowed: ['database', 'shown'] },
    { what: 'text', words: texts, allowed: ['database', 'shown'] },
    { what: 'answer of the network', words: ussdAnswers, allowed: ['shown'] },
    {
      what: 'somebody',
      words: [number, number.slice(1), number.slice(3), address, bob.number, bob.mailbox, anna],
      allowed: ['database', 'shown', 'command', 'export'],
    },
  ]
  assert.deepEqual(here.evidence.leaks(guarded), [])
  assert.equal(
    readdirSync('/').join(),
    rootFolder,
    'nothing was written into the folder where the program ran',
  )
  const { traces, octets } = here.evidence.size
  const words = guarded.reduce((sum, each) => sum + each.words.length, 0)
  t.diagnostic(`simpost-count: secrets ${words} words, ${traces} traces, ${octets} octets searched, 0 leaks`)
})
