// What a wrong config is told: the line, the key, what is wrong, the nearest right key; never a secret.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../../src/config/config.ts'
import { lineOf } from '../../src/config/faults.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { added, changed, smallest } from './smallest.ts'

/** The lines that say what is wrong, without the name of the file. */
function faultsOf(source: string): string[] {
  try {
    parseConfig(source, 'x.toml')
  } catch (error) {
    assert.ok(error instanceof GatewayError)
    assert.equal(error.code, 'CONFIG_INVALID')
    assert.match(error.hint ?? '', /README\.md/)
    return error.message.split('\n').map((line) => line.replace('x.toml:', ''))
  }
  return []
}

/** Section and key of the smallest config, what stands there instead, what is told; `LINE` is the line of that key. */
const wrongValues: readonly (readonly [string, string, string, string])[] = [
  [
    'modem',
    'number',
    'number = "0170 1234567"',
    'modem.number: must be a phone number with its country code, such as "+4917012345678" (here: "0170 1234567")',
  ],
  ['modem', 'number', 'number = 4917012345678', 'modem.number: must be text in quotes (here: 4917012345678)'],
  [
    'modem',
    'country',
    'country = "Germany"',
    'modem.country: must be a country such as "DE" (here: "GERMANY")',
  ],
  [
    'exchange',
    'parts_max',
    'urgent_words = "eilt"',
    'exchange.urgent_words: must be a list of texts in quotes, such as ["eilt"] (here: "eilt")',
  ],
  ['modem', 'port', 'port = ""', 'modem.port: must not be empty (here: "")'],
  [
    'modem',
    'port',
    'port = "COM3"',
    'modem.port: must be "auto", a path such as "/dev/serial/by-id/...", or "tcp://host:port" (here: "COM3")',
  ],
  ['modem', 'port', 'sweep = "0s"', 'modem.sweep: must be at least "1s" (here: "0s")'],
  [
    'mail',
    'address',
    'address = "sms"',
    'mail.address: must be a mail address such as "sms@office.example" (here: "sms")',
  ],
  ['mail.imap', 'port', 'port = 0', 'mail.imap.port: must be at least 1 (here: 0)'],
  ['mail.imap', 'port', 'port = 65536', 'mail.imap.port: must be at most 65535 (here: 65536)'],
  ['mail.imap', 'port', 'port = 99.5', 'mail.imap.port: must be a whole number (here: 99.5)'],
  ['mail.imap', 'port', 'port = "993"', 'mail.imap.port: must be a number (here: "993")'],
  [
    'mail.imap',
    'security',
    'security = "ssl"',
    'mail.imap.security: must be one of "tls", "starttls", "none" (here: "ssl")',
  ],
  ['mail.imap', 'folder', 'rescan = "60d"', 'mail.imap.rescan: must be at most "1d" (here: "60d")'],
  ['mail.smtp', 'host', 'host = true', 'mail.smtp.host: must be text in quotes (here: true)'],
  [
    'exchange',
    'mail_to_sms',
    'mail_to_sms = "maybe"',
    'exchange.mail_to_sms: must be one of "always", "flagged", "never" (here: "maybe")',
  ],
  ['exchange', 'parts_max', 'parts_max = 256', 'exchange.parts_max: must be at most 255 (here: 256)'],
  [
    'exchange',
    'reply_window',
    'reply_window = "7 days"',
    'exchange.reply_window: must be a duration such as "90s", "15m", "2h", "7d" or "1w" (here: "7 days")',
  ],
  [
    'exchange',
    'reply_window',
    'reply_window = 7',
    'exchange.reply_window: must be text in quotes, such as "7d" (here: 7)',
  ],
  [
    'trust',
    'senders',
    'senders = "@office.example"',
    'trust.senders: must be a list of mail addresses and "@domain"s (here: "@office.example")',
  ],
  [
    'trust',
    'senders',
    'senders = ["anna"]',
    'trust.senders.0: must be one of the forms "anna@office.example", "@office.example", "@*.office.example" or "alarm-*@office.example" (here: "anna")',
  ],
  [
    'trust',
    'senders',
    'senders = ["*"]',
    'trust.senders.0: would allow every sender; name at least a domain (here: "*")',
  ],
  [
    'trust',
    'senders',
    'senders = ["@*.example"]',
    'trust.senders.0: would allow too many senders; behind "*." at least two words are needed, such as "@*.office.example" (here: "@*.example")',
  ],
  [
    'trust',
    'senders',
    'senders = ["*a*a*@office.example"]',
    'trust.senders.0: may hold one star before the @, not more (here: "*a*a*@office.example")',
  ],
  [
    'trust',
    'method',
    'method = "hope"',
    'trust.method: must be one of "authentication-results", "dkim", "from" (here: "hope")',
  ],
  [
    'budget',
    'price_per_part',
    'price_per_part = -1',
    'budget.price_per_part: must not be negative (here: -1)',
  ],
  ['store', 'path', 'keep_texts = "0s"', 'store.keep_texts: must be at least "7d" (here: "0s")'],
  [
    'store',
    'path',
    'keep_rows = "always"',
    'store.keep_rows: must be a duration such as "30d" or "52w", or "forever" (here: "always")',
  ],
  ['store', 'path', 'keep_rows = "90d"', 'store.keep_rows: must not be shorter than store.keep_texts'],
]

