// Cutting of quotes, signatures and footers, and the worst inputs for the library's expressions.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownWords } from '../../../src/mail/read/quoted-text.ts'

const answers: readonly (readonly [behaviour: string, text: string, words: string])[] = [
  ['an English header line', 'Yes.\n\nOn Mon, Nov 23, 2026 at 9:58 AM Bob <b@x.example> wrote:\n> q', 'Yes.'],
  ['a French header line', 'Oui.\n\nLe lun. 23 nov. 2026 à 09:58, Bob <b@x.example> a écrit :\n> q', 'Oui.'],
  [
    'a Spanish header line',
    'Sí.\n\nEl lun, 23 nov 2026 a las 9:58, Bob (<b@x.example>) escribió:\n> q',
    'Sí.',
  ],
  [
    'an Italian header line',
    'Sì.\n\nIl giorno lun 23 nov 2026 alle ore 09:58 Bob <b@x.example> ha scritto:\n> q',
    'Sì.',
  ],
  [
    'a German header line',
    'Ja.\n\nAm Mo., 23. Nov. 2026 um 09:58 Uhr schrieb Bob <b@x.example>:\n> q',
    'Ja.',
  ],
  ['a Dutch header line', 'Ja.\n\nOp ma 23 nov. 2026 om 09:58 schreef Bob <b@x.example>:\n> q', 'Ja.'],
  ['a Chinese header line', '好\n\n在 2026年11月23日，09:58，Bob <b@x.example> 写道：\n> q', '好'],
  ['the rule of Outlook', 'Yes.\n\n-----Original Message-----\nFrom: Bob\nSent: Monday\n\nq', 'Yes.'],
  ['the underscores of Outlook', 'Yes.\n________________________________\nFrom: Bob\nq', 'Yes.'],
  ['a French header block', 'Oui.\nDe : Bob\nEnvoyé : lundi\nÀ : Anna\n\nq', 'Oui.'],
  ['a line of Gmail in Chinese', '好\n\nBob <b@x.example> 于2026年11月23日周一 09:58写道：\n\n> q', '好'],
  [
    'a line of Gmail in Chinese that was broken',
    '好\n\nBob Mustermann-Langename (+49 170 1234567) <b@x.example>\n于2026年11月23日周一 09:58写道：\n\n> q',
    '好',
  ],
  ['a line of Apple Mail in Chinese', '好\n\n2026年11月23日 09:58，Bob <b@x.example> 写道：\n\n> q', '好'],
  ['a line of 163.com', 'Yes.\n\nAt 2026-11-23 09:58:12, "Bob" <b@x.example> wrote:\n>q', 'Yes.'],
  ['a line of 163.com before an unmarked quote', 'Yes.\nAt 2026-11-23 09:58:12, "Bob" wrote:\nq\nr', 'Yes.'],
  ['a line of 163.com above an answer below', 'At 2026-11-23 09:58:12, "Bob" wrote:\n>q\n\nYes.', 'Yes.'],
  ['a French line of Thunderbird', 'Oui.\n\nLe 23/11/2026 à 09:58, Bob a écrit :\n> q', 'Oui.'],
  ['a Spanish line of Thunderbird', 'Sí.\n\nEl 23/11/26 a las 9:58, Bob escribió:\n> q', 'Sí.'],
  ['an Italian line of Thunderbird', 'Sì.\n\nIl 23/11/2026 09:58, Bob ha scritto:\n> q', 'Sì.'],
  ['a Chinese line of Thunderbird', '好\n\n在 2026/11/23 09:58, Bob 写道:\n> q', '好'],
  [
    'a French answer below the quote',
    'Le 23/11/2026 à 09:58, Bob a écrit :\n> q\n\nOui.\n\n> r\n\nNon.',
    'Oui.\nNon.',
  ],
  ['a Chinese header block', '好\n\n发件人： Bob\n日 期：2026年11月23日\n主 题：短信\n\nq', '好'],
  ['a block of Taiwan', '好\n\n寄件者: Bob\n寄件日期: 2026年11月23日\n收件者: Anna\n\nq', '好'],
  ['the rule of a French phone', 'Oui.\n\n-------- Message d’origine --------\nDe : Bob\n\nq', 'Oui.'],
  ['answers between quotes', '> one?\n\nyes\n\n> two?\n\nno', 'yes\nno'],
]
for (const [behaviour, text, words] of answers)
  test(`the words of an answer are found beside ${behaviour}`, () => {
    assert.equal(ownWords(text, true).replace(/\n{2,}/g, '\n\n'), words)
  })

