// The CSV of binding files: what spreadsheet programs write is read, what is written is read back, and every fault has its line.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type CsvRow, csvLine, readCsv } from '../../../src/cli/binding/csv.ts'

const read = (file: string | Buffer): CsvRow[] => {
  const rows: CsvRow[] = []
  assert.equal(
    readCsv(Buffer.from(file), (row) => rows.push(row)),
    null,
  )
  return rows
}
const cellsOf = (file: string | Buffer) => read(file).map(({ cells }) => cells)
const faultOf = (file: string | Buffer) => readCsv(Buffer.from(file), () => undefined)

test('comma, semicolon and tab part cells: the one that the first line holds most often', () => {
  const cells = [
    ['mailbox', 'number'],
    ['a;b', 'c,d'],
  ]
  assert.deepEqual(cellsOf('mailbox,number\n"a;b","c,d"\n'), cells)
  assert.deepEqual(cellsOf('mailbox;number\n"a;b";"c,d"\n'), cells)
  assert.deepEqual(cellsOf('mailbox\tnumber\n"a;b"\t"c,d"\n'), cells)
  assert.deepEqual(cellsOf('mailbox\n'), [['mailbox']])
})

test('a byte order mark, any line end and a missing last line end make no difference', () => {
  for (const end of ['\n', '\r\n', '\r'])
    for (const last of ['', end])
      assert.deepEqual(cellsOf(`\ufeffa,b${end}1,ü${last}`), [
        ['a', 'b'],
        ['1', 'ü'],
      ])
  assert.deepEqual(cellsOf('a,b\r\n1,2\n3,4\r\n'), [
    ['a', 'b'],
    ['1', '2'],
    ['3', '4'],
  ])
})

test('rows without any text are left out', () => {
  assert.deepEqual(cellsOf('a,b\n\n,\n"  ", \n1,2\n\n'), [
    ['a', 'b'],
    ['1', '2'],
  ])
})

test('a row has the line of the file in which it begins, whatever line breaks stood in quotes before', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const file = ['a,b', '"one', 'two', '', 'three",x', '', 'c,d', '"e', '",f'].join(end)
    assert.deepEqual(
      read(file).map(({ line }) => line),
      [1, 2, 7, 8],
    )
    assert.equal(read(file)[1]?.cells[0], ['one', 'two', '', 'three'].join(end))
  }
})

test('blank lines before the heading are counted', () => {
  assert.deepEqual(
    read('\n\r\na,b\n').map(({ line }) => line),
    [3],
  )
})

test('a fault of the file has the line of the row in which it stands, and a reason', () => {
  const cases: readonly [string, number, RegExp][] = [
    ['a,b\n1,2\n"3,4\n5,6\n', 3, /never closed/],
    ['a,b\n"x\ny",1\n"1"2,3\n', 4, /closing quotation mark/],
    ['a,b\n1,2"3\n', 2, /without quotes/],
    [`a,b\n1,2\n"${'x'.repeat(30_000)}`, 3, /more than 20000 characters/],
  ]
  for (const [file, line, reason] of cases) {
    const fault = faultOf(file)
    assert.equal(fault?.line, line, file.slice(0, 40))
    assert.match(fault?.reason ?? '', reason)
  }
})

test('a file in another encoding than UTF-8 is refused at its first line that shows it', () => {
  assert.deepEqual(faultOf(Buffer.from('mailbox,number,name\nx,1,Anna\nx,2,B\xfcro\n', 'latin1'))?.line, 3)
  assert.match(faultOf(Buffer.from('\ufeffmailbox,number\n', 'utf16le'))?.reason ?? '', /CSV UTF-8/)
  assert.equal(faultOf('')?.line, undefined)
})

test('a text that a spreadsheet program would run as a formula gets an apostrophe, and loses it when it is read', () => {
  assert.equal(
    csvLine(['=HYPERLINK(1)', '+1', '-1', '@SUM', 'plain', "'plain"]),
    "'=HYPERLINK(1),'+1,'-1,'@SUM,plain,'plain\n",
  )
  assert.equal(csvLine(["'=1"]), "''=1\n")
  assert.equal(csvLine(['+4917012345678'], new Set([0])), '+4917012345678\n')
  assert.deepEqual(cellsOf("'+4917012345678,'=1,''=1,'x\n"), [['+4917012345678', '=1', "'=1", "'x"]])
})

test('what is written is read back as the same cells', () => {
  const piece = fc.constantFrom(
    '"',
    ',',
    ';',
    '\n',
    '\r',
    '\t',
    "'",
    '=',
    '+',
    '-',
    '@',
    ' ',
    'x',
    'ü',
    '👍',
    '\ufeff',
  )
  const cell = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    fc.string({ unit: 'grapheme' }),
  )
  const row = fc.array(cell, { minLength: 3, maxLength: 3 })
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), (written) => {
      const cells = written.map((each) => each.map((text) => text.replaceAll('\0', '')))
      const file = csvLine(['a', 'b', 'c']) + cells.map((each) => csvLine(each)).join('')
      const kept = cells.filter((each) => each.some((text) => text.trim() !== ''))
      assert.deepEqual(cellsOf(file).slice(1), kept)
    }),
    { numRuns: 500, examples: [[[['', '\t', '']]]] },
  )
})
