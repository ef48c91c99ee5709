// What the tests of the mail side share: a real clock, an intake that remembers, and waiting for a condition.

import { setTimeout as wait } from 'node:timers/promises'
import { GatewayError } from '../../src/domain/errors.ts'
import type { StoredMail } from '../../src/domain/message.ts'
import type { Clock, MailIntake, MailPlace } from '../../src/domain/ports.ts'

/** Real time; sleeping is shortened by `factor`, so that a minute passes in a moment. */
export function realClock(factor = 1): Clock {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now() * factor,
    sleep: async (ms, signal) => {
      await wait(ms / factor, undefined, signal === undefined ? {} : { signal })
    },
  }
}

/** Resolves when `holds()` is true; throws after `ms`. */
export async function until(holds: () => boolean, ms = 5_000): Promise<void> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${holds}`)
    await wait(2)
  }
}

/** A journal in memory. It tells mails of an older generation apart by their bytes. */
export class MemoryIntake implements MailIntake {
  readonly received: StoredMail[] = []
  /** What `receive` answers, by the text of the mail. */
  place: (mail: StoredMail) => MailPlace = () => 'done'
  /** UIDs at which `receive` throws. */
  readonly failing = new Set<number>()
  readonly begun: number[] = []
  /** What `beginAnew` was told. */
  readonly found: (number | null)[] = []
  readonly heardAt: number[] = []
  #places = new Map<string, MailPlace>()
  #cursors = new Map<string, number>()
  #first = new Map<string, number>()
  #digests = new Set<string>()

  /** How often a full scan asked where it may begin. */
  looks = 0
  /** True: `receive` throws as it does on a full disk. */
  storeFails = false

  firstUid(_folder: string, uidValidity: string): number {
    this.looks++
    return this.#first.get(uidValidity) ?? 1
  }

  cursor(_folder: string, uidValidity: string): number | null {
    return this.#cursors.get(uidValidity) ?? null
  }

  hasHistory(): boolean {
    return this.#cursors.size > 0
  }

  begin(_folder: string, uidValidity: string, uid: number): void {
    this.begun.push(uid)
    this.#cursors.set(uidValidity, uid)
    this.#first.set(uidValidity, uid + 1)
  }

  beginAnew(_folder: string, uidValidity: string, foundUid: number | null): void {
    this.found.push(foundUid)
    this.#cursors.set(uidValidity, 0)
    this.#first.set(uidValidity, 1)
  }

  placeOf(_folder: string, uidValidity: string, uid: number): MailPlace | null {
    return this.#places.get(`${uidValidity}/${uid}`) ?? null
  }

  async receive(mail: StoredMail): Promise<MailPlace> {
    this.heardAt.push(performance.now())
    await wait(0)
    if (this.storeFails) throw new GatewayError('STORE_FAILED', 'disk full', { retry: 'temporary' })
    if (this.failing.has(mail.uid)) throw new Error('disk full')
    const digest = mail.raw.toString('latin1')
    const place = this.place(mail)
    this.#places.set(`${mail.uidValidity}/${mail.uid}`, place)
    this.#cursors.set(mail.uidValidity, Math.max(mail.uid, this.#cursors.get(mail.uidValidity) ?? 0))
    if (!this.#digests.has(digest)) this.received.push(mail)
    this.#digests.add(digest)
    return place
  }

  texts(): string[] {
    return this.received.map((mail) => mail.raw.toString().split('\r\n\r\n')[1]?.trim() ?? '')
  }
}

export function rawMail(text: string): Buffer {
  return Buffer.from(`From: a@office.example\r\nTo: sms@office.example\r\nSubject: x\r\n\r\n${text}\r\n`)
}
