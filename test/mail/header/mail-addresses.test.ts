// Who wrote a mail: From fields that are clearly one author, and the tricks by which one seems to be another.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

async function authorOf(header: string | Buffer) {
  const head = typeof header === 'string' ? Buffer.from(header.replace(/\n/g, '\r\n')) : header
  const { from, fromProblem } = await readMail(Buffer.concat([head, Buffer.from('\r\n\r\nhi\r\n')]), {
    ownInstance: 'box-1',
    authservId: null,
    trustMethod: 'from',
    recordedFields: defaultRecordedFields,
    truncated: false,
  })
  return { from, fromProblem }
}

const encoded = (text: string): string => `=?utf-8?B?${Buffer.from(text).toString('base64')}?=`
const evil = '<x@evil.example>'

const honest: readonly (readonly [field: string, address: string, name: string])[] = [
  ['From: Anna <anna@office.example>', 'anna@office.example', 'Anna'],
  ['from:anna@office.example', 'anna@office.example', ''],
  ['From : anna@office.example', 'anna@office.example', ''],
  ['From: "Muster, Anna" <anna@office.example>', 'anna@office.example', 'Muster, Anna'],
  [`From: ${encoded('Müller, Anna')} <anna@office.example>`, 'anna@office.example', 'Müller, Anna'],
  ['From: "anna@office.example" <anna@office.example>', 'anna@office.example', 'anna@office.example'],
  ['From: Anna @anna <anna@office.example>', 'anna@office.example', 'Anna @anna'],
  [`From: ${encoded('王芳 (销售部)')} <wang@office.example>`, 'wang@office.example', '王芳 (销售部)'],
  [`From: ${encoded('Anna\r\n')} <anna@office.example>`, 'anna@office.example', 'Anna'],
  ['From: Anna\n <anna@office.example>', 'anna@office.example', 'Anna'],
]
for (const [field, address, name] of honest)
  test(`one author is taken: ${JSON.stringify(field)}`, async () => {
    assert.deepEqual(await authorOf(field), { from: { address, name }, fromProblem: null })
  })

