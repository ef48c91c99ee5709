// What people are told: every language has every text, a detail can do no harm in it, and the question by SMS is one part whatever
// happens.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Language, languages } from '../../../src/domain/binding.ts'
import { limitReasons } from '../../../src/exchange/decide/limit-reasons.ts'
import {
  alarmSms,
  hasNotice,
  mailRemarks,
  type NoticeFacts,
  noticeDraft,
  smsQuestion,
} from '../../../src/exchange/decide/notices.ts'
import { type Reason, reasons } from '../../../src/exchange/decide/reasons.ts'
import { segmentText } from '../../../src/sms/segment.ts'

const limits = Object.keys(limitReasons) as Reason[]

/** Everything that the exchange tells somebody by mail. */
const toldByMail: readonly Reason[] = [
  'tag-malformed',
  'no-receiving-address',
  'token-unknown',
  'conversation-expired',
  'answer-disagrees',
  'cannot-answer',
  'number-own',
  'number-denied',
  'country-denied',
  'too-old',
  'not-addressed',
  'encrypted',
  'packed',
  'charset-refused',
  ...limits,
  'no-text',
  'too-long',
  'cut',
  'address-not-allowed',
  'sms-failed',
  'sms-delayed',
  'sms-delivered',
  'sms-relayed',
  'mail-undelivered',
  'delivery-report',
  'sms-uncertain',
  'pair-paused',
  'budget-used-up',
  'budget-warning',
  'binding-made',
  'binding-taken',
  'balance-low',
  'balance-unreadable',
  'sign-in-refused',
  'mail-not-taken',
  'sign-in-ending',
  'mailbox-out-of-reach',
  'disk-nearly-full',
  'database-out-of-use',
  'alarm-over',
]

/** These have nothing to name. */
const withoutDetail: readonly Reason[] = ['encrypted', 'packed', 'charset-refused', ...limits, 'no-text']

const phone = '+4917012345678'

function draft(facts: Partial<NoticeFacts>) {
  return noticeDraft({
    reason: 'sms-failed',
    detail: phone,
    language: 'en',
    to: 'anna@office.example',
    subject: 'Key for Lindau',
    mailId: '<1@office.example>',
    ownMailbox: 'sms@office.example',
    messageId: '<notice.1@office.example>',
    now: 0,
    ...facts,
  })
}

const partsOf = (text: string) => segmentText(text, { reference: 0 })

test('every reason that people are told about by mail has words, and no other has', () => {
  assert.deepEqual((Object.keys(reasons) as Reason[]).filter(hasNotice).sort(), [...toldByMail].sort())
})

