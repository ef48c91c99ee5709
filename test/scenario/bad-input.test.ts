// Mails and PDUs that nobody should send: huge, broken, cut short, random. Each is converted as far as it goes, refused with a reason or
// kept; the service lives, and what comes right behind is not held up.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { anna } from '../support/office.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { annaMailbox, bob, bodyOf, type Entry, field, startWorld, story, type World } from './world.ts'

let program: Program
let shared: World
const world = (): World => shared

before(async () => {
  program = await buildProgram()
  shared = await startWorld(program)
})
after(async () => {
  await shared?.close()
  await program?.remove()
})

/** A mail from Anna to Bob as the border server hands it to Dovecot; `lines` are further fields and the body. */
const bad = (subject: string, lines: readonly (string | Buffer)[]): Buffer => {
  const head = [
    'Envelope-To: bob@sms.office.example',
    `Authentication-Results: ${shared.office.exim.authservId}; dmarc=pass header.from=office.example`,
    `From: ${annaMailbox}`,
    `To: ${bob.mailbox}`,
    `Subject: ${subject}`,
  ]
  const crlf = Buffer.from('\r\n')
  return Buffer.concat([...head, ...lines].flatMap((line) => [Buffer.from(line), crlf]))
}

const deliver = (raw: Buffer): Promise<void> => shared.office.dovecot.deliver(raw, annaMailbox, 'sms')

const good = '+4917055500199'
let goodOnes = 0

/** A good mail and a good SMS right behind something bad go through. */
async function worksOn(): Promise<void> {
  goodOnes += 1
  const text = `Good ${goodOnes}.`
  const customer = `+491705550${String(100 + goodOnes)}`
  await shared.annaWrites({ to: `${good}@sms.office.example`, subject: `Good ${goodOnes}`, text })
  shared.modem.network.phoneSends(customer, text)
  assert.equal((await shared.phoneGot(good, goodOnes - 1)).text, text)
  assert.equal(bodyOf(await shared.office.arrived(anna.name, `SMS from ${customer}`)).trim(), text)
}

/** Hands over a bad mail, then a good one and a good SMS; resolves with what became of the bad one. */
async function afterBadMail(subject: string, lines: readonly (string | Buffer)[]): Promise<Entry> {
  await deliver(bad(subject, lines))
  await worksOn()
  return shared.mailEntry(subject)
}

story('of a mail of 40 MB the text is sent on, and the file is named', world, async () => {
  const subject = '[sms] Plans'
  const multipart = ['Content-Type: multipart/mixed; boundary="b"', '', '--b', 'Content-Type: text/plain', '']
  const file = ['--b', 'Content-Type: application/pdf; name="plan.pdf"', 'Content-Disposition: attachment']
  const octets = Buffer.from(`${'QUJD'.repeat(19)}\r\n`.repeat(40_000_000 / 78))
  const entry = await afterBadMail(subject, [
    ...multipart,
    'Here are the plans.',
    ...file,
    'Content-Transfer-Encoding: base64',
    '',
    octets,
    '--b--',
  ])
  assert.equal(entry.judgement, 'convert')
  const { text } = await shared.phoneGot(bob.number)
  assert.match(text, /^Here are the plans\.\n\+ 1 file: plan\.pdf/)
})

story('a mail without any text is refused, and its sender is told', world, async () => {
  const entry = await afterBadMail('[sms]', ['Message-ID: <empty@office.example>', '', ''])
  assert.deepEqual([entry.judgement, entry.reason], ['refuse', 'no-text'])
  const notice = await shared.office.arrived(anna.name, 'Not sent as SMS: [sms]')
  assert.equal(field(notice, 'In-Reply-To'), '<empty@office.example>')
})

story('what is readable of a mail with a broken or unknown charset is sent on', world, async () => {
  const earlier = shared.phones.filter(({ to }) => to === bob.number).length
  const broken = Buffer.from([0x47, 0x72, 0xfc, 0xdf, 0x65, 0x20, 0xff, 0xfe, 0x21])
  for (const [at, charset] of ['utf-8', 'x-nobody-knows', '"; ;="'].entries()) {
    const type = `Content-Type: text/plain; charset=${charset}`
    const entry = await afterBadMail(`[sms] charset ${at}`, [
      type,
      'Content-Transfer-Encoding: 8bit',
      '',
      broken,
    ])
    assert.equal(entry.judgement, 'convert')
    assert.match((await shared.phoneGot(bob.number, earlier + at)).text, /^Gr.+e .*!$/)
  }
})

