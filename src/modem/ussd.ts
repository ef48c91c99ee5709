// USSD: a code such as *100# goes to the network, which answers with a text or a menu (TS 27.007 7.15, TS 24.090, TS 23.038 clause 5).
// Invariants: one request at a time; a whole code never becomes the answer to a menu that stands open; what the network says unasked
// is logged without its text.

import { GatewayError } from '../domain/errors.ts'
import { oneAtATime } from '../domain/one-at-a-time.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import { fromSeptets, packSeptets, toSeptets, unpackSeptets } from '../sms/alphabet.ts'
import { numberOf, plainText } from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import { isHex, type Urc } from './at/at-line.ts'
import { timeLimits } from './at/time-limits.ts'
import type { Quirk } from './quirks.ts'
import type { Execute } from './sms-settings.ts'

/**
 * `done`: answered; `wants-answer`: a menu, the next code is the choice; `ended`: the network closed the session, often with the text
 * that was asked for; `refused`: the modem did not take the code, and `text` is its error; `not-supported`, `timeout`: the network's
 * words, or nothing came at all.
 */
export interface UssdAnswer {
  readonly state: 'done' | 'wants-answer' | 'ended' | 'refused' | 'not-supported' | 'timeout'
  /** Lines are joined by \n; empty where the network said nothing. */
  readonly text: string
}

export interface Ussd {
  /**
   * Sends a code, or the choice in an open menu.
   * @throws GatewayError USAGE, MODEM_UNAVAILABLE or MODEM_SILENT when the modem is lost meanwhile
   */
  ask(code: string): Promise<UssdAnswer>
  /** Ends an open session, if there is one. @throws as ask */
  cancel(): Promise<void>
  /** True while a request is under way or a menu waits for its choice. */
  isBusy(): boolean
  /** Takes `+CUSD: <m>[,<str>,<dcs>]`; false for any other URC. */
  take(urc: Urc): boolean
}

export interface UssdOptions {
  /** Throws when the line is lost. */
  readonly execute: Execute
  readonly clock: Clock
  readonly form: () => Quirk['ussdForm']
  /** Aborts with the connection. */
  readonly signal: AbortSignal
}

/** TS 23.038 5: a USSD string has 160 octets. */
const septetsMax = 182

/** After this a menu has been closed by the network, whether we heard of it or not. */
const menuOpenMs = 180_000

/** <m> of TS 27.007 7.15; 3 is "another local client has answered". */
const states: Readonly<Record<number, UssdAnswer['state']>> = {
  0: 'done',
  1: 'wants-answer',
  2: 'ended',
  3: 'ended',
  4: 'not-supported',
  5: 'timeout',
}

/** @throws GatewayError USAGE */
function checkCode(code: string): void {
  if (!/^[0-9*#]+$/.test(code) || code.length > septetsMax)
    throw new GatewayError('USAGE', 'a USSD code consists of digits, * and #', {
      hint: "put it in quotes, for a shell reads * and # itself: '*100#'",
    })
}

class UssdDialogue implements Ussd {
  readonly #options: UssdOptions
  readonly #serial = oneAtATime()
  #form: Quirk['ussdForm'] | null = null
  #waiting: ((values: string) => void) | null = null
  #pending = 0
  #menuAt = Number.NEGATIVE_INFINITY

  constructor(options: UssdOptions) {
    this.#options = options
  }

  ask(code: string): Promise<UssdAnswer> {
    return this.#alone(async () => {
      checkCode(code)
      // A whole code is no choice of a menu: "*100#" typed into one would go to whoever asked there.
      if (this.#menuIsOpen() && /^[*#].*#$/.test(code)) await this.#end()
      return this.#send(code)
    })
  }

  cancel(): Promise<void> {
    return this.#alone(async () => {
      if (this.#menuIsOpen()) await this.#end()
    })
  }

  isBusy(): boolean {
    return this.#pending > 0 || this.#menuIsOpen()
  }

  take({ name, values }: Urc): boolean {
    if (name !== '+CUSD') return false
    const { state, characters } = readValues(values)
    this.#menuAt = state === 'wants-answer' ? this.#options.clock.monotonic() : Number.NEGATIVE_INFINITY
    if (this.#waiting === null) log.info('ussd-unasked', { state, characters: characters.length })
    else this.#waiting(values)
    return true
  }

  async #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#pending += 1
    try {
      return await this.#serial(work)
    } finally {
      this.#pending -= 1
    }
  }

  #menuIsOpen(): boolean {
    return this.#options.clock.monotonic() - this.#menuAt < menuOpenMs
  }

  async #end(): Promise<void> {
    this.#menuAt = Number.NEGATIVE_INFINITY
    await this.#options.execute(atCommand('AT+CUSD=2', { prefixes: [] }))
  }

  async #send(code: string): Promise<UssdAnswer> {
    const { execute, clock, signal } = this.#options
    // Under UCS2, as other programs leave it, the code would have to be hex; GSM loses no letter of the answer.
    await execute(atCommand('AT+CSCS="GSM"'))
    const heard: string[] = []
    const patience = new AbortController()
    this.#waiting = (values) => {
      heard.push(values)
      patience.abort()
    }
    try {
      const end = clock.monotonic() + timeLimits.ussdMs
      const refusal = await this.#request(code)
      if (heard.length === 0 && refusal !== null) return { state: 'refused', text: refusal }
      // The answer may stand in front of OK, or come long after it.
      const leftMs = Math.max(0, end - clock.monotonic())
      await clock.sleep(leftMs, AbortSignal.any([patience.signal, signal])).catch(() => undefined)
    } finally {
      this.#waiting = null
    }
    const [first] = heard
    if (first !== undefined) return this.#read(first)
    if (signal.aborted)
      throw new GatewayError('MODEM_UNAVAILABLE', 'the modem was lost before the network answered', {
        retry: 'temporary',
      })
    await this.#end()
    return { state: 'timeout', text: '' }
  }

  /** @returns the error of the modem; null if it took the code */
  async #request(code: string): Promise<string | null> {
    const form = this.#form ?? this.#options.form()
    const answer = await this.#write(code, form)
    if (answer === null || form === 'text') return answer
    // Of one maker some models take packed hex and some plain text; what is refused has not gone out.
    const second = await this.#write(code, 'text')
    if (second === null) this.#form = 'text'
    return second
  }

  async #write(code: string, form: Quirk['ussdForm']): Promise<string | null> {
    const written = form === 'packed' ? packedHex(code) : code
    // Without a name of its own every +CUSD line is a URC, wherever it stands.
    const answer = await this.#options.execute(
      atCommand(`AT+CUSD=1,"${written}",15`, { prefixes: [], limitMs: timeLimits.ussdMs }),
    )
    return answer.kind === 'error' ? answer.error.text : null
  }

  #read(values: string): UssdAnswer {
    const { state, characters, dcs } = readValues(values)
    return { state, text: ussdText(characters, dcs, this.#form ?? this.#options.form()) }
  }
}

