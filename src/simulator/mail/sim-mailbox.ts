// One mailbox in memory: folders, UIDs, flags and the octets of the mails (RFC 3501 2.3). IMAP sessions and the SMTP side share it.
// Invariants: within one UIDVALIDITY a UID is given once and UIDs rise (RFC 3501 2.3.1.1); every change bumps `version` of its
// folder, and listeners hear of it at once, so that a session in IDLE can push it.

/** Folders separate their levels by this character. */
export const hierarchyDelimiter = '/'
const messagesMax = 100_000
const systemFlags = ['\\Answered', '\\Flagged', '\\Deleted', '\\Seen', '\\Draft']

export interface SimMessage {
  readonly uid: number
  readonly raw: Buffer
  readonly internalDate: Date
  readonly flags: ReadonlySet<string>
  /** Modification sequence (RFC 7162), counted per mailbox. */
  readonly modseq: number
  /** It is in no folder any more; a session may still count it until it is told. */
  readonly expunged: boolean
}

export interface SimFolder {
  readonly name: string
  readonly uidValidity: number
  readonly uidNext: number
  /** "\Sent" and the like (RFC 6154), or null. */
  readonly specialUse: string | null
  readonly subscribed: boolean
  /** In the order of their UIDs. */
  readonly messages: readonly SimMessage[]
  /** Rises with every change. */
  readonly version: number
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }
type Message = Writable<SimMessage>
type Folder = Writable<Omit<SimFolder, 'messages'>> & { messages: Message[] }

/** `gone`: this folder object is dead (deleted, or rebuilt under a new UIDVALIDITY). */
export type MailboxListener = (folder: SimFolder, change: 'changed' | 'gone') => void
export type FlagMode = 'set' | 'add' | 'remove'

export interface AppendOptions {
  readonly flags?: readonly string[]
  /** Default: now. */
  readonly internalDate?: Date
}

/** INBOX means the same in any case (RFC 3501 5.1). */
export function folderKey(name: string): string {
  return name.toUpperCase() === 'INBOX' ? 'INBOX' : name
}

/** System flags in their usual spelling, keywords as written. */
function canonicalFlag(flag: string): string {
  return systemFlags.find((known) => known.toLowerCase() === flag.toLowerCase()) ?? flag
}

export class SimMailbox {
  readonly address: string
  readonly #folders = new Map<string, Folder>()
  readonly #listeners = new Set<MailboxListener>()
  #uidValidity = Math.floor(Date.now() / 1000)
  #modseq = 1

  constructor(address: string) {
    this.address = address
    for (const name of ['INBOX', 'Sent', 'Drafts', 'Trash', 'Junk', 'Archive'])
      this.create(name, name === 'INBOX' ? null : `\\${name}`)
  }

  /** Highest modification sequence given so far. */
  get highestModseq(): number {
    return this.#modseq
  }