story('a header of 100 kB holds nothing up, wherever it stands', world, async () => {
  const earlier = shared.phones.filter(({ to }) => to === bob.number).length
  const ids = Array.from({ length: 2500 }, (_, i) => `<${i}.0123456789012345678901@office.example>`)
  const headers = {
    folded: `References: ${ids.join('\r\n ')}`,
    unfolded: `X-Long: ${'x'.repeat(100_000)}`,
    comments: `X-Comment: ${'('.repeat(100_000)}`,
  }
  for (const [at, [name, header]] of Object.entries(headers).entries()) {
    const entry = await afterBadMail(`[sms] ${name}`, [header, '', `The ${name} one.`])
    assert.equal(entry.judgement, 'convert', name)
    assert.equal((await shared.phoneGot(bob.number, earlier + at)).text, `The ${name} one.`)
  }
  // Who stands behind the last address that is read would get nothing without a word.
  const people = Array.from({ length: 3000 }, (_, i) => `"Person ${i}" <p${i}@office.example>`)
  const entry = await afterBadMail('[sms] addresses', [`Cc: ${people.join(',\r\n ')}`, '', 'To all.'])
  assert.deepEqual([entry.judgement, entry.reason], ['refuse', 'field-too-large'])
})

story('a mail that is hardly one is not converted', world, async () => {
  const before = shared.modem.network.sent.length
  await deliver(Buffer.from('this is no header\r\n\r\nand no mail\r\n'))
  await deliver(Buffer.from([0, 0xff, 0x0d, 0x0a, 0x3a, 0x0d, 0x0a, 0xfe]))
  const two = `[sms ${bob.number}] Two authors`
  await deliver(bad(two, ['From: eve@evil.example', '', 'Which of us?']))
  await worksOn()
  assert.deepEqual([(await shared.mailEntry(two)).reason], ['sender-unclear'])
  assert.equal(shared.modem.network.sent.length, before + 1)
})

/** The octets of a good SMS-DELIVER, and what is wrong with them. */
const deliverPdu = '07919471016700000409D0C2F2389D0E0000621132713075400AC8329BFD06DDDF723619'
const pdus: Readonly<Record<string, string>> = {
  'cut in the user data': deliverPdu.slice(0, -8),
  'cut in the address': deliverPdu.slice(0, 26),
  'with an odd number of digits': deliverPdu.slice(0, -1),
  'longer than its length': `${deliverPdu}0000`,
  'with a service centre of 255 octets': `FF${deliverPdu.slice(2)}`,
  'of zeros': '00'.repeat(20),
  'of one octet': '00',
}

for (const [what, pdu] of Object.entries(pdus))
  story(`a PDU ${what} is kept, and its place in the SIM becomes free`, world, async () => {
    const { modem } = shared
    const index = modem.storage('SM').put(pdu)
    modem.urc(`+CMTI: "SM",${index}`)
    await worksOn()
    await eventually('an empty SIM', () => modem.storage('SM').list().length === 0 || undefined)
    const entries = await shared.json<Entry[]>('message', 'list', '--limit', '200')
    const kept = entries.filter(({ medium, text }) => medium === 'sms' && text === pdu)
    assert.equal(kept.length, 1, `${kept.length} journal entries`)
    assert.equal(kept[0]?.deliveries[0]?.to, annaMailbox)
  })

/** Reproducible octets (mulberry32). */
function randomHex(seed: number, octets: number): string {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) & 0xff
  }
  return Buffer.from(Array.from({ length: octets }, next))
    .toString('hex')
    .toUpperCase()
}

story(
  'forty random PDUs in the SIM neither end the service nor hold up what comes behind them',
  world,
  async () => {
    const { modem } = shared
    for (let seed = 1; seed <= 40; seed++) {
      // Half of them begin like a PDU: a service centre, the first octet of an SMS-DELIVER, a sender.
      const hex =
        seed % 2 === 0
          ? randomHex(seed, 1 + seed)
          : deliverPdu.slice(0, 18 + (seed % 9) * 2) + randomHex(seed, 20 + seed)
      modem.urc(`+CMTI: "SM",${modem.storage('SM').put(hex)}`)
    }
    await worksOn()
    await eventually('an empty SIM', () => modem.storage('SM').list().length === 0 || undefined)
    assert.doesNotMatch(shared.service().log(), /modem-down|mailbox-down|exchange-defect|INTERNAL/)
  },
)