test('a fresh mail keeps everything but signature and footer', () => {
  assert.equal(ownWords('On Monday she wrote:\n> hello\n-- \nAnna', false), 'On Monday she wrote:\n> hello')
  assert.equal(ownWords('From: the roof\nTo: the cellar', false), 'From: the roof\nTo: the cellar')
  assert.equal(ownWords('Door open.\n\nSent from my iPhone', false), 'Door open.')
})

for (const line of [
  'Sent from my Galaxy',
  'Sent via the Samsung Galaxy S24, an AT&T 5G smartphone',
  'Get Outlook for iOS<https://aka.ms/o0ukef>',
  'Holen Sie sich Outlook für Android<https://aka.ms/AAb9ysg>',
  'Outlook für iOS<https://aka.ms/o0ukef> beziehen',
  'Télécharger Outlook pour iOS',
  'Obtener Outlook para Android',
  'Scarica Outlook per iOS',
  '获取 Outlook for iOS',
  '发自我的 iPhone',
  '发自我的华为手机',
  'Envoyé à partir d’Outlook pour Android',
])
  test(`the signature of a phone is cut: ${line}`, () => {
    assert.equal(ownWords(`ok\n\n${line}`, false), 'ok')
    assert.equal(ownWords(`${line}\nis what I wrote`, false), `${line}\nis what I wrote`)
  })

test('nothing is ever cut to nothing', () => {
  for (const text of [
    '-- \nAnna',
    '> only\n> quote',
    'Sent from my iPhone',
    '-----Original Message-----\nq',
    '--',
  ])
    for (const isAnswer of [true, false]) assert.notEqual(ownWords(text, isAnswer), '', text)
  assert.equal(ownWords('  \n ', true), '')
})

test('a paragraph on one long line survives in whole', () => {
  const long = 'A long sentence about boxes. '.repeat(40).trim()
  assert.equal(
    ownWords(`${long}\n\nOn Mon, Nov 23, 2026 at 9:58 AM Bob <b@x.example> wrote:\n> ${long}`, true),
    long,
  )
})

test('the worst inputs for the expressions of quote cutting end in time', () => {
  const worst = [
    '\n'.repeat(100_000),
    ' \n'.repeat(50_000),
    'Op schreef\n'.repeat(2_000),
    `${'Op x\n'.repeat(3_000)}${'schreef '.repeat(600)}`,
    'abc. x skrev\n'.repeat(1_500),
    '在写道\n'.repeat(4_000),
    'W dniu pisze\n'.repeat(1_500),
    '于2026年写道\n'.repeat(2_500),
    `${'于2026年'.repeat(40)}\n`.repeat(100),
    `${'2026年1月1日写道'.repeat(17)}\n`.repeat(100),
    'At 2026-11-23 wrote:\nx\n'.repeat(900),
    'Outlook für iOS\n'.repeat(1_200),
    'On a a a a a a a a a a a a '.repeat(700),
    `${'On '.repeat(60)}\n`.repeat(100),
    `${' on at'.repeat(33)}\n`.repeat(100),
    `${'2024from<'.repeat(22)}\n\n`.repeat(100),
    `${'23.11.2026"<0'.repeat(15)}\n\n`.repeat(100),
    `${'From: '.repeat(33)}\n`.repeat(100),
    `${'-'.repeat(190)}\n`.repeat(100),
    '> '.repeat(10_000),
    '>\n'.repeat(10_000),
    `\ue0000\ue001${'x'.repeat(300)}`,
  ]
  for (const text of worst) {
    const begun = performance.now()
    ownWords(text, true)
    const took = performance.now() - begun
    assert.ok(took < 20_000, `${JSON.stringify(text.slice(0, 20))} took ${took} ms`)
  }
})