for (const [section, key, line, told] of wrongValues)
  test(`a wrong value is told with its line and key: ${line}`, () => {
    const source = changed(section, key, line)
    assert.deepEqual(faultsOf(source), [`${source.split('\n').indexOf(line) + 1}: ${told}`])
  })

/** Section, a line in it, the right key that is named. */
const wrongKeys: readonly (readonly [string, string, string | null])[] = [
  ['modem', 'numbr = "1"', 'number'],
  ['modem', 'contry = "DE"', 'country'],
  ['mail.imap', 'Host = "x"', 'host'],
  ['mail.imap', 'done-folder = "x"', 'done_folder'],
  ['exchange', 'part_max = 3', 'parts_max'],
  ['exchange', 'parts_per_day = 5', 'budget.parts_per_day'],
  ['mail', 'authserv_id = "mx"', 'trust.authserv_id'],
  ['budget', 'zzzzzzzzzzzz = 1', null],
]

for (const [section, line, nearest] of wrongKeys)
  test(`an unknown key is refused with ${nearest === null ? 'no guess' : `the nearest right one`}: ${line}`, () => {
    const source = added(section, line)
    const at = source.split('\n').indexOf(line) + 1
    const hint = nearest === null ? '' : `; did you mean "${nearest}"?`
    assert.deepEqual(faultsOf(source), [`${at}: ${section}.${line.split(' ')[0]}: no such key${hint}`])
  })

test('an unknown section is refused with the nearest right one', () => {
  assert.deepEqual(faultsOf(smallest.replace('[budget]', '[buget]')), [
    `${smallest.split('\n').indexOf('[budget]') + 1}: buget: no such key; did you mean "budget"?`,
  ])
})

test('a key that must be given is named, at the line of its section', () => {
  assert.deepEqual(faultsOf(changed('mail', 'address', '')), ['7: mail.address: missing; it must be given'])
  assert.deepEqual(faultsOf(changed('modem', 'number', '')), ['1: modem.number: missing; it must be given'])
})

test('an empty file is told which sections it needs', () => {
  assert.deepEqual(
    faultsOf('').map((line) => line.slice(0, line.indexOf(';'))),
    ['1: modem: missing', '1: mail: missing', '1: trust: missing'],
  )
})

test('all faults are told at once', () => {
  const source = changed('mail.imap', 'port', 'prt = 993').replace('parts_max = 6', 'parts_max = 0')
  assert.equal(faultsOf(source).length, 2)
})

test('a text that is not TOML is told with its line', () => {
  assert.match(faultsOf(changed('mail.imap', 'port', 'port 993'))[0] ?? '', /^11: not valid TOML: /)
  assert.match(faultsOf(changed('mail.imap', 'port', 'port = 1\nport = 2'))[0] ?? '', /^12: not valid TOML: /)
})

/** The smallest config with an [mail.oauth]; `password`: with the password of [mail.imap] as well. */
function withOauth(lines: string, password = true): string {
  const base = password ? smallest : changed('mail.imap', 'password_file', '')
  return base.replace('[mail.smtp]', `[mail.oauth]\n${lines}\n[mail.smtp]`)
}

