// What people do while the service is killed, once for each point, and what has to be outside afterwards. A story uses a word and a phone
// of its own, so that its messages are told from those of other points.
// Invariant: a story waits only for what its people would wait for; it goes on whenever the service dies and comes back.

import { setTimeout as sleep } from 'node:timers/promises'
import { annaMailbox, type Setting, type World } from '../scenario/world.ts'
import type { CrashWorld } from './crash-world.ts'
import { type Expected, Folder } from './outside.ts'

/** What a late answer of the modem, or a report, needs at most to settle an SMS in doubt. */
const lateAnswerMs = 2_000
const domain = 'sms.office.example'

export interface Mark {
  /** Such as "point-017". */
  readonly word: string
  /** A phone that no other point uses. */
  readonly phone: string
}

export interface Story {
  /** Ends the sentence "a service that is killed anywhere loses and doubles nothing: ...". */
  readonly title: string
  readonly setting?: Setting
  /** Only every so many-th point is tried by default. */
  readonly share?: number
  /** Once, before the first point. */
  prepare?(world: World): Promise<void>
  /** Resolves when people did all that they do. `arm` was called before, or is handed on to be called. */
  tell(crash: CrashWorld, mark: Mark, arm: () => void): Promise<Expected>
}

const nothing = { sms: [], mails: [], subject: '', journal: 0, boxMails: 0 } as const
const threeParts = (word: string): string =>
  `${word} ${'All work and no play makes a long message. '.repeat(8)}`.trim()

/** Of an address that writes each day only some notices go out, and some of them once; each point has one of Anna's own. */
const annaAs = (word: string): string => annaMailbox.replace('@', `+${word}@`)

/** A mail that names a phone in its address, and becomes an SMS there. */
function mailToSms(text: (word: string) => string, parts: number): Story['tell'] {
  return async (crash, { word, phone }, arm) => {
    arm()
    await crash.world.annaWrites({
      from: annaAs(word),
      to: `${phone}@${domain}`,
      subject: word,
      text: text(word),
    })
    const sms = [{ to: phone, text: text(word), parts }]
    return { ...nothing, word, sms, subject: word, journal: 1, boxMails: 1 }
  }
}

function smsToMail(text: (word: string) => string): Story['tell'] {
  return async (crash, { word, phone }, arm) => {
    arm()
    crash.world.modem.network.phoneSends(phone, text(word))
    return { ...nothing, word, mails: [`SMS from ${phone}`], journal: 1 }
  }
}

const note = (word: string): string => `A short note, ${word}.`

/** A mail binds its writer's address to a phone for two hours; the phone answers. */
const temporaryBinding: Story['tell'] = async (crash, { word, phone }, arm) => {
  const { world } = crash
  const subject = `[sms ${phone} 2h] ${word}`
  arm()
  await world.annaWrites({ from: annaAs(word), to: `${word}@${domain}`, subject, text: note(word) })
  const got = await phoneGot(crash, phone)
  const bound = `Bound for a while: ${subject}`
  const sms = [{ to: phone, text: note(word), parts: 1 }]
  if (!got) return { ...nothing, word, sms, mails: [bound], subject, journal: 1, boxMails: 1 }
  world.modem.network.phoneSends(phone, `The answer, ${word}.`)
  return { ...nothing, word, sms, mails: [bound, `Re: ${word}`], subject, journal: 2, boxMails: 1 }
}

/** False if the SMS is in doubt and did not come. */
async function phoneGot(crash: CrashWorld, phone: string): Promise<boolean> {
  const there = (): boolean => crash.world.phones.some(({ to }) => to === phone)
  const inDoubt = (): boolean =>
    crash.read(
      (store) =>
        store.get("SELECT 1 FROM delivery WHERE recipient = ? AND state = 'uncertain'", phone) !== undefined,
    )
  await crash.until(`an SMS on ${phone}`, () => there() || (crash.ready && inDoubt()))
  if (!there()) await sleep(lateAnswerMs)
  return there()
}

