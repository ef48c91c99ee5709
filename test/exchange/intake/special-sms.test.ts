// SMS that are no plain text, from the PDU to the mail: what each of them becomes in the office (TS 23.040 9.2.3.9 and 9.2.3.24).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailDraft } from '../../../src/domain/message.ts'
import { createSmsIntake } from '../../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../../src/log.ts'
import { type AirDeliver, airDeliver, utf16 } from '../../sms/air.ts'
import { counted, notification, push, pushPdus, textString } from '../../sms/push-makers.ts'
import { bob, officeLine } from '../decide/decision-rows.ts'
import { newDesk, noon } from '../world.ts'

configureLog('error', () => {})
const hour = 3_600_000

function newIntake() {
  const time = { now: noon }
  const desk = newDesk({ bound: [bob, officeLine], now: () => time.now })
  const intake = createSmsIntake(desk, 4 * hour)
  return {
    time,
    intake,
    receive: async (pdus: readonly string[]) => {
      for (const pdu of pdus) await intake.receive({ pdu, tpduLength: null, storage: 'SM', index: 1 })
    },
    journal: () =>
      desk.journal.list({ limit: 100 }).map(({ judgement, reason }) => `${judgement}: ${reason}`),
    texts: () =>
      desk.store
        .all<{ raw: Buffer }>('SELECT raw FROM delivery ORDER BY id')
        .map(({ raw }) => (JSON.parse(raw.toString()) as MailDraft).text),
    kept: () => desk.journal.list({ limit: 1 })[0]?.text,
    steps: () => desk.journal.steps(1).map(({ what, detail }) => `${what}: ${detail}`),
  }
}

const letters = (text: string): number[] => [...Buffer.from(text)]
const text = { dcs: 0, units: letters('Hello'), septets: true }
const data = { dcs: 4, units: [1, 2, 0xff], septets: false }
const bobs = { typeOfAddress: 0x91, digits: '4917012345678' }
const sms = (changes: Partial<AirDeliver>): string => airDeliver({ sender: bobs, ...text, ...changes })

/** What comes in, what is decided, and the mail, or a part of it; null where none is sent. */
const kinds: readonly (readonly [string, string, string, RegExp | null])[] = [
  ['class 0', sms({ dcs: 0x10 }), 'convert: policy', /^Hello\n$/],
  ['class 1', sms({ dcs: 0x11 }), 'convert: policy', /^Hello\n$/],
  ['class 2, a text to be stored on the SIM', sms({ dcs: 0x12 }), 'convert: policy', /^Hello\n$/],
  ['class 3', sms({ dcs: 0xf3 }), 'convert: policy', /^Hello\n$/],
  ['a text to be deleted once read', sms({ dcs: 0x40 }), 'convert: policy', /^Hello\n$/],
  ['a reserved coding', sms({ dcs: 0x80 }), 'convert: policy', /^Hello\n$/],
  ['a compressed text', sms({ ...data, dcs: 0x20 }), 'convert: policy', /compressed[\s\S]*0102ff/],
  ['short message type 0', sms({ pid: 0x40 }), 'ignore: silent', null],
  ['replace type 1', sms({ pid: 0x41 }), 'convert: policy', /^Hello[\s\S]*takes the place of an earlier one/],
  ['replace type 7', sms({ pid: 0x47 }), 'convert: policy', /^Hello[\s\S]*takes the place of an earlier one/],
  ['a protocol behind them', sms({ pid: 0x48 }), 'convert: policy', /^Hello\n$/],
  ['a request for a call back', sms({ pid: 0x5f }), 'convert: policy', /^Hello[\s\S]*called back/],
  ['data for the SIM', sms({ ...data, pid: 0x7f, dcs: 0xf6 }), 'ignore: sim-data', null],
  ['data of class 2', sms({ ...data, dcs: 0x16 }), 'ignore: sim-data', null],
  ['a security header', sms({ ...data, dcs: 0xf6, header: '7000' }), 'ignore: sim-data', null],
  ['a text with the protocol of the SIM, no class', sms({ pid: 0x7f }), 'convert: policy', /^Hello\n$/],
  ['data for the modem', sms({ ...data, pid: 0x7d }), 'ignore: sim-data', null],
  ['voice mail, stored', sms({ dcs: 0xd8 }), 'convert: policy', /wait: voice messages\.\n\nHello/],
  [
    'voice mail, to be discarded',
    sms({ dcs: 0xc8, units: [] }),
    'convert: policy',
    /wait: voice messages\.\n$/,
  ],
  [
    'a fax, in UCS-2',
    sms({ dcs: 0xe9, units: utf16('你'), septets: false }),
    'convert: policy',
    /wait: fax messages\.\n\n你/,
  ],
  ['three mails, by element', sms({ header: '01028203' }), 'convert: policy', /wait: e-mails \(3\)/],
  ['no voice mail any more', sms({ dcs: 0xc0, units: [] }), 'ignore: nothing-waits', null],
  [
    'no voice mail any more, with a text',
    sms({ dcs: 0xd0 }),
    'convert: policy',
    /no more of these wait: voice[\s\S]*Hello/,
  ],
  [
    'a contact card',
    sms({ dcs: 4, header: '050423f40000', units: letters('BEGIN:VCARD\r\nN:Ann\r\n'), septets: false }),
    'convert: policy',
    /port: 9204\.[\s\S]*\n\nBEGIN:VCARD\nN:Ann/,
  ],
  [
    'a contact card in Latin-1',
    sms({
      dcs: 4,
      header: '050423f40000',
      units: [...letters('N:J'), 0xfc, ...letters('rgen')],
      septets: false,
    }),
    'convert: policy',
    /N:Jürgen/,
  ],
  [
    'a calendar entry',
    sms({ dcs: 0xf5, header: '050423f50000', units: letters('BEGIN:VCALENDAR'), septets: false }),
    'convert: policy',
    /port: 9205\.[\s\S]*BEGIN:VCALENDAR/,
  ],
  [
    'a logo for port 5506',
    sms({ ...data, header: '050415820000' }),
    'convert: policy',
    /port: 5506\.\nA data message[\s\S]*\n\n0102ff\n$/,
  ],
  [
    'a text for port 5499',
    sms({ header: '0504157b0000' }),
    'convert: policy',
    /port: 5499\.[\s\S]*as text:\n\nHello\n$/,
  ],
  ['ports of 8 bits', sms({ ...data, header: '0402f0f1' }), 'convert: policy', /port: 240\./],
  ['8-bit data without a port', sms(data), 'convert: policy', /no text\.\n\n0102ff\n$/],
  [
    'settings by push',
    pushPdus(push([1, 2], [0xb6]))[0] ?? '',
    'convert: policy',
    /connectivity-wbxml\.\nIt would change the settings/,
  ],
  [
    'a link by push',
    pushPdus(push([2, 5, 0x6a], [0xae]))[0] ?? '',
    'convert: policy',
    /vnd\.wap\.sic\.[\s\S]*no text/,
  ],
  [
    'a push that is none',
    pushPdus([0xff, 0xff, 0xff])[0] ?? '',
    'convert: policy',
    /port: 2948\.[\s\S]*ffffff/,
  ],
  [
    'a damaged header inside the data',
    sms({ header: '0007cc0302' }),
    'convert: policy',
    /^Hello[\s\S]*header of this SMS: 050007cc0302\./,
  ],
  [
    'a header beyond the data',
    `0044049194710004${'62112221000040'}04FF414243`,
    'convert: policy',
    /cannot be decoded[\s\S]*ff414243/,
  ],
]

