// `simpost demo`: tells the main job as a story on the terminal: a mail becomes an SMS, the typed answer becomes a mail in the same
// thread. Everything between the two simulators is the real program. Afterwards the user may play both sides.

import { createInterface } from 'node:readline'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { IncomingMail, MailDraft } from '../../domain/message.ts'
import { configureLog } from '../../log.ts'
import { createComposer } from '../../mail/compose/compose-mail.ts'
import { readMail } from '../../mail/read/read-mail.ts'
import { decodePdu } from '../../sms/tpdu.ts'
import { print, printable, styled, table } from '../output.ts'
import { anna, bob, box, type DemoWorld, startDemoWorld } from './demo-world.ts'

/** The modem finishes what it is saying before the story goes on. */
const afterTalkMs = 150

/** A step of the story that takes longer has failed. */
const stepTimeoutMs = 30_000

interface DemoOptions {
  readonly exit?: boolean
  readonly json?: boolean
  /** Name of one chapter, "all", or "list". */
  readonly show?: string
}

const firstMail =
  'Hello Bob,\n\nthe customer in Lindau is waiting for the key – can you be there at 3 pm?\n\nAnna'
const firstAnswer = 'Yes, I am on my way. Tell them 3 pm 👍'

export async function demo(options: DemoOptions): Promise<void> {
  configureLog('error')
  if (options.show !== undefined) return showChapters(options.show)
  print(
    styled('bold', 'Simpost demo: the real program between a simulated modem and a simulated mail server\n'),
  )
  const world = await startDemoWorld(traceModem)
  try {
    const summary = await tell(world)
    if (options.exit !== true) await play(world, summary.letter)
    if (options.json === true)
      print(JSON.stringify({ mail_to_sms: summary.mailToSms, sms_to_mail: summary.smsToMail }))
  } finally {
    await world.close()
  }
}

/** Plays chapters, each in a world of its own. */
async function showChapters(name: string): Promise<void> {
  const { chapters } = await import('./demo-chapters.ts')
  const { openStage } = await import('./demo-stage.ts')
  if (name === 'list')
    return print(
      table(
        ['chapter', 'shows'],
        chapters.map((one) => [one.name, one.title]),
        100,
      ),
    )
  const wanted = chapters.filter((one) => name === 'all' || one.name === name)
  if (wanted.length === 0)
    throw new GatewayError('USAGE', `there is no chapter "${name}"`, { hint: 'simpost demo --show list' })
  for (const { title, config, play: playChapter } of wanted) {
    chapter(title)
    const world = await startDemoWorld(() => {}, config)
    const stage = openStage(world)
    try {
      await playChapter(stage)
    } finally {
      stage.close()
      await world.close()
    }
  }
}

function say(who: string, text: string): void {
  const [first = '', ...more] = printable(text).split('\n')
  print(`${styled('cyan', who.padEnd(7))} ${first}`)
  for (const line of more) print(`${' '.repeat(8)}${line}`)
}

function chapter(text: string): void {
  print(`\n${styled('bold', text)}`)
}

/** The AT dialogue as it happens; PDUs are followed by what they say. */
function traceModem(direction: 'to' | 'from', text: string): void {
  for (const line of text.split(/\r\n|\r|\n/)) {
    const shown = line.replaceAll('\u001a', ' <Ctrl-Z>').trim()
    if (shown === '' || /^AT$|^OK$/.test(shown)) continue
    print(`${styled('dim', `modem   ${direction === 'to' ? '>' : '<'} ${shown}`)}`)
    if (shown.startsWith('AT+CMGD'))
      print(styled('dim', '          = stored on disk and compared: now the SIM may forget it'))
    const hex = /^[0-9A-F]{20,}/.exec(shown)?.[0]
    if (hex !== undefined) explainPdu(hex)
  }
}

function explainPdu(hex: string): void {
  try {
    const tpdu = decodePdu(hex)
    const what =
      tpdu.type === 'status-report'
        ? `TP-ST ${tpdu.status}${tpdu.status === 0 ? ': the phone has it' : ''}`
        : `${tpdu.encoding}: ${JSON.stringify(tpdu.text)}`
    print(
      styled('dim', `          = SMS-${tpdu.type.toUpperCase()} ${tpdu.address.text}, ${printable(what)}`),
    )
  } catch {
    print(styled('dim', '          = not a PDU'))
  }
}

/** A mail as Anna's mail program shows it, and where it sends an answer. */
interface Letter {
  readonly mail: IncomingMail
  readonly replyTo: string
}

