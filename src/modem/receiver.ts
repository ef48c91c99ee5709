// Takes SMS out of the message store: read, hand over, compare, delete (TS 27.005 3.4, 3.5.4).
// Invariants: AT+CMGD follows only after intake.receive() has returned (the row is committed) and after a second AT+CMGR has shown
// the same PDU at that index; always one index, never a delete-all form; what fails stays in the store and is logged.

import { isStoreTrouble, messageOf } from '../domain/errors.ts'
import type { StoredPdu } from '../domain/message.ts'
import type { SmsIntake } from '../domain/ports.ts'
import { log } from '../log.ts'
import {
  type ListedSms,
  listedSms,
  numberOf,
  responseOf,
  type StorageFill,
  storageFill,
  valuesOf,
} from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import type { AtAnswer } from './at/at-dialogue.ts'
import type { Urc } from './at/at-line.ts'
import { timeLimits } from './at/time-limits.ts'
import type { DirectPdus } from './direct-pdus.ts'
import { type Execute, type SmsStorage, selectStorage } from './sms-settings.ts'

export interface ReceiverOptions {
  /** Throws when the line is lost. */
  readonly execute: Execute
  readonly intake: SmsIntake
  readonly directs: DirectPdus
  readonly storage: SmsStorage
  /** True once nothing new may be handed to the intake. */
  readonly stopped: () => boolean
  readonly onFill: (fill: StorageFill) => void
  /** Another store is selected, or none can be asked: the modem has forgotten its settings, or the way back was not answered. */
  readonly onWrongStore: () => void
  /** Deletions in a row that did not work; 0 after a sweep without one. */
  readonly onDeleteFailures: (count: number) => void
}

export interface Receiver {
  /** `+CMTI: "SM",3` or `+CDSI: "SM",3`. */
  announced(urc: Urc): void
  wantSweep(): void
  hasWork(): boolean
  /** Does one piece of work: a direct PDU, one announced index, or one sweep. @throws GatewayError when the line is lost */
  work(): Promise<void>
}

/** Slots that are read one by one when the listing shows none of them. */
const slotsMax = 255
/** Sweeps between two such readings that find nothing, at most. */
const hiddenWaitsMax = 64
/** Sweeps after which what cannot be deleted is handed over once more, or it would be forgotten and come back as new (store/pdus.ts). */
const sweepsUntilAgain = 30

interface Found {
  readonly storage: string
  readonly index: number
  readonly pdu: string
  readonly tpduLength: number | null
}

