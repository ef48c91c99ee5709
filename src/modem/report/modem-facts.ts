// What a modem can be asked without changing anything, and what its answers mean (TS 27.005 3, TS 27.007 5, 7, 8, 10): for
// `simpost modem info` and `simpost modem record`. Invariants: no command here sends, stores, deletes or sets anything; an
// answer that is missing or cannot be read is null.

import {
  cesqDbm,
  csqDbm,
  numberOf,
  plainText,
  registrationOf,
  responseOf,
  valuesOf,
} from '../at/at-answers.ts'
import type { FreeResult } from '../at/free-command.ts'
import { type Quirk, quirkFor } from '../quirks.ts'
import { iccidQuestions, triesIn } from '../sim-pin.ts'

/** Asks one line. */
type Ask = (line: string) => Promise<FreeResult>

export interface StoreFill {
  readonly name: string
  readonly used: number
  readonly total: number
}

/** Lines of answers for the reader, where the words differ from maker to maker. */
export interface ModemFacts {
  readonly manufacturer: string
  readonly model: string
  readonly firmware: string
  readonly quirk: string
  readonly imei: string | null
  readonly iccid: string | null
  readonly imsi: string | null
  /** READY, SIM PIN, ..., or the error that the modem gives instead. */
  readonly sim: string | null
  readonly pinTries: number | null
  readonly operator: string | null
  /** <AcT> of +COPS in words. */
  readonly technology: string | null
  /** <stat> of circuit-switched, packet-switched and LTE registration; null: not answered. */
  readonly registration: Readonly<Record<'CREG' | 'CGREG' | 'CEREG', number | null>>
  readonly signalDbm: number | null
  /** The answers behind it: they say more than one number. */
  readonly signal: readonly string[]
  readonly smsc: string | null
  readonly stores: readonly StoreFill[]
  readonly cnmi: string | null
  readonly csms: string | null
  /** <service> of +CGSMS in words. */
  readonly bearer: string | null
  /** <reg_info> of +CIREG (TS 27.007 8.71): 1 registered with IMS. */
  readonly ims: boolean | null
  /** The modem's clock, milliseconds since 1970; null if it is not set or has no zone. */
  readonly clock: number | null
  /** What only this maker's modems tell, line by line. */
  readonly more: readonly string[]
}

/** TS 27.007 7.3 <AcT>. */
const technologies: Readonly<Record<number, string>> = {
  0: 'GSM',
  1: 'GSM compact',
  2: 'UMTS',
  3: 'GSM with EDGE',
  4: 'UMTS with HSDPA',
  5: 'UMTS with HSUPA',
  6: 'UMTS with HSDPA and HSUPA',
  7: 'LTE',
  8: 'LTE-M or EC-GSM',
  9: 'NB-IoT',
  10: 'LTE on a 5G core',
  11: '5G',
  12: '5G',
  13: 'LTE with 5G',
}

/** TS 27.007 10.1.21 <service>. */
const bearers: Readonly<Record<number, string>> = {
  0: 'packet-switched',
  1: 'circuit-switched',
  2: 'packet-switched preferred',
  3: 'circuit-switched preferred',
}

/** TS 27.007 7.2 and 10.1.22 <stat>. */
const registrations: Readonly<Record<number, string>> = {
  0: 'not registered, not searching',
  1: 'registered at home',
  2: 'searching',
  3: 'denied by the network',
  4: 'unknown',
  5: 'registered, roaming',
  6: 'registered at home, SMS only',
  7: 'registered, roaming, SMS only',
  8: 'emergency calls only',
  9: 'registered at home, CSFB not preferred',
  10: 'registered, roaming, CSFB not preferred',
  11: 'restricted local services',
}

export const registrationWords = (stat: number | null): string =>
  stat === null ? 'not told' : (registrations[stat] ?? `state ${stat}`)

/** What is recorded of every modem, in this order; those of hardware.md. Vendor questions follow. */
export const recordedQuestions: readonly string[] = [
  ...['AT', 'AT+CGMI', 'AT+CGMM', 'AT+CGMR', 'ATI', 'AT+CGSN', 'AT+GCAP'],
  ...['AT+CPIN?', 'AT+CLCK="SC",2', 'AT+CIMI', ...iccidQuestions, 'AT+CNUM', 'AT+CFUN?'],
  ...['AT+CREG?', 'AT+CREG=?', 'AT+CGREG?', 'AT+CEREG?', 'AT+COPS?', 'AT+CSQ', 'AT+CESQ', 'AT+CIREG?'],
  ...['AT+CSCA?', 'AT+CGSMS?', 'AT+CGSMS=?', 'AT+CSMS?', 'AT+CSMS=?', 'AT+CMGF=?', 'AT+CMMS=?'],
  ...['AT+CPMS?', 'AT+CPMS=?', 'AT+CNMI?', 'AT+CNMI=?', 'AT+CMGL=?', 'AT+CSCS?', 'AT+CSCS=?'],
  ...['AT+CUSD=?', 'AT+CLIP=?', 'AT+CCLK?', 'AT+CTZU?', 'AT+CMEE?'],
]

