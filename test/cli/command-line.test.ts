// The command line as its users see it: the built program, one process a command.

import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTransport } from 'nodemailer'
import { smallest } from '../config/smallest.ts'
import { buildProgram, type Finished, type Program } from '../scenario/program.ts'
import { airDeliver } from '../sms/air.ts'

let program: Program
const folder = mkdtempSync(join(tmpdir(), 'simpost-cli-'))
const database = join(folder, 'simpost.db')
const config = join(folder, 'simpost.toml')

before(async () => {
  program = await buildProgram()
  writeFileSync(
    config,
    `${smallest.replace(/^path = .*$/m, `path = "${database}"`).replace('method = "authentication-results"', 'method = "from"')}\n`,
  )
})

after(async () => {
  await program.remove()
  rmSync(folder, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Finished> => program.run(args)
const json = ({ stdout }: Finished) => JSON.parse(stdout)

test('--help names every command and loads neither database nor mail library', async () => {
  const hook = join(folder, 'hook.cjs')
  writeFileSync(
    hook,
    `const { _load } = require('node:module')
     require('node:module')._load = function (name, ...rest) {
       if (/better-sqlite3|serialport|node:(net|tls|dns)$/.test(name)) { process.stderr.write('LOADED ' + name); process.exit(9) }
       return _load.call(this, name, ...rest)
     }`,
  )
  process.env.NODE_OPTIONS = `--require ${hook}`
  const help = await run('--help').finally(() => delete process.env.NODE_OPTIONS)
  assert.equal(help.stderr, '')
  assert.equal(help.status, 0)
  for (const command of ['demo', 'run', 'status', 'binding', 'message', 'explain', 'send', 'pdu', 'config'])
    assert.match(help.stdout, new RegExp(`^ {2}${command}\\b`, 'm'))
})

test('every command has help with an example', async () => {
  for (const words of [
    'demo',
    'run',
    'status',
    'binding',
    'binding add',
    'binding list',
    'message',
    'message show',
    'explain mail',
    'explain sms',
    'send sms',
    'pdu decode',
    'config check',
  ]) {
    const help = await run(...words.split(' '), '--help')
    assert.equal(help.status, 0, words)
    assert.match(help.stdout, new RegExp(`Example:\\n {2}simpost ${words}\\b`), words)
  }
})

test('a wrong command, a wrong config and an unknown message end with their status and a cure', async () => {
  const cases = [
    { args: ['bindng'], status: 2, says: /Did you mean binding/ },
    { args: ['binding', 'add', '--config', config], status: 2, says: /missing required argument/ },
    { args: ['status', '--config', join(folder, 'none.toml')], status: 2, says: /there is no config file/ },
    { args: ['message', 'show', '99', '--config', config], status: 1, says: /there is no message 99/ },
    { args: ['pdu', 'decode', '07911'], status: 1, says: /odd|hex|PDU/i },
    { args: ['send', 'sms', '110', 'hello', '--config', config], status: 2, says: /no SMS can go to "110"/ },
    { args: ['send', 'mail', 'nobody', 'hello', '--config', config], status: 2, says: /no mail address/ },
  ]
  for (const { args, status, says } of cases) {
    const finished = await run(...args)
    assert.equal(finished.status, status, args.join(' '))
    assert.match(finished.stderr, says)
    assert.match(finished.stderr, /^Try: /m, args.join(' '))
    assert.equal(finished.stdout, '')
  }
})

test('the config may be named in front of the command, and what is to be typed names it again', async () => {
  const file = join(folder, 'another box.toml')
  writeFileSync(file, smallest.replace(/^path = .*$/m, `path = "${join(folder, 'another.db')}"`))
  for (const args of [
    ['--config', file, 'message', 'show', '99'],
    ['message', '-c', file, 'show', '99'],
    ['message', 'show', '99', '--config', file],
  ]) {
    const { status, stderr } = await run(...args)
    assert.equal(status, 1, stderr)
    assert.match(stderr, new RegExp(`^Try: simpost --config '${file}' message list$`, 'm'))
  }
})

test('config check reads every secret, and asks for the password of the mailbox', async () => {
  const file = join(folder, 'secrets.toml')
  const withPassword = (line: string): string =>
    smallest.replace(/^pin_file.*\n/m, '').replace(/^password_file.*\n/m, line)
  writeFileSync(file, withPassword('password = "x"\n'))
  assert.equal((await run('config', 'check', '--config', file)).status, 0)
  const secrets = join(folder, 'secrets')
  const cases = [
    [withPassword(''), /mail\.imap has neither password nor password_file.*\nTry: add password_file = /],
    [
      withPassword('password_file = "none"\n'),
      /there is no secret file .*\/none\nTry: write the secret alone .*chmod 0640/,
    ],
    [
      withPassword('password = "x"\n').replace('[trust]', '[trust]\nsecrets_file = "secrets"'),
      /secrets:1: the secret needs at least 8 characters/,
    ],
  ] as const
  writeFileSync(secrets, 'ups@alarm.example short\n')
  for (const [toml, says] of cases) {
    writeFileSync(file, toml)
    const { status, stderr } = await run('config', 'check', '--config', file)
    assert.equal(status, 2, stderr)
    assert.match(stderr, says)
  }
})

test('explain prints the settled JSON and writes nothing', async () => {
  const letter = join(folder, 'letter.eml')
  const elsewhere = join(folder, 'elsewhere.toml')
  writeFileSync(
    elsewhere,
    smallest.replace('/var/lib/simpost/simpost.db', join(folder, 'none', 'simpost.db')),
  )
  writeFileSync(
    letter,
    'Authentication-Results: mx.office.example; dmarc=pass header.from=office.example\r\nFrom: Anna <anna@office.example>\r\nTo: bob@office.example\r\nDate: Mon, 1 Jan 2024 12:00:00 +0000\r\nSubject: [sms +4917012345678 2h] Key\r\n\r\nHello \u201cBob\u201d\r\n',
  )
  const explained = await run('explain', 'mail', letter, '--config', elsewhere, '--json')
  assert.equal(explained.status, 0, explained.stderr)
  const { temporary_binding: binding, ...decision } = json(explained)
  assert.equal(decision.medium, 'mail')
  assert.deepEqual(decision.flag, { value: 1, from: 'tag' })
  assert.equal(decision.judgement, 'convert')
  const { medium, to, rule, text, encoding, parts, cost } = decision.deliveries[0]
  assert.deepEqual(
    { medium, to, rule, text, encoding, parts, cost },
    {
      medium: 'sms',
      to: '+4917012345678',
      rule: 'temporary-binding',
      text: 'Hello "Bob"',
      encoding: 'gsm7',
      parts: 1,
      cost: 0.09,
    },
  )
  assert.equal(binding.mailbox, 'bob@office.example')
  assert.equal(binding.number, '+4917012345678')
  const lasts = Date.parse(binding.expires) - Date.now()
  assert.ok(lasts > 7_100_000 && lasts <= 7_200_000, binding.expires)
  const [notice, ...others] = decision.notices
  assert.deepEqual([notice.to, notice.reason, others], ['anna@office.example', 'binding-made', []])
  assert.equal(existsSync(join(folder, 'none')), false)
})

test('a signature is checked by the library that lies beside the program, and one that cannot be checked proves nothing', async () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const privateKey = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
  const { message } = await transport.sendMail({
    ...{
      from: 'anna@office.example',
      to: 'bob@office.example',
      subject: '[sms +4917012345678] Key',
      text: 'Hello',
    },
    dkim: { domainName: 'office.invalid', keySelector: 'sel', privateKey },
  })
  const signed = join(folder, 'signed.eml')
  writeFileSync(signed, message.toString().replace('d=office.invalid', 'd=office.example'))
  const checking = join(folder, 'dkim.toml')
  writeFileSync(
    checking,
    smallest
      .replace('method = "authentication-results"', 'method = "dkim"')
      .replace('/var/lib/simpost', folder),
  )
  const explained = await run('explain', 'mail', signed, '--config', checking, '--json')
  assert.equal(explained.status, 0, explained.stderr)
  const { reason, steps } = json(explained)
  assert.equal(reason, 'sender-not-proven')
  const trust = steps.find(({ what }: { what: string }) => what === 'trust').detail
  assert.match(trust, /^dkim=/)
})

test('explain says of a file that is no mail what the service would do with it', async () => {
  const file = join(folder, 'no-mail.eml')
  writeFileSync(file, 'no mail at all')
  const explained = await run('explain', 'mail', file, '--config', config, '--json')
  assert.equal(explained.status, 0, explained.stderr)
  const { judgement, reason, deliveries } = json(explained)
  assert.deepEqual(
    { judgement, reason, deliveries },
    { judgement: 'hold', reason: 'mail-unreadable', deliveries: [] },
  )
})

test('explain sms reads a text and a PDU', async () => {
  const text = json(
    await run('explain', 'sms', '--from', '0170 1112223', 'when do you open?', '--config', config, '--json'),
  )
  assert.deepEqual(
    text.deliveries.map(({ medium, to, rule }: { medium: string; to: string; rule: string }) => ({
      medium,
      to,
      rule,
    })),
    [{ medium: 'mail', to: 'office@office.example', rule: 'fallback' }],
  )
  const pdu = '07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07'
  const read = json(await run('explain', 'sms', '--pdu', pdu, '--config', config, '--json'))
  assert.equal(read.judgement, 'convert')
  assert.match(read.deliveries[0].text, /How are you\?/)
})

test('bindings are added, refused, changed, listed and removed', async () => {
  const on = ['--config', config]
  assert.equal(
    (
      await run(
        'binding',
        'add',
        'bob@office.example',
        '0170 12345678',
        '--alias',
        '@Bob',
        '--name',
        'Bob',
        ...on,
      )
    ).status,
    0,
  )
  const second = await run('binding', 'add', 'carl@office.example', '+4917012345678', ...on)
  assert.equal(second.status, 1)
  assert.match(second.stderr, /bob@office\.example and \+4917012345678/)
  const own = await run('binding', 'add', 'office@office.example', '+4917000000001', ...on)
  assert.equal(own.status, 2)
  assert.match(own.stderr, /--line/)
  assert.equal((await run('binding', 'add', 'office@office.example', '--line', ...on)).status, 0)
  assert.equal((await run('binding', 'set', '@bob', '--mail-to-sms', 'always', ...on)).status, 0)
  const shown = json(await run('binding', 'show', 'bob', '--json', ...on))
  assert.deepEqual(
    [shown.mailbox, shown.number, shown.alias, shown.mail_to_sms],
    ['bob@office.example', '+4917012345678', 'bob', 'always'],
  )
  assert.equal(json(await run('binding', 'list', '--json', ...on)).length, 2)
  assert.equal((await run('binding', 'remove', 'office@office.example', ...on)).status, 0)
  assert.equal(json(await run('binding', 'list', '--json', ...on)).length, 1)
})

test('send puts messages into the outbox, and status counts them', async () => {
  const sms = json(
    await run('send', 'sms', '+4917012345678', 'hello', 'Bob', '--flag', '--json', '--config', config),
  )
  assert.deepEqual([sms.to, sms.parts, sms.state], ['+4917012345678', 1, 'queued'])
  const mail = json(await run('send', 'mail', 'bob@office.example', 'hello', '--json', '--config', config))
  assert.match(mail.message_id, /^<sms\.[0-9a-f]+@office\.example>$/)
  const status = json(await run('status', '--json', '--config', config))
  assert.equal(status.running, false)
  assert.deepEqual(
    status.deliveries_today
      .map(
        ({ medium, state, count }: { medium: string; state: string; count: number }) =>
          `${count} ${medium} ${state}`,
      )
      .sort(),
    ['1 mail queued', '1 sms queued'],
  )
})

test('pdu decode shows the flag element, the part and the time of a PDU that pdu encode and a service centre made', async () => {
  const encoded = json(await run('pdu', 'encode', '+4917012345678', 'x'.repeat(200), '--flag', '--json'))
  assert.equal(encoded.parts.length, 2)
  const decoded = json(await run('pdu', 'decode', encoded.parts[1].pdu, '--json'))
  assert.equal(decoded.type, 'submit')
  assert.equal(decoded.address, '+4917012345678')
  assert.equal(decoded.flag, 1)
  assert.equal(decoded.parts.seq, 2)
  const received = json(
    await run(
      'pdu',
      'decode',
      '07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07',
      '--json',
    ),
  )
  assert.deepEqual(
    [received.type, received.address, received.text, received.encoding, received.parts, received.timestamp],
    ['deliver', '+31641600986', 'How are you?', 'gsm7', null, '2002-08-26T19:37:41+00:00'],
  )
})

test('pdu decode shows messages that wait and a text that is compressed', async () => {
  const sender = { typeOfAddress: 0x91, digits: '4917012345678' }
  const voice = airDeliver({ sender, dcs: 0xd0, header: '01028003', units: [0x41], septets: true })
  const compressed = airDeliver({ sender, dcs: 0x20, units: [1, 2], septets: false })
  assert.deepEqual(json(await run('pdu', 'decode', voice, '--json')).waiting, [
    { kind: 'voice', active: true, count: 3 },
  ])
  assert.match((await run('pdu', 'decode', voice)).stdout, /^waiting +\[\{"kind":"voice"/m)
  const read = json(await run('pdu', 'decode', compressed, '--json'))
  assert.deepEqual([read.compressed, read.waiting, read.user_data], [true, undefined, '0102'])
})

test('demo --exit --json tells the story and ends with 0', async () => {
  const demo = await run('demo', '--exit', '--json')
  assert.equal(demo.status, 0, demo.stderr)
  assert.equal(demo.stderr, '')
  const summary = JSON.parse(demo.stdout.trimEnd().split('\n').at(-1) ?? '')
  assert.match(summary.mail_to_sms.text, /the customer in Lindau/)
  assert.ok(summary.mail_to_sms.latency_ms > 0)
  assert.match(summary.sms_to_mail.text, /Tell them 3 pm 👍/)
  assert.match(summary.sms_to_mail.in_reply_to, /^<.+@office\.example>$/)
  assert.match(demo.stdout, /AT\+CMGS=\d+/)
})
