// Watches one folder of the mailbox: IDLE (RFC 2177), a timed re-scan, NOOP where a server cannot IDLE.
// One object is one connection: run() ends or throws when the line is lost, and the supervisor makes a new object.
// Invariant: an event only wakes the loop; between two scans the connection is in IDLE, so that a new mail is heard at once.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { MailIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { type ImapAccess, type ImapConnection, openImap } from './imap-connection.ts'
import { type ScanResult, scanFolder } from './imap-scan.ts'

/** Between two NOOP on a server without IDLE. */
const pollMs = 15_000
/** An IDLE that ends sooner without an event was refused: poll instead of asking again and again. */
const idleRefusedMs = 1_000
const defaultMaxBytes = 10_485_760

export interface InboxState {
  readonly phase: 'connecting' | 'scanning' | 'watching' | 'closed'
  /** True while the server pushes (IDLE); false while it is polled or scanned. */
  readonly idle: boolean
  /** When the server last answered, milliseconds since 1970; null: never. */
  readonly lastHeardAt: number | null
  readonly uidValidity: string | null
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null
}

export interface ImapInboxOptions extends Omit<ImapAccess, 'maxBytes'> {
  /** Between two scans without an event, milliseconds. */
  readonly rescanMs: number
  /** Octets of a mail that is fetched whole; default 10 MiB. */
  readonly maxBytes?: number
  readonly intake: MailIntake
  readonly onState?: (state: InboxState) => void
}

export interface ImapInbox {
  /** Resolves after LOGOUT when `signal` aborts; throws GatewayError when the line is lost. May be called once. */
  run(signal: AbortSignal): Promise<void>
  state(): InboxState
}

function problemOf(error: GatewayError): InboxState['problem'] {
  return { code: error.code, message: error.message, hint: error.hint ?? null }
}

function problemOfScan({ failed, stuck }: ScanResult): InboxState['problem'] {
  if (failed > 0)
    return {
      code: 'INTERNAL',
      message: `${failed} mails could not be taken in; they are tried again`,
      hint: 'see the log',
    }
  if (stuck)
    return {
      code: 'IMAP_REFUSED',
      message: 'finished mails cannot be moved to the done folder',
      hint: 'check done_folder in [mail.imap] and the rights of the account',
    }
  return null
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
  #lost: GatewayError | null = null
  /** Monotonic time at which the next full scan is due at the latest. */
  #fullScanAt = 0
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
    return openImap(access, { changed, closed }, signal)
  }

  async #scan(connection: ImapConnection, signal: AbortSignal): Promise<void> {
    this.#bell.silence()
    this.#set({ phase: 'scanning', idle: false })
    const { folder, intake, clock, rescanMs } = this.#options
    const full = this.#retry || clock.monotonic() >= this.#fullScanAt
    const result = await scanFolder(
      { name: folder, connection, intake },
      { full, stopped: () => signal.aborted },
    )
    this.#heard()
    if (full) this.#fullScanAt = clock.monotonic() + rescanMs
    this.#retry = result.failed > 0 || result.stuck
    this.#set({ problem: problemOfScan(result) })
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
    connection.idle().then(
      () => {
        ended = true
        // The next command ends it too; that is no event, and a look that followed would end the next IDLE, and so on.
        if (!left) this.#bell.ring()
      },
      (error) => {
        this.#lost ??= error
        this.#bell.ring()
      },
    )
    await this.#sleep(this.#untilFullScan())
    left = true
    return !ended || clock.monotonic() - begun > idleRefusedMs
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
      this.#set({ uidValidity: connection.uidValidity })
      await connection.ensureDoneFolder()
      log.info('mailbox-open', { host: this.#options.host, uidValidity: connection.uidValidity })
      await this.#watch(connection, signal)
    } catch (error) {
      const failure =
        error instanceof GatewayError
          ? error
          : new GatewayError('INTERNAL', messageOf(error), { cause: error })
      this.#set({ problem: problemOf(failure) })
      if (!signal.aborted) throw failure
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
