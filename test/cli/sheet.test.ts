// The sheet of explain and message show, as it looks on a terminal without colours. The drawings are written out.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnsOf, printable, table } from '../../src/cli/output.ts'
import { drawParts } from '../../src/cli/phone-screen.ts'
import { cureLines, mailLines, type SmsOnSheet, smsLines, stepLines } from '../../src/cli/sheet.ts'
import { fitted } from '../../src/cli/wrap.ts'
import { fitText } from '../../src/exchange/decide/convert.ts'
import { rulesOf } from '../../src/exchange/decide/rules.ts'
import type { NationalLanguage } from '../../src/sms/national-tables.ts'
import { segmentText } from '../../src/sms/segment.ts'
import { settings } from '../exchange/world.ts'

const prices = { pricePerPart: 0.09, currency: 'EUR' }

function sms(text: string, more: Partial<SmsOnSheet> = {}, national: NationalLanguage[] = []): SmsOnSheet {
  const { encoding, parts } = segmentText(text, { reference: 0, national })
  return {
    to: '+4917012345678',
    rule: 'binding',
    held: null,
    ownValidityMs: null,
    text,
    encoding,
    parts: parts.map((part) => ({ ...part, encoding })),
    ...more,
  }
}

const drawn = (one: SmsOnSheet, at: { pricePerPart: number | null; currency: string } = prices): string =>
  `\n${smsLines(one, at).join('\n')}\n`

test('a short text is one bubble with its size and its price', () => {
  assert.equal(
    drawn(sms('Hello "Bob", the customer in Lindau waits for the key.')),
    `
SMS to +4917012345678 by rule binding
  ╭─────────────────────────────────────╮
  │ Hello "Bob", the customer in Lindau │
  │ waits for the key.                  │
  ╰─────────────────────────────────────╯
    1/1 · 54 of 160 characters (GSM)
  1 part in GSM 7-bit, 0.09 EUR
`,
  )
})

test('how long the network keeps trying is said where a binding changes it', () => {
  assert.match(
    drawn(sms('x', { ownValidityMs: 172_800_000 })),
    /GSM 7-bit, 0\.09 EUR; the network keeps trying for 2d/,
  )
})

test('a long text is one bubble, for the phone joins its parts; a rule says where each ends; characters of the extension table count two septets', () => {
  const text =
    'The pump in the cellar of house 3 has stopped [alarm 17]. Please call the plumber, his number is on the door of the cellar, and tell the people of the house that there is no hot water.'
  assert.equal(
    drawn(sms(text), { pricePerPart: null, currency: 'EUR' }),
    `
SMS to +4917012345678 by rule binding
  ╭─────────────────────────────────────────╮
  │ The pump in the cellar of house 3 has   │
  │ stopped [alarm 17]. Please call the     │
  │ plumber, his number is on the door of   │
  │ the cellar, and tell the people of the  │
  │ ┈┈ 1/2 · 153 of 153 characters (GSM) ┈┈ │
  │ house that there is no hot water.       │
  ╰─────────────────────────────────────────╯
    2/2 · 33 of 153 characters (GSM)
  2 parts in GSM 7-bit
`,
  )
})

test('the characters that made a text dearer are marked, and what they cost is said', () => {
  assert.equal(
    drawn(sms('Der Schlüssel liegt bei Frau Žižka, bitte bis 15 Uhr abholen, danach ist sie nicht da')),
    `
SMS to +4917012345678 by rule binding
  ╭──────────────────────────────────────╮
  │ Der Schlüssel liegt bei Frau Žižka,  │
  │                              ^ ^     │
  │ bitte bis 15 Uhr abholen, danac      │
  │ ┈┈ 1/2 · 67 of 67 characters (UCS-2) │
  │ h ist sie nicht da                   │
  ╰──────────────────────────────────────╯
    2/2 · 18 of 67 characters (UCS-2)
  2 parts in UCS-2, 0.18 EUR
  Ž, ž make this UCS-2: 2 parts; as plain letters 1 part, which saves 0.09 EUR (--plain-letters)
`,
  )
})