const refused: readonly (readonly [what: string, field: string, problem: string])[] = [
  ['two fields', 'From: anna@office.example\nFrom: x@evil.example', 'several'],
  ['two equal fields', 'From: anna@office.example\nFrom: anna@office.example', 'several'],
  ['two fields far apart', 'From: x@evil.example\nSubject: a\nX-A: b\nFROM: anna@office.example', 'several'],
  ['two fields, one with a blank', 'From : x@evil.example\nFrom: anna@office.example', 'several'],
  ['two fields, one of them empty', 'From:\nFrom: anna@office.example', 'several'],
  ['two addresses', 'From: anna@office.example, x@evil.example', 'several'],
  ['two addresses with a semicolon', 'From: anna@office.example; x@evil.example', 'several'],
  ['a group', 'From: friends: anna@office.example;', 'group'],
  ['a group that is empty', 'From: anna@office.example:;', 'group'],
  ['a group behind an address', 'From: anna@office.example, g: x@evil.example;', 'group'],
  ['no address', 'From: Anna Muster', 'unreadable'],
  ['a name that is an address in quotes', 'From: "anna@office.example"', 'unreadable'],
  ['a quoted local part with an address', 'From: "anna@office.example"@evil.example', 'unreadable'],
  ['an address behind the address', 'From: <anna@office.example>@evil.example', 'unreadable'],
  ['two angle addresses', 'From: <anna@office.example> <x@evil.example>', 'unreadable'],
  ['two bare addresses', 'From: anna@office.example x@evil.example', 'unreadable'],
  ['a bracket that never closes', 'From: Anna <anna@office.example', 'unreadable'],
  ['a comment that never closes', 'From: anna@office.example (Anna', 'unreadable'],
  ['an encoded word as the address', `From: ${encoded('anna@office.example')}`, 'unreadable'],
  ['encoded angle brackets', `From: ${encoded('Anna <anna@office.example>')}`, 'unreadable'],
  ['a NUL in the address', 'From: anna@office.example\u0000@evil.example', 'unreadable'],
  [
    'a line break in an encoded word',
    `From: ${encoded('Anna\r\nBcc: y@evil.example')} <anna@office.example>`,
    'unreadable',
  ],
  [
    'a line break in quoted-printable',
    'From: =?utf-8?Q?Anna=0D=0AFrom=3A_Boss?= <anna@office.example>',
    'unreadable',
  ],
  ['a bare line feed in an encoded word', 'From: =?iso-8859-1?Q?a=0Ab?= <anna@office.example>', 'unreadable'],
  ['an address as name', `From: "boss@office.example" ${evil}`, 'display-name'],
  ['an address as name without quotes', `From: boss@office.example ${evil}`, 'display-name'],
  [
    'an address in the middle of a name',
    `From: "The Boss, boss@office.example (mobile)" ${evil}`,
    'display-name',
  ],
  ['an encoded address', `From: ${encoded('boss@office.example')} ${evil}`, 'display-name'],
  [
    'an address split over encoded words',
    `From: ${encoded('boss@off')} ${encoded('ice.example')} ${evil}`,
    'display-name',
  ],
  ['a full-width at', `From: ${encoded('boss＠office.example')} ${evil}`, 'display-name'],
  ['a small at', `From: ${encoded('boss﹫office.example')} ${evil}`, 'display-name'],
  [
    'full-width letters',
    `From: ${encoded('ｂｏｓｓ＠ｏｆｆｉｃｅ．ｅｘａｍｐｌｅ')} ${evil}`,
    'display-name',
  ],
  ['an ideographic full stop', `From: ${encoded('boss@office。example')} ${evil}`, 'display-name'],
  ['zero-width blanks', `From: ${encoded('boss\u200b@\u200boffice.example')} ${evil}`, 'display-name'],
  [
    'a zero-width no-break blank',
    `From: ${encoded('boss\ufeff@\ufeffoffice.example')} ${evil}`,
    'display-name',
  ],
  ['a soft hyphen', `From: ${encoded('bo\u00adss\u2060@office.example')} ${evil}`, 'display-name'],
  ['a direction override', `From: ${encoded('\u202eelpmaxe.eciffo@ssob\u202c')} ${evil}`, 'display-name'],
  ['blanks around the at', `From: "boss @ office.example" ${evil}`, 'display-name'],
  [
    'thin blanks around the at',
    `From: ${encoded('boss\u2009@\u200aoffice.example')} ${evil}`,
    'display-name',
  ],
  ['a comment as name', 'From: x@evil.example (boss@office.example)', 'display-name'],
]
for (const [what, field, problem] of refused)
  test(`no author is taken from ${what}`, async () => {
    assert.deepEqual(await authorOf(field), { from: null, fromProblem: problem })
  })

test('an encoded word inside the address is never decoded', async () => {
  const { from } = await authorOf('From: <=?utf-8?Q?anna=40office.example?=@evil.example>')
  assert.equal(from?.address, '=?utf-8?Q?anna=40office.example?=@evil.example')
})

test('whatever the From field holds, at most one author comes out, and the name never shows another address', async () => {
  const piece = fc.constantFrom(
    ...['anna@office.example', 'x@evil.example', '<', '>', '"', '(', ')', ',', ';', ':', ' ', '\\', '\n '],
    ...['＠', '\u200b', '=?utf-8?Q?boss=40office.example?=', 'Anna', '@', '\u0000', '\nFrom: '],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 10 }), async (pieces) => {
      const { from, fromProblem } = await authorOf(`X-A: b\nFrom: ${pieces.join('')}`)
      assert.equal(from === null, fromProblem !== null)
      if (from === null) return
      assert.match(from.address, /^[^\s<>"(),;:@]+@[^\s<>"(),;:@]+$/)
      const shown = from.name.normalize('NFKC').match(/[a-z]+@[a-z]+\.example/g) ?? []
      assert.deepEqual(
        shown.filter((address) => address !== from.address),
        [],
      )
    }),
    { numRuns: 1_000 },
  )
})
