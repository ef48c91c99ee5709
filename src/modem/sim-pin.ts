// State of the SIM and the guard of its PIN tries (TS 27.007 8.3, TS 31.102 9). Invariants: a PIN is entered only when the modem says
// that three tries are left, or cannot say and two at most may be lost; never twice after a refusal; a PUK is never entered. A try is
// written down before the PIN is: a reset locks the SIM again, and a modem may restart over the PIN itself, so that without
// this guard a wrong PIN in the config would block the SIM within a minute.

import { GatewayError } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { responseOf } from './at/at-answers.ts'
import { type AtCommand, atCommand } from './at/at-command.ts'
import type { AtAnswer } from './at/at-dialogue.ts'
import { meaningOf } from './at/at-errors.ts'
import { timeLimits } from './at/time-limits.ts'
import type { PinCounter, Quirk } from './quirks.ts'

/** Remembers across restarts what became of the PINs. Keys are ICCIDs, `unknown` if the SIM hides it. */
export interface PinMemory {
  /** True if this SIM refused the configured PIN. */
  readonly pinRefused: (iccid: string) => boolean
  /** Tries that this SIM may have lost since it was last open, by whatever PIN: refused ones, and those whose outcome never came. */
  readonly triesLost: (iccid: string) => number
  /** A PIN is about to be written; has to be on disk on return. */
  readonly tryBegins: (iccid: string) => void
  /** `open`: the SIM has all its tries again; `unread`: it did not look at the PIN. */
  readonly tryEnded: (iccid: string, outcome: 'open' | 'refused' | 'unread') => void
}

/** For whoever must not enter a PIN: it holds one back twice over, should one be given by mistake. */
export const noPin: PinMemory = {
  pinRefused: () => true,
  triesLost: () => Number.POSITIVE_INFINITY,
  tryBegins: () => undefined,
  tryEnded: () => undefined,
}

export interface UnlockOptions {
  readonly execute: (command: AtCommand) => Promise<AtAnswer>
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly quirk: Quirk
  /** Four to eight digits; null: the config states none. */
  readonly pin: string | null
  readonly pinMemory: PinMemory
}

/** How many tries a fresh SIM has; with fewer, somebody entered a wrong PIN since the last right one. */
const fullTries = 3

/** A counter that tells more than this does not know (*EPIN tells 999 then; a PUK has 10 tries). */
const counterMax = 10

/** So many tries may be lost on a SIM whose counter cannot be read; the last one is never used. */
const lostTriesMax = 2

/** How a person lets Simpost try again; `simpost modem forget-pin` empties the memory. */
const again = 'then let Simpost try again: simpost modem forget-pin'

const pollMs = 500

/** How makers ask for the ICCID, the usual first (the last three: SIM7600, Cinterion, ZTE). */
export const iccidQuestions = [
  ...['AT+CCID', 'AT+ICCID', 'AT+QCCID', 'AT^ICCID?', 'AT#CCID'],
  ...['AT+CICCID', 'AT^SCID', 'AT+ZICCID?'],
] as const

const refusedHint = `Put the SIM into a phone and enter the right PIN there, which gives back all tries; correct it in the config (modem.pin or modem.pin_file), or switch it off in the phone. If the PIN of the config is right after all, ${again}`

function locked(message: string, hint: string): GatewayError {
  return new GatewayError('SIM_LOCKED', message, { retry: 'hold', hint })
}

/** `READY`, `SIM PIN`, ... ; waits while the SIM says that it is busy. */
async function simState({ execute, clock, signal }: UnlockOptions): Promise<string> {
  const begin = clock.monotonic()
  for (;;) {
    const answer = await execute(atCommand('AT+CPIN?', { limitMs: timeLimits.pinMs }))
    const state = responseOf(answer.lines, '+CPIN')
    if (answer.kind === 'ok' && state !== null) return state.replaceAll('"', '').toUpperCase()
    if (answer.kind === 'lost' || answer.kind === 'timeout')
      throw new GatewayError('MODEM_SILENT', 'the modem does not say how its SIM is', { retry: 'temporary' })
    const late = clock.monotonic() - begin > timeLimits.simReadyMs
    if (answer.kind === 'error') {
      const { meaning, code, hint } = meaningOf(answer.error)
      if (code === 'SIM_ABSENT' || code === 'SIM_LOCKED' || late) {
        throw new GatewayError(code === 'SIM_LOCKED' ? code : 'SIM_ABSENT', `no working SIM: ${meaning}`, {
          retry: 'hold',
          hint: hint ?? 'Check that the SIM is inserted.',
          context: { error: answer.error.text },
        })
      }
    } else if (late)
      throw new GatewayError('SIM_ABSENT', 'the modem does not say how its SIM is', { retry: 'hold' })
    await clock.sleep(pollMs, signal)
  }
}

/** Stands for the ICCID that a modem does not tell. */
const hiddenIccid = 'unknown'