test('Han characters and emoji take two columns, and the bubble fits them', () => {
  assert.equal(
    drawn(sms('会议改到明天下午三点,地点在三楼会议室,请带上合同和发票,谢谢!Bob \u{1f44d}\u{1f3fd}')),
    `
SMS to +4917012345678 by rule binding
  ╭──────────────────────────────────────────╮
  │ 会议改到明天下午三点,地点在三楼会议室,请 │
  │ 带上合同和发票,谢谢!Bob \u{1f44d}\u{1f3fd}               │
  ╰──────────────────────────────────────────╯
    1/1 · 40 of 70 characters (UCS-2)
  1 part in UCS-2, 0.09 EUR
  会, 议, 改, 到 and 20 more make this UCS-2
`,
  )
})

test('a national shift table has its own room', () => {
  const text =
    'Yağmur yüzünden toplantı yarın saat üçte yapılacak, lütfen herkese haber verin ve anahtarı getirin'
  assert.equal(
    drawn(sms(text, {}, ['turkish'])),
    `
SMS to +4917012345678 by rule binding
  ╭──────────────────────────────────────────╮
  │ Yağmur yüzünden toplantı yarın saat üçte │
  │   ^                    ^    ^        ^   │
  │ yapılacak, lütfen herkese haber verin ve │
  │    ^                                     │
  │ anahtarı getirin                         │
  │        ^                                 │
  ╰──────────────────────────────────────────╯
    1/1 · 104 of 155 characters (GSM)
  1 part in GSM 7-bit with a national table, 0.09 EUR
  ğ, ı, ç need a national table, for the same number of parts
`,
  )
})

test('what waits says why, and until when in local time', () => {
  const morning = new Date(2026, 10, 25, 7).getTime()
  assert.equal(
    drawn(sms('Your parcel waits.', { held: { reason: 'quiet-hours', until: morning } })),
    `
SMS to +4917012345678 by rule binding
  waits until 2026-11-25 07:00:00: the phone has quiet hours; the SMS waits until they end (quiet-hours)
  ╭────────────────────╮
  │ Your parcel waits. │
  ╰────────────────────╯
    1/1 · 18 of 160 characters (GSM)
  1 part in GSM 7-bit, 0.09 EUR
`,
  )
  const paused = sms('Your parcel waits.', { held: { reason: 'pair-paused', until: null } })
  assert.match(drawn(paused), /^ {2}waits for a person: the same text, or too many texts, went/m)
})

test('a text that was cut ends with its mark and with what the binding puts behind it', () => {
  const text =
    'The lift in house 3 stands still between the second and the third floor, and somebody is inside. The service has been called and comes within the hour; please go there, talk to the person, and open the door of the house.'
  const rules = { ...rulesOf(null, settings), partsMax: 1, after: '\n-- Office' }
  assert.equal(
    drawn(sms(fitText(text, rules, settings).text)),
    `
SMS to +4917012345678 by rule binding
  ╭──────────────────────────────────────────╮
  │ The lift in house 3 stands still between │
  │ the second and the third floor, and      │
  │ somebody is inside. The service has been │
  │ called and comes within the ...          │
  │ -- Office                                │
  ╰──────────────────────────────────────────╯
    1/1 · 159 of 160 characters (GSM)
  1 part in GSM 7-bit, 0.09 EUR
`,
  )
})

test('what would change the look of the terminal is shown as a sign, and named by its number', () => {
  assert.equal(
    drawn(sms('aaaa\u202ebbbb\u200bcccc\u0007dddd\teeee\r\nf')),
    `
SMS to +4917012345678 by rule binding
  ╭──────────────────────────╮
  │ aaaa\ufffdbbbb\ufffdcccc\ufffddddd eeee │
  │     ^    ^    ^    ^     │
  │ f                        │
  ╰──────────────────────────╯
    1/1 · 27 of 70 characters (UCS-2)
  1 part in UCS-2, 0.09 EUR
  U+202E, U+200B, U+0007, U+0009 make this UCS-2, for the same number of parts
`,
  )
})

test('the price of a fraction of a cent is not rounded away', () => {
  assert.match(
    drawn(sms('Hello'), { pricePerPart: 0.075, currency: 'EUR' }),
    /1 part in GSM 7-bit, 0\.075 EUR/,
  )
  assert.match(drawn(sms('Hello'), { pricePerPart: 0.1, currency: 'EUR' }), /, 0\.10 EUR/)
})