async function tell(world: DemoWorld) {
  chapter(
    '1. Anna sits in the office and writes a mail. Bob has only a phone. She marks the mail with [sms].',
  )
  const messageId = '<demo.1@office.example>'
  const raw = await annaComposes({
    to: { address: bob.mailbox, name: bob.name },
    subject: '[sms] Key for Lindau',
    messageId,
    inReplyTo: null,
    references: [],
    text: firstMail,
  })
  say('mail', `From: Anna <${anna}>\nTo: Bob <${bob.mailbox}>\nSubject: [sms] Key for Lindau\n\n${firstMail}`)

  chapter(
    `2. The box finds the flag, finds that ${bob.mailbox} is bound to ${bob.number}, and talks to its modem.`,
  )
  const phone = nextPhoneSms(world)
  await world.annaSends({ to: box.mailbox, raw })
  const sentAt = performance.now()
  const sms = await within(phone, 'the SMS')
  const mailToSms = { latency_ms: Math.round(performance.now() - sentAt), text: sms }

  await systemClock.sleep(afterTalkMs)
  chapter("3. Bob's phone rings.")
  say('phone', `from ${box.number}:\n${sms}`)

  chapter('4. Bob types an answer.')
  say('phone', firstAnswer)
  const arrival = nextMail(world)
  const typedAt = performance.now()
  world.modem.network.phoneSends(bob.number, firstAnswer)
  const letter = await within(arrival, 'the mail')
  const answer = letter.mail
  const smsToMail = {
    latency_ms: Math.round(performance.now() - typedAt),
    text: answer.text.trim(),
    in_reply_to: answer.answers[0] ?? null,
  }
  chapter("5. The answer is a mail in Anna's mailbox, in the thread of her own mail.")
  showMail(letter)
  if (answer.answers[0] !== messageId || !sms.includes('Lindau') || !answer.text.includes('3 pm'))
    throw new GatewayError('INTERNAL', 'the demo did not end as it should', {
      hint: 'send us what it printed',
    })
  return { mailToSms, smsToMail, letter }
}

function showMail({ mail, replyTo }: Letter): void {
  const from = mail.from === null ? '' : `${mail.from.name} <${mail.from.address}>`
  say(
    'mail',
    `From: ${from}\nTo: ${anna}\nReply-To: ${replyTo}\nSubject: ${mail.subject}\nIn-Reply-To: ${mail.answers[0] ?? ''}\n\n${mail.text.trim()}`,
  )
}

const compose = createComposer({ domain: 'office.example', instance: 'anna' })

type Written = Pick<MailDraft, 'to' | 'subject' | 'messageId' | 'inReplyTo' | 'references' | 'text'>

/** A mail as Anna's mail program makes it. */
function annaComposes(written: Written): Promise<Buffer> {
  return compose({
    ...written,
    from: { address: anna, name: 'Anna' },
    replyTo: null,
    date: systemClock.now(),
    fields: {},
  })
}

/** What the next SMS on any phone says. */
function nextPhoneSms(world: DemoWorld): Promise<string> {
  return new Promise((resolve) => {
    const end = world.modem.network.onPhoneSms(({ text }) => {
      end()
      resolve(text)
    })
  })
}

/** The next mail in Anna's INBOX, as a mail program reads it. */
function nextMail(world: DemoWorld): Promise<Letter> {
  return new Promise((resolve, reject) => {
    const end = world.mails.onMail(anna, ({ raw }) => {
      end()
      parse(raw).then(resolve, reject)
    })
  })
}

async function parse(raw: Buffer): Promise<Letter> {
  const options = {
    ownInstance: '',
    authservId: null,
    trustMethod: 'from',
    recordedFields: [],
    truncated: false,
  } as const
  const replyTo = /^Reply-To:[^\S\n]*<?([^\s<>]+)>?/im.exec(raw.toString('latin1'))?.[1] ?? box.mailbox
  return { mail: await readMail(raw, options), replyTo }
}

async function within<Result>(promise: Promise<Result>, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new GatewayError('INTERNAL', `${what} did not arrive within ${stepTimeoutMs / 1000} s`)),
      stepTimeoutMs,
    )
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The user is Bob's phone (`p text`) and Anna's mail program (`m text` answers the last mail). */
async function play(world: DemoWorld, first: Letter): Promise<void> {
  chapter('Now you. Type:')
  print(
    '  p TEXT   as the phone of Bob\n  m TEXT   as Anna, answering the last mail from the box\n  q        to end\n',
  )
  print(styled('dim', `  (in another terminal: scripts/simpost status --config ${world.configFile})`))
  const { openStage, showDecision } = await import('./demo-stage.ts')
  const stage = openStage(world)
  let last = first
  let count = 1
  const endPhone = world.modem.network.onPhoneSms(({ text }) => say('phone', text))
  const endMail = world.mails.onMail(anna, ({ raw }) => {
    void parse(raw).then((letter) => {
      last = letter
      showMail(letter)
    })
  })
  const input = createInterface({ input: process.stdin })
  for await (const line of input) {
    const [, verb = '', text = ''] = /^\s*([pmq])\b\s*(.*)$/i.exec(line) ?? []
    if (verb === 'q') break
    if (text === '' || verb === '') print('  p TEXT, m TEXT or q')
    else
      await showDecision(stage.desk, () =>
        verb === 'p'
          ? world.modem.network.phoneSends(bob.number, text)
          : answerMail(world, last, ++count, text),
      )
  }
  input.close()
  endPhone()
  endMail()
  stage.close()
}

async function answerMail(world: DemoWorld, last: Letter, count: number, text: string): Promise<void> {
  const raw = await annaComposes({
    to: { address: last.replyTo, name: '' },
    subject: `Re: ${last.mail.subject.replace(/^Re: /, '')}`,
    messageId: `<demo.${count}@office.example>`,
    inReplyTo: last.mail.messageId,
    references: last.mail.messageId === null ? [] : [last.mail.messageId],
    text,
  })
  await world.annaSends({ to: last.replyTo, raw })
}
