// Watches one folder of the mailbox: IDLE (RFC 2177), a timed re-scan, NOOP where a server cannot IDLE.
// One object is one connection: run() ends or throws when the line is lost, and the supervisor makes a new object.
// Invariant: an event only wakes the loop; between two scans the connection is in IDLE, so that a new mail is heard at once.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { DoneFolderWatch } from './done-folder-watch.ts'
import { FolderGeneration } from './folder-generation.ts'
import { type OpenImap, openImap } from './imap-connection.ts'
import type { ImapAccess, ImapConnection } from './imap-port.ts'
import { scanFolder } from './imap-scan.ts'
import { doubtfulNumbers, type InboxState, problemOf, problemOfScan } from './inbox-problem.ts'
import { MailTrouble } from './mail-trouble.ts'

export type { InboxState }

/** Between two NOOP on a server without IDLE. */
const pollMs = 15_000
/** The canary: IDLE is left for a command after this, however long the re-scan waits, so that a line that only looks alive is found. */
const proveMs = 600_000
/** Until the second look at a folder whose numbers fell. */
const doubtMs = 60_000
/** Between two scans while the database takes nothing: the next event may be hours away. */
const storeAgainMs = 60_000
/** An IDLE that ends sooner without an event was refused: poll instead of asking again and again. */
const idleRefusedMs = 1_000
const defaultMaxBytes = 10_485_760

/** What the watcher of one folder keeps from one connection to the next. */
export interface InboxMemory {
  readonly trouble: MailTrouble
  readonly generation: FolderGeneration
}

export function createInboxMemory(): InboxMemory {
  return { trouble: new MailTrouble(), generation: new FolderGeneration() }
}

export interface ImapInboxOptions extends Omit<ImapAccess, 'maxBytes'> {
  /** Between two scans without an event, milliseconds. */
  readonly rescanMs: number
  /** Octets of a mail that is fetched whole; default 10 MiB. */
  readonly maxBytes?: number
  readonly intake: MailIntake
  /** What stands for the server in a simulation; default: a real connection. */
  readonly openImap?: OpenImap | undefined
  /** One for all connections to the folder. */
  readonly memory: InboxMemory
  readonly onState?: (state: InboxState) => void
  /** After every sign-in: null when it worked, else the refusal (IMAP_AUTH). A network that fails is no refusal and is not told. */
  readonly onSignIn?: (refusal: GatewayError | null) => void
}

export interface ImapInbox {
  /** Resolves after LOGOUT when `signal` aborts; throws GatewayError when the line is lost. May be called once. */
  run(signal: AbortSignal): Promise<void>
  state(): InboxState
}

/** A flag that is raised by events and waited for by the loop. */
class Bell {
  #rung = false
  #wake: (() => void) | null = null

  ring(): void {
    this.#rung = true
    this.#wake?.()
  }

  silence(): void {
    this.#rung = false
  }

  /** Resolves at once if it was rung since `silence()`. */
  wait(): Promise<void> {
    if (this.#rung) return Promise.resolve()
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

class Inbox {
  readonly #options: ImapInboxOptions
  readonly #bell = new Bell()
  readonly #doneFolder = new DoneFolderWatch()
  #lost: GatewayError | null = null
  /** Monotonic time at which the next full scan is due at the latest. */
  #fullScanAt = 0
  /** The folder's name in the journal; null: in doubt. */
  #generation: string | null = null
  /** The folder was selected at the opening, and no scan has used that yet. */
  #fresh = true
  /** Something failed in the last scan, so that the next one must be full. */
  #retry = false
  #state: InboxState = {
    phase: 'connecting',
    idle: false,
    lastHeardAt: null,
    uidValidity: null,
    problem: null,
  }

  constructor(options: ImapInboxOptions) {
    this.#options = options
  }

  get state(): InboxState {
    return this.#state
  }

  #set(change: Partial<InboxState>): void {
    this.#state = { ...this.#state, ...change }
    this.#options.onState?.(this.#state)
  }

  #heard(): void {
    this.#state = { ...this.#state, lastHeardAt: this.#options.clock.now() }
  }

