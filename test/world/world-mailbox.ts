// The box's mailbox as the service reaches it: one IMAP connection over the simulated mailbox, without sockets, with what servers and
// lines do wrong. Invariants: a command that fails may have taken effect all the same; a life that is over gets no answer.

import { GatewayError } from '../../src/domain/errors.ts'
import type { OpenImap } from '../../src/mail/imap/imap-connection.ts'
import type { ImapAccess, ImapConnection, ImapListener } from '../../src/mail/imap/imap-port.ts'
import type { SimFolder, SimMailbox } from '../../src/simulator/mail/sim-mailbox.ts'
import type { Random } from '../support/random.ts'
import { type Life, never } from './life.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What is wrong with the mailbox at present; of chances: one in so many, 0: never. */
export interface ImapTrouble {
  down: boolean
  signInRefused: boolean
  doneFolderRefused: boolean
  /** Of the commands whose line breaks. */
  breaks: number
  /** Of the events that are not told. */
  missed: number
  /** Of the mails that are not handed over. */
  unreadable: number
}

export const noImapTrouble: ImapTrouble = {
  down: false,
  signInRefused: false,
  doneFolderRefused: false,
  breaks: 0,
  missed: 0,
  unreadable: 0,
}

export interface MailboxWorld {
  readonly mailbox: SimMailbox
  readonly trouble: ImapTrouble
  readonly random: Random
  readonly time: VirtualTime
}

/** A command takes so long at most, milliseconds. */
const answerMsMax = 60

export function happens(random: Random, oneIn: number): boolean {
  return oneIn > 0 && random.below(oneIn) === 0
}

const lost = (): GatewayError =>
  new GatewayError('IMAP_UNAVAILABLE', 'the line to imap.office.example broke', { retry: 'temporary' })

class Connection implements ImapConnection {
  readonly #world: MailboxWorld
  readonly #access: ImapAccess
  readonly #listener: ImapListener
  readonly #life: Life
  readonly #stopListening: () => void
  #folder: SimFolder
  #open = true
  #moved = 0
  #endIdle: (() => void) | null = null

  constructor(world: MailboxWorld, access: ImapAccess, listener: ImapListener, life: Life) {
    this.#world = world
    this.#access = access
    this.#listener = listener
    this.#life = life
    this.#folder = this.#inbox()
    this.#stopListening = world.mailbox.onChange((folder, change) => this.#event(folder, change))
    life.onEnd(() => this.#stopListening())
  }

  #inbox(): SimFolder {
    const folder = this.#world.mailbox.folder(this.#access.folder)
    if (folder !== undefined) return folder
    throw new GatewayError('IMAP_REFUSED', `there is no folder ${this.#access.folder}`, { retry: 'hold' })
  }

  #event(folder: SimFolder, change: 'changed' | 'gone'): void {
    if (!this.#open || folder !== this.#folder) return
    if (change === 'gone') this.#break()
    else if (!happens(this.#world.random, this.#world.trouble.missed)) this.#listener.changed()
  }

  /** The server, or the line, ends the connection. */
  #break(): GatewayError {
    const error = lost()
    if (this.#open) {
      this.cut()
      this.#listener.closed(error)
    }
    return error
  }

  async #command<Result>(work: () => Result): Promise<Result> {
    this.#endIdle?.()
    this.#endIdle = null
    const { trouble, random, time } = this.#world
    if (!this.#life.touch('IMAP')) return never()
    await time.sleep(random.below(answerMsMax))
    if (!this.#life.alive()) return never()
    if (!this.#open) throw lost()
    const breaks = trouble.down || happens(random, trouble.breaks)
    if (breaks && random.below(2) === 0) throw this.#break()
    const result = work()
    if (!this.#life.touch('after IMAP')) return never()
    if (breaks) throw this.#break()
    return result
  }

  readonly selected = () => ({
    uidValidity: String(this.#folder.uidValidity),
    uidNext: this.#uidNext,
  })

  #uidNext = 1

  readonly canIdle = () => true

  select(): Promise<void> {
    return this.#command(() => {
      this.#folder = this.#inbox()
      this.#uidNext = this.#folder.uidNext
    })
  }

  listFrom(first: number): Promise<number[]> {
    return this.#command(() => this.#folder.messages.map(({ uid }) => uid).filter((uid) => uid >= first))
  }

  listSince(first: number, since: number): Promise<number[]> {
    return this.#command(() =>
      this.#folder.messages
        .filter(({ uid, internalDate }) => uid >= first && internalDate.getTime() >= since)
        .map(({ uid }) => uid),
    )
  }

  async beginning(): Promise<number> {
    return this.#uidNext
  }

  fetch(uid: number) {
    return this.#command(() => {
      const { random, trouble } = this.#world
      if (happens(random, trouble.unreadable))
        throw new GatewayError('IMAP_REFUSED', 'the server does not hand the mail over', {
          retry: 'temporary',
        })
      const mail = this.#folder.messages.find((one) => one.uid === uid)
      return mail === undefined ? null : { size: mail.raw.length, raw: mail.raw, truncated: false }
    })
  }

  moveToDone(uids: readonly number[]): Promise<boolean> {
    return this.#command(() => {
      if (this.#world.trouble.doneFolderRefused) return false
      const { mailbox } = this.#world
      const there = this.#folder.messages.map(({ uid }) => uid).filter((uid) => uids.includes(uid))
      this.#moved += mailbox.copy(this.#folder.name, there, this.#access.doneFolder).length
      mailbox.expunge(this.#folder.name, there)
      return true
    })
  }

  ensureDoneFolder(): Promise<boolean> {
    return this.#command(() => {
      if (this.#world.trouble.doneFolderRefused) return false
      this.#world.mailbox.create(this.#access.doneFolder)
      return true
    })
  }

  doneFolder() {
    return this.#command(() => {
      const folder = this.#world.mailbox.folder(this.#access.doneFolder)
      return folder === undefined ? null : { moved: this.#moved, uidNext: folder.uidNext }
    })
  }

  async idle(): Promise<boolean> {
    if (!this.#open) throw lost()
    return new Promise((resolve) => {
      this.#endIdle = () => resolve(true)
    })
  }

  noop(): Promise<void> {
    return this.#command(() => {})
  }

  async logout(): Promise<void> {
    this.cut()
  }

  cut(): void {
    this.#open = false
    this.#stopListening()
  }
}

/** Opens connections for one life of the service. */
export function openImapOf(world: MailboxWorld, life: Life): OpenImap {
  return async (access, listener, signal) => {
    if (!life.touch('IMAP')) return never()
    await access.credential()
    await world.time.sleep(world.random.below(answerMsMax))
    if (!life.alive()) return never()
    signal.throwIfAborted()
    if (world.trouble.down) throw lost()
    if (world.trouble.signInRefused)
      throw new GatewayError('IMAP_AUTH', 'imap.office.example refused the sign-in', { retry: 'hold' })
    listener.signedIn()
    const connection = new Connection(world, access, listener, life)
    await connection.select()
    return connection
  }
}
