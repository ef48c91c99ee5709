// The stage of `simpost demo --show …`: people write mails and texts, the box decides, and what it decided is read from its journal.
// Invariant: a chapter that does not end as it says fails, so that the demo is a check as well.

import { readConfig } from '../../config/config.ts'
import { createDesk } from '../../daemon/desk.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Desk } from '../../exchange/desk.ts'
import { createComposer } from '../../mail/compose/compose-mail.ts'
import { readMail } from '../../mail/read/read-mail.ts'
import type { PhoneSms } from '../../simulator/modem/sim-phones.ts'
import { openStore } from '../../store/database/database.ts'
import type { JournalEntry } from '../../store/journal.ts'
import { print, printable, styled } from '../output.ts'
import { anna, box, type DemoWorld } from './demo-world.ts'

const waitTimeoutMs = 30_000
const lookEveryMs = 20

export interface StageMail {
  readonly from?: string
  /** The To field. */
  readonly to: string
  /** Where the mail server takes it; default: the box. */
  readonly envelope?: string
  readonly subject: string
  readonly text: string
  readonly fields?: Readonly<Record<string, string>>
  /** Comes from elsewhere: nobody vouches for its sender. */
  readonly forged?: boolean
}

export interface Arrived {
  readonly from: string
  readonly subject: string
  readonly text: string
  readonly replyTo: string
  readonly raw: string
}

export interface Stage {
  readonly desk: Desk
  readonly configFile: string
  /** What people say about what comes next. */
  tell(text: string): void
  /** Sends a mail; resolves when the box has decided about it. */
  mail(mail: StageMail): Promise<JournalEntry>
  /** A phone texts the SIM; resolves when the box has decided about it. */
  text(from: string, text: string, flag?: 0 | 1): Promise<JournalEntry>
  /** The next SMS that reaches this phone. */
  phone(number: string): Promise<string>
  /** The next mail that reaches this mailbox. */
  inbox(address: string): Promise<Arrived>
  /** Waits until it is so. */
  until(what: string, isSo: () => boolean): Promise<void>
  check(what: string, isSo: boolean): void
  close(): void
}

/** Opens the stage on a running demo world. */
export function openStage(world: DemoWorld): Stage {
  const config = readConfig(world.configFile)
  const store = openStore(config.store.path)
  const desk = createDesk(config, store, systemClock, () => {})
  const phones: PhoneSms[] = []
  const endPhones = world.modem.network.onPhoneSms((sms) => phones.push(sms))
  return {
    desk,
    configFile: world.configFile,
    tell: (text) => print(`\n${text}`),
    ...people(world, desk),
    ...places(world, phones),
    until,
    check,
    close: () => {
      endPhones()
      store.close()
    },
  }
}

function check(what: string, isSo: boolean): void {
  if (isSo) return
  throw new GatewayError('INTERNAL', `the demo did not end as it should: ${what}`, {
    hint: 'send us what it printed',
  })
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadline = systemClock.monotonic() + waitTimeoutMs
  while (!isSo()) {
    check(`${what} within ${waitTimeoutMs / 1000} s`, systemClock.monotonic() < deadline)
    await systemClock.sleep(lookEveryMs)
  }
}

/** Lets people do something, waits for the decision of the box about it, and shows its way. */
export async function showDecision(desk: Desk, cause: () => unknown): Promise<JournalEntry> {
  const last = () => desk.journal.list({ limit: 1 })[0]
  const before = last()?.id ?? 0
  await cause()
  await until('a decision of the box', () => (last()?.id ?? 0) > before)
  const entry = last()
  if (entry === undefined) throw new GatewayError('INTERNAL', 'the journal is empty')
  showWay(desk, entry)
  return entry
}

/** Those who write; each waits for the decision of the box and shows it. */
function people(world: DemoWorld, desk: Desk): Pick<Stage, 'mail' | 'text'> {
  let mails = 0
  const decided = (cause: () => unknown): Promise<JournalEntry> => showDecision(desk, cause)
  return {
    mail: ({ from = anna, to, envelope = box.mailbox, subject, text, fields = {}, forged = false }) => {
      const extra = Object.entries(fields).map(([name, value]) => `\n${name}: ${value}`)
      say('mail', `From: ${from}\nTo: ${to}\nSubject: ${subject}${extra.join('')}\n\n${text}`)
      return decided(async () => {
        const raw = await compose({
          ...{ from: { address: from, name: '' }, to: { address: to, name: '' }, subject, text, fields },
          ...{ messageId: `<demo.${++mails}@office.example>`, date: systemClock.now() },
          ...{ replyTo: null, inReplyTo: null, references: [] },
        })
        if (forged) world.mails.injectFromOutside(raw, { from, to: envelope })
        else await world.annaSends({ to: envelope, raw })
      })
    },
    text: (from, text, flag) => {
      say('phone', `${from}${flag === undefined ? '' : ` (flag ${flag} in the user data header)`}:\n${text}`)
      return decided(() => world.modem.network.phoneSends(from, text, flag === undefined ? {} : { flag }))
    },
  }
}

/** Where messages arrive; each is shown once. */
function places(world: DemoWorld, phones: readonly PhoneSms[]): Pick<Stage, 'phone' | 'inbox'> {
  const taken = new Map<string, number>()
  const next = async <Thing>(place: string, lying: () => readonly Thing[]): Promise<Thing> => {
    const before = taken.get(place) ?? 0
    await until(`something for ${place}`, () => lying().length > before)
    taken.set(place, before + 1)
    const thing = lying()[before]
    if (thing === undefined) throw new GatewayError('INTERNAL', `nothing for ${place}`)
    return thing
  }
  return {
    phone: async (number) => {
      const { text } = await next(number, () => phones.filter(({ to }) => to === number))
      say('phone', `${number} shows:\n${text}`)
      return text
    },
    inbox: async (address) => {
      const arrived = await read(
        (await next(address, () => world.mails.mailbox(address).messages('INBOX'))).raw,
      )
      say('mail', `${address} gets\nFrom: ${arrived.from}\nSubject: ${arrived.subject}\n\n${arrived.text}`)
      return arrived
    },
  }
}

const compose = createComposer({ domain: 'office.example', instance: 'people' })

function say(who: string, text: string): void {
  const [first = '', ...more] = printable(text.trim()).split('\n')
  print(`${styled('cyan', who.padEnd(7))} ${first}`)
  for (const line of more) print(`${' '.repeat(8)}${line}`)
}

/** The way of one message through the units of the exchange, as the journal has it. */
function showWay(desk: Desk, entry: JournalEntry): void {
  for (const { what, detail } of desk.journal.steps(entry.id))
    print(`${styled('green', 'box    ')} ${what.padEnd(9)} ${printable(detail)}`)
}

async function read(raw: Buffer): Promise<Arrived> {
  const options = { ownInstance: '', authservId: null, recordedFields: [], truncated: false } as const
  const mail = await readMail(raw, { ...options, trustMethod: 'from' })
  const { from, subject, text } = mail
  const shown = from === null ? '' : `${from.name === '' ? '' : `${from.name} `}<${from.address}>`
  const source = raw.toString('latin1')
  const replyTo = /^Reply-To:[^\S\n]*<?([^\s<>]+)>?/im.exec(source)?.[1] ?? box.mailbox
  return { from: shown, subject, text, replyTo, raw: source }
}
