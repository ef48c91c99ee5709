// The config file: what the smallest one means, its defaults, and its secrets, which are read when they are needed.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseConfig, readConfig } from '../../src/config/config.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { added, changed, smallest } from './smallest.ts'

const folder = mkdtempSync(join(tmpdir(), 'simpost-config-'))
after(() => rmSync(folder, { recursive: true }))

const file = '/etc/simpost/simpost.toml'

test('the smallest useful config is accepted as it stands', () => {
  const { password, ca, ...imap } = parseConfig(smallest, file).mail.imap
  assert.deepEqual([typeof password, ca()], ['function', null])
  assert.deepEqual(imap, {
    host: 'imap.office.example',
    port: 993,
    security: 'tls',
    user: 'sms',
    byToken: false,
    folder: 'INBOX',
    doneFolder: 'Simpost',
    rescan: 300_000,
    since: 0,
  })
})

test('the exchange, trust, budget and store of the smallest config are as written', () => {
  const config = parseConfig(smallest, file)
  const { denied_numbers: denied, ...exchange } = config.exchange
  assert.deepEqual(exchange, {
    mail_to_sms: 'flagged',
    sms_to_mail: 'always',
    fallback_mailbox: 'office@office.example',
    number_domain: 'sms.office.example',
    parts_max: 6,
    too_long: 'cut',
    subject: 'empty-body',
    reply_window: 604_800_000,
    ambiguous: 'line',
    ask_wait: 14_400_000,
    pass_mail: 'stay',
    pass_sms: 'keep',
    automatic: 'allow',
    digest: false,
    urgent_words: ['urgent', 'dringend', 'eilt', '紧急', 'urgente'],
    language: 'en',
    plain_letters: false,
    national_tables: ['turkish', 'spanish', 'portuguese'],
    repeat_max: 5,
    pair_max: 30,
    auto_submitted: false,
    uncertain: 'notify',
    report: 'failed',
    missing_part: 14_400_000,
    validity: 86_400_000,
  })
  assert.ok(denied.includes('+49900') && denied.includes('+881'))
  const { secrets, ...trust } = config.trust
  assert.equal(secrets().size, 0)
  assert.deepEqual(trust, {
    senders: ['@office.example', 'ups@alarm.example'],
    method: 'authentication-results',
    authserv_id: 'mx.office.example',
  })
  assert.deepEqual(config.budget, {
    ...{ parts_per_day: 200, price_per_part: 0.09, currency: 'EUR' },
    ...{ sender: {}, binding: {}, urgent_reserve: 10 },
  })
  assert.deepEqual(config.operator, {})
  const day = 86_400_000
  assert.deepEqual(config.store, {
    path: '/var/lib/simpost/simpost.db',
    ...{ backups: 3, backup_every: day, backup_folder: undefined },
    ...{ keep_texts: 365 * day, keep_rows: 1095 * day },
  })
  assert.equal(config.file, file)
})

test('limits in money need a price, and a warning must not go to the box itself', () => {
  const withBudget = (lines: string) => () =>
    parseConfig(smallest.replace(/^price_per_part.*\n(currency.*\n)?/m, `${lines}\n`), file)
  for (const [lines, key] of [
    ['money_per_month = 10', 'budget.money_per_month'],
    ['[budget.sender]\nmoney_per_day = 1', 'budget.sender.money_per_day'],
    ['price_per_part = 0\n[budget.binding]\nmoney_per_day = 1', 'budget.binding.money_per_day'],
  ])
    assert.throws(withBudget(lines ?? ''), {
      code: 'CONFIG_INVALID',
      message: new RegExp(`:\\d+: ${key}: needs budget\\.price_per_part`),
    })
  assert.doesNotThrow(withBudget('price_per_part = 0.1\nmoney_per_month = 10'))
  assert.throws(withBudget('price_per_part = 0.1\n[operator]\nmailbox = "SMS@office.example"'), {
    message: /operator\.mailbox: must be another mailbox than the box's own/,
  })
  assert.throws(withBudget('price_per_part = 0.1\n[operator]\nnumber = "+49 170 00000001"'), {
    message: /operator\.number: must be another phone than the SIM's own number/,
  })
})

