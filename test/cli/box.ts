// A box for the tests of the command line: config and database in a temporary folder, the built program, and a desk that works on the
// same database from this process, as the service would.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../../src/config/config.ts'
import { createDesk, mailReader } from '../../src/daemon/desk.ts'
import { systemClock } from '../../src/daemon/system-clock.ts'
import type { Desk } from '../../src/exchange/desk.ts'
import { createMailIntake } from '../../src/exchange/intake/mail-intake.ts'
import { createSmsIntake } from '../../src/exchange/intake/sms-intake.ts'
import { configureLog } from '../../src/log.ts'
import { openStore } from '../../src/store/database/database.ts'
import { smallest } from '../config/smallest.ts'
import { deliver } from '../exchange/intake/pdu-makers.ts'
import { type BindingFacts, binding } from '../exchange/world.ts'
import { buildProgram, type Finished } from '../scenario/program.ts'

configureLog('error', () => {})

export interface Box {
  readonly desk: Desk
  run(...args: string[]): Promise<Finished>
  /** The same with --json; it must end well. */
  json<T>(...args: string[]): Promise<T>
  /** Anna writes to Bob's mailbox. @returns the journal number */
  annaWrites(subject: string, text: string): Promise<number>
  /** @returns the journal number */
  phoneTexts(text: string, from?: string): Promise<number>
  remove(): Promise<void>
}

/** @param budget lines for [budget] */
export async function openBox(
  bound: readonly BindingFacts[],
  budget = 'parts_per_day = 200',
  more = '',
): Promise<Box> {
  const program = await buildProgram()
  const folder = mkdtempSync(join(tmpdir(), 'simpost-box-'))
  const file = join(folder, 'simpost.toml')
  const toml = `${smallest}\n${more}`
    .replace(/^path = .*$/m, `path = "${join(folder, 'simpost.db')}"`)
    .replace('method = "authentication-results"', 'method = "from"')
    .replace('parts_per_day = 200', budget)
    .replace('fallback_mailbox = "office@office.example"', '')
  writeFileSync(file, toml)
  const config = parseConfig(toml, file)
  const store = openStore(config.store.path)
  const desk = createDesk(config, store, systemClock, () => {})
  for (const facts of bound) desk.bindings.add(binding(facts))
  const mails = createMailIntake(desk, mailReader(config, desk), 'box')
  const texts = createSmsIntake(desk, 14_400_000)
  const run = (...args: string[]): Promise<Finished> => program.run([...args, '--config', file])
  const last = (): number => desk.journal.list({ limit: 1 })[0]?.id ?? 0
  let count = 0
  return {
    desk,
    run,
    json: async (...args) => {
      const { status, stdout, stderr } = await run(...args, '--json')
      assert.equal(status, 0, stderr)
      return JSON.parse(stdout)
    },
    annaWrites: async (subject, text) => {
      const uid = ++count
      const raw = Buffer.from(
        `From: Anna <anna@office.example>\r\nTo: bob@office.example\r\nSubject: ${subject}\r\nMessage-ID: <${uid}@x>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n${text}\r\n`,
      )
      const place = { folder: 'INBOX', uidValidity: '1', uid, size: raw.length, truncated: false }
      await mails.receive({ ...place, raw })
      return last()
    },
    phoneTexts: async (text, from = 'Bob') => {
      for (const pdu of deliver(text, { from, at: desk.now() + ++count * 1000 })) await texts.receive(pdu)
      return last()
    },
    remove: async () => {
      store.close()
      await program.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** "14:00-17:00" around this moment, in local time. */
export function quietNow(): string {
  const time = (epochMs: number): string => {
    const date = new Date(epochMs)
    return [date.getHours(), date.getMinutes()].map((value) => String(value).padStart(2, '0')).join(':')
  }
  return `${time(systemClock.now() - 3_600_000)}-${time(systemClock.now() + 7_200_000)}`
}
