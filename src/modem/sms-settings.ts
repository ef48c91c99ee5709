// Settings of the SMS service: message stores (AT+CPMS) and indication of new messages (AT+CNMI), TS 27.005 3.2.2 and 3.4.1.
// Invariant: CNMI is built from what the modem lists, tried best first and read back, because lists lie; <mt>=1, so that
// a message lies in the store until it is committed here.

import { GatewayError } from '../domain/errors.ts'
import { rangeOf, responseOf, type StorageFill, storageFill, valuesOf } from './at/at-answers.ts'
import { type AtCommand, atCommand } from './at/at-command.ts'
import type { AtAnswer } from './at/at-dialogue.ts'
import { timeLimits } from './at/time-limits.ts'
import type { Quirk } from './quirks.ts'

export type Execute = (command: AtCommand) => Promise<AtAnswer>

/** The stores that are used. */
export interface SmsStorage {
  /** Where new messages come to, and its fill at the start. */
  readonly main: StorageFill
  /** Other stores in which messages may lie from earlier times. */
  readonly others: readonly string[]
  /** The store of status reports, where +CDSI may send for one under another name; null: the modem has none. */
  readonly reports: string | null
  /** Number of arguments with which AT+CPMS worked. */
  readonly cpmsArguments: 1 | 2 | 3
}

/** The command that makes `name` the store for reading and deleting; writing and receiving go to `receiving`. */
export function selectStorage(name: string, count: 1 | 2 | 3, receiving = name): AtCommand {
  const names = [name, receiving, receiving].slice(0, count)
  return atCommand(`AT+CPMS=${names.map((each) => `"${each}"`).join(',')}`, { limitMs: timeLimits.storeMs })
}

function namesIn(list: string | undefined): string[] {
  return (list ?? '').match(/[A-Z_]{2,}/g) ?? []
}

/** Stores that a message could lie in; MT is the union of both with an index mapping of its own, BM and SR hold no messages. */
const messageStores = ['SM', 'ME']

const reportStore = 'SR'

async function askFill(execute: Execute): Promise<{ first: StorageFill | null; receiving: string | null }> {
  const answer = await execute(atCommand('AT+CPMS?', { limitMs: timeLimits.storeMs }))
  const values = responseOf(answer.lines, '+CPMS')
  return values === null
    ? { first: null, receiving: null }
    : { first: storageFill(values), receiving: valuesOf(values)[6] ?? valuesOf(values)[0] ?? null }
}

/**
 * Chooses and sets the message store: the one that already receives, if it is SM or ME, for the firmware's default is the one it was
 * tested with.
 * @throws GatewayError MODEM_REFUSED when no store can be selected
 */
export async function setUpStorage(execute: Execute, quirk: Quirk): Promise<SmsStorage> {
  const listed = responseOf((await execute(atCommand('AT+CPMS=?'))).lines, '+CPMS')
  // `("SM","ME"),("SM"),("SM","ME")`; quotes are gone after valuesOf, brackets are not.
  const readable = namesIn(listed === null ? undefined : valuesOf(listed)[0])
  const { receiving } = await askFill(execute)
  const wanted = [receiving ?? '', 'SM', 'ME', ...readable].filter(
    (name, at, all) => all.indexOf(name) === at && (messageStores.includes(name) || readable.includes(name)),
  )
  const best = wanted.sort(
    (one, other) => Number(messageStores.includes(other)) - Number(messageStores.includes(one)),
  )
  for (const name of best) {
    for (const count of quirk.cpmsArguments) {
      const answer = await execute(selectStorage(name, count))
      if (answer.kind !== 'ok') continue
      const { first } = await askFill(execute)
      const others = readable.filter((other) => other !== name && messageStores.includes(other))
      const reports = readable.includes(reportStore) ? reportStore : null
      return { main: first ?? { name, used: 0, total: 0 }, others, reports, cpmsArguments: count }
    }
  }
  throw new GatewayError('MODEM_REFUSED', 'the modem lets no message store be selected (AT+CPMS)', {
    retry: 'temporary',
    hint: 'Check the SIM in a phone.',
  })
}

/** Candidates for AT+CNMI, best first, from the answer of AT+CNMI=? (null: the modem does not list them). */
export function cnmiCandidates(listed: string | null, quirk: Quirk): string[] {
  const sets = listed === null ? [] : valuesOf(listed).map(rangeOf)
  const allowed = (at: number, wanted: readonly number[]): number[] => {
    const set = sets[at]
    if (set === undefined || set.length === 0) return [...wanted]
    const both = wanted.filter((value) => set.includes(value))
    return both.length > 0 ? both : [...wanted]
  }
  const [bfr = 0] = allowed(4, [0, 1])
  const [bm = 0] = allowed(2, [0])
  const found: string[] = []
  // <ds>=1 brings reports as +CDS; 2 stores them and its +CDSI names a store that is not to be believed (EC25).
  for (const ds of allowed(3, [1, 2, 0]))
    for (const mode of allowed(0, quirk.cnmiModes)) found.push(`${mode},1,${bm},${ds},${bfr}`)
  // Lists lie, so that the plainest forms come last in any case.
  return [...new Set([...found, '2,1,0,0,0', '1,1,0,0,0', '1,1,0,0,1'])]
}

/**
 * Sets AT+CNMI and reads it back.
 * @returns the setting, or null: new messages are not announced and only the sweep finds them
 */
export async function setUpIndication(execute: Execute, quirk: Quirk): Promise<string | null> {
  const listed = responseOf((await execute(atCommand('AT+CNMI=?'))).lines, '+CNMI')
  for (const candidate of cnmiCandidates(listed, quirk)) {
    const answer = await execute(atCommand(`AT+CNMI=${candidate}`))
    if (answer.kind === 'lost') return null
    if (answer.kind !== 'ok') continue
    if (await indicationStands(execute, candidate)) return candidate
  }
  return null
}

/** True when AT+CNMI? still tells <mode>, <mt> and <ds> of `setting`; false after a restart of the modem. */
export async function indicationStands(execute: Execute, setting: string): Promise<boolean> {
  const values = valuesOf(responseOf((await execute(atCommand('AT+CNMI?'))).lines, '+CNMI') ?? '')
  const wanted = setting.split(',')
  return [0, 1, 3].every((at) => values[at] === wanted[at])
}