async function readIccid({ execute }: UnlockOptions): Promise<string> {
  for (const line of iccidQuestions) {
    const answer = await execute(atCommand(line, { bare: true }))
    const digits = answer.kind === 'ok' ? /\d{18,20}F?/i.exec(answer.lines.join(' '))?.[0] : undefined
    if (digits !== undefined) return digits.replace(/F$/i, '')
  }
  return hiddenIccid
}

/** What one counter answered; null if it cannot be read. */
export function triesIn(counter: PinCounter, lines: readonly string[]): number | null {
  for (const name of atCommand(counter.command).prefixes)
    for (const line of lines) {
      const tries = line.toUpperCase().startsWith(`${name}:`)
        ? counter.read(line.slice(name.length + 1).trim())
        : null
      if (tries !== null && tries <= counterMax) return tries
    }
  return null
}

async function readTries({ execute, quirk }: UnlockOptions): Promise<number | null> {
  for (const counter of quirk.pinCounters) {
    const answer = await execute(atCommand(counter.command))
    const tries = answer.kind === 'ok' ? triesIn(counter, answer.lines) : null
    if (tries !== null) return tries
  }
  return null
}

/** Throws unless the PIN may be entered. */
function checkTries(memory: PinMemory, iccid: string, tries: number | null): void {
  // Where nobody counts, a modem may have told the ICCID at one try and not at another.
  const names = tries === null ? [...new Set([iccid, hiddenIccid])] : [iccid]
  if (names.some(memory.pinRefused))
    throw locked('this SIM refused this PIN before; it is not tried again', refusedHint)
  if (tries !== null && tries < fullTries) {
    const hint = 'Put the SIM into a phone and enter the right PIN there; that gives back all tries.'
    throw locked(`only ${tries} of ${fullTries} PIN tries are left; Simpost does not use them`, hint)
  }
  const lost = names.reduce((sum, name) => sum + memory.triesLost(name), 0)
  if (tries === null && lost >= lostTriesMax) {
    const hint = `Put the SIM into a phone, enter the right PIN there (best switch it off) and check modem.pin; ${again}`
    throw locked(
      `the PIN was entered ${lost} times and the SIM did not open; the last try is left alone`,
      hint,
    )
  }
}

/** @returns the ICCID */
async function enterPin(options: UnlockOptions, pin: string): Promise<string> {
  const { execute, clock, signal, pinMemory, quirk } = options
  const iccid = await readIccid(options)
  checkTries(pinMemory, iccid, await readTries(options))
  pinMemory.tryBegins(iccid)
  const answer = await execute(atCommand(`AT+CPIN="${pin}"`, { limitMs: timeLimits.pinMs }))
  if (answer.kind === 'error') {
    const { number } = answer.error
    // SIM busy: the PIN was not looked at. Everything else may have cost a try.
    if (answer.error.kind === '+CME ERROR' && number === 14) {
      pinMemory.tryEnded(iccid, 'unread')
      throw new GatewayError('MODEM_REFUSED', 'the SIM was busy when its PIN was entered', {
        retry: 'temporary',
      })
    }
    pinMemory.tryEnded(iccid, 'refused')
    throw locked(`the SIM refused the PIN (${answer.error.text})`, refusedHint)
  }
  if (quirk.afterPinMs > 0) await clock.sleep(quirk.afterPinMs, signal)
  const begin = clock.monotonic()
  while ((await simState(options)) === 'SIM PIN') {
    if (clock.monotonic() - begin > timeLimits.simReadyMs) {
      pinMemory.tryEnded(iccid, 'refused')
      throw locked('the SIM is still locked after its PIN was entered', refusedHint)
    }
    await clock.sleep(pollMs, signal)
  }
  return iccid
}

/**
 * Brings the SIM to READY.
 * @throws GatewayError SIM_LOCKED, SIM_ABSENT (`hold`), MODEM_SILENT, MODEM_REFUSED (temporary)
 */
export async function unlockSim(options: UnlockOptions): Promise<void> {
  const state = await simState(options)
  if (state === 'READY') {
    // A PIN whose outcome never came was right, or the SIM was opened in a phone.
    if (options.pin === null) return
    // Some models tell the ICCID only now.
    for (const iccid of new Set([await readIccid(options), hiddenIccid]))
      options.pinMemory.tryEnded(iccid, 'open')
    return
  }
  if (state !== 'SIM PIN') {
    const puk = 'Put the SIM into a phone and enter its PUK there. Simpost never enters a PUK.'
    throw locked(
      `the SIM wants ${state}`,
      state.includes('PUK') ? puk : 'Unlock the SIM or the modem in a phone.',
    )
  }
  if (options.pin === null)
    throw locked(
      'the SIM wants its PIN',
      'Set modem.pin_file or modem.pin, or switch the PIN off in a phone.',
    )
  if (!/^\d{4,8}$/.test(options.pin))
    throw locked('the configured PIN is not 4 to 8 digits', 'Correct modem.pin.')
  const iccid = await enterPin(options, options.pin)
  const after = await simState(options)
  if (after !== 'READY') throw locked(`the SIM wants ${after}`, 'Unlock the SIM in a phone.')
  options.pinMemory.tryEnded(iccid, 'open')
}