test('a mail shows its header fields and its text, at most 40 lines of it', () => {
  const mail = {
    ...{ to: 'office@office.example', rule: 'fallback', held: null, fate: 'delivery 4: sent' },
    fields: [
      ['From', 'Bob (+4917012345678) <sms@office.example>'],
      ['Subject', 'SMS from Bob\r\nBcc: eve@evil.example'],
    ],
    text: 'when do you\nopen?\n',
  } as const
  assert.equal(
    `\n${mailLines(mail).join('\n')}\n`,
    `
mail to office@office.example by rule fallback, delivery 4: sent
  ┌
  │ From:    Bob (+4917012345678) <sms@office.example>
  │ Subject: SMS from Bob Bcc: eve@evil.example
  │
  │ when do you
  │ open?
  └
`,
  )
  const long = mailLines({ ...mail, text: 'line\n'.repeat(50) })
  assert.deepEqual(long.slice(-2), ['  │ … 10 more lines', '  └'])
})

test('steps stand below each other, and each is one line', () => {
  const at = new Date(2026, 10, 24, 14, 5, 9).getTime()
  assert.deepEqual(
    stepLines([
      { at, what: 'flag', detail: '1 from tag' },
      { at, what: 'look up', detail: 'bob@office.example\n-> +4917012345678' },
    ]),
    [
      '  2026-11-24 14:05:09  flag     1 from tag',
      '  2026-11-24 14:05:09  look up  bob@office.example -> +4917012345678',
    ],
  )
  assert.deepEqual(stepLines([]), [])
})

test('each cure stands once, with the number of the message where it is known', () => {
  assert.deepEqual(
    cureLines(['budget-used-up', 'cut', 'budget-used-up', 'answer', 'no-such-reason'], 'mail', 17),
    [
      '',
      'What would change it:',
      '  budget-used-up: simpost message release 17, or raise the limit in [budget]',
      '  cut: shorten it, raise exchange.parts_max, or exchange.too_long = "refuse"',
    ],
  )
  assert.deepEqual(cureLines(['answer'], 'mail'), [])
})

test('a row that is broken at an early blank is broken again for a wide character that has no room behind it', () => {
  const text = ` ${'x'.repeat(21)}你`
  const rows = drawParts([{ text, encoding: 'ucs2', elements: [] }], 26).filter((line) =>
    line.startsWith('│'),
  )
  assert.deepEqual(rows, [`│ ${' '.repeat(21)} │`, `│ ${'x'.repeat(21)} │`, `│ 你${' '.repeat(19)} │`])
})

test('every row of a bubble is as wide as its frame, whatever the text holds', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.constantFrom(
      '你好',
      '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}',
      'a\u0301',
      '\u202e',
      '\t',
      '\r\n',
      ' ',
      '\ud800',
    ),
  )
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), fc.integer({ min: 20, max: 90 }), (pieces, columns) => {
      const text = pieces.join('')
      const { encoding, parts } = segmentText(text, { reference: 0, national: ['turkish', 'portuguese'] })
      const lines = drawParts(
        parts.map((part) => ({ ...part, encoding })),
        columns,
      )
      let frame = 0
      for (const line of lines) {
        assert.doesNotMatch(line, /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u)
        if (line.startsWith('╭')) frame = columnsOf(line)
        if (/^[╭│╰]/.test(line)) assert.equal(columnsOf(line), frame, line)
      }
      assert.ok(frame <= Math.max(20, columns), `${frame} of ${columns}`)
      assert.equal(lines.filter((line) => line.startsWith('╭')).length, 1)
      assert.equal(lines.filter((line) => /^│ ┈┈ \d+\/\d+ /.test(line)).length, parts.length - 1)
      if (encoding === 'gsm7')
        assert.ok(!lines.some((line) => /^│[ ^]*\^[ ^]*│$/.test(line)) || text.includes('^'))
      for (const [, used, room] of lines.join('\n').matchAll(/· (\d+) of (\d+) /g))
        assert.ok(Number(used) <= Number(room), `${used} of ${room}`)
    }),
  )
})

