// A world whose service is killed at a given touch and started again at once, as systemd would. What stood in the database at the moment
// of death is read from a copy: it decides what the outside world may look like afterwards, and the service has to recover the original.
// Invariant: the service is the only one that dies; modem, network and mail servers go on meanwhile.

import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { wakeService } from '../../src/cli/modem/modem-socket.ts'
import { controlPath } from '../../src/daemon/control-protocol.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'
import type { Program } from '../scenario/program.ts'
import { type Setting, startWorld, type World } from '../scenario/world.ts'
import { TouchControl, touchEnvironment } from './touch-shim.ts'

/** Everything settles within seconds; the limit is for a machine that does much else. */
const settleLimitMs = 60_000
const pollMs = 100
/** So long nothing is touched before a service counts as idle. */
const quietMs = 250

export interface Point {
  /** Number of the touch, from 1. */
  readonly number: number
  readonly after: boolean
}

/** How the world stood when the service was killed. */
export interface Death {
  readonly point: Point | null
  /** The touch in words, such as `write tty "AT+CMGS=25\r"`. */
  readonly touch: string
  /** Ids of SMS deliveries that may have been with the modem: a segment was `submitting`. */
  readonly submitting: ReadonlySet<number>
  /** Ids of SMS deliveries whose report the modem may have sent to a dead process. */
  readonly unreported: ReadonlySet<number>
  /** Message-IDs of mails that the server may have taken. */
  readonly sending: ReadonlySet<string>
}

export class CrashWorld {
  readonly world: World
  readonly deaths: Death[] = []
  readonly #control: TouchControl
  readonly #everyWrite: boolean
  #point: Point | null = null
  #closing = false
  #ready = true
  #absence: { readonly over: Promise<void>; readonly end: () => void } | null = null
  #failure: unknown = null
  readonly #kept: Promise<void>

