// Signs of automatic mail (RFC 3834 and the habits of mail programs).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AutomaticSigns, automaticOf } from '../../../src/mail/read/automatic-mail.ts'

function signs(header: readonly string[], change: Partial<AutomaticSigns> = {}): AutomaticSigns {
  const fields = header.map((line) => {
    const colon = line.indexOf(':')
    return { name: line.slice(0, colon).toLowerCase(), value: line.slice(colon + 1).trim() }
  })
  const rest = {
    type: 'text/plain',
    reportType: '',
    returned: '',
    returnPath: 'a@x.example',
    from: 'a@x.example',
  }
  return { fields, subject: 'hello', ownInstance: 'box-1', ...rest, ...change }
}

const answers = ['In-Reply-To: <sms.1@office.example>']

const rows: readonly (readonly [
  header: readonly string[],
  change: Partial<AutomaticSigns>,
  kind: string | null,
])[] = [
  [[], {}, null],
  [['Auto-Submitted: no'], {}, null],
  [['X-Auto-Response-Suppress: All'], {}, null],
  [['Precedence: first-class'], {}, null],
  [['X-Autoreply: no'], {}, null],
  [['X-SMS-Bridge: box-1; hop=1'], {}, 'own'],
  [['X-SMS-Bridge: BOX-1'], {}, 'own'],
  [['X-SMS-Bridge: box-2; hop=1'], {}, null],
  [['X-SMS-Bridge: box-2; hop=2'], {}, null],
  [['X-SMS-Bridge: box-2; hop=3'], {}, 'own'],
  [['X-SMS-Bridge: box-2; hop=1', 'X-SMS-Bridge: box-1; hop=2'], {}, 'own'],
  [['X-SMS-Bridge: box-10; hop=1'], {}, null],
  [Array.from({ length: 50 }, () => 'Received: x'), {}, null],
  [Array.from({ length: 51 }, () => 'Received: x'), {}, 'own'],
  [[], { type: 'multipart/report', reportType: 'delivery-status' }, 'report'],
  [[], { type: 'multipart/report', reportType: 'disposition-notification' }, 'report'],
  [[], { type: 'message/delivery-status' }, 'report'],
  [[], { returnPath: '' }, 'report'],
  [[], { returnPath: null }, null],
  [[], { from: 'MAILER-DAEMON@x.example' }, 'report'],
  [[], { from: 'postmaster@x.example' }, 'report'],
  [['Auto-Submitted: auto-replied'], { returnPath: '' }, 'replied'],
  [['Auto-Submitted: auto-replied; owner-email="a@x"'], {}, 'replied'],
  [['X-Autoreply: yes'], {}, 'replied'],
  [['X-Autorespond: hello'], {}, 'replied'],
  [['Precedence: auto_reply'], {}, 'replied'],
  [['Precedence: bulk', 'Auto-Submitted: auto-replied'], {}, 'replied'],
  [['List-Id: <l.x.example>'], {}, 'list'],
  [['List-Unsubscribe: <mailto:u@x>'], {}, 'list'],
  [['Precedence: list'], {}, 'list'],
  [['Precedence: Bulk'], {}, 'list'],
  [['Precedence: junk'], {}, 'list'],
  [['Precedence: bulk', 'Auto-Submitted: auto-generated'], {}, 'generated'],
  [['Auto-Submitted: auto-generated'], {}, 'generated'],
  [['Auto-Submitted: auto-notified; owner="x"'], {}, 'generated'],
  [['Auto-Submitted: strange'], {}, 'generated'],
  [answers, { subject: 'Automatic reply: hello' }, 'replied'],
  [answers, { subject: 'Out of Office: hello' }, 'replied'],
  [answers, { subject: 'Out of office' }, 'replied'],
  [answers, { subject: 'OOF: hello' }, 'replied'],
  [answers, { subject: 'Abwesenheitsnotiz: Hallo' }, 'replied'],
  [answers, { subject: 'Automatische Antwort: Hallo' }, 'replied'],
  [answers, { subject: 'Réponse automatique : bonjour' }, 'replied'],
  [answers, { subject: 'Respuesta automática: hola' }, 'replied'],
  [answers, { subject: 'Risposta automatica: ciao' }, 'replied'],
  [answers, { subject: 'Automatisch antwoord: hallo' }, 'replied'],
  [answers, { subject: '自动回复：你好' }, 'replied'],
  [[], { subject: 'Automatic reply: hello' }, null],
  [[], { subject: 'Out of office' }, null],
  [['X-Auto-Response-Suppress: All'], { subject: 'Automatic reply: hello' }, 'replied'],
  [['Auto-Submitted: auto-generated'], { subject: 'Automatic reply: hello' }, 'replied'],
  [['Auto-Submitted: no'], { subject: 'Automatic reply: hello' }, null],
  [['Precedence: bulk'], { subject: 'Out of office' }, 'replied'],
  [[], { subject: 'Out of office', returnPath: '' }, 'replied'],
  [['References: <m1@office.example>'], { subject: 'Out of office' }, 'replied'],
  [['X-Autoreply-From: anna@office.example'], {}, 'replied'],
  [['X-Mail-Autoreply: yes'], {}, 'replied'],
  [['X-Precedence: auto_reply'], {}, 'replied'],
  [['Preference: auto_reply'], {}, 'replied'],
  [answers, { subject: 'Re: Automatic reply: hello' }, null],
  [answers, { subject: 'Out of office next week, call me' }, null],
]

for (const [header, change, kind] of rows)
  test(`${JSON.stringify({ header: header.slice(0, 2), count: header.length, ...change })} is ${kind ?? 'a person'}`, () => {
    const automatic = automaticOf(signs(header, change))
    assert.equal(automatic?.kind ?? null, kind)
    if (automatic !== null) assert.notEqual(automatic.sign, '')
  })

test('a report that returns our own mail says so', () => {
  const returned = 'From: x\r\nX-SMS-Bridge: box-1; hop=1'
  const automatic = automaticOf(
    signs([], { type: 'multipart/report', reportType: 'delivery-status', returned }),
  )
  assert.equal(automatic?.sign, 'multipart/report delivery-status, about our own mail')
})
