// The SIM of the simulated modem: PIN, PUK and their counters (TS 27.007 8.3, TS 31.101 9.5), numbers that the card holds.
// Invariants: three wrong PINs lock the card until the PUK comes, ten wrong PUKs for good; a right one resets its counter.

import { AtError } from './sim-at-errors.ts'

const pinTries = 3
const pukTries = 10

type SimState = 'READY' | 'SIM PIN' | 'SIM PUK' | 'ABSENT'

export interface SimCard {
  state(): SimState
  readonly pinTriesLeft: () => number
  readonly pukTriesLeft: () => number
  /** True while the card asks for its PIN after each power-up (facility "SC"). */
  readonly pinEnabled: () => boolean
  /** What a power-up does. */
  lock(): void
  /** Answers AT+CPIN: a PIN, or a PUK and the new PIN. Throws AtError 16, 12 or 3. */
  enter(code: string, newPin: string | undefined): void
  /** Checks the PIN without unlocking (AT+CLCK, AT+CPWD). Throws AtError. */
  verify(pin: string): void
  setPin(pin: string): void
  setPinEnabled(enabled: boolean): void
  /** Takes the card out of its holder, or puts it back. */
  setPresent(present: boolean): void
}

interface CardState {
  readonly puk: string
  pin: string
  enabled: boolean
  verified: boolean
  present: boolean
  pinLeft: number
  pukLeft: number
}

function stateOf(card: CardState): SimState {
  if (!card.present) return 'ABSENT'
  if (card.pinLeft === 0) return 'SIM PUK'
  return card.verified ? 'READY' : 'SIM PIN'
}

function verify(card: CardState, candidate: string): void {
  if (!card.present) throw new AtError('CME', 10)
  if (card.pinLeft === 0) throw new AtError('CME', 12)
  if (candidate !== card.pin) {
    card.pinLeft -= 1
    if (card.pinLeft === 0) card.verified = false
    throw new AtError('CME', card.pinLeft === 0 ? 12 : 16)
  }
  card.pinLeft = pinTries
}

function unblock(card: CardState, candidate: string, newPin: string): void {
  if (card.pukLeft === 0) throw new AtError('CME', 13)
  if (candidate !== card.puk) {
    card.pukLeft -= 1
    throw new AtError('CME', card.pukLeft === 0 ? 13 : 16)
  }
  card.pin = newPin
  card.pinLeft = pinTries
  card.pukLeft = pukTries
  card.verified = true
}

function enter(card: CardState, code: string, newPin: string | undefined): void {
  const state = stateOf(card)
  if (state === 'ABSENT') throw new AtError('CME', 10)
  if (state === 'READY') throw new AtError('CME', 3)
  if (newPin !== undefined) {
    unblock(card, code, newPin)
    return
  }
  verify(card, code)
  card.verified = true
}

/** @param pin null: the card never asks. */
export function createSimCard(pin: string | null, puk: string): SimCard {
  const card: CardState = {
    ...{ puk, pin: pin ?? '0000', enabled: pin !== null, verified: pin === null },
    ...{ present: true, pinLeft: pinTries, pukLeft: pukTries },
  }
  return {
    state: () => stateOf(card),
    pinTriesLeft: () => card.pinLeft,
    pukTriesLeft: () => card.pukLeft,
    pinEnabled: () => card.enabled,
    lock() {
      card.verified = !card.enabled
    },
    enter: (code, newPin) => enter(card, code, newPin),
    verify: (candidate) => verify(card, candidate),
    setPin(next) {
      card.pin = next
    },
    setPinEnabled(next) {
      card.enabled = next
    },
    setPresent(next) {
      card.present = next
      card.verified = !card.enabled
    },
  }
}
