// Looks after the database while the service runs. What it hears of it (store/database/guard.ts) and what it sees each minute is said once a change:
// in the log, in systemd's status, and to the operator, through the outbox while that can be written and by a mail of its own while not.
// Invariant: with a database that is lost (damaged, removed, replaced) the service ends, so that the next start opens what is there.

import { GatewayError, messageOf } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import type { Alarms } from '../exchange/alarm.ts'
import { log } from '../log.ts'
import type { StoreEvents } from '../store/database/guard.ts'
import { roomOf, roomText } from '../store/database/health.ts'
import { noteDamage, watchFiles } from '../store/database/lost-database.ts'
import { asStoreError } from '../store/database/store-error.ts'
import type { ServiceState } from '../store/service-state.ts'
import type { DirectMail } from './direct-mail.ts'
import { notifySystemd } from './systemd.ts'

const lookMs = 60_000
/** In trouble it is tried so often whether a write works again. */
const tryMs = 10_000
/** Another program has the database for some seconds now and then: the operator hears of what lasts longer. */
const patienceMs = 20_000
/** The last mail of a service that ends gets so long. */
const lastMailMs = 30_000
/** A disk that was nearly full counts as such until there is so much more: what comes and goes is no news. */
const roomAgain = 1.5

const diskKey = 'disk'
const reason = 'database-out-of-use'

export interface StoreWatchParts {
  readonly state: ServiceState
  readonly alarms: Alarms
  readonly tell: DirectMail
}

export interface StoreWatch {
  /** For whoever opens the database. */
  readonly events: StoreEvents
  /** Aborts with the GatewayError when the database is lost. */
  readonly lost: AbortSignal
  /** Watches it, once it is open, until the signal aborts. */
  run(parts: StoreWatchParts, signal: AbortSignal): Promise<void>
}

interface Trouble {
  readonly error: GatewayError
  /** By the clock on the wall, and by the one that never jumps. */
  readonly at: number
  readonly since: number
  told: boolean
}

class Watch implements StoreWatch {
  readonly #path: string
  readonly #clock: Clock
  readonly #lost = new AbortController()
  #nap = new AbortController()
  #trouble: Trouble | null = null
  /** Of what is over, and the operator knows of; it is told when a mail can leave. */
  #toldOf: Trouble | null = null
  #nearlyFull: boolean | null = null
  readonly events: StoreEvents

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
    this.events = {
      onLost: (error) => this.#loses(error),
      onTrouble: (error) => (error === null ? this.#works() : this.#fails(error)),
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal
  }

  async run(parts: StoreWatchParts, signal: AbortSignal): Promise<void> {
    const stillThere = this.#path === ':memory:' ? () => {} : watchFiles(this.#path)
    signal.addEventListener('abort', () => this.#nap.abort(), { once: true })
    while (!signal.aborted) {
      this.#nap = new AbortController()
      await this.#look(parts, stillThere)
      if (signal.aborted) break
      await this.#clock.sleep(this.#trouble === null ? lookMs : tryMs, this.#nap.signal).catch(() => {})
    }
    const error: unknown = this.lost.reason
    if (!(error instanceof GatewayError)) return
    const limit = new AbortController()
    const tooLong = this.#clock.sleep(lastMailMs, limit.signal).catch(() => {})
    await Promise.race([parts.tell(reason, wordsOf(error), this.#clock.now()), tooLong])
    limit.abort()
  }

  #loses(error: GatewayError): void {
    if (this.lost.aborted) return
    log.error('database-lost', { code: error.code, error: error.message, hint: error.hint })
    notifySystemd(`STATUS=${error.message}`)
    if (error.code === 'STORE_DAMAGED') noteDamage(this.#path, error.message)
    this.#lost.abort(error)
  }

  #fails(error: GatewayError): void {
    log.error('database-trouble', { code: error.code, error: error.message, hint: error.hint })
    notifySystemd(`STATUS=takes nothing in: ${error.message}`)
    const { now, monotonic } = this.#clock
    this.#trouble = { error, at: now(), since: monotonic(), told: false }
    this.#nap.abort()
  }

  #works(): void {
    log.info('database-works-again', {})
    notifySystemd('STATUS=running')
    if (this.#trouble?.told === true) this.#toldOf = this.#trouble
    this.#trouble = null
    this.#nap.abort()
  }

  async #look(parts: StoreWatchParts, stillThere: () => void): Promise<void> {
    try {
      stillThere()
    } catch (error) {
      return this.#loses(asStoreError(error, this.#path))
    }
    if (this.#trouble !== null) return this.#tryAgain(this.#trouble, parts)
    const over = this.#toldOf
    if (over !== null && (await parts.tell('alarm-over', wordsOf(over.error), over.at))) this.#toldOf = null
    await this.#lookAtRoom(parts.alarms)
  }

  /** A write that works ends the trouble through `events`. */
  async #tryAgain(trouble: Trouble, { state, tell }: StoreWatchParts): Promise<void> {
    try {
      state.save('database-trouble', { code: trouble.error.code, at: trouble.at }, this.#clock.now())
    } catch {
      const lasts = this.#clock.monotonic() - trouble.since >= patienceMs
      if (!lasts || trouble.told) return
      trouble.told = await tell(reason, wordsOf(trouble.error), trouble.at)
      // It may be over by now.
      if (trouble.told && this.#trouble !== trouble) this.#toldOf = trouble
    }
  }

  async #lookAtRoom(alarms: Alarms): Promise<void> {
    try {
      const room = this.#path === ':memory:' ? null : roomOf(this.#path)
      if (room === null) return
      const nearlyFull = room.free < room.low * (this.#nearlyFull === true ? roomAgain : 1)
      if (nearlyFull === this.#nearlyFull) return
      const detail = roomText(this.#path, room)
      if (!nearlyFull) await alarms.end(diskKey)
      else await alarms.raise({ key: diskKey, reason: 'disk-nearly-full', detail, mailBroken: false })
      this.#nearlyFull = nearlyFull
    } catch (error) {
      // Not noted as done, so the next look tries it again.
      log.warn('disk-not-watched', { error: messageOf(error) })
    }
  }
}

const wordsOf = ({ message, hint }: GatewayError): string =>
  hint === undefined ? message : `${message}. Try: ${hint}`

/** The watch of one database of one life of the service. */
export function createStoreWatch(path: string, clock: Clock): StoreWatch {
  return new Watch(path, clock)
}