/** The budget is used up: an SMS waits, its sender is told, and the operator lets it go. */
const budgetHold: Story['tell'] = async (crash, { word, phone }, arm) => {
  const { world } = crash
  arm()
  await world.annaWrites({ from: annaAs(word), to: `${phone}@${domain}`, subject: word, text: note(word) })
  const heldId = (): number | undefined =>
    crash.read(
      (store) =>
        store.get<{ id: number }>(
          "SELECT message_id AS id FROM delivery WHERE recipient = ? AND state = 'held'",
          phone,
        )?.id,
    )
  const anna = new Folder(world, 'anna', 'INBOX')
  await crash.until('the notice that an SMS waits', async () => (await anna.with(word)).length > 0)
  await crash.until('a held SMS and a service', () => crash.ready && heldId() !== undefined)
  await world.cli('message', 'release', String(heldId()))
  const sms = [{ to: phone, text: note(word), parts: 1 }]
  return { ...nothing, word, sms, mails: [`SMS waits: ${word}`], subject: word, journal: 1, boxMails: 1 }
}

/** A mail and an SMS wait when the service starts. */
const waiting: Story['tell'] = async (crash, { word, phone }, arm) => {
  const { world } = crash
  const customer = phone.replace('+4917', '+4915')
  await crash.leave()
  await world.annaWrites({ from: annaAs(word), to: `${phone}@${domain}`, subject: word, text: note(word) })
  world.modem.network.phoneSends(customer, note(word))
  const inbox = new Folder(world, 'sms', 'INBOX')
  await crash.until('a mail that waits', async () => (await inbox.with(word)).length > 0)
  arm()
  crash.comeBack()
  const sms = [{ to: phone, text: note(word), parts: 1 }]
  return { word, sms, mails: [`SMS from ${customer}`], subject: word, journal: 2, boxMails: 1 }
}

const manyParts = 'parts_per_day = 100000'
/** <ds> of AT+CNMI may only be 2: the modem stores reports and tells where (+CDSI). */
const storingReports = {
  slots: { SM: 50, SR: 20 },
  habits: { cnmiValues: [[0, 1, 2], [0, 1], [0], [0, 2], [0, 1]] },
}

export const stories: readonly Story[] = [
  {
    title: 'a mail that becomes an SMS with a status report',
    setting: { budget: manyParts },
    tell: mailToSms(note, 1),
  },
  {
    title: 'a mail that becomes an SMS whose status report the modem stores',
    setting: { budget: manyParts, modem: storingReports },
    tell: async (...story) => ({ ...(await mailToSms(note, 1)(...story)), reportsStored: true }),
  },
  { title: 'an SMS that becomes a mail', tell: smsToMail(note) },
  {
    title: 'a mail that becomes an SMS of three parts',
    setting: { budget: manyParts },
    tell: mailToSms(threeParts, 3),
  },
  { title: 'an SMS of three parts that becomes a mail', tell: smsToMail(threeParts) },
  {
    title: 'a temporary binding that a mail makes, and the answer of the phone',
    setting: { budget: manyParts },
    tell: temporaryBinding,
  },
  {
    title: 'an SMS that a budget holds until the operator releases it',
    setting: { budget: 'parts_per_day = 1' },
    prepare: async (world) => {
      await world.annaWrites({
        to: `+4917055599999@${domain}`,
        subject: 'First',
        text: 'Uses the budget up.',
      })
      await world.phoneGot('+4917055599999')
      // Of the first one that waits the operator hears, too.
      await world.annaWrites({ to: `+4917055599999@${domain}`, subject: 'Second', text: 'Has to wait.' })
      const { id } = await world.mailEntry('Second')
      await world.cli('message', 'cancel', String(id))
    },
    tell: budgetHold,
  },
  {
    title: 'a mail and an SMS that wait when it starts',
    // Two starts a point, and most of its points are questions to the modem.
    share: 4,
    setting: { budget: manyParts },
    tell: waiting,
  },
]