  private constructor(world: World, control: TouchControl, everyWrite: boolean) {
    this.world = world
    this.#control = control
    this.#everyWrite = everyWrite
    this.#kept = this.#keepRunning().catch((error: unknown) => {
      this.#failure = error
    })
  }

  /** @param everyWrite false: the writes of one commit count as one touch */
  static async start(
    program: Program,
    shim: string,
    { everyWrite, ...setting }: Setting & { readonly everyWrite: boolean },
  ): Promise<CrashWorld> {
    let control: TouchControl | undefined
    const environment = (folder: string): Record<string, string> => {
      control ??= new TouchControl(`${folder}.control`)
      return touchEnvironment({ shim, folder, control: control.file })
    }
    const world = await startWorld(program, { ...setting, environment })
    if (control === undefined) throw new Error('the service was started without its environment')
    return new CrashWorld(world, control, everyWrite)
  }

  /** The next touches are counted, and one of them is the last. To be called when the service is idle, or away. */
  arm(point: Point): void {
    this.#point = point
    this.#control.arm({ killAt: point.number, after: point.after, runsCountOnce: !this.#everyWrite })
  }

  /** Touches since it was armed. */
  touches(): number {
    return this.#control.count()
  }

  disarm(): void {
    this.#control.disarm()
    this.#point = null
  }

  /** Resolves when the running service has touched nothing for a while. */
  async idle(): Promise<void> {
    this.#control.arm({ killAt: 0, after: false })
    let before = -1
    await this.until('an idle service', async () => {
      if (!this.#ready || this.#control.count() !== before) {
        before = this.#control.count()
        await sleep(quietMs)
        return false
      }
      return true
    })
    this.#control.disarm()
  }

  /** Kills the service and leaves it dead until `comeBack`. */
  async leave(): Promise<void> {
    let end = (): void => {}
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#absence = { over, end }
    this.#ready = false
    this.world.service().signal('SIGKILL')
    await this.world.service().ended
  }

  comeBack(): void {
    this.#absence?.end()
  }

  /** True while a service runs that has its modem and its mailbox. */
  get ready(): boolean {
    return this.#ready
  }

  /** Asks until the answer is true. Throws after a minute, with `why` it is not. */
  async until(
    what: string,
    look: () => boolean | Promise<boolean>,
    why: () => string = () => '',
  ): Promise<void> {
    const end = performance.now() + settleLimitMs
    while (!(await look())) {
      if (this.#failure !== null) throw this.#failure
      if (performance.now() > end)
        throw new Error(`waited ${settleLimitMs / 1000} s in vain for ${what} ${why()}`)
      await sleep(pollMs)
    }
  }

  /** Looks into the database of the living service. */
  read<Result>(look: (store: Store) => Result): Result {
    const store = openStore(join(this.world.folder, 'simpost.db'), { readOnly: true })
    try {
      return look(store)
    } finally {
      store.close()
    }
  }

  /** Lets time pass for rows of the database. The service must run: else this would recover the database in its place. */
  async change(sql: string): Promise<void> {
    const path = join(this.world.folder, 'simpost.db')
    const store = openStore(path)
    try {
      store.run(sql)
    } finally {
      store.close()
    }
    await wakeService(controlPath(path) ?? '')
  }

  async close(): Promise<void> {
    this.#closing = true
    this.comeBack()
    const { folder } = this.world
    await this.world.close()
    await this.#kept
    await rm(`${folder}.control`, { force: true })
  }

  async #keepRunning(): Promise<void> {
    for (;;) {
      const status = await this.world.service().ended
      if (this.#closing) return
      if (status !== null) throw new Error(`the service ended by itself with ${status}`)
      this.#ready = false
      this.deaths.push(await this.#lookAtTheDead())
      await this.#absence?.over
      this.#absence = null
      await this.#startAgain()
    }
  }

  async #startAgain(): Promise<void> {
    try {
      await this.world.startService()
    } catch (error) {
      // Killed while it started: the loop sees it.
      if (String(error).includes('the service ended before')) return
      throw error
    }
    // A minute passes: until then a mail that a dead process had begun with is not begun again (store/outbox/mail.ts).
    await this.change("UPDATE delivery SET next_attempt_at = 0 WHERE medium = 'mail' AND state = 'sending'")
    this.#ready = true
  }

  async #lookAtTheDead(): Promise<Death> {
    const killed = this.#control.killedAt()
    const point = killed === null ? null : this.#point
    const text = killed === null ? '' : JSON.stringify(killed.data.toString('latin1').slice(0, 80))
    const touch =
      killed === null
        ? 'while it was idle'
        : `${killed.op} ${killed.path} ${killed.target === 'file' ? '' : text}`.trim()
    this.disarm()
    const folder = await mkdtemp(join(tmpdir(), 'simpost-dead-'))
    try {
      for (const suffix of ['', '-wal'])
        await copyFile(
          join(this.world.folder, `simpost.db${suffix}`),
          join(folder, `dead.db${suffix}`),
        ).catch((error: NodeJS.ErrnoException) => {
          if (error.code !== 'ENOENT') throw error
        })
      return { point, touch, ...doubtsOf(openStore(join(folder, 'dead.db'))) }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
}

/** Throws if the database is damaged. */
function doubtsOf(store: Store): Pick<Death, 'submitting' | 'unreported' | 'sending'> {
  const check = store.get<{ integrity_check: string }>('PRAGMA integrity_check')?.integrity_check
  if (check !== 'ok') throw new Error(`the database of the killed service is damaged: ${check}`)
  const numbers = (sql: string): Set<number> => new Set(store.all<{ id: number }>(sql).map(({ id }) => id))
  const doubts = {
    submitting: numbers("SELECT delivery_id AS id FROM segment WHERE state = 'submitting'"),
    unreported: numbers("SELECT delivery_id AS id FROM segment WHERE state IN ('submitting', 'sent')"),
    sending: new Set(
      store
        .all<{ id: string }>("SELECT mail_id AS id FROM delivery WHERE medium = 'mail' AND state = 'sending'")
        .map(({ id }) => id),
    ),
  }
  store.close()
  return doubts
}
