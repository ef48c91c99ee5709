// Answers as the mail programs of several languages write them (test/fixtures/mail): what the phone gets of each.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { IncomingMail } from '../../../src/domain/message.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'

async function fixture(name: string): Promise<IncomingMail> {
  return readMail(await readFile(new URL(`../../fixtures/mail/${name}.eml`, import.meta.url)), {
    ownInstance: 'box-1',
    authservId: null,
    trustMethod: 'from',
    recordedFields: defaultRecordedFields,
    truncated: false,
  })
}

const answers: readonly (readonly [file: string, program: string, subject: string, text: string])[] = [
  ['gmail-zh', 'Gmail in Chinese', '回复：短信 Bob', '好的，我下午三点到，请在门口等我。'],
  [
    'gmail-fr',
    'Gmail in French, its line before the quote broken',
    'Re: SMS de Bob',
    'Bonjour Bob,\nla clé est à l’accueil, demandez Hélène.',
  ],
  ['gmail-es', 'Gmail in Spanish', 'Re: SMS de Bob', 'Sí, mañana a las nueve está bien.'],
  ['gmail-it', 'Gmail in Italian', 'Re: SMS da Bob', 'Va bene, ci vediamo lì. Il parcheggio è libero.'],
  [
    'outlook-fr',
    'Outlook in French, with no-break blanks before its colons',
    'RE: SMS de Bob',
    'Oui, le rendez-vous est confirmé à 15 h.',
  ],
  ['outlook-it', 'Outlook in Italian', 'R: SMS da Bob', 'Perfetto, grazie. La porta è già aperta.'],
  ['outlook-zh', 'Outlook in Chinese', '答复: 短信 Bob', '已收到，明天发货。\n\n王芳'],
  [
    'outlook-es-html',
    'Outlook in Spanish, HTML only',
    'RE: SMS de Bob',
    'Buenos días:\n\nEl técnico llega a las 10. ¿Le viene bien?',
  ],
  ['outlook-mobile', 'Outlook for Android', 'Re: SMS from Bob', 'Running late, start without me.'],
  ['outlook-mobile-de', 'Outlook for iOS in German', 'AW: SMS from Bob', 'Bin in fünf Minuten da.'],
  ['apple-fr', 'an iPhone in French', 'Re: SMS de Bob', 'J’arrive dans dix minutes.'],
  ['apple-es', 'an iPhone in Spanish', 'Re: SMS de Bob', 'Estoy en la puerta.'],
  ['apple-it', 'an iPhone in Italian', 'Re: SMS da Bob', 'Sono già qui.'],
  ['apple-zh', 'an iPhone in Chinese', '回复：短信 Bob', '我到了。'],
  [
    'thunderbird-interleaved',
    'Thunderbird in German, answers between the quotes',
    'Re: SMS from Bob',
    'Hallo Bob,\n\nMorgen zwischen acht und zehn, der Fahrer ruft vorher an.\nHerr Weber, er hat den Schluessel.\nGerne.',
  ],
  ['samsung-en', 'a Galaxy in English', 'Re: SMS from Bob', 'Yes, keep it.'],
  ['samsung-de', 'a Galaxy in German', 'AW: SMS from Bob', 'Ja, bitte behalten.'],
  ['samsung-html', 'a Galaxy with an empty plain part', 'Re: SMS from Bob', 'Yes, keep it.'],
  [
    'qq-gb18030',
    'QQ Mail, HTML only in gb18030',
    '回复：短信 Bob',
    '好的，合同我今天寄出，请注意查收。\n\n王芳',
  ],
  ['163-gbk', '163.com in GBK', 'Re:短信 Bob', '可以，周五之前给您答复。'],
  [
    '163-html',
    '163.com, HTML only, its line before the quote in English',
    'Re:短信 Bob',
    '可以，周五之前给您答复。',
  ],
]

for (const [file, program, subject, text] of answers)
  test(`the words of an answer are found in a mail of ${program} (${file})`, async () => {
    const mail = await fixture(file)
    assert.equal(mail.text, text)
    assert.equal(mail.subject, subject)
    assert.equal(mail.fromProblem, null)
    assert.equal(mail.automatic, null)
    assert.deepEqual(mail.attachments, [])
    assert.deepEqual(mail.answers, ['<sms.1@box.example>', '<root@box.example>'])
  })

test('names of senders are decoded in the charset of their program', async () => {
  assert.equal((await fixture('qq-gb18030')).from?.name, '王芳')
  assert.equal((await fixture('163-gbk')).from?.name, '李明')
  assert.equal((await fixture('gmail-fr')).from?.name, 'Hélène Dupont')
})
