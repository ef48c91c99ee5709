// The chapters of `simpost demo --show NAME`: each shows one unit of the patent (CN102685695A) at work, on the simulated modem and
// mailbox, and checks that it ended as it should.

import { messageOf } from '../../domain/errors.ts'
import { releaseMessage } from '../../exchange/dispatch/by-hand.ts'
import type { Stage } from './demo-stage.ts'
import { anna, bob, box, type ConfigLines, carol, numberDomain } from './demo-world.ts'

export interface Chapter {
  readonly name: string
  /** What the patent calls it, and what it is here. */
  readonly title: string
  readonly config?: ConfigLines
  readonly play: (stage: Stage) => Promise<void>
}

const customer = '+4915199999999'

/** Carol has a phone as well. */
function bindCarol({ desk }: Stage, more: { readonly quietHours?: string } = {}): void {
  const { mailbox, number, name } = carol
  const bound = {
    mailbox,
    number,
    name,
    alias: 'carol',
    line: false,
    origin: 'cli',
    expiresAt: null,
  } as const
  desk.bindings.add({ ...bound, ...more, createdAt: desk.now() })
}

async function flag(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check } = stage
  tell('A person types the flag: [sms] in front of the subject. The tag is cut.')
  check('the tag converts', (await mail({ to: bob.mailbox, subject: '[sms] Key', text: '' })).flag === 1)
  check('the tag is cut', (await phone(bob.number)) === 'Key')
  tell('A program sets it in the header: X-SMS-Convert: 1.')
  await mail({ to: bob.mailbox, subject: 'Door', text: 'Door 3 is open', fields: { 'X-SMS-Convert': '1' } })
  await phone(bob.number)
  tell('No flag: a mail stays a mail.')
  check(
    'no flag',
    (await mail({ to: bob.mailbox, subject: 'Minutes', text: 'see below' })).judgement === 'pass',
  )
  tell(
    'An SMS carries it in its user data header, element 80, here with the value 0: it stays an SMS, on the box.',
  )
  check('flag 0', (await text(bob.number, 'note to the box', 0)).judgement === 'pass')
  tell('With the value 1, or typed as [mail], it becomes a mail.')
  check('flag 1', (await text(bob.number, 'I am late', 1)).flagFrom === 'udh')
  await inbox(anna)
}

async function judge(stage: Stage): Promise<void> {
  const { tell, mail, text, inbox, check } = stage
  tell('A stranger spends nothing and hears nothing.')
  const stranger = await mail({
    from: 'eve@evil.example',
    to: bob.mailbox,
    subject: '[sms] Hi',
    text: 'Hi',
    forged: true,
  })
  check('a stranger', stranger.reason === 'sender-not-allowed')
  tell('Somebody writes Anna’s address into the From field; the mail server could not prove it.')
  const forged = await mail({ to: bob.mailbox, subject: '[sms] Transfer 1000', text: 'now', forged: true })
  check('a forged sender', forged.reason === 'sender-not-proven')
  tell('A tag that is nearly right is refused, with a notice that shows the right form.')
  await mail({ to: bob.mailbox, subject: '[sms 0170..] Key', text: 'Key' })
  await inbox(anna)
  tell('An absence note is never converted and never answered.')
  const absent = await mail({
    ...{ to: bob.mailbox, subject: '[sms] Out of office', text: 'back on Monday' },
    fields: { 'Auto-Submitted': 'auto-replied' },
  })
  check('a machine', absent.reason === 'automatic-reply')
  tell('A phone may not use the box as a mail relay: the typed address is neither bound nor listed.')
  check('a relay', (await text(customer, '[mail eve@evil.example] hello')).reason === 'address-not-allowed')
}

async function binding(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check } = stage
  bindCarol(stage)
  tell(
    `One mailbox, one phone: ${carol.mailbox} and ${carol.number}. The receiving address leads to the phone …`,
  )
  await mail({ to: carol.mailbox, subject: '[sms] Lunch', text: 'At noon?' })
  await phone(carol.number)
  tell('… and the alias @carol leads a text of any phone to the mailbox.')
  await text(customer, '@carol when do you open?')
  await inbox(carol.mailbox)
  tell('A second binding for either is refused with the name of the first.')
  try {
    stage.desk.bindings.add({
      ...carol,
      alias: null,
      line: false,
      origin: 'cli',
      createdAt: 0,
      expiresAt: null,
    })
  } catch (error) {
    tell(messageOf(error))
    return
  }
  check('a second binding is refused', false)
}