  folders(): readonly SimFolder[] {
    return [...this.#folders.values()]
  }

  folder(name: string): SimFolder | undefined {
    return this.#folders.get(folderKey(name))
  }

  /** Mails of a folder by rising UID. Throws RangeError if there is no such folder. */
  messages(folder: string): readonly SimMessage[] {
    return [...this.#find(folder).messages]
  }

  /** Makes a folder and the levels above it; does nothing for those that exist. */
  create(name: string, specialUse: string | null = null): SimFolder {
    const key = folderKey(name)
    const existing = this.#folders.get(key)
    if (existing !== undefined) return existing
    const parent = key.lastIndexOf(hierarchyDelimiter)
    if (parent > 0) this.create(key.slice(0, parent))
    const folder: Folder = {
      name: key,
      uidValidity: this.#uidValidity++,
      uidNext: 1,
      specialUse,
      subscribed: true,
      messages: [],
      version: 0,
    }
    this.#folders.set(key, folder)
    return folder
  }

  /** Throws RangeError if there is no such folder. A folder made later under this name has another UIDVALIDITY. */
  delete(name: string): void {
    const folder = this.#find(name)
    this.#folders.delete(folder.name)
    this.#tell(folder, 'gone')
  }

  /** Renames a folder and those below it. INBOX hands its mails over and stays (RFC 3501 6.3.5). */
  rename(from: string, to: string): void {
    const folder = this.#find(from)
    if (folder.name === 'INBOX') {
      this.create(to)
      const uids = folder.messages.map((message) => message.uid)
      this.copy('INBOX', uids, to)
      this.expunge('INBOX', uids)
      return
    }
    const old = folder.name
    for (const moved of [...this.#folders.values()]) {
      if (moved !== folder && !moved.name.startsWith(old + hierarchyDelimiter)) continue
      this.#folders.delete(moved.name)
      moved.name = folderKey(to) + moved.name.slice(old.length)
      this.#folders.set(moved.name, moved)
    }
  }

  subscribe(name: string, subscribed: boolean): void {
    this.#find(name).subscribed = subscribed
  }

  /**
   * Adds a mail and tells the sessions.
   * @returns its UID. Throws RangeError if there is no such folder or it is full.
   */
  append(folder: string, raw: Buffer, options: AppendOptions = {}): number {
    const target = this.#find(folder)
    if (target.messages.length >= messagesMax) throw new RangeError(`${target.name} is full`)
    const uid = target.uidNext++
    const flags = new Set((options.flags ?? []).map(canonicalFlag))
    const internalDate = options.internalDate ?? new Date()
    target.messages.push({ uid, raw, internalDate, flags, modseq: ++this.#modseq, expunged: false })
    this.#tell(target)
    return uid
  }

  /** Changes flags; messages whose flags stay the same keep their modification sequence. */
  setFlags(folder: string, uids: readonly number[], mode: FlagMode, flags: readonly string[]): void {
    const target = this.#find(folder)
    const wanted = new Set(uids)
    for (const message of target.messages) {
      if (!wanted.has(message.uid)) continue
      const next = changedFlags(message.flags, mode, flags.map(canonicalFlag))
      if (next.size === message.flags.size && [...next].every((flag) => message.flags.has(flag))) continue
      message.flags = next
      message.modseq = ++this.#modseq
    }
    this.#tell(target)
  }

  /**
   * Removes mails for good.
   * @param options.quiet sessions in IDLE are not told at once, they learn it with their next command: the race in which
   *   a client hears EXISTS and then finds no mail.
   */
  expunge(folder: string, uids: readonly number[], options: { readonly quiet?: boolean } = {}): void {
    const target = this.#find(folder)
    const doomed = new Set(uids)
    for (const message of target.messages) if (doomed.has(message.uid)) message.expunged = true
    target.messages = target.messages.filter((message) => !message.expunged)
    this.#modseq++
    if (options.quiet === true) target.version++
    else this.#tell(target)
  }

  /** Copies mails with flags and internal date; answers the pairs (UID there, UID here) for COPYUID (RFC 4315). */
  copy(from: string, uids: readonly number[], to: string): [source: number, target: number][] {
    const wanted = new Set(uids)
    const found = this.#find(from).messages.filter((message) => wanted.has(message.uid))
    return found.map((message) => [
      message.uid,
      this.append(to, message.raw, { flags: [...message.flags], internalDate: message.internalDate }),
    ])
  }

  /**
   * Gives the folder a new UIDVALIDITY and its mails new UIDs, as a server does after a repair. Sessions that have it
   * selected are sent away with BYE.
   * @param firstUid UID of the first mail; 1 makes the new UIDs collide with those of the old generation.
   * @param options.quiet sessions are told nothing: they see the old folder, without change, until they select it again
   * @returns the new UIDVALIDITY.
   */
  rebuild(name: string, firstUid = 1, options: { readonly quiet?: boolean } = {}): number {
    const old = this.#find(name)
    const messages = old.messages.map((message, place) => ({ ...message, uid: firstUid + place }))
    const uidValidity = this.#uidValidity++
    const uidNext = firstUid + messages.length
    this.#folders.set(old.name, { ...old, uidValidity, uidNext, messages })
    if (options.quiet !== true) this.#tell(old, 'gone')
    return uidValidity
  }

  /** Forgets mails and numbers from `uidNext` on, as a backup does that is put back; or skips numbers. UIDVALIDITY stays, wrongly. */
  restore(name: string, uidNext: number): void {
    const folder = this.#find(name)
    folder.messages = folder.messages.filter(({ uid }) => uid < uidNext)
    folder.uidNext = uidNext
    folder.version++
  }

  /** @returns a function that ends the listening. */
  onChange(listener: MailboxListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #find(name: string): Folder {
    const folder = this.#folders.get(folderKey(name))
    if (folder === undefined) throw new RangeError(`there is no folder ${name}`)
    return folder
  }

  #tell(folder: Folder, change: 'changed' | 'gone' = 'changed'): void {
    folder.version++
    for (const listener of [...this.#listeners]) listener(folder, change)
  }
}

function changedFlags(current: ReadonlySet<string>, mode: FlagMode, flags: readonly string[]): Set<string> {
  if (mode === 'set') return new Set(flags)
  const named = new Set(flags.map((flag) => flag.toLowerCase()))
  const others = [...current].filter((flag) => !named.has(flag.toLowerCase()))
  return new Set(mode === 'add' ? [...others, ...flags] : others)
}

/** A mailbox with INBOX and the usual special folders, all empty. */
export function createSimMailbox(address: string): SimMailbox {
  return new SimMailbox(address)
}