test('on a colour terminal the dear characters are coloured instead of marked below', (t) => {
  const { isTTY } = process.stdout
  const { NO_COLOR } = process.env
  t.after(() => {
    process.stdout.isTTY = isTTY
    if (NO_COLOR !== undefined) process.env.NO_COLOR = NO_COLOR
  })
  const { encoding, parts } = segmentText('Frau Žižka', { reference: 0 })
  const plain = drawParts(parts.map((part) => ({ ...part, encoding })))
  delete process.env.NO_COLOR
  process.stdout.isTTY = true
  const coloured = drawParts(parts.map((part) => ({ ...part, encoding })))
  process.env.NO_COLOR = '1'
  const unwanted = drawParts(parts.map((part) => ({ ...part, encoding })))
  delete process.env.NO_COLOR
  const [, row = ''] = coloured
  assert.equal(row, '│ Frau \u001b[33mŽ\u001b[39mi\u001b[33mž\u001b[39mka   │')
  assert.deepEqual(
    coloured.map((line) => line.replace(/\u001b\[\d+m/g, '')),
    plain.filter((line) => !line.includes('^')),
  )
  assert.deepEqual(unwanted, plain)
})

test('what would be cheaper is only said where it is so: without the characters, or nothing of a text in another script', () => {
  const dearOf = (text: string): string => drawn(sms(text)).trimEnd().split('\n').at(-1) ?? ''
  const long = 'The key lies under the mat, the door is open, and the dog is asleep. '
  assert.equal(dearOf(`${long}你好`), '  你, 好 make this UCS-2: 2 parts; without them 1 part')
  assert.equal(dearOf('会议改到明天下午三点'.repeat(8)), '  会, 议, 改, 到 and 6 more make this UCS-2')
  assert.equal(dearOf('Frau Žižka'), '  Ž, ž make this UCS-2, for the same number of parts')
})

test('on a narrow terminal the bubble and the rule between its parts are narrow too', () => {
  const { encoding, parts } = segmentText('The pump in the cellar. '.repeat(7), { reference: 0 })
  const lines = drawParts(
    parts.map((part) => ({ ...part, encoding })),
    24,
  )
  assert.deepEqual(lines.slice(-6), [
    '│ cellar. The pump in  │',
    '│ the cellar. The pump │',
    '│ ┈┈ 1/2 ┈┈┈┈┈┈┈┈┈┈┈┈┈ │',
    '│ in the cellar.       │',
    '╰──────────────────────╯',
    '  2/2 · 15 of 153 characters (GSM)',
  ])
})

test('a line that is too long goes on below its last column or behind its bar, and one that fits stays as it is', () => {
  const lines = [
    'hold: the phone has quiet hours (quiet-hours)',
    '  flag   1 from tag, which stands at the start of the subject',
    '  │ Subject: A subject that is longer than the line',
    'a  fitting   line',
    '会议改到明天下午三点会议改到明天下午三点',
  ]
  assert.deepEqual(fitted(lines, 30), [
    'hold: the phone has quiet',
    '  hours (quiet-hours)',
    '  flag   1 from tag, which',
    '         stands at the start',
    '         of the subject',
    '  │ Subject: A subject that is',
    '  │ longer than the line',
    'a  fitting   line',
    '会议改到明天下午三点会议改到',
    '  明天下午三点',
  ])
})

test('no line that could be broken is wider than the terminal, and no word gets lost', () => {
  const word = fc.stringMatching(/^[a-zé会\u{1f44d}]{1,8}$/u)
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 30, max: 90 }),
      (words, columns) => {
        const line = `  label  ${words.join(' ')}`
        const rows = fitted([line], columns)
        for (const row of rows) assert.ok(columnsOf(row) <= columns, row)
        assert.equal(
          rows
            .map((row) => row.trim())
            .join(' ')
            .replace(/ +/g, ' '),
          line.trim().replace(/ +/g, ' '),
        )
      },
    ),
  )
})

test('a table keeps its columns with Han characters, and cuts a cell between characters', () => {
  assert.equal(
    table(
      ['name', 'text'],
      [
        ['王五', 'short'],
        ['Bob', '你好世界你好世界'],
      ],
      10,
    ),
    'name  text\n王五  short\nBob   你好世界…',
  )
})

test('text of others keeps its lines and loses what controls a terminal', () => {
  assert.equal(printable('a\r\nb\tc'), 'a\nb\tc')
  assert.equal(
    printable('\u001b[2J\u009b\u202e\u200f\u2028\ud800\u{1f44d}'),
    '\ufffd[2J\ufffd\ufffd\ufffd\ufffd\ufffd\u{1f44d}',
  )
})