test('a code and a pattern for the credit are read, and a wrong one is refused with the reason', () => {
  const balance = (lines: string) => parseConfig(`${smallest}\n[balance]\n${lines}\n`, file).balance
  assert.deepEqual(balance('code = "*101#"\nevery = "6h"\npattern = \'([0-9]+) EUR\'\nwarn_below = 2.5'), {
    ...{ code: '*101#', every: 21_600_000, pattern: '([0-9]+) EUR', warn_below: 2.5 },
  })
  for (const [lines, wrong] of [
    ['code = "*101# now"', /balance\.code: must be a USSD code/],
    ["pattern = '[0-9]+'", /balance\.pattern: must have exactly one group in round brackets, not 0/],
    ["pattern = '(a)(b)'", /not 2/],
    ["pattern = '([0-9]+'", /must be a regular expression/],
    ['every = "1m"', /balance\.every: must be at least "1h"/],
    ['warn_below = -1', /balance\.warn_below: must not be negative/],
  ] as const)
    assert.throws(() => balance(lines), { code: 'CONFIG_INVALID', message: wrong })
})

test('what is left out has its default', () => {
  const config = parseConfig(
    `[modem]
number = "+44 7400 123456"
[mail]
address = "sms@Office.Example"
[mail.imap]
host = "imap"
user = "sms"
[mail.smtp]
host = "smtp"
[trust]
senders = []
method = "from"`,
    file,
  )
  assert.equal(config.modem.number, '+447400123456')
  assert.equal(config.modem.country, 'GB')
  assert.equal(config.modem.port, 'auto')
  assert.equal(config.modem.sweep, 30_000)
  assert.equal(config.modem.pin(), null)
  assert.equal(config.mail.address, 'sms@office.example')
  assert.deepEqual([config.mail.imap.port, config.mail.smtp.port], [993, 465])
  assert.equal(config.mail.imap.security, 'tls')
  assert.equal(config.mail.imap.password(), null)
  assert.equal(config.exchange.mail_to_sms, 'flagged')
  assert.equal(config.exchange.sms_to_mail, 'always')
  assert.equal(config.budget.parts_per_day, 200)
  assert.equal(config.store.path, '/var/lib/simpost/simpost.db')
})

test('SMTP signs in as IMAP does, unless it has its own user and password', () => {
  const same = parseConfig(changed('mail.imap', 'password_file', 'password = "one"'), file)
  assert.deepEqual([same.mail.smtp.user, same.mail.smtp.password()], ['sms', 'one'])
  const own = parseConfig(added('mail.smtp', 'user = "box"\npassword = "two"'), file)
  assert.deepEqual([own.mail.smtp.user, own.mail.smtp.password()], ['box', 'two'])
  const none = parseConfig(added('mail.smtp', 'user = ""'), file)
  assert.equal(none.mail.smtp.user, null)
})

test('with [mail.oauth] both servers get a token, unless [mail.smtp] has a password of its own', () => {
  const oauth = '[mail.oauth]\nprovider = "microsoft"\nclient_id = "1-2-3"\nclient_secret = "hunter2"\n'
  const toml = smallest.replace(/^password_file = .*$/m, '').replace('[mail.smtp]', `${oauth}[mail.smtp]`)
  const { mail } = parseConfig(toml, file)
  assert.deepEqual([mail.imap.byToken, mail.smtp.byToken, mail.imap.password()], [true, true, null])
  assert.deepEqual([mail.oauth?.provider, mail.oauth?.clientSecret()], ['microsoft', 'hunter2'])
  assert.equal(mail.oauth?.redirectUri, 'http://localhost')
  assert.doesNotMatch(JSON.stringify(parseConfig(toml, file)), /hunter2/)
  const own = parseConfig(toml.replace('[mail.smtp]', '[mail.smtp]\npassword = "two"'), file)
  assert.deepEqual([own.mail.smtp.byToken, own.mail.smtp.password()], [false, 'two'])
})

