// Import and export of the binding table with the real program: all rows or none, every wrong line by its number, and the way back.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Binding } from '../../../src/domain/binding.ts'
import { createBindings } from '../../../src/store/bindings.ts'
import { createConversations } from '../../../src/store/conversations.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { smallest } from '../../config/smallest.ts'
import { buildProgram, type Finished, type Program } from '../../scenario/program.ts'
import { newBinding } from '../../store/temp-store.ts'

let program: Program
const folder = mkdtempSync(join(tmpdir(), 'simpost-import-'))
let boxes = 0

before(async () => {
  program = await buildProgram()
})
after(async () => {
  await program.remove()
  rmSync(folder, { recursive: true, force: true })
})

/** A box with an empty table of its own. */
function box() {
  const database = join(folder, `${++boxes}.db`)
  const config = join(folder, `${boxes}.toml`)
  writeFileSync(config, smallest.replace(/^path = .*$/m, `path = "${database}"`))
  const run = (verb: string, args: readonly string[] = [], input = ''): Promise<Finished> =>
    program.run(['binding', verb, ...args, '--config', config], input)
  return {
    run,
    importText: (text: string, ...args: readonly string[]) => run('import', ['-', ...args], text),
    list: async (): Promise<Record<string, unknown>[]> => JSON.parse((await run('list', ['--json'])).stdout),
    withStore: <T>(work: (store: ReturnType<typeof openStore>) => T): T => {
      const store = openStore(database)
      try {
        return work(store)
      } finally {
        store.close()
      }
    },
  }
}

test('a file needs only mailbox and number, in any order; national numbers are read in the country of the SIM', async () => {
  const office = box()
  const done = await office.importText('Number;Mailbox\r\n0170 12345678;Bob@Office.example\r\n')
  assert.equal(done.stderr, '')
  assert.equal(done.stdout, '1 added, 0 changed, 0 as they were\n')
  const [bob] = await office.list()
  assert.equal(bob?.mailbox, 'Bob@office.example')
  assert.equal(bob?.number, '+4917012345678')
  assert.equal(bob?.origin, 'cli')
  assert.equal(bob?.quiet_hours, null)
})

