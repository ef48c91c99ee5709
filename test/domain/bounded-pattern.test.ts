// Regular expressions of the config: what is accepted, and that no text keeps one busy.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { groupIn, patternFault } from '../../src/domain/bounded-pattern.ts'

test('a pattern needs exactly one group, and has to be one', () => {
  for (const pattern of ['([0-9]+)', '(?:a|b)([0-9]+)', String.raw`\(([0-9]+)`])
    assert.equal(patternFault(pattern), null, pattern)
  assert.match(patternFault('[0-9]+') ?? '', /not 0$/)
  assert.match(patternFault('(a)(b)') ?? '', /not 2$/)
  assert.match(patternFault('(a') ?? '', /regular expression/)
  assert.match(patternFault(`(${'a'.repeat(300)})`) ?? '', /200 characters/)
})

test('the group is found in the first 400 characters, and nothing where it is missing', () => {
  assert.equal(groupIn('([0-9]+)', 'You have 12 EUR'), '12')
  assert.equal(groupIn('([0-9]+)', 'nothing'), null)
  assert.equal(groupIn('a|([0-9]+)', 'a'), null)
  assert.equal(groupIn('([0-9]+)', `${' '.repeat(400)}12`), null)
})

test('a pattern that would try for years ends within a second', () => {
  const begin = performance.now()
  assert.equal(groupIn('((?:a+)+)b', 'a'.repeat(400)), null)
  assert.ok(performance.now() - begin < 1000)
})