for (const language of languages) {
  test(`in ${language} every notice names the detail, the reason code, and in a second paragraph what to do`, () => {
    for (const reason of toldByMail) {
      const { text, subject } = draft({ reason, language, detail: 'the-detail' })
      const parts = text.trim().split('\n\n')
      assert.ok(parts.length >= 3, `${reason}: ${text}`)
      assert.equal(text.includes('the-detail'), !withoutDetail.includes(reason), reason)
      assert.ok(parts.at(-1)?.includes(reason), reason)
      assert.ok(subject.endsWith('Key for Lindau'), subject)
      assert.doesNotMatch(`${subject}${text}`, /[{}]|undefined/, reason)
    }
  })

  test(`in ${language} no two reasons have the same words`, () => {
    const bodies = toldByMail.map((reason) => draft({ reason, language }).text.split('\n\n')[0])
    assert.equal(new Set(bodies).size, toldByMail.length)
  })

  test(`in ${language} the words are not those of another language`, () => {
    for (const reason of toldByMail)
      for (const other of languages.filter((one) => one !== language)) {
        const [mine, theirs] = [language, other].map((one) => draft({ reason, language: one }))
        assert.notEqual(mine?.text, theirs?.text, `${reason} in ${other}`)
        assert.notEqual(mine?.subject, theirs?.subject, `${reason} in ${other}`)
      }
  })

  test(`in ${language} a malformed tag is answered with the right forms, those of a mail or those of an SMS`, () => {
    const mail = draft({ reason: 'tag-malformed', language, detail: '[sms 0170]' })
    for (const form of ['[sms] …', '[sms +4917012345678] …', '[sms +4917012345678 2h] …', 'X-SMS-To: +'])
      assert.ok(mail.text.includes(form), form)
    const sms = draft({ reason: 'tag-malformed', language, detail: '[mail bob]', about: 'sms' })
    for (const form of ['[mail] …', '[mail bob@office.example] …', '[mail bob@office.example 2h] …'])
      assert.ok(sms.text.includes(form), form)
    assert.notEqual(mail.subject, sms.subject)
    const longest = {
      en: 'four weeks',
      de: 'vier Wochen',
      zh: '四周',
      fr: 'quatre semaines',
      es: 'cuatro semanas',
    }
    for (const { text } of [mail, sms]) assert.ok(text.includes(longest[language]), text)
  })

  test(`in ${language} what is said of an SMS begins as such, and tells where the SMS can be read`, () => {
    const failed = draft({ reason: 'list-mail', language, about: 'sms', subject: '' }).subject
    for (const reason of ['tag-malformed', 'address-not-allowed'] as const) {
      const { subject, text } = draft({
        reason,
        language,
        about: 'sms',
        subject: '',
        detail: `${phone}: eve@far.example`,
      })
      assert.equal(subject, failed)
      assert.ok(text.includes(`${phone}: eve@far.example`), text)
      assert.ok(text.includes('simpost message list --inbox'), text)
    }
  })

  test(`in ${language} a reason without words of its own still says that nothing went, and its code`, () => {
    assert.match(draft({ reason: 'list-mail', language }).text, /\(.*list-mail[)）]|（.*list-mail）/)
  })

  test(`in ${language} an alarm by SMS is one part whatever its detail is, and names it where it fits`, () => {
    for (const reason of [
      'sign-in-refused',
      'sign-in-ending',
      'mailbox-out-of-reach',
      'mail-not-taken',
      'mail-undelivered',
      'disk-nearly-full',
      'database-out-of-use',
      'alarm-over',
    ] as const) {
      assert.match(alarmSms(language, reason, 'NO 535'), /^Simpost.*NO 535$/)
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (detail) => {
          const text = alarmSms(language, reason, detail)
          assert.equal(partsOf(text).parts.length, 1, text)
          assert.doesNotMatch(text, /\n|\{detail\}$/)
        }),
        { numRuns: 50 },
      )
    }
  })

  test(`in ${language} the question by SMS is one part whatever the names are`, () => {
    const names = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(
          fc.constantFrom(
            '“quote”',
            '张三',
            '👩‍👩‍👧‍👦',
            '[mail bob@office.example 2 hours]',
            '{detail}',
            '$&',
          ),
          {
            maxLength: 40,
          },
        )
        .map((words) => words.join(', ')),
      fc.nat({ max: 3000 }).map((length) => 'x'.repeat(length)),
    )
    fc.assert(
      fc.property(names, (text) => {
        const sms = smsQuestion(language, text)
        assert.equal(partsOf(sms).parts.length, 1, sms)
        assert.doesNotMatch(sms, /[\n\r\u202e\p{Cs}]/u)
      }),
      { numRuns: 400 },
    )
  })

  test(`in ${language} the question for whom a text is shows whole names, as many as fit`, () => {
    const name = fc.oneof(
      { weight: 4, arbitrary: fc.stringMatching(/^@[a-z][a-z0-9._-]{0,20}$/) },
      { weight: 1, arbitrary: fc.stringMatching(/^@[a-z]{1,60}@[a-z]{1,60}\.example$/) },
      { weight: 1, arbitrary: fc.constantFrom('@张三', '@jürgen', '@łukasz') },
    )
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 30 }), (names) => {
        const sms = smsQuestion(language, names.join(', '))
        const shown: readonly string[] = sms.match(/@[\p{L}\p{N}][^\s,]*/gu) ?? []
        assert.equal(partsOf(sms).parts.length, 1, sms)
        for (const one of shown) assert.ok(names.includes(one), `${one} in "${sms}"`)
        assert.equal(sms.endsWith(', ...'), shown.length > 0 && shown.length < names.length, sms)
        if (shown.length === 0) return
        for (const left of names.filter((one) => !shown.includes(one))) {
          const more = partsOf(sms.replace(/, \.\.\.$/, () => `, ${left}, ...`))
          if (more.encoding === partsOf(sms).encoding)
            assert.ok(more.parts.length > 1, `${left} fits: ${sms}`)
        }
      }),
    )
  })

  test(`in ${language} the question keeps to the alphabet that makes it cheap, and the usual names fit whole`, () => {
    for (const names of ['', phone, '@anna, @bob', 'x'.repeat(300)])
      assert.equal(partsOf(smsQuestion(language, names)).encoding, language === 'zh' ? 'ucs2' : 'gsm7', names)
    assert.match(smsQuestion(language, '@anna, @bob, @carol'), /@anna, @bob( or | oder | 或 | ou | o )@carol/)
  })

  test(`in ${language} the remarks in the mail of an SMS name their facts`, () => {
    const remarks = mailRemarks(language)
    assert.ok(
      remarks.severalPeople('anna@a.example, bob@b.example').includes('anna@a.example, bob@b.example'),
    )
    const missing = remarks.partsMissing(2, 7)
    assert.ok(missing.includes('2') && missing.includes('7'), missing)
    const { missedCall, missedCallWithheld, rings, ...others } = remarks
    const { waiting, mmsFact, push, port, headerDamaged, severalPeople, partsMissing, ...fixed } = others
    const call = missedCall('+4917012345678', '18:31')
    assert.ok(call.includes('+4917012345678') && call.endsWith('18:31'), call)
    assert.match(missedCallWithheld('18:31'), /^[^{}]{8,}18:31$/u)
    assert.match(rings(4), /^[^{}]*4[^{}]*$/u)
    const filled = [push('text/x'), port(5499), headerDamaged('0503'), severalPeople('x'), missing]
    const counted = waiting([
      { kind: 'voice', active: true, count: 3 },
      { kind: 'other', active: false, count: 0 },
    ])
    assert.equal(counted.length, 2)
    assert.ok(counted[0]?.includes('(3)') && !counted[1]?.includes('('), counted.join(' '))
    for (const line of [...Object.values(fixed), ...filled, ...counted])
      assert.match(line, /^[^{}]{8,}[.:。：]$/u)
    const facts = ['from', 'subject', 'size', 'expiresAt', 'messageClass', 'host'] as const
    const lines = facts.map((fact) => mmsFact(fact, 'v$&'))
    assert.equal(new Set(lines).size, facts.length)
    for (const line of lines) assert.match(line, /^[^{}]+[:：][ \u00a0]?v\$&$/u)
    assert.equal(mmsFact('messageClass', 'constructor').includes('constructor'), true)
    assert.equal(mmsFact('messageClass', 'advertisement').includes('advertisement'), language === 'en')
  })
}