  #connect(signal: AbortSignal): Promise<ImapConnection> {
    const access = { ...this.#options, maxBytes: this.#options.maxBytes ?? defaultMaxBytes }
    const changed = (): void => {
      this.#heard()
      this.#bell.ring()
    }
    const closed = (error: GatewayError): void => {
      this.#lost ??= error
      this.#bell.ring()
    }
    const signedIn = (): void => this.#options.onSignIn?.(null)
    const open = this.#options.openImap ?? openImap
    return open(access, { changed, closed, signedIn }, signal).catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'IMAP_AUTH') this.#options.onSignIn?.(error)
      throw error
    })
  }

  /** What the folder is now; UIDNEXT says something at this moment only. */
  async #look(connection: ImapConnection): Promise<void> {
    if (!this.#fresh) await connection.select()
    this.#fresh = false
    this.#heard()
    const { folder, intake, memory } = this.#options
    const selected = connection.selected()
    this.#set({ uidValidity: selected.uidValidity })
    this.#generation = await memory.generation.nameOf(intake, folder, selected, connection.listFrom)
  }

  async #scan(connection: ImapConnection, signal: AbortSignal): Promise<void> {
    this.#set({ phase: 'scanning', idle: false })
    const { folder, intake, clock, rescanMs, memory } = this.#options
    // The first one is full, since nothing was looked at yet.
    const full = this.#retry || clock.monotonic() >= this.#fullScanAt
    if (full) await this.#look(connection)
    this.#bell.silence()
    const generation = this.#generation
    if (generation === null) {
      // Events must not put the second look off.
      if (full) this.#fullScanAt = clock.monotonic() + doubtMs
      this.#set({ problem: doubtfulNumbers })
      return
    }
    const { trouble } = memory
    const result = await scanFolder(
      { name: folder, generation, connection, intake, trouble, clock },
      { full, stopped: () => signal.aborted },
    )
    if (full && !signal.aborted) this.#doneFolder.look(await connection.doneFolder())
    this.#heard()
    if (result.storeFailed) this.#fullScanAt = clock.monotonic() + Math.min(rescanMs, storeAgainMs)
    else if (full) this.#fullScanAt = clock.monotonic() + rescanMs
    this.#retry = result.failed > 0 || result.stuck
    this.#set({ problem: problemOfScan(result, this.#doneFolder.strangers()) })
  }

  /** Sleeps until the bell rings or the time is over. */
  async #sleep(ms: number): Promise<void> {
    const stop = new AbortController()
    const over = this.#options.clock.sleep(ms, stop.signal).catch(() => undefined)
    await Promise.race([over, this.#bell.wait()])
    stop.abort()
  }

  #untilFullScan(): number {
    return Math.max(0, this.#fullScanAt - this.#options.clock.monotonic())
  }

  async #poll(connection: ImapConnection): Promise<void> {
    this.#set({ phase: 'watching', idle: false })
    await this.#sleep(Math.min(pollMs, this.#untilFullScan()))
    if (this.#lost === null) await connection.noop()
    this.#heard()
  }

  /** Stays in IDLE until there is something to do. @returns false if the server does not IDLE */
  async #idle(connection: ImapConnection): Promise<boolean> {
    const { clock } = this.#options
    const begun = clock.monotonic()
    this.#set({ phase: 'watching', idle: true })
    let ended = false
    let left = false
    let refused = false
    connection.idle().then(
      (idled) => {
        ended = true
        refused = !idled
        // The next command ends it too; that is no event, and a look that followed would end the next IDLE, and so on.
        if (!left) this.#bell.ring()
      },
      (error) => {
        this.#lost ??= error
        this.#bell.ring()
      },
    )
    await this.#sleep(Math.min(proveMs, this.#untilFullScan()))
    left = true
    return !refused && (!ended || clock.monotonic() - begun > idleRefusedMs)
  }

  async #watch(connection: ImapConnection, signal: AbortSignal): Promise<void> {
    let canIdle = connection.canIdle()
    while (!signal.aborted) {
      await this.#scan(connection, signal)
      if (signal.aborted) return
      if (canIdle) canIdle = await this.#idle(connection)
      else await this.#poll(connection)
      if (this.#lost !== null) throw this.#lost
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    const abort = (): void => this.#bell.ring()
    signal.addEventListener('abort', abort)
    let connection: ImapConnection | null = null
    try {
      if (signal.aborted) return
      this.#set({ phase: 'connecting' })
      connection = await this.#connect(signal)
      this.#heard()
      await connection.ensureDoneFolder()
      const { uidValidity } = connection.selected()
      log.info('mailbox-open', { host: this.#options.host, uidValidity })
      await this.#watch(connection, signal)
    } catch (error) {
      if (signal.aborted) return
      const failure =
        error instanceof GatewayError
          ? error
          : new GatewayError('INTERNAL', messageOf(error), { cause: error })
      this.#set({ problem: problemOf(failure) })
      throw failure
    } finally {
      signal.removeEventListener('abort', abort)
      if (signal.aborted) await connection?.logout()
      else connection?.cut()
      this.#set({ phase: 'closed', idle: false })
    }
  }
}

/** Makes the watcher of one folder; one object serves one connection. */
export function createImapInbox(options: ImapInboxOptions): ImapInbox {
  const inbox = new Inbox(options)
  return { run: (signal) => inbox.run(signal), state: () => inbox.state }
}