/** Configs whose parts contradict each other, and the fault. */
const contradictions: readonly (readonly [string, string])[] = [
  [
    changed('mail.imap', 'done_folder', 'done_folder = "INBOX"'),
    'mail.imap.done_folder: must be another folder than mail.imap.folder',
  ],
  [
    added('mail.imap', 'password = "x"'),
    'mail.imap.password_file: give either password or password_file, not both',
  ],
  [
    added('mail.smtp', 'password = "x"\npassword_file = "y"'),
    'mail.smtp.password_file: give either password or password_file, not both',
  ],
  [
    withOauth('provider = "microsoft"\nclient_id = "1"'),
    'mail.imap.password_file: give either a password or [mail.oauth], not both',
  ],
  [
    withOauth('provider = "google"\nclient_id = "1"\nclient_secret = "a"\nclient_secret_file = "b"', false),
    'mail.oauth.client_secret_file: give either client_secret or client_secret_file, not both',
  ],
  [
    withOauth('provider = "http://login.office.example"\nclient_id = "1"', false),
    'mail.oauth.provider: must be "microsoft", "google", or the https:// address of an OpenID provider (its issuer) (here: "http://login.office.example")',
  ],
  [
    withOauth('provider = "google"\nclient_id = "1"\nclient_secret = 8472910', false),
    'mail.oauth.client_secret: must be text in quotes (here: not shown)',
  ],
  [added('modem', 'pin = "1234"'), 'modem.pin_file: give either pin or pin_file, not both'],
  [
    changed('trust', 'authserv_id', ''),
    'trust.authserv_id: missing; it is the first word of the Authentication-Results field that your mail server writes',
  ],
  [
    changed('mail.imap', 'security', 'security = "none"'),
    'mail.imap.security: "none" sends the password in clear text; use "tls" or "starttls", or set insecure = true',
  ],
  [
    changed('mail.smtp', 'security', 'security = "none"'),
    'mail.smtp.security: "none" sends the password in clear text; use "tls" or "starttls", or set insecure = true',
  ],
  [
    changed('modem', 'country', '').replace('+4917000000001', '+8821234567890'),
    'modem.country: missing; modem.number does not tell the country',
  ],
]

for (const [source, told] of contradictions)
  test(`a contradiction is refused: ${told}`, () => {
    const [line, ...others] = faultsOf(source)
    assert.equal(line?.replace(/^\d+: /, ''), told)
    assert.deepEqual(others, [])
    assert.ok(Number.parseInt(line ?? '', 10) > 0)
  })

test('a line in clear text is allowed on the own machine, or where the operator insists', () => {
  const bare = changed('mail.imap', 'security', 'security = "none"')
  for (const host of ['127.0.0.1', 'localhost', '::1', '127.1.2.3'])
    assert.deepEqual(faultsOf(bare.replace('imap.office.example', host)), [])
  assert.deepEqual(faultsOf(bare.replace('folder =', 'insecure = true\nfolder =')), [])
  assert.equal(faultsOf(bare.replace('imap.office.example', '127.0.0.1.example')).length, 1)
})

/** Wrong configs in which a secret stands. */
const leaky: readonly (readonly [string, string])[] = [
  ['a password that is a number', changed('mail.imap', 'password_file', 'password = 8472910')],
  ['a password under a misspelt key', changed('mail.imap', 'password_file', 'pasword = "8472910"')],
  ['a PIN with a letter', changed('modem', 'pin_file', 'pin = "8472910x"')],
  ['a password without its end quote', changed('mail.imap', 'password_file', 'password = "8472910')],
  [
    'a section written as a URL',
    smallest.replace(/\[mail\.imap\][\s\S]*\[mail\.smtp\]/, 'imap = "imaps://u:8472910@h"\n[mail.smtp]'),
  ],
  [
    'a section written as a list',
    smallest.replace(/\[mail\.imap\][\s\S]*\[mail\.smtp\]/, 'imap = ["u", "8472910"]\n[mail.smtp]'),
  ],
  ['an empty password file key', changed('mail.imap', 'password_file', 'password_file = ["8472910"]')],
]

for (const [what, source] of leaky)
  test(`no message shows a secret: ${what}`, () => {
    const told = faultsOf(source)
    assert.ok(told.length > 0)
    assert.doesNotMatch(told.join('\n'), /8472910/)
  })

test('the line of a key is found in its own section, also when it is written with dots or quotes', () => {
  const source = 'a = 1\n[one]\nport = 1\n[two]\n"port" = 2\nsub.key = 3\nlist = [\n  "x",\n]\n'
  assert.equal(lineOf(source, 'a'), 1)
  assert.equal(lineOf(source, 'one.port'), 3)
  assert.equal(lineOf(source, 'two.port'), 5)
  assert.equal(lineOf(source, 'two.sub.key'), 6)
  assert.equal(lineOf(source, 'two.list.0'), 7)
  assert.equal(lineOf(source, 'two.absent'), 4)
  assert.equal(lineOf(source, 'three.absent'), 1)
})
