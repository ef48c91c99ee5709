// The file of the senders' secrets: read anew, refused by line number, never shown.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseConfig } from '../../src/config/config.ts'
import { parseSenderSecrets } from '../../src/config/sender-secrets.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { added, smallest } from './smallest.ts'

const folder = mkdtempSync(join(tmpdir(), 'simpost-secrets-'))
after(() => rmSync(folder, { recursive: true }))

const config = parseConfig(added('trust', 'secrets_file = "senders"'), join(folder, 'simpost.toml'))

test('each line gives the secret of one sender; comments, blank lines and line ends of any kind are left out', () => {
  const text =
    '\uFEFF# who may send\r\n\r\nAnna@Office.example  correct-horse\r\n\tups@alarm.example\t8characs # door\n  \n#x'
  assert.deepEqual(
    [...parseSenderSecrets(text, 'f')],
    [
      ['anna@office.example', 'correct-horse'],
      ['ups@alarm.example', '8characs'],
    ],
  )
})

const wrong: readonly (readonly [line: string, what: RegExp])[] = [
  ['correct-horse anna@office.example', /does not begin with a mail address/],
  ['anna@office.example', /at least 8 characters/],
  ['anna@office.example short77', /at least 8 characters/],
  [`anna@office.example ${'correct'.repeat(10)}`, /at most 64 characters/],
  ['anna@office.example correct horse', /one word/],
  ['anna@office.example correct]horse', /brackets/],
  ['anna@office.example correct\u0000horse', /control/],
  ['ANNA@office.example correct-horse-2', /earlier line/],
]
for (const [line, what] of wrong)
  test(`a wrong line is refused by its number and not shown: ${JSON.stringify(line).slice(0, 60)}`, () => {
    const text = `anna@office.example first-of-all\n# comment\n${line}\n`
    assert.throws(
      () => parseSenderSecrets(/first|ANNA/.test(line) ? text : text.replace(/^.*\n/, '\n'), '/etc/senders'),
      (error) =>
        error instanceof GatewayError &&
        error.code === 'CONFIG_INVALID' &&
        error.message.startsWith('/etc/senders:3: ') &&
        what.test(error.message) &&
        !/correct|horse|short77|anna/i.test(`${error.message} ${error.hint?.replace(/anna@\S+/, '')}`),
    )
  })

test('the file is read anew every time, beside the config file', () => {
  writeFileSync(join(folder, 'senders'), 'anna@office.example correct-horse\n')
  assert.equal(config.trust.secrets().get('anna@office.example'), 'correct-horse')
  writeFileSync(join(folder, 'senders'), 'anna@office.example battery-staple\n')
  assert.equal(config.trust.secrets().get('anna@office.example'), 'battery-staple')
  assert.doesNotMatch(JSON.stringify(config), /battery|secrets_file/)
})

test('a file that cannot be read is CONFIG_INVALID; without a file nobody has a secret', () => {
  const absent = parseConfig(added('trust', 'secrets_file = "absent"'), join(folder, 'simpost.toml'))
  assert.throws(
    () => absent.trust.secrets(),
    (error) =>
      error instanceof GatewayError &&
      error.code === 'CONFIG_INVALID' &&
      error.message.includes(join(folder, 'absent')),
  )
  assert.equal(parseConfig(smallest, 'x.toml').trust.secrets().size, 0)
})
