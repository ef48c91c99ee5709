// `simpost binding add, set, show, list, remove` with the real program: what can be set, what is refused with its cure, and what ends.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { fields, readField, switchFlags, writeField } from '../../../src/cli/binding/fields.ts'
import { columns } from '../../../src/cli/binding/rows.ts'
import { createConversations } from '../../../src/store/conversations.ts'
import { openStore } from '../../../src/store/database/database.ts'
import { smallest } from '../../config/smallest.ts'
import { buildProgram, type Finished, type Program } from '../../scenario/program.ts'

let program: Program
const folder = mkdtempSync(join(tmpdir(), 'simpost-binding-'))
const database = join(folder, 'simpost.db')
const config = join(folder, 'simpost.toml')
const bob = ['bob@office.example', '+4917011111111']
const hour = 3_600_000

before(async () => {
  program = await buildProgram()
  const plus = smallest.replace('[mail.imap]', 'plus_addresses = true\n[mail.imap]')
  writeFileSync(config, plus.replace(/^path = .*$/m, `path = "${database}"`))
})
after(async () => {
  await program.remove()
  rmSync(folder, { recursive: true, force: true })
})
beforeEach(() => {
  for (const end of ['', '-wal', '-shm', '.made']) rmSync(database + end, { force: true })
})

const run = (...args: string[]): Promise<Finished> => program.run(['binding', ...args, '--config', config])
const done = async (...args: string[]): Promise<string> => {
  const { status, stdout, stderr } = await run(...args)
  assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
  return stdout
}
const json = async (...args: string[]) => JSON.parse(await done(...args, '--json'))

async function refused(args: readonly string[], status: number, says: RegExp): Promise<void> {
  const finished = await run(...args)
  assert.equal(finished.status, status, `${args.join(' ')}: ${finished.stdout}`)
  assert.match(finished.stderr, says, args.join(' '))
  assert.match(finished.stderr, /^Try: \S/m, args.join(' '))
  assert.equal(finished.stdout, '')
}

/** Opens a talk of a phone with a correspondent, for an hour. */
function talk(number: string, correspondent: string): void {
  const store = openStore(database)
  const now = Date.now()
  createConversations(store).touch({
    number,
    correspondent,
    subject: 'Key',
    domain: 'office.example',
    now,
    expiresAt: now + hour,
  })
  store.close()
}

const openTalks = (number: string): string[] => {
  const store = openStore(database)
  const open = createConversations(store).openOf(number, Date.now())
  store.close()
  return open.map(({ correspondent }) => correspondent).sort()
}

test('every rule can be set at the start, shown, changed and given back to the config', async () => {
  const options = [
    ...['--alias', '@Bob', '--name', 'Bob B.', '--mail-to-sms', 'always', '--sms-to-mail', 'never'],
    ...[
      '--quiet-hours',
      '22:00 - 7:00',
      '--digest',
      '--no-urgent',
      '--parts-max',
      '3',
      '--too-long',
      'refuse',
    ],
    ...[
      '--automatic',
      'drop',
      '--plain-letters',
      '--before',
      '- Office: ',
      '--after',
      ' ☎',
      '--parts-per-day',
      '40',
    ],
    ...['--validity', '36H', '--language', 'de', '--keep', '30D'],
  ]
  const rules = {
    alias: 'bob',
    name: 'Bob B.',
    mail_to_sms: 'always',
    sms_to_mail: 'never',
    quiet_hours: '22:00-07:00',
    digest: true,
    urgent: false,
    parts_max: 3,
    too_long: 'refuse',
    automatic: 'drop',
    plain_letters: true,
    before: '- Office: ',
    after: ' ☎',
    parts_per_day: 40,
    validity: '36h',
    language: 'de',
    keep: '30d',
  }
  const names = Object.keys(rules)
  const rulesOf = (shown: Record<string, unknown>) =>
    Object.fromEntries(names.map((name) => [name, shown[name]]))
  assert.deepEqual(rulesOf(await json('add', ...bob, ...options)), rules)
  assert.deepEqual(rulesOf(await json('show', 'bob')), rules)
  assert.match(await done('show', 'bob'), /^quiet hours +22:00-07:00$/m)
  assert.match(await done('list'), /quiet hours 22:00-07:00, digest yes, urgent no, parts max 3/)
  const taken = await json(
    ...[
      'set',
      'bob',
      '--name',
      '',
      '--mail-to-sms',
      'default',
      '--sms-to-mail',
      '',
      '--quiet-hours',
      'default',
    ],
    ...['--digest', 'default', '--urgent', 'default', '--parts-max', 'default', '--too-long', 'default'],
    ...['--automatic', 'default', '--plain-letters', 'default', '--before', 'default', '--after', ''],
    ...['--parts-per-day', 'default', '--validity', 'default', '--language', 'default', '--alias', ''],
    ...['--keep', 'default'],
  )
  assert.deepEqual(rulesOf(taken), Object.fromEntries(names.map((name) => [name, null])))
  const changed = await json(
    'set',
    bob[0] ?? '',
    '--quiet-hours',
    'none',
    '--no-digest',
    '--urgent',
    '--plain-letters',
    'no',
  )
  assert.deepEqual(
    [changed.quiet_hours, changed.digest, changed.urgent, changed.plain_letters, changed.parts_max],
    ['none', false, true, false, null],
  )
})

