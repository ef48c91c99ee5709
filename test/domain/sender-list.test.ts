// The list of senders: what each form allows, what is refused, and that long lists and hostile entries cost nothing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchesSender, senderPatternFault } from '../../src/domain/sender-list.ts'

const rows: readonly (readonly [entry: string, allowed: readonly string[], others: readonly string[]])[] = [
  [
    'anna@office.example',
    ['anna@office.example', 'ANNA@Office.Example'],
    ['bob@office.example', 'xanna@office.example', 'anna@x.office.example', 'anna@office.example.evil'],
  ],
  [
    '@office.example',
    ['anna@office.example', 'a.b+c@OFFICE.example'],
    ['anna@x.office.example', 'anna@xoffice.example', 'office.example', '@office.example'],
  ],
  ['*@office.example', ['anna@office.example'], ['anna@x.office.example']],
  [
    '@*.office.example',
    ['anna@x.office.example', 'anna@a.b.c.office.example'],
    ['anna@office.example', 'anna@xoffice.example', 'anna@.office.example', 'anna@x.office.example.evil'],
  ],
  [
    'alarm-*@office.example',
    ['alarm-1@office.example', 'alarm-@office.example', 'Alarm-door@office.example'],
    ['xalarm-1@office.example', 'alarm@office.example', 'alarm-1@x.office.example'],
  ],
  ['*-ups@office.example', ['a-ups@office.example'], ['a-ups2@office.example']],
  ['a*a@office.example', ['aa@office.example', 'axa@office.example'], ['a@office.example']],
  ['ups@*.office.example', ['ups@x.office.example'], ['anna@x.office.example', 'ups@office.example']],
  ['@büro.example', ['anna@büro.example', 'anna@xn--bro-hoa.example'], ['anna@buro.example']],
  ['@xn--bro-hoa.example', ['anna@Büro.example'], ['anna@buro.example']],
]
for (const [entry, allowed, others] of rows)
  test(`"${entry}" on the list allows what it says and nothing else`, () => {
    assert.equal(senderPatternFault(entry), null)
    for (const address of allowed) assert.equal(matchesSender(address, [entry]), true, address)
    for (const address of others) assert.equal(matchesSender(address, [entry]), false, address)
  })

const refused: readonly (readonly [entry: string, reason: RegExp])[] = [
  ['*', /every sender/],
  ['*@*', /every sender/],
  ['@*', /every sender/],
  ['@', /forms/],
  ['@*.', /every sender/],
  ['@*.*', /every sender/],
  ['@*.example', /too many senders/],
  ['*@*.example', /too many senders/],
  ['anna@*.example', /too many senders/],
  ['anna@*', /only as/],
  ['anna@of*.example', /only as/],
  ['anna@x.*.example', /only as/],
  ['*a*@office.example', /one star/],
  ['*a*a*a*@x.example', /one star/],
  ['**@office.example', /one star/],
  ['anna', /forms/],
  ['*anna', /forms/],
  ['', /forms/],
  ['anna@', /forms/],
  ['an na@office.example', /forms/],
  ['@office..example', /forms/],
  ['@*.-.example', /forms/],
]
for (const [entry, reason] of refused)
  test(`"${entry}" is refused as an entry and matches nobody`, () => {
    assert.match(senderPatternFault(entry) ?? '', reason)
    assert.equal(matchesSender('anna@office.example', [entry]), false)
    assert.equal(matchesSender('anna@x.example', [entry]), false)
  })

test('a list without stars holds exactly its addresses', () => {
  const name = fc.stringMatching(/^[a-z]{1,8}$/)
  const address = fc.tuple(name, name).map(([local, domain]) => `${local}@${domain}.example`)
  fc.assert(
    fc.property(fc.array(address), address, (list, asked) => {
      assert.equal(matchesSender(asked, list), list.includes(asked))
    }),
  )
})

test('no entry that is accepted allows an address outside the domain it names', () => {
  const piece = fc.constantFrom('a', 'b', '*', '.', '@', '*.', 'office.example', 'x', '-', '')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const entry = pieces.join('')
      if (senderPatternFault(entry) !== null) return
      assert.equal(matchesSender('someone@never-named.test', [entry]), false, entry)
    }),
    { numRuns: 2_000 },
  )
})

test('100,000 questions to a list of 1,000 entries take no noticeable time', () => {
  const list = Array.from({ length: 1_000 }, (_, i) =>
    i % 3 === 0 ? `@d${i}.example` : i % 3 === 1 ? `alarm-*@d${i}.example` : `@*.d${i}.example`,
  )
  const begun = performance.now()
  let hits = 0
  for (let i = 0; i < 100_000; i++) if (matchesSender(`anna@x.d${i % 1_500}.example`, list)) hits++
  assert.ok(hits > 0)
  assert.ok(performance.now() - begun < 5_000, 'the list is compiled at every question')
})
