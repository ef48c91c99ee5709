// Counts what a story left outside of the box, and inside of it, and says what is wrong. Each message carries the word of its point.
// Tolerated, each with its reason, and nothing else:
// - An SMS is `uncertain`, and on the phone once or not at all, if one of its parts was with the modem when the service was killed: between
//   Ctrl-Z and `+CMGS` nobody can know (TS 27.005 3.5.1 has no question for it). Its sender is told.
// - A mail is there twice, with the same Message-ID and text, if the service was killed while the server had it: SMTP cannot tell whether
//   a lost 250 was meant (RFC 5321 4.5.3.2.6 and RFC 1047); a mail is repeated rather than lost, and mail programs show one.
// - A status report is missing (`sent` instead of `delivered`) if the service was killed before it: a modem that hands reports on at once
//   (+CDS) keeps none, and serialport empties the line when it opens it.

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Store } from '../../src/store/database/database.ts'
import { bodyOf, type World } from '../scenario/world.ts'
import { headerFields } from '../support/office.ts'
import type { CrashWorld, Death } from './crash-world.ts'

export interface Expected {
  /** In every text and subject of the story. */
  readonly word: string
  /** What reaches the phones, once each. */
  readonly sms: readonly { readonly to: string; readonly text: string; readonly parts: number }[]
  /** Subjects of the mails that Anna gets, once each. */
  readonly mails: readonly string[]
  /** Subject of what its sender is told when the one SMS is uncertain. */
  readonly subject: string
  /** Rows of the journal, one for each message that came in. */
  readonly journal: number
  /** Mails that came in: each lies in the done folder. */
  readonly boxMails: number
  /** Status reports cannot be lost: the modem stores them. */
  readonly reportsStored?: boolean
}

/** What was found, beside faults. */
export interface Found {
  readonly faults: string[]
  readonly uncertain: number
  readonly repeatedMails: number
}

interface SmsRow {
  readonly id: number
  readonly state: string
  readonly text: string
  readonly recipient: string
}

/** Mails of one folder, read once each. */
export class Folder {
  readonly #path: string
  /** By the name that stays: the mail as it is, and with its text decoded. */
  readonly #known = new Map<string, { readonly raw: string; readonly readable: string }>()

  constructor(world: World, user: string, name: string) {
    this.#path = join(world.office.dovecot.maildir(user), name === 'INBOX' ? '' : `.${name}`)
  }