async function temporary(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check, desk } = stage
  tell('Bob’s phone is broken. Anna names another one in the mail, for two hours.')
  await mail({ to: bob.mailbox, subject: `[sms ${customer} 2h] Key`, text: 'The key is at the door.' })
  await phone(customer)
  await inbox(anna)
  tell(
    'The next mail to Bob, with the plain tag, goes there as well; the permanent binding is only shadowed.',
  )
  await mail({ to: bob.mailbox, subject: '[sms] Gate', text: 'And the gate is open.' })
  await phone(customer)
  const shadow = desk.bindings.temporaryOfMailbox(bob.mailbox, desk.now())
  check(
    'it ends by the clock',
    desk.bindings.ofMailbox(bob.mailbox, shadow?.expiresAt ?? 0)?.number === bob.number,
  )
  tell('A phone does the same: for two hours its texts go to Carol’s mailbox.')
  await text(bob.number, `[mail ${carol.mailbox} 2h] I stand at the door`)
  await inbox(carol.mailbox)
  check(
    'the phone is bound',
    desk.bindings.temporaryOfNumber(bob.number, desk.now())?.mailbox === carol.mailbox,
  )
}

async function lookUp(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check } = stage
  tell('An address that is itself a number.')
  const to = `${customer}@${numberDomain}`
  await mail({ to, envelope: to, subject: 'Offer', text: 'The offer is ready.' })
  await phone(customer)
  tell('The answer of that phone goes to whom it talks with: the open conversation.')
  await text(customer, 'Thank you!')
  const answer = await inbox(anna)
  tell('The answer to that mail goes to the phone of the conversation, by the secret token of its address.')
  const back = await mail({
    to: answer.replyTo,
    envelope: answer.replyTo,
    subject: `Re: ${answer.subject}`,
    text: 'See you',
  })
  check('the rule', stage.desk.outbox.ofMessage(back.id)[0]?.rule === 'answer')
  await phone(customer)
  tell('The standard’s own form of a mail in an SMS (TS 23.040 clause 3.8).')
  await text(customer, 'bob*office.example(Door)is it open?')
  await inbox(bob.mailbox)
  tell('A phone without a conversation: the mailbox of the line, here the fallback.')
  await text('+4915188888888', 'When do you open?')
  await inbox(anna)
}

async function convert(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check } = stage
  tell('Typographic characters are folded, quotes and signatures cut: one part.')
  const long = '“Hello” – the key’s at the door …\n\n-- \nAnna\nOffice Ltd.'
  check('folded', (await mail({ to: bob.mailbox, subject: '[sms]', text: long })).judgement === 'convert')
  check('no signature', (await phone(bob.number)) === '"Hello" - the key\'s at the door ...')
  tell('Turkish letters: a national shift table instead of UCS-2.')
  const turkish =
    'Anahtarı kapıda bulacaksın, şifre değişti. Yarın sabah görüşürüz, lütfen geç kalma! İyi akşamlar.'
  await mail({ to: bob.mailbox, subject: '[sms]', text: turkish })
  check('the text is whole', (await phone(bob.number)) === turkish)
  tell('Chinese and emoji: UCS-2.')
  await mail({ to: bob.mailbox, subject: '[sms]', text: '钥匙在门口 👍' })
  await phone(bob.number)
  tell('An SMS becomes a mail in UTF-8.')
  await text(bob.number, 'Grüße aus Lindau 🌊')
  await inbox(anna)
}

async function send(stage: Stage): Promise<void> {
  const { tell, mail, phone, until, desk, check } = stage
  tell(
    'A long mail goes out part by part; each part is `submitting` on disk before the modem gets its first byte.',
  )
  const entry = await mail({
    to: bob.mailbox,
    subject: '[sms] Report',
    text: 'All is well here. '.repeat(15),
  })
  await phone(bob.number)
  const state = () => desk.outbox.ofMessage(entry.id)[0]
  await until('the status reports', () => state()?.state === 'delivered')
  const parts = desk.outbox.segments(state()?.id ?? 0).map(({ seq, state: each }) => `part ${seq} ${each}`)
  tell(`The network reported each part: ${parts.join(', ')}.`)
  check('more than one part', parts.length > 1)
}