for (const [what, pdu, decided, mail] of kinds)
  test(`${what}: ${decided}`, async () => {
    const { receive, journal, texts } = newIntake()
    await receive([pdu])
    assert.deepEqual(journal(), [decided])
    assert.equal(texts().length, mail === null ? 0 : 1)
    if (mail !== null) assert.match(texts()[0] ?? '', mail)
  })

const facts = [
  'An MMS (picture message) was announced. The box cannot fetch or show it.\n',
  'From: +4917012345678',
  'Subject: Our garden',
  'Size: 48 kB',
  'Can be fetched until: 2026-11-29 11:00 UTC',
  'Class: personal',
  'Lies on: mms.operator.example\n',
  '-- \nThe sender is a name or a short code and cannot be answered.\n',
].join('\n')

test('the notification of an MMS becomes a mail with its facts, whatever its data coding and however many SMS it takes', async () => {
  const long = notification({ more: [0xc0, ...counted(Array(150).fill(0x41))] })
  for (const pdus of [
    pushPdus(push(notification())),
    pushPdus(push(notification()), { dcs: 0xf5 }),
    pushPdus(push(notification(), textString('application/vnd.wap.mms-message'))),
    pushPdus(push(notification()), { ports: '05040b8523f0' }),
    pushPdus(push(long)),
    pushPdus(push(long)).reverse(),
  ]) {
    const { receive, texts, journal } = newIntake()
    await receive(pdus)
    assert.deepEqual(texts(), [facts])
    assert.deepEqual(journal(), ['convert: policy'])
  }
})

test('an MMS notification whose last part is missing shows what is there, and the late part comes as a supplement', async () => {
  const { receive, texts, time, intake } = newIntake()
  const [first, second] = pushPdus(push(notification({ more: [0xc0, ...counted(Array(150).fill(0x41))] })))
  assert.ok(first !== undefined && second !== undefined)
  await receive([first])
  time.now += 4 * hour
  await intake.expireParts()
  assert.match(texts()[0] ?? '', /From: \+4917012345678\nSubject: Our garden\n\n-- \n2 of 3 parts/)
  await receive([second])
  assert.match(texts()[1] ?? '', /\[part 2 of \d, late\] [0-9a-f]+\n/)
})

test('a data message with a missing part shows where the gap is', async () => {
  const { receive, texts, time, intake } = newIntake()
  const parts = pushPdus(Array(300).fill(0xff), { ports: '050415820000' })
  await receive([parts[0] ?? '', parts[2] ?? ''])
  time.now += 4 * hour
  await intake.expireParts()
  assert.match(texts()[0] ?? '', /f\[part 2 of 3 missing\]f/)
})

test('what an SMS is stands in the journal, and the raw form of what makes no mail', async () => {
  const { receive, steps, kept } = newIntake()
  await receive([sms({ ...data, pid: 0x7f, dcs: 0xf6, header: '7000' })])
  assert.ok(steps().includes('kind: sim-data'), steps().join('; '))
  assert.equal(kept(), '0102ff')
})

test('what is typed in a message for a program is no tag', async () => {
  const { receive, journal } = newIntake()
  await receive([sms({ units: letters('[sms] no'), header: '0504157b0000' })])
  assert.deepEqual(journal(), ['convert: policy'])
})