/** Questions that only this model understands. */
export const vendorQuestions = ({ pinCounters, questions }: Quirk): readonly string[] => [
  ...pinCounters.map(({ command }) => command),
  ...questions,
]

/**
 * `yy/MM/dd,hh:mm:ss±zz` with the zone in quarter hours; Huawei prints four digits of the year. Null for a clock that was never set (1970,
 * 1980, 2004) or tells no zone.
 */
export function clockOf(text: string): number | null {
  const match = /^(\d{2}|\d{4})\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)([+-]\d{1,2})$/.exec(text)
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, quarters = 0] = match
    .slice(1)
    .map(Number)
  const fullYear = year < 100 ? 2000 + year : year
  if (fullYear < 2020 || fullYear > 2069) return null
  return Date.UTC(fullYear, month - 1, day, hour, minute, second) - quarters * 15 * 60_000
}

function storesOf(values: string): StoreFill[] {
  const list = valuesOf(values)
  return [0, 3, 6].flatMap((at) => {
    const [name = '', used, total] = list.slice(at, at + 3)
    const counts = [numberOf(used), numberOf(total)] as const
    return counts[0] === null || counts[1] === null ? [] : [{ name, used: counts[0], total: counts[1] }]
  })
}

class Questions {
  readonly #ask: Ask

  constructor(ask: Ask) {
    this.#ask = ask
  }

  /** All lines of a good answer. */
  async lines(question: string): Promise<readonly string[]> {
    const { result, lines } = await this.#ask(question)
    return result === 'OK' ? lines : []
  }

  /** The first line, with or without its name. */
  async bare(question: string): Promise<string> {
    const [line = ''] = await this.lines(question)
    return line
      .replace(/^[+^#][A-Z]+:\s*/, '')
      .replaceAll('"', '')
      .trim()
  }

  async values(name: string, question = `AT${name}?`): Promise<string | null> {
    return responseOf(await this.lines(question), name)
  }

  async first(questions: readonly string[], pattern: RegExp): Promise<string | null> {
    for (const question of questions) {
      const found = pattern.exec((await this.lines(question)).join(' '))?.[0]
      if (found !== undefined) return found
    }
    return null
  }

  async sim(): Promise<string> {
    const { result, lines, meaning } = await this.#ask('AT+CPIN?')
    return responseOf(lines, '+CPIN') ?? (meaning === null ? result : `${result} (${meaning})`)
  }

  async pinTries({ pinCounters }: Quirk): Promise<number | null> {
    for (const counter of pinCounters) {
      const tries = triesIn(counter, await this.lines(counter.command))
      if (tries !== null) return tries
    }
    return null
  }
}

/** Asks everything. @throws what `ask` throws */
export async function readModemFacts(ask: Ask): Promise<ModemFacts> {
  const all = new Questions(ask)
  const manufacturer = await all.bare('AT+CGMI')
  const model = await all.bare('AT+CGMM')
  const firmware = (await all.bare('AT+CGMR')).replace(/^revision:\s*/i, '')
  const quirk = quirkFor({ manufacturer, model, firmware })
  const operator = valuesOf((await all.values('+COPS')) ?? '')
  const csq = await all.lines('AT+CSQ')
  const cesq = await all.lines('AT+CESQ')
  const stat = async (name: string): Promise<number | null> => {
    const values = await all.values(name)
    return values === null ? null : registrationOf(values)
  }
  const more: string[] = []
  for (const question of quirk.questions) more.push(...(await all.lines(question)))
  const ims = valuesOf((await all.values('+CIREG')) ?? '')[1]
  return {
    ...{ manufacturer, model, firmware, quirk: quirk.name, more },
    imei: await all.first(['AT+CGSN'], /\d{14,17}/),
    iccid: await all.first(iccidQuestions, /\d{18,20}/),
    imsi: await all.first(['AT+CIMI'], /\d{14,15}/),
    sim: await all.sim(),
    pinTries: await all.pinTries(quirk),
    operator: plainText(operator[2] ?? '') || null,
    technology: technologies[numberOf(operator[3]) ?? -1] ?? null,
    registration: {
      CREG: await stat('+CREG'),
      CGREG: await stat('+CGREG'),
      CEREG: await stat('+CEREG'),
    },
    signalDbm: csqDbm(responseOf(csq, '+CSQ') ?? '') ?? cesqDbm(responseOf(cesq, '+CESQ') ?? ''),
    signal: [...csq, ...cesq],
    smsc: plainText(valuesOf((await all.values('+CSCA')) ?? '')[0] ?? '') || null,
    stores: storesOf((await all.values('+CPMS')) ?? ''),
    cnmi: await all.values('+CNMI'),
    csms: await all.values('+CSMS'),
    bearer: bearers[numberOf((await all.values('+CGSMS')) ?? '') ?? -1] ?? null,
    ims: ims === undefined ? null : ims === '1',
    clock: clockOf(valuesOf((await all.values('+CCLK')) ?? '')[0] ?? ''),
  }
}