  /** Mails that hold the word in their header or text. */
  async with(word: string): Promise<string[]> {
    const present = new Set<string>()
    for (const part of ['new', 'cur'])
      for (const file of await readdir(join(this.#path, part)).catch(() => [])) {
        // Dovecot adds flags behind the colon, and moves the file.
        const name = file.split(':')[0] ?? file
        if (!this.#known.has(name)) await this.#read(name, join(this.#path, part, file))
        present.add(name)
      }
    return [...present].flatMap((name) => {
      const mail = this.#known.get(name)
      return mail?.readable.includes(word) === true ? [mail.raw] : []
    })
  }

  async #read(name: string, file: string): Promise<void> {
    // A file that was moved since is found under its new name at the next look.
    const raw = await readFile(file, 'utf8').catch(() => null)
    if (raw !== null) this.#known.set(name, { raw, readable: `${raw}\n${bodyOf(raw)}` })
  }
}

export interface Folders {
  readonly anna: Folder
  readonly inbox: Folder
  readonly done: Folder
}

export const foldersOf = (world: World): Folders => ({
  anna: new Folder(world, 'anna', 'INBOX'),
  inbox: new Folder(world, 'sms', 'INBOX'),
  done: new Folder(world, 'sms', 'Simpost'),
})

/** Counts everything that carries the word. `deaths` are those since the story began. */
export async function lookAround(
  crash: CrashWorld,
  folders: Folders,
  expected: Expected,
  deaths: readonly Death[],
): Promise<Found> {
  const { modem, office } = crash.world
  const { rows, faults } = crash.read((store) => insideOf(store, expected))
  const uncertain = rows.filter(({ state }) => state === 'uncertain')
  for (const sms of expected.sms) faults.push(...faultsOfSms(crash.world, sms, rows, { ...expected, deaths }))
  if (rows.length !== expected.sms.length) faults.push(`${rows.length} SMS were queued`)

  const told = uncertain.map(() => `Perhaps not sent as SMS: ${expected.subject}`)
  const anna = await folders.anna.with(expected.word)
  const { repeatedMails, ...mail } = faultsOfMails(anna, [...expected.mails, ...told], deaths)
  faults.push(...mail.faults)
  const inbox = (await folders.inbox.with(expected.word)).length
  const done = (await folders.done.with(expected.word)).length
  if (inbox !== 0) faults.push(`${inbox} mails stayed in the box's INBOX`)
  if (done !== expected.boxMails)
    faults.push(`${done} mails in the done folder instead of ${expected.boxMails}`)
  if ((await office.exim.queued()) > 0) faults.push('mails wait in Exim')
  const slots = modem.stores().flatMap((store) => store.list())
  if (slots.length > 0) faults.push(`${slots.length} slots of the modem are full`)
  if (modem.network.waiting.length > 0) faults.push('SMS wait in the network')
  return { faults, uncertain: uncertain.length, repeatedMails }
}

/** The box's own view: one row for each message, nothing under way. */
function insideOf(store: Store, { word, journal }: Expected): { rows: SmsRow[]; faults: string[] } {
  const faults: string[] = []
  const about = 'instr(m.text, ?) > 0 OR instr(m.subject, ?) > 0'
  const entries = store.all<{ id: number }>(`SELECT id FROM message m WHERE ${about}`, word, word)
  if (entries.length !== journal) faults.push(`${entries.length} rows in the journal instead of ${journal}`)
  const rows = store.all<SmsRow>(
    `SELECT d.id, d.state, d.text, d.recipient FROM delivery d JOIN message m ON m.id = d.message_id
     WHERE d.medium = 'sms' AND (${about})`,
    word,
    word,
  )
  const open = store.all<{ state: string; medium: string }>(
    "SELECT state, medium FROM delivery WHERE state IN ('queued', 'sending', 'held', 'failed')",
  )
  for (const { state, medium } of open) faults.push(`${medium} is still ${state}`)
  const submitting = store.all("SELECT id FROM segment WHERE state = 'submitting'").length
  if (submitting > 0) faults.push(`${submitting} segments are still submitting`)
  const parts = store.all('SELECT id FROM pdu WHERE concat_key IS NOT NULL AND message_id IS NULL').length
  if (parts > 0) faults.push(`${parts} parts of long SMS still wait for others`)
  return { rows, faults }
}

function faultsOfSms(
  world: World,
  sms: Expected['sms'][number],
  rows: readonly SmsRow[],
  { deaths, reportsStored = false }: Expected & { readonly deaths: readonly Death[] },
): string[] {
  const what = `SMS "${sms.text.slice(0, 40)}"`
  const arrived = world.phones.filter(({ to, text }) => to === sms.to && text === sms.text)
  const row = rows.find(({ recipient, text }) => recipient === sms.to && text === sms.text)
  if (row === undefined) return [`${what} has no delivery`]
  const withModem = deaths.some(({ submitting }) => submitting.has(row.id))
  if (row.state === 'uncertain') {
    if (!withModem) return [`${what} is uncertain, though no part of it was with the modem`]
    return arrived.length > 1 ? [`doubled: ${what} is on the phone ${arrived.length} times`] : []
  }
  const unreported = !reportsStored && deaths.some((death) => death.unreported.has(row.id))
  const final = row.state === 'delivered' || (row.state === 'sent' && unreported)
  return [
    ...(arrived.length === 0 ? [`lost: ${what} is not on the phone`] : []),
    ...(arrived.length > 1 ? [`doubled: ${what} is on the phone ${arrived.length} times`] : []),
    ...(arrived.some(({ parts }) => parts !== sms.parts) ? [`${what} has not ${sms.parts} parts`] : []),
    ...(final ? [] : [`${what} is ${row.state}`]),
  ]
}

function faultsOfMails(
  raws: readonly string[],
  expected: readonly string[],
  deaths: readonly Death[],
): { faults: string[]; repeatedMails: number } {
  const faults: string[] = []
  const byId = new Map<string, string[]>()
  for (const raw of raws) {
    const id = headerFields(raw, 'Message-ID')[0] ?? ''
    byId.set(id, [...(byId.get(id) ?? []), raw])
  }
  let repeatedMails = 0
  for (const [id, copies] of byId) {
    if (copies.length === 1) continue
    const mayRepeat = deaths.some(({ sending }) => sending.has(id))
    if (!mayRepeat || copies.length > 2) faults.push(`doubled: mail ${id} is there ${copies.length} times`)
    else repeatedMails += 1
    if (new Set(copies.map(ownPart)).size > 1) faults.push(`mail ${id} was repeated with other words`)
  }
  const subjects = [...byId.values()].map(([raw]) => headerFields(raw ?? '', 'Subject')[0] ?? '').sort()
  for (const subject of new Set([...subjects, ...expected])) {
    const count = (list: readonly string[]): number => list.filter((one) => one === subject).length
    if (count(subjects) < count(expected)) faults.push(`lost: mail "${subject}"`)
    if (count(subjects) > count(expected)) faults.push(`doubled or unexpected: mail "${subject}"`)
  }
  return { faults, repeatedMails }
}

/** What the box itself wrote of a mail: servers on its way add fields above. */
const ownPart = (raw: string): string => raw.slice(raw.search(/^From: /m))
