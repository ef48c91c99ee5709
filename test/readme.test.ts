// Keeps README.md true: its tables are compared with the code.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseConfig } from '../src/config/config.ts'
import { optionDefaults } from '../src/config/schema.ts'
import { errorCodes } from '../src/domain/errors.ts'
import { reasons } from '../src/exchange/decide/reasons.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

/** First cells of the table rows in a chapter, without back-ticks, with the second cell. */
function rows(chapter: string, after = ''): (readonly [string, string])[] {
  const text = readme
    .split(`\n## ${chapter}\n`)[1]
    ?.split('\n## ')[0]
    ?.split(after)
    .at(after === '' ? 0 : 1)
  assert.ok(text !== undefined, `README.md has no chapter ${chapter}`)
  return [...text.matchAll(/^\| (`[^|]*`) \| ([^|]*?) \|/gm)].flatMap(([, first = '', second = '']) =>
    [...first.matchAll(/`([^`]+)`/g)].map(([, name = '']) => [name, second] as const),
  )
}

test('the table of options names every option with its default, and no other', () => {
  const shown = new Map(
    [...readme.matchAll(/^\| `([a-z]+(?:\.[a-z_]+)+)` \| (.*?) \|/gm)].map(([, key = '', value = '']) => [
      key,
      value,
    ]),
  )
  const real = optionDefaults()
  assert.deepEqual([...shown.keys()].sort(), [...real.keys()].sort())
  for (const [key, standard] of real) {
    if (key === 'exchange.denied_numbers') continue
    const expected = standard === undefined ? '–' : `\`${JSON.stringify(standard)}\``
    assert.equal(shown.get(key), expected, `default of ${key}`)
  }
})

test('the table of reasons is the one of the code: every reason, its meaning and its cure, word for word', () => {
  const table =
    readme.split('Reasons of the exchange:')[1]?.split('Error codes in logs and messages:')[0] ?? ''
  const shown = [...table.matchAll(/^\| `([a-z0-9-]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
    ([, name, means = '', cure = '']) => [name, means.replaceAll('`', ''), cure.replaceAll('`', '')],
  )
  const real = Object.entries(reasons).map(([name, { means, cure }]) => [name, means, cure ?? '–'])
  assert.deepEqual(shown, real)
})

test('the table of error codes names every code, and no other', () => {
  const shown = rows('Symptoms and cures', 'Error codes in logs and messages:').map(([name]) => name)
  assert.deepEqual(shown.sort(), Object.keys(errorCodes).sort())
})

test('the smallest config of README.md is accepted', () => {
  const toml = /```toml\n([\s\S]*?)```/.exec(readme)?.[1] ?? ''
  const config = parseConfig(toml.replace(/^ {3}/gm, ''), '/etc/simpost/simpost.toml')
  assert.equal(config.modem.country, 'DE')
  assert.equal(config.mail.smtp.user, 'sms@office.example')
})