test('a secret file is read anew every time, without its line end, beside the config file', () => {
  const config = parseConfig(
    changed('mail.imap', 'password_file', 'password_file = "secret"'),
    join(folder, 'simpost.toml'),
  )
  writeFileSync(join(folder, 'secret'), 'first pass \n')
  assert.equal(config.mail.imap.password(), 'first pass ')
  writeFileSync(join(folder, 'secret'), 'second\r\n')
  assert.equal(config.mail.imap.password(), 'second')
  assert.equal(config.mail.smtp.password(), 'second')
})

test('a secret file that cannot be read holds the queue and says what to do', () => {
  const config = parseConfig(
    changed('modem', 'pin_file', 'pin_file = "not-there"'),
    join(folder, 'simpost.toml'),
  )
  assert.throws(
    () => config.modem.pin(),
    (error) =>
      error instanceof GatewayError &&
      error.code === 'CONFIG_INVALID' &&
      error.retry === 'hold' &&
      error.message.includes(join(folder, 'not-there')) &&
      error.hint !== undefined,
  )
})

test('an empty secret file is told as such, and is no secret', () => {
  const config = parseConfig(
    changed('mail.imap', 'password_file', 'password_file = "empty"'),
    join(folder, 'simpost.toml'),
  )
  writeFileSync(join(folder, 'empty'), '\n')
  assert.throws(() => config.mail.imap.password(), {
    ...{
      code: 'CONFIG_INVALID',
      retry: 'hold',
      message: `the secret file ${join(folder, 'empty')} is empty`,
    },
    hint: 'write the secret alone into it',
  })
})

test('no secret shows when the config is printed', () => {
  const source = changed('mail.imap', 'password_file', 'password = "hunter2"').replace(
    'pin_file = "/etc/simpost/pin"',
    'pin = "4711"',
  )
  const config = parseConfig(source, file)
  assert.deepEqual([config.mail.imap.password(), config.modem.pin()], ['hunter2', '4711'])
  assert.doesNotMatch(JSON.stringify(config), /hunter2|4711/)
})

test('what is kept for ever has no time', () => {
  const source = changed('store', 'path', 'keep_texts = "30d"\nkeep_rows = "forever"')
  assert.deepEqual(
    [parseConfig(source, file).store.keep_texts, parseConfig(source, file).store.keep_rows],
    [30 * 86_400_000, null],
  )
  const texts = changed('store', 'path', 'keep_texts = "forever"')
  assert.throws(
    () => parseConfig(texts, file),
    /store\.keep_rows: must not be shorter than store\.keep_texts/,
  )
})

test('a relative path of the database stands beside the config file', () => {
  const config = parseConfig(
    changed('store', 'path', 'path = "data/simpost.db"'),
    join(folder, 'simpost.toml'),
  )
  assert.equal(config.store.path, join(folder, 'data/simpost.db'))
})

test('a config file is read from disk', () => {
  const path = join(folder, 'good.toml')
  writeFileSync(path, smallest)
  assert.equal(readConfig(path).modem.number, '+4917000000001')
})

test('a missing config file is named, with what to do', () => {
  assert.throws(
    () => readConfig(join(folder, 'absent.toml')),
    (error) =>
      error instanceof GatewayError &&
      error.code === 'CONFIG_INVALID' &&
      error.message === `there is no config file ${join(folder, 'absent.toml')}` &&
      /--config FILE/.test(error.hint ?? ''),
  )
})

test('a config file that cannot be read is named, with the reason', () => {
  assert.throws(
    () => readConfig(folder),
    (error) =>
      error instanceof GatewayError &&
      error.code === 'CONFIG_INVALID' &&
      error.message.startsWith(`${folder}: `),
  )
})