async function passOn(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox, check } = stage
  bindCarol(stage)
  tell(
    'A mail to Bob’s number that says [mail] by header: it goes to the mailbox bound to that number, as it came.',
  )
  const to = `${bob.number}@${numberDomain}`
  await mail({ to, envelope: to, subject: 'Minutes', text: 'see below', fields: { 'X-SMS-Convert': '0' } })
  const redirected = await inbox(bob.mailbox)
  check(
    'with Resent- fields and its own From',
    /^Resent-To:/m.test(redirected.raw) && redirected.from.includes(anna),
  )
  tell('An SMS that says [sms]: it goes to the phone bound to the alias.')
  await text(bob.number, '[sms] @carol call me')
  await phone(carol.number)
  tell('A stranger’s is kept on the box: simpost message list --inbox.')
  const kept = await text(customer, '[sms] @carol call me')
  check('kept', stage.desk.outbox.ofMessage(kept.id).length === 0)
}

async function clients(stage: Stage): Promise<void> {
  const { tell, phone, until, desk, configFile } = stage
  const { sendMail, sendSms } = await import('../send.ts')
  tell(`simpost send sms ${bob.number} 'hello' --flag`)
  await sendSms(bob.number, ['hello'], { config: configFile, flag: true })
  await phone(bob.number)
  const address = `${customer}@${numberDomain}`
  tell(`simpost send mail ${address} 'hello' --flag`)
  await sendMail(address, ['hello'], { config: configFile, flag: true, subject: 'Message' })
  const flagged = (): boolean => desk.journal.list({ limit: 1 })[0]?.flagFrom === 'header'
  await until('the mail comes back as a flagged mail', flagged)
  await phone(customer)
}

async function money(stage: Stage): Promise<void> {
  const { tell, mail, phone, inbox, check, desk } = stage
  tell('Three parts a day. The third one warns, the fourth waits, and nothing is lost.')
  for (const text of ['one', 'two', 'three']) {
    await mail({ to: bob.mailbox, subject: '[sms]', text })
    await phone(bob.number)
  }
  check('the warning', (await inbox(anna)).raw.includes('X-SMS-Reason: budget-warning'))
  const held = await mail({ to: bob.mailbox, subject: '[sms]', text: 'four' })
  check('held', held.reason === 'budget-used-up')
  await inbox(anna)
  tell(`simpost message release ${held.id}`)
  await releaseMessage(desk, held.id)
  await phone(bob.number)
}

async function ask(stage: Stage): Promise<void> {
  const { tell, mail, text, phone, inbox } = stage
  tell('Bob’s phone talks with Anna and with Carol, and answers "yes". Whom?')
  await mail({ to: bob.mailbox, subject: '[sms]', text: 'Lunch?' })
  await phone(bob.number)
  await mail({ from: carol.mailbox, to: bob.mailbox, subject: '[sms]', text: 'Tennis?' })
  await phone(bob.number)
  await text(bob.number, 'yes')
  await phone(bob.number)
  tell('The text waits until he says so.')
  await text(bob.number, '@carol')
  await inbox(carol.mailbox)
}

/** In the order of the patent's units, then what no patent has. */
export const chapters: readonly Chapter[] = [
  { name: 'flag', title: 'the flag in the header: 1 converts, 0 does not', play: flag },
  {
    name: 'judge',
    title: 'parsing and judging module: convert, pass on, refuse, ignore, with a reason',
    play: judge,
  },
  { name: 'binding', title: 'binding unit: one mailbox, one phone', play: binding },
  { name: 'temporary-binding', title: 'temporary binding inside the message', play: temporary },
  {
    name: 'look-up',
    title: 'address acquisition unit: which rule finds the receiving address',
    play: lookUp,
  },
  { name: 'convert', title: 'format conversion unit', play: convert },
  { name: 'send', title: 'sending unit', play: send },
  {
    ...{ name: 'pass-on', title: 'what is not flagged goes on in its own format', play: passOn },
    config: { exchange: ['pass_mail = "redirect"', 'pass_sms = "forward"'] },
  },
  {
    name: 'clients',
    title: `mail client and SMS client, from ${box.mailbox} and ${box.number}`,
    play: clients,
  },
  {
    ...{ name: 'money', title: 'a budget holds before the bill comes', play: money },
    config: { budget: ['parts_per_day = 3'] },
  },
  {
    ...{ name: 'ask', title: 'a phone that talks with several people is asked whom it means', play: ask },
    config: { exchange: ['ambiguous = "ask"'] },
  },
]