/** TS 23.038 6.1.2.3.1: where seven bits are left over, they are a CR and not an @. */
function packedHex(code: string): string {
  const septets = [...toSeptets(code)]
  if (septets.length % 8 === 7) septets.push(0x0d)
  return Buffer.from(packSeptets(Uint8Array.from(septets), 0))
    .toString('hex')
    .toUpperCase()
}

function unpacked(octets: Uint8Array): string {
  const septets = unpackSeptets(octets, septetsMax, 0)
  const last = septets.at(-1)
  const padded = septets.length % 8 === 0 && (last === 0x0d || last === 0)
  return fromSeptets(padded ? septets.subarray(0, -1) : septets)
}

/** Reads the values of +CUSD. The text may hold quotes and line ends, so the last quote ends it. */
function readValues(values: string): {
  readonly state: UssdAnswer['state']
  readonly characters: string
  readonly dcs: number
} {
  const match = /^\s*(\d)\s*(?:,\s*(?:"([\s\S]*)"|"?([^",]*))\s*(?:,\s*(\d{1,3}))?\s*)?$/.exec(values)
  const unclosed = /^\s*\d\s*,\s*"?([\s\S]*)$/.exec(values)?.[1] ?? ''
  return {
    state: states[Number(match?.[1] ?? values.trim().charAt(0))] ?? 'done',
    characters: match === null ? unclosed : (match[2] ?? match[3] ?? ''),
    dcs: numberOf(match?.[4]) ?? 15,
  }
}

/** TS 23.038 clause 5, the coding scheme of cell broadcast and USSD. */
function alphabetOf(dcs: number): 'gsm7' | '8bit' | 'ucs2' {
  if (dcs === 0x11) return 'ucs2'
  if (dcs >> 6 === 1) return (['gsm7', '8bit', 'ucs2', 'gsm7'] as const)[(dcs >> 2) & 3] ?? 'gsm7'
  return dcs >> 4 === 0xf && (dcs & 4) !== 0 ? '8bit' : 'gsm7'
}

/**
 * The text of <str>: hex of UCS-2 or of octets where <dcs> says so; else packed septets in hex, or characters as AT+CSCS="GSM" shows them.
 */
export function ussdText(characters: string, dcs: number, form: Quirk['ussdForm']): string {
  const alphabet = alphabetOf(dcs)
  const octets = isHex(characters) && characters.length % 2 === 0 ? Buffer.from(characters, 'hex') : null
  if (alphabet === 'ucs2' && octets !== null && octets.length % 2 === 0)
    return tidy(octets.swap16().toString('utf16le'))
  if (alphabet === '8bit' && octets !== null) return tidy(octets.toString('latin1'))
  // Some modems give UCS-2 without a word in <dcs>. Packed septets look the same, but hardly begin with a zero octet.
  if (form === 'packed' && octets !== null && octets[0] !== 0) return tidy(unpacked(octets))
  const plain = plainText(characters)
  if (plain !== characters) return tidy(plain)
  const septets = Buffer.from(characters, 'latin1')
  const isSeptets = septets.every((octet) => octet < 0x80) && !/[^\u0000-\u00ff]/.test(characters)
  return tidy(isSeptets ? fromSeptets(septets) : characters)
}

function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, '')
    .trim()
}

/** No request is under way yet. */
export function createUssd(options: UssdOptions): Ussd {
  return new UssdDialogue(options)
}