class StoreReceiver implements Receiver {
  readonly #options: ReceiverOptions
  /** The store that receives, and that AT+CMGR and AT+CMGD work on. */
  readonly #main: string
  readonly #indexes: number[] = []
  readonly #otherStores: Set<string>
  /** What was committed and not yet deleted, by store and index: it need not be handed over again. */
  readonly #committed = new Map<string, string>()
  /** What was deleted, as the modem said, and has not been missing from a listing since. */
  readonly #deleted = new Map<string, string>()
  /** Messages that AT+CPMS? counted behind an empty listing; sweeps until the slots are read one by one, and how many the next time. */
  #hidden = { used: 0, waits: 0, next: 1 }
  #deleteFailures = 0
  #sweeps = 0
  #failedInSweep = false
  /** The database took nothing: what else there is stays in the store until the next sweep, and one line in the log says so. */
  #storeFailed = false
  #sweepWanted = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#main = options.storage.main.name
    this.#otherStores = new Set(options.storage.others)
  }

  announced({ name: kind, values }: Urc): void {
    const [name = '', index] = valuesOf(values)
    const number = numberOf(index)
    const { reports } = this.#options.storage
    if (kind === '+CDSI' && reports !== null) {
      // EC25 names the message store and an index of the store of reports: what lies at that index may be a customer's SMS.
      this.#otherStores.add(reports)
      this.#sweepWanted = true
    }
    // A store other than ours cannot be read by index without switching to it; the sweep does that.
    if (name === this.#main && number !== null) {
      if (!this.#indexes.includes(number)) this.#indexes.push(number)
      return
    }
    if (/^[A-Z_]{2,6}$/.test(name)) this.#otherStores.add(name)
    this.#sweepWanted = true
  }

  wantSweep(): void {
    this.#sweepWanted = true
  }

  hasWork(): boolean {
    return this.#options.directs.hasWork() || this.#indexes.length > 0 || this.#sweepWanted
  }

  async work(): Promise<void> {
    const { directs } = this.#options
    if (directs.hasWork()) return directs.work()
    const index = this.#indexes.shift()
    if (index === undefined) {
      this.#sweepWanted = false
      return this.#sweep()
    }
    const found = await this.#readSure(this.#main, index)
    // Nothing there: some firmware announces a wrong store or index.
    if (found === null) this.#sweepWanted = true
    else await this.#take(found)
  }

  async #handOver(pdu: StoredPdu): Promise<boolean> {
    if (this.#options.stopped() || this.#storeFailed) return false
    try {
      await this.#options.intake.receive(pdu)
      return true
    } catch (error) {
      this.#storeFailed = isStoreTrouble(error)
      log.error('sms-not-stored', { storage: pdu.storage, index: pdu.index, reason: messageOf(error) })
      return false
    }
  }

  async #readIndex(index: number): Promise<ListedSms | null> {
    const command = atCommand(`AT+CMGR=${index}`, { pduLines: true, limitMs: timeLimits.storeMs })
    const answer = await this.#options.execute(command)
    return answer.kind === 'ok' ? (listedSms(answer.lines, '+CMGR')[0] ?? null) : null
  }

  /** Reads an index; a PDU whose length contradicts its header counts only when it comes twice alike. */
  async #readSure(storage: string, index: number): Promise<Found | null> {
    const first = await this.#readIndex(index)
    if (first === null) return null
    if (first.pdu !== null) return { storage, index, pdu: first.pdu, tpduLength: first.tpduLength }
    const second = await this.#readIndex(index)
    if (second === null) return null
    const pdu = second.pdu ?? (second.raw === first.raw ? second.raw : '')
    if (pdu !== '') return { storage, index, pdu, tpduLength: second.tpduLength }
    log.warn('sms-damaged', { storage, index })
    return null
  }

  async #take(found: Found): Promise<void> {
    const { storage, index, pdu, tpduLength } = found
    const key = `${storage}:${index}`
    if (this.#committed.get(key) !== pdu) {
      if (!(await this.#handOver({ pdu, tpduLength, storage, index }))) return
      this.#committed.set(key, pdu)
    }
    if (!this.#options.stopped()) await this.#remove(found)
  }

  async #remove(found: Found): Promise<void> {
    const key = `${found.storage}:${found.index}`
    const again = await this.#readIndex(found.index)
    if (again === null) return this.#deleteFailed(found, 'the index cannot be read again')
    if ((again.pdu ?? again.raw) !== found.pdu) {
      // A line that came damaged shows nothing; what was committed need not be handed over again because of it.
      if (again.pdu !== null) this.#committed.delete(key)
      return this.#deleteFailed(found, 'the index holds another PDU now')
    }
    const answer = await this.#options.execute(
      atCommand(`AT+CMGD=${found.index}`, { limitMs: timeLimits.storeMs }),
    )
    if (answer.kind !== 'ok')
      return this.#deleteFailed(found, answer.kind === 'error' ? answer.error.text : answer.kind)
    this.#committed.delete(key)
    this.#deleted.set(key, found.pdu)
  }

  #deleteFailed(found: Found, reason: string): void {
    this.#deleteFailures += 1
    this.#failedInSweep = true
    log.warn('sms-not-deleted', { storage: found.storage, index: found.index, reason })
    this.#options.onDeleteFailures(this.#deleteFailures)
  }

  async #sweep(): Promise<void> {
    this.#options.directs.retry()
    if (++this.#sweeps % sweepsUntilAgain === 0) this.#committed.clear()
    this.#failedInSweep = false
    this.#storeFailed = false
    const seen = new Set<string>()
    const listed = await this.#sweepStore(this.#main, seen)
    const empty = listed && seen.size === 0
    const othersListed = await this.#sweepOthers(seen)
    const state = await this.#options.execute(atCommand('AT+CPMS?', { limitMs: timeLimits.storeMs }))
    const fill = storageFill(responseOf(state.lines, '+CPMS') ?? '')
    if (fill?.name === this.#main) {
      this.#options.onFill(fill)
      await this.#readHidden(fill, empty)
    } else if (fill !== null) {
      log.warn('sms-wrong-store', { selected: fill.name, wanted: this.#main })
      this.#options.onWrongStore()
    } else if (state.kind === 'error') {
      // A modem that restarted without a word has locked its SIM again.
      this.#options.onWrongStore()
    }
    // A listing that failed, or that shows nothing of what is there, says nothing about what is gone.
    if (listed && othersListed && this.#hidden.used === 0) this.#forgetAllBut(seen)
    if (this.#failedInSweep || this.#deleteFailures === 0) return
    this.#deleteFailures = 0
    this.#options.onDeleteFailures(0)
  }

  #forgetAllBut(seen: ReadonlySet<string>): void {
    for (const map of [this.#committed, this.#deleted])
      for (const key of map.keys()) if (!seen.has(key)) map.delete(key)
  }

  /**
   * Some firmware lists nothing although messages are there (Huawei E303, gammu issue 369). When two sweeps in a row say so, the
   * slots are read one by one; there may be 255 of them, so that it is done ever more seldom while nothing is found.
   */
  async #readHidden({ used, total }: StorageFill, empty: boolean): Promise<void> {
    const hidden = empty ? used : 0
    if (hidden !== this.#hidden.used) {
      this.#hidden = { used: hidden, waits: 0, next: 1 }
      if (hidden > 0) this.#sweepWanted = true
      return
    }
    if (hidden === 0) return
    this.#hidden.waits -= 1
    if (this.#hidden.waits >= 0) return
    log.warn('sms-not-listed', { storage: this.#main, used })
    const next = Math.min(2 * this.#hidden.next, hiddenWaitsMax)
    this.#hidden = { used, waits: next, next }
    // The first index is 0 or 1, depending on the model.
    for (let index = 0; index <= Math.min(total, slotsMax) && !this.#options.stopped(); index += 1) {
      const found = await this.#readSure(this.#main, index)
      if (found === null) continue
      this.#hidden = { used, waits: 0, next: 1 }
      await this.#take(found)
    }
  }

  /** False when the listing failed. */
  async #sweepStore(storage: string, seen: Set<string>): Promise<boolean> {
    const answer = await this.#options.execute(
      atCommand('AT+CMGL=4', { pduLines: true, limitMs: timeLimits.listMs }),
    )
    if (answer.kind !== 'ok') {
      log.warn('sms-list-failed', {
        storage,
        answer: answer.kind === 'error' ? answer.error.text : answer.kind,
      })
      return false
    }
    for (const { index, pdu, tpduLength } of listedSms(answer.lines, '+CMGL')) {
      if (index === null || this.#options.stopped()) continue
      const found = pdu === null ? await this.#readSure(storage, index) : { storage, index, pdu, tpduLength }
      const key = `${storage}:${index}`
      seen.add(key)
      if (found === null) continue
      if (this.#deleted.get(key) === found.pdu)
        this.#deleteFailed(found, 'still there after AT+CMGD answered OK')
      await this.#take(found)
    }
    return true
  }

  /** False when a listing failed. A store that gave no answer is tried again at the next sweep, one that is refused is not. */
  async #sweepOthers(seen: Set<string>): Promise<boolean> {
    const names = [...this.#otherStores]
    this.#otherStores.clear()
    const { cpmsArguments } = this.#options.storage
    const select = (name: string): Promise<AtAnswer> =>
      this.#options.execute(selectStorage(name, cpmsArguments, this.#main))
    let complete = true
    for (const name of names) {
      const { kind } = await select(name)
      if (kind === 'error') continue
      if (kind === 'ok' && (await this.#sweepStore(name, seen))) continue
      complete = false
      this.#otherStores.add(name)
    }
    if (names.length > 0) await select(this.#main)
    return complete
  }
}

export function createReceiver(options: ReceiverOptions): Receiver {
  return new StoreReceiver(options)
}