test('a wrong value is refused with the right form, and nothing is bound', async () => {
  const long = 'x'.repeat(101)
  const cases: readonly [readonly string[], RegExp][] = [
    [['--alias', 'b b'], /--alias "b b": it cannot be an alias\nTry: use letters/],
    [['--alias', '.x'], /--alias/],
    [['--name', 'a\nb'], /--name "a.b": it holds a control character/s],
    [['--name', long], /--name .*more than 100 characters/],
    [
      ['--mail-to-sms', 'sometimes'],
      /--mail-to-sms "sometimes".*\nTry: write always, flagged or never; default takes/,
    ],
    [['--sms-to-mail', 'yes'], /--sms-to-mail "yes"/],
    [
      ['--quiet-hours', '22:00-22:00'],
      /--quiet-hours "22:00-22:00": it is no pair.*\nTry: write two times such as 22:00-07:00/,
    ],
    [['--quiet-hours', '22-7'], /--quiet-hours "22-7"/],
    [['--digest', 'perhaps'], /--digest "perhaps": it is neither yes nor no/],
    [['--urgent', 'very'], /--urgent "very"/],
    [['--parts-max', '0'], /--parts-max "0".*\nTry: write a whole number from 1 to 255/],
    [['--parts-max', '256'], /--parts-max "256"/],
    [['--parts-max', '2.5'], /--parts-max "2.5"/],
    [['--too-long', 'split'], /--too-long "split".*\nTry: write cut or refuse/],
    [['--automatic', 'yes'], /--automatic "yes".*\nTry: write allow or drop/],
    [['--plain-letters', 'ascii'], /--plain-letters "ascii"/],
    [['--before', 'a\tb'], /--before .*control character/],
    [['--after', '\u202egnp'], /--after .*control character/],
    [['--before', long], /--before .*more than 100/],
    [['--parts-per-day', '-1'], /--parts-per-day "-1"/],
    [['--validity', '4m'], /--validity "4m".*\nTry: write a duration from 5m to 63w/],
    [['--validity', '64w'], /--validity "64w"/],
    [['--validity', '1 day'], /--validity "1 day"/],
    [['--keep', '6d'], /--keep "6d".*\nTry: write a duration of at least 7d, such as 30d or 52w, or forever/],
    [['--language', 'it'], /--language "it".*\nTry: write en, de, zh, fr or es/],
    [['--for', '2 hours'], /--for "2 hours": it is no duration\nTry: write one number and its unit/],
    [['--for', '0h'], /--for "0h": it is over at once/],
    [['--for', '53w'], /--for "53w": it is longer than 52 weeks/],
  ]
  for (const [options, says] of cases) await refused(['add', ...bob, ...options], 2, says)
  assert.deepEqual(await json('list'), [])
})