test('the subject begins with what became of the message', () => {
  assert.equal(draft({ reason: 'address-not-allowed' }).subject, 'Not sent as mail: Key for Lindau')
  const start = (reason: Reason, language: Language = 'en') => draft({ reason, language }).subject
  assert.equal(start('number-denied'), 'Not sent as SMS: Key for Lindau')
  assert.equal(start('cut'), 'Cut for SMS: Key for Lindau')
  assert.equal(start('sms-uncertain'), 'Perhaps not sent as SMS: Key for Lindau')
  assert.equal(start('pair-paused'), 'SMS waits: Key for Lindau')
  assert.equal(start('budget-used-up'), 'SMS waits: Key for Lindau')
  assert.equal(start('budget-warning'), 'SMS budget: Key for Lindau')
  assert.equal(start('binding-made'), 'Bound for a while: Key for Lindau')
  assert.equal(start('binding-taken'), 'Not bound: Key for Lindau')
  assert.equal(draft({ reason: 'tag-malformed', about: 'sms' }).subject, 'Not sent as mail: Key for Lindau')
  assert.equal(start('cut', 'de'), 'Für SMS gekürzt: Key for Lindau')
  assert.equal(start('cut', 'zh'), '短信有删节：Key for Lindau')
})

test('French sets unbreakable blanks in a mail, and none in an SMS, where they would cost', () => {
  const { subject, text } = draft({ reason: 'not-addressed', language: 'fr' })
  assert.equal(subject, 'Non envoyé par SMS\u00a0: Key for Lindau')
  assert.ok(text.includes('«\u00a0Cc\u00a0»'))
  assert.doesNotMatch(smsQuestion('fr', '@anna, @bob'), /[\u00a0\u202f]/)
})

test('a notice of a cut does not say that the SMS went out, for it may still wait', () => {
  assert.match(
    draft({ reason: 'cut', detail: '3 parts' }).text,
    /^Your mail is too long for an SMS, so its end is left out/,
  )
})

test('a notice stands in the thread of its message and says that a program wrote it', () => {
  const { inReplyTo, references, fields } = draft({ reason: 'cut' })
  assert.deepEqual([inReplyTo, references], ['<1@office.example>', ['<1@office.example>']])
  assert.deepEqual(fields, { 'Auto-Submitted': 'auto-replied', 'X-SMS-Reason': 'cut' })
  assert.deepEqual(draft({ mailId: null }).references, [])
})

test('a detail adds no line, no direction mark and no second filling to a mail', () => {
  const detail = "[sms]\r\nBcc: x\u2028\u202egpj {detail} $& $' \ud800"
  const { text } = draft({ detail })
  assert.ok(text.includes("([sms] Bcc: x gpj {detail} $& $')."), text)
})

test('a detail and a subject of any length are cut between characters', () => {
  const { text, subject } = draft({ detail: '👍'.repeat(5000), subject: '👍'.repeat(5000) })
  assert.ok(text.length < 1000)
  assert.ok(subject.length <= 200)
  assert.match(subject, /^Not sent as SMS: (👍)+…$/u)
  assert.match(text, /\((👍)+…\)/u)
})

test('names that need another alphabet do not keep out several that do not', () => {
  const names = ['@张三', ...Array.from({ length: 6 }, (_, at) => `@colleague-${at}`)]
  const sms = smsQuestion('en', names.join(', '))
  assert.match(sms, /@colleague-0, @colleague-1, @colleague-2/)
  assert.equal(partsOf(sms).encoding, 'gsm7')
})

test('where no name fits, the question says how to answer', () => {
  const far = Array.from({ length: 3 }, (_, at) => `@${String(at).repeat(80)}@${'long'.repeat(20)}.example`)
  assert.equal(
    smsQuestion('en', far.join(', ')),
    'For whom is this? Your text waits. Please answer with @ and the name of the person.',
  )
})