test('every wrong row is named with its line and all that is wrong, and nothing is imported', async () => {
  const office = box()
  await office.run('add', ['taken@office.example', '+4917099999999', '--alias', 'taken'])
  const rows = [
    'mailbox,number,alias,name,line,quiet_hours,parts_max,digest,language,expires', // 1
    'good@office.example,+4917011111111,good,"A', // 2 and 3
    'B",,,,,,',
    'no-address,+4917022222222,,,,,,,,', // 4
    'a@office.example,12,,,,25:00-07:00,0,maybe,it,tomorrow', // 5
    'b@office.example,+4917000000001,,,,,,,,', // 6
    'c@office.example,+4990012345678,,,,,,,,', // 7
    'sms@office.example,+4917033333333,,,,,,,,', // 8
    'd@office.example,+4917044444444,x,,,,,,,', // 9
    'D@OFFICE.example,+4917044444444,X,,,,,,,', // 10
    'taken@office.example,+4917055555555,,,,,,,,', // 11
    'e@office.example,+4917099999999,Taken,,,,,,,', // 12
    'f@office.example,+4917066666666,,,yes,,,,,', // 13
    'g@office.example,+4917077777777', // 14
    'h@office.example,4.91701E+12,,,,,,,,', // 15
    'i@office.example,+4917088888888,,,,,,,,2099-01-01', // 16
    '"j@office.example,x', // 17
  ]
  const { status, stdout, stderr } = await office.importText(rows.join('\r\n'))
  assert.equal(status, 1)
  assert.equal(stdout, '')
  const said: readonly [number, RegExp][] = [
    [2, /^name "A B": it holds a control character/],
    [4, /^mailbox "no-address": it has no @/],
    [5, /^number "12": it is too short/],
    [5, /^quiet_hours "25:00-07:00".*22:00-07:00/],
    [5, /^parts_max "0": .*1 to 255/],
    [5, /^digest "maybe": it is neither yes nor no/],
    [5, /^language "it": .*en, de, zh, fr or es/],
    [5, /^expires "tomorrow": it is no time/],
    [6, /^\+4917000000001 cannot be bound: .*--line/],
    [7, /^\+4990012345678 cannot be bound: .*exchange\.denied_numbers/],
    [8, /^sms@office\.example is the box's own mailbox/],
    [10, /^d@office\.example stands in line 9 already/],
    [10, /^\+4917044444444 stands in line 9 already/],
    [10, /^@x stands in line 9 already/],
    [11, /^taken@office\.example is bound already: taken@office\.example and \+4917099999999/],
    [12, /^\+4917099999999 is bound already/],
    [12, /^@taken is the alias of taken@office\.example already/],
    [13, /^\+4917066666666 is not the SIM's own number/],
    [14, /^the row has 2 cells and the heading 10/],
    [15, /^number "4\.91701E\+12": .*format the column as text/],
    [16, /^expires "2099-01-01": it is more than 52 weeks away/],
    [17, /^a quotation mark is opened here and never closed/],
  ]
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines[0], 'nothing was imported')
  assert.match(lines.at(-1) ?? '', /^Try: .*--replace/)
  assert.equal(lines.length, said.length + 2, stderr)
  for (const [index, [line, reason]] of said.entries()) {
    const [, number, words] = /^line (\d+): (.*)$/.exec(lines[index + 1] ?? '') ?? []
    assert.equal(Number(number), line, lines[index + 1])
    assert.match(words ?? '', reason)
  }
  assert.equal((await office.list()).length, 1)
})

test('of very many wrong rows fifty are named and the rest is counted', async () => {
  const rows = Array.from({ length: 120 }, (_, index) => `person${index}@office.example,12`)
  const { status, stderr } = await box().importText(`mailbox,number\n${rows.join('\n')}\n`)
  assert.equal(status, 1)
  const lines = stderr.trimEnd().split('\n')
  assert.equal(lines.filter((line) => line.startsWith('line ')).length, 50)
  assert.equal(lines.at(-2), 'and 70 more')
})

test('a heading that is wrong is refused with the right column, and no row is blamed for it', async () => {
  const cases: readonly [string, RegExp][] = [
    ['mailbox,nummer\na@b.example,12\n', /line 1: there is no column "nummer"; did you mean "number"\?/],
    ['mailbox,number,Quiet Hours\n', /no column "quiet hours"; did you mean "quiet_hours"\?/],
    ['mailbox,number,part_max\n', /did you mean "parts_max"\?/],
    ['mailbox,number,colour\n', /no column "colour"; the columns are mailbox, number, alias/],
    ['mailbox,name\n', /line 1: the column "number" is missing/],
    ['mailbox,number,number\n', /line 1: the column "number" is there twice/],
    ['', /line 1: the file is empty/],
    ['mailbox,number\nx@y.example,\xfc\n', /line 2: the file is not UTF-8/],
  ]
  const office = box()
  for (const [text, says] of cases) {
    const file = join(folder, 'heading.csv')
    writeFileSync(file, text, 'latin1')
    const { status, stderr } = await office.run('import', [file])
    assert.equal(status, 1, text)
    assert.match(stderr, says)
    assert.doesNotMatch(stderr, /"12"/)
    assert.match(stderr, /^Try: /m)
  }
})

test('a file that is not there is wrong usage', async () => {
  const { status, stderr } = await box().run('import', [join(folder, 'none.csv')])
  assert.equal(status, 2)
  assert.match(stderr, /none\.csv cannot be read: ENOENT[^\n]*\nTry: /)
})

test('--replace changes what is bound, keeps what the file has no column for, and lets two people swap their numbers', async () => {
  const office = box()
  await office.run('add', ['anna@office.example', '+4917011111111', '--alias', 'anna', '--urgent'])
  await office.run('add', ['bob@office.example', '+4917022222222', '--language', 'de'])
  await office.run('add', ['carl@office.example', '+4917033333333', '--name', 'Carl'])
  const text = [
    'mailbox,number,name',
    'Anna@office.example,+4917022222222,Anna',
    'bob@office.example,+4917011111111,',
    'charles@office.example,+4917033333333,Charles',
    'new@office.example,+4917044444444,',
  ].join('\n')
  assert.equal((await office.importText(text)).status, 1)
  const looked = await office.importText(text, '--replace', '--dry-run')
  assert.equal(looked.stdout, '1 would be added, 3 would be changed, 0 as they were\n', looked.stderr)
  assert.equal((await office.list()).length, 3)
  const done = await office.importText(text, '--replace')
  assert.equal(done.stdout, '1 added, 3 changed, 0 as they were\n', done.stderr)
  const facts = (await office.list()).map(({ mailbox, number, alias, name, urgent, language }) => [
    mailbox,
    number,
    alias,
    name,
    urgent,
    language,
  ])
  assert.deepEqual(facts, [
    ['Anna@office.example', '+4917022222222', 'anna', 'Anna', true, null],
    ['bob@office.example', '+4917011111111', null, null, null, 'de'],
    ['charles@office.example', '+4917033333333', null, 'Charles', null, null],
    ['new@office.example', '+4917044444444', null, null, null, null],
  ])
  const again = await office.importText(text, '--replace')
  assert.equal(again.stdout, '0 added, 0 changed, 4 as they were\n')
})

test('--replace refuses a row that would take a number from somebody whom no row moves', async () => {
  const office = box()
  await office.run('add', ['anna@office.example', '+4917011111111'])
  await office.run('add', ['bob@office.example', '+4917022222222'])
  const { status, stderr } = await office.importText(
    'mailbox,number\nanna@office.example,+4917022222222\n',
    '--replace',
  )
  assert.equal(status, 1)
  assert.match(stderr, /line 2: \+4917022222222 is bound already: bob@office\.example and \+4917022222222/)
  assert.deepEqual(
    (await office.list()).map(({ number }) => number),
    ['+4917011111111', '+4917022222222'],
  )
})

test('an import that moves a number ends the talk that ran over the old one', async () => {
  const office = box()
  await office.run('add', ['bob@office.example', '+4917022222222'])
  office.withStore((store) =>
    createConversations(store).touch({
      number: '+4917022222222',
      correspondent: 'bob@office.example',
      subject: 'x',
      domain: 'office.example',
      now: Date.now(),
      expiresAt: Date.now() + 60_000,
    }),
  )
  const done = await office.importText('mailbox,number\nbob@office.example,+4917033333333\n', '--replace')
  assert.match(done.stdout, /^1 talk ended with the old numbers$/m)
  assert.deepEqual(
    office.withStore((store) => createConversations(store).openOf('+4917022222222', Date.now())),
    [],
  )
})

test('a temporary binding whose time is over is left out and told, one that lasts is imported beside the permanent one', async () => {
  const office = box()
  const ends = new Date(Date.now() + 3_600_000).toISOString()
  const done = await office.importText(
    `mailbox,number,expires\nbob@office.example,+4917011111111,\nbob@office.example,+4917022222222,${ends}\nold@office.example,+4917033333333,2020-01-01T00:00:00Z\n`,
  )
  assert.equal(
    done.stdout,
    '2 added, 0 changed, 0 as they were\n1 row left out: its time is over\n',
    done.stderr,
  )
  assert.deepEqual(
    (await office.list()).map(({ expires }) => expires),
    [null, ends],
  )
})

test('--json tells the outcome, and the faults by line', async () => {
  const office = box()
  const wrong = await office.importText('mailbox,number\nx,+4917011111111\n', '--json')
  assert.equal(wrong.status, 1)
  assert.deepEqual(JSON.parse(wrong.stdout).faults[0].line, 2)
  const right = await office.importText('mailbox,number\nx@y.example,+4917011111111\n', '--json')
  assert.deepEqual(JSON.parse(right.stdout), {
    imported: true,
    added: 1,
    changed: 0,
    unchanged: 0,
    ended: 0,
    talks_ended: 0,
    faults: [],
  })
})

test('long imports say every ten thousand rows how far they are, without terminal control', async () => {
  const rows = Array.from(
    { length: 10_000 },
    (_, index) => `p${index}@office.example,+49170${1_000_000 + index}`,
  )
  const { status, stdout, stderr } = await box().importText(`mailbox,number\n${rows.join('\n')}\n`)
  assert.equal(status, 0, stderr)
  assert.equal(stdout, '10000 added, 0 changed, 0 as they were\n')
  assert.equal(stderr, '10000 rows read\n10000 rows written\n')
})

test('an exported file is readable for its owner only, and leaves out what messages bound', async () => {
  const office = box()
  await office.run('add', ['bob@office.example', '+4917011111111', '--before', '=1+1'])
  office.withStore((store) =>
    createBindings(store).add(
      newBinding({
        number: '+4917022222222',
        origin: 'sms',
        createdAt: Date.now(),
        expiresAt: Date.now() + 60_000,
      }),
    ),
  )
  const file = join(folder, 'export.csv')
  const done = await office.run('export', [file])
  assert.equal(done.stdout, `exported 1 binding to ${file}\n`)
  assert.match(done.stderr, /^1 temporary binding that messages made left out$/m)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(
    readFileSync(file, 'utf8'),
    'mailbox,number,alias,name,line,mail_to_sms,sms_to_mail,quiet_hours,digest,urgent,parts_max,too_long,automatic,plain_letters,before,after,parts_per_day,validity,language,report,keep,expires\n' +
      "bob@office.example,+4917011111111,,,,,,,,,,,,,'=1+1,,,,,,,\n",
  )
  const elsewhere = await office.run('export', [join(folder, 'none', 'x.csv')])
  assert.equal(elsewhere.status, 2)
  assert.match(elsewhere.stderr, /cannot be written: ENOENT[^\n]*\nTry: /)
})

test('an exported table that is imported into an empty one gives the same table', async () => {
  const rule = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null })
  const words = fc
    .array(fc.constantFrom('"', ',', ';', "'", '=', '+', '@', '-', ' ', 'x', 'ü', '你', '👍', '\u200d'), {
      minLength: 1,
      maxLength: 12,
    })
    .map((pieces) => pieces.join(''))
    // A blank text counts as none.
    .filter((text) => text.trim() !== '')
  const policy = fc.constantFrom('always', 'flagged', 'never')
  const bindingOf = fc.record({
    name: rule(words),
    alias: rule(fc.constantFrom('a', 'müller', 'x.y-z_1')),
    mailToSms: rule(policy),
    smsToMail: rule(policy),
    quietHours: rule(fc.constantFrom('22:00-07:00', '00:00-06:30', 'none')),
    digest: rule(fc.boolean()),
    urgent: rule(fc.boolean()),
    partsMax: rule(fc.integer({ min: 1, max: 255 })),
    tooLong: rule(fc.constantFrom('cut', 'refuse')),
    automatic: rule(fc.constantFrom('allow', 'drop')),
    plainLetters: rule(fc.boolean()),
    before: rule(words),
    after: rule(words),
    partsPerDay: rule(fc.integer({ min: 1, max: 1_000_000 })),
    validity: rule(fc.constantFrom('5m', '12h', '63w')),
    keep: rule(fc.constantFrom('7d', '30d', 'forever')),
    language: rule(fc.constantFrom('en', 'de', 'zh', 'fr', 'es')),
    minutes: rule(fc.integer({ min: 60, max: 500_000 })),
    local: fc.constantFrom('Bob', "o'neil", '=cmd|x!A0', '+1', '-x', 'ü'),
  })
  const shape = fc.asyncProperty(fc.array(bindingOf, { minLength: 1, maxLength: 6 }), async (drawn) => {
    const [one, other] = [box(), box()]
    const now = Date.now()
    one.withStore((store) => {
      const bindings = createBindings(store)
      bindings.add(newBinding({ mailbox: 'line@office.example', number: '+4917000000001', line: true }))
      for (const [index, { minutes, local, alias, ...rest }] of drawn.entries())
        bindings.add({
          ...newBinding(rest as Partial<Binding>),
          alias: alias === null ? null : `${alias}${index}`,
          mailbox: `${local}${index}@office.example`,
          number: `+4917${String(10_000_000 + index)}`,
          expiresAt: minutes === null ? null : now + minutes * 60_000,
        })
    })
    const exported = await one.run('export')
    const imported = await other.importText(exported.stdout)
    assert.equal(imported.status, 0, imported.stderr)
    const table = (from: ReturnType<typeof box>) =>
      from.withStore((store) =>
        createBindings(store)
          .list(now)
          .map(({ id, createdAt, ...binding }) => binding),
      )
    assert.deepEqual(table(other), table(one))
    assert.equal((await other.run('export')).stdout, exported.stdout)
  })
  await fc.assert(shape, { numRuns: 12 })
})