test('addresses that would lead a message round in a circle, or nowhere, are refused with a cure', async () => {
  const cases: readonly [readonly string[], RegExp][] = [
    [['bob', '+4917011111111'], /"bob" is no mail address.*\nTry: write it as name@domain/],
    [['bob@office.example', '12'], /"12" is no phone number: it is too short/],
    [['bob@office.example', '+4917000000001'], /the SIM's own.*\nTry: --line/s],
    [
      ['bob@office.example', '+4990012345678'],
      /\+4990012345678 cannot be bound.*\nTry: exchange\.denied_numbers/,
    ],
    [
      ['SMS@office.example', '+4917011111111'],
      /the box's own mailbox.*\nTry: bind the mailbox of the person/,
    ],
    [['sms+bob@office.example', '+4917011111111'], /sms\+bob@office\.example is the box's own mailbox/],
    [
      ['+4917011111111@sms.office.example', '+4917011111111'],
      /is a phone itself \(exchange\.number_domain\)/,
    ],
    [['bob@office.example'], /a binding needs a mailbox and a phone number/],
    [
      ['bob@office.example', '+4917011111111', '--line'],
      /no other number can stand beside it\nTry: leave out/,
    ],
  ]
  for (const [args, says] of cases) await refused(['add', ...args], 2, says)
  await done('add', ...bob)
  await refused(['set', 'bob@office.example', '--number', '+4917000000001'], 2, /the SIM's own/)
  await refused(['set', 'bob@office.example', '--mailbox', 'sms@office.example'], 2, /the box's own mailbox/)
  assert.equal((await json('show', 'bob@office.example')).number, bob[1])
})

test('the mailbox of the box may be bound to its own line, where its readers find the texts', async () => {
  assert.match(await done('add', 'sms@office.example', '--line'), /\+4917000000001 \(the SIM's own line\)/)
  await refused(
    ['set', 'sms@office.example', '--number', '+4917011111111'],
    2,
    /bound to the SIM's own line.*\nTry: simpost .*binding remove sms@office\.example first, then .*binding add/,
  )
})

test('a temporary binding shadows the permanent one; show has both, set and remove reach the one that is meant', async () => {
  await done('add', ...bob, '--alias', 'bob')
  assert.match(
    await done('add', 'bob@office.example', '0172 2222222', '--for', '2h'),
    /\+491722222222, until 20/,
  )
  const shown = await json('show', 'bob')
  assert.equal(shown.number, '+4917011111111')
  assert.equal(shown.expires, null)
  assert.equal(shown.temporary.length, 1)
  assert.equal(shown.temporary[0].number, '+491722222222')
  const lasts = Date.parse(shown.temporary[0].expires) - Date.now()
  assert.ok(lasts > 1.9 * hour && lasts <= 2 * hour)
  assert.match(
    await done('show', 'bob'),
    /until it ends, this temporary binding counts instead:[\s\S]*\+491722222222/,
  )
  assert.equal((await json('list')).length, 2)

  await done('set', 'bob@office.example', '--name', 'Permanent')
  await done('set', 'bob@office.example', '--temporary', '--name', 'Temporary', '--for', '3w')
  const both = await json('show', 'bob@office.example')
  assert.deepEqual([both.name, both.temporary[0].name], ['Permanent', 'Temporary'])
  assert.ok(Date.parse(both.temporary[0].expires) - Date.now() > 20 * 24 * hour)

  await refused(
    ['set', 'bob', '--for', '2h'],
    2,
    /is a permanent one and has no end\nTry: simpost --config \S+ binding add/,
  )
  const second = ['add', 'bob@office.example', '+4917333333333', '--for', '1h']
  await refused(
    second,
    1,
    /are bound until .* already\nTry: simpost --config \S+ binding remove bob@office\.example --temporary/,
  )
  const set = await done('set', '@bob', '--temporary', '--for', '3d')
  assert.match(set, /^bob@office\.example: ends 20\S+ \S+ \(was: 20\S+ \S+\)$/m)
  assert.equal((await json('set', '+4917011111111', '--temporary', '--for', '3d')).number, '+491722222222')
  const removed = await done('remove', 'bob', '--temporary')
  assert.match(removed, /^bob@office\.example and \+491722222222 are no longer bound for a while$/m)
  assert.match(removed, /^what counts now: bob@office\.example and \+4917011111111$/m)
  await refused(['show', '0172 2222222'], 1, /no binding has/)
  await refused(
    ['remove', 'bob', '--temporary'],
    1,
    /no temporary binding has the mailbox, number or alias "bob"/,
  )
})

test('a temporary binding alone is found without a word, and its alias is free when it has ended', async () => {
  await done('add', 'guest@elsewhere.example', '+4917444444444', '--for', '1s', '--alias', 'guest')
  await new Promise((resolve) => setTimeout(resolve, 1100))
  await refused(['show', 'guest'], 1, /no binding has/)
  await done('add', 'guest@elsewhere.example', '+4917444444444', '--for', '52w', '--alias', 'guest')
  assert.equal((await json('show', '@guest')).mailbox, 'guest@elsewhere.example')
  assert.equal((await json('set', 'guest', '--for', '1h', '--urgent')).urgent, true)
  assert.equal((await json('remove', 'guest')).removed.alias, 'guest')
})

test('the name of a binding may be a number as people write it', async () => {
  await done('add', ...bob)
  for (const name of ['0170 11111111', '+49 170 / 111 111 11', '004917011111111'])
    assert.equal((await json('show', name)).mailbox, 'bob@office.example')
})

test('removing a binding ends the talk of its two and names those of the phone that stay', async () => {
  await done('add', ...bob)
  talk('+4917011111111', 'Bob@office.example')
  talk('+4917011111111', 'anna@office.example')
  talk('+4917555555555', 'bob@office.example')
  const said = await done('remove', 'bob@office.example')
  assert.match(said, /^the talk of \+4917011111111 with Bob@office\.example has ended$/m)
  assert.match(said, /^the talk of \+4917011111111 with anna@office\.example stays open until 20\d\d-/m)
  assert.deepEqual(openTalks('+4917011111111'), ['anna@office.example'])
  assert.deepEqual(openTalks('+4917555555555'), ['bob@office.example'])
})

test('--json of remove has the talks that ended and those that stay', async () => {
  await done('add', ...bob)
  talk('+4917011111111', 'bob@office.example')
  talk('+4917011111111', 'anna@office.example')
  const { removed, talks } = await json('remove', 'bob@office.example')
  assert.equal(removed.number, '+4917011111111')
  assert.deepEqual(
    talks.ended.map(({ correspondent, subject }: Record<string, string>) => [correspondent, subject]),
    [['bob@office.example', 'Key']],
  )
  assert.deepEqual(
    talks.still_open.map(({ correspondent }: Record<string, string>) => correspondent),
    ['anna@office.example'],
  )
})

test('the talk goes on while another binding still joins the two', async () => {
  await done('add', ...bob)
  await done('add', ...bob, '--for', '2h')
  talk('+4917011111111', 'bob@office.example')
  assert.doesNotMatch(await done('remove', 'bob@office.example', '--temporary'), /has ended/)
  assert.deepEqual(openTalks('+4917011111111'), ['bob@office.example'])
})

test('a binding that moves to another number ends the talk over the old one', async () => {
  await done('add', ...bob)
  talk('+4917011111111', 'bob@office.example')
  assert.doesNotMatch(await done('set', 'bob@office.example', '--name', 'Bob'), /talk/)
  assert.match(
    await done('set', 'bob@office.example', '--number', '+4917066666666'),
    /the talk of \+4917011111111 with bob@office\.example has ended/,
  )
  assert.deepEqual(openTalks('+4917011111111'), [])
})

test('a change says what is another now and what was there before', async () => {
  await done('add', ...bob, '--alias', 'bob', '--name', 'Bob')
  const changes = ['--quiet-hours', '22:00-07:00', '--alias', 'default', '--name', 'default', '--urgent']
  assert.deepEqual((await done('set', 'bob', ...changes)).trimEnd().split('\n'), [
    'bob@office.example: alias none (was: @bob)',
    'bob@office.example: name none (was: Bob)',
    'bob@office.example: quiet hours 22:00-07:00 (was: as the config says)',
    'bob@office.example: urgent yes (was: as the config says)',
  ])
  assert.equal(await done('set', 'bob@office.example', '--urgent'), 'bob@office.example: it was so already\n')
})

test('the list leaves out columns in which nothing stands', async () => {
  await done('add', ...bob)
  assert.equal(await done('list'), 'mailbox             number\nbob@office.example  +4917011111111\n')
})

test('a change that names nothing is refused', async () => {
  await done('add', ...bob)
  await refused(['set', 'bob@office.example'], 2, /nothing to change was named/)
})

test('what is written for a value is read as the same value', () => {
  const samples: readonly unknown[] = [
    'always',
    'cut',
    'drop',
    'all',
    'none',
    '22:00-07:00',
    true,
    false,
    7,
    '3d',
    '30d',
    'de',
    'x',
  ]
  for (const field of fields) {
    assert.deepEqual(readField(field, ''), { ok: true, value: null })
    const readable = samples.filter((value) => readField(field, writeField(value as string)).ok)
    assert.ok(readable.length > 0, field.column)
    for (const value of readable) {
      const once = readField(field, writeField(value as string))
      assert.ok(once.ok)
      assert.deepEqual(readField(field, writeField(once.value)), once, field.column)
    }
  }
})

test('README.md has a row for each thing that can be set, with its option, its column and its meaning', () => {
  const chapter =
    /\n## Bindings\n([\s\S]*?)\n## /.exec(
      readFileSync(new URL('../../../README.md', import.meta.url), 'utf8'),
    )?.[1] ?? ''
  const rows = [...chapter.matchAll(/^\| (.+?) \| `(.+?)` \| (.+?) \|$/gm)].map(
    ([, option, column, meaning]) => ({
      option,
      column,
      meaning,
    }),
  )
  assert.deepEqual(
    rows.map(({ column }) => column),
    columns,
  )
  for (const field of fields) {
    const row = rows.find(({ column }) => column === field.column)
    const [name, word] = field.flags.split(' ')
    assert.equal(
      row?.option,
      word === undefined ? `\`${name}\`, \`--no-${name?.slice(2)}\`` : `\`${field.flags}\``,
    )
    assert.equal(row?.meaning, field.meaning)
    assert.ok(switchFlags(field).startsWith(name ?? '?'))
  }
})
