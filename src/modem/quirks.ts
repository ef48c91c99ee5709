// Table of model differences: how a model is recognised and what must be done differently. The only place where a vendor is named.
// What no standard says is from manuals and from the sources of ModemManager, oFono and gammu. Invariant: an unknown model gets the entry `standard`, which follows TS 27.005.

import { numberOf, valuesOf } from './at/at-answers.ts'
import type { Urc } from './at/at-line.ts'

/** What the modem says about itself (AT+CGMI, AT+CGMM, AT+CGMR). */
export interface ModemIdentity {
  readonly manufacturer: string
  readonly model: string
  readonly firmware: string
}

/** How to ask for the PIN tries that are left, before a PIN is entered. */
export interface PinCounter {
  readonly command: string
  /** Tries left for PIN 1 from the values after the name; null if they cannot be read. */
  readonly read: (values: string) => number | null
}

export interface Quirk {
  readonly name: string
  readonly matches: (identity: ModemIdentity) => boolean
  /** Sent after the model is known; errors are ignored. */
  readonly startCommands: readonly string[]
  /** Values of <mode> for AT+CNMI to try, best first; never 0, which keeps URCs back. Some models list 2 and fail on it. */
  readonly cnmiModes: readonly number[]
  /** Number of arguments of AT+CPMS, most usual first. */
  readonly cpmsArguments: readonly (1 | 2 | 3)[]
  /** False: AT+CMMS must not be used. */
  readonly keepsLink: boolean
  /** Milliseconds between a final result code and the next command. */
  readonly pauseMs: number
  /**
   * How AT+CUSD spells text of the GSM 7-bit alphabet: as it is, or as packed septets in hex. Huawei sticks want and give packed ones
   * (E150, E1550: gammu issue 294; E352); some of their firmware takes text (chan_dongle issue 29), which ussd.ts tries when it is refused.
   */
  readonly ussdForm: 'text' | 'packed'
  /** Asked in this order until one answers. */
  readonly pinCounters: readonly PinCounter[]
  /** Milliseconds to leave the modem alone after AT+CPIN. */
  readonly afterPinMs: number
  /** What restarts the modem; sent in this order until one is accepted or the line is lost. None writes to the modem's flash. */
  readonly resetCommands: readonly string[]
  /** What only this maker's modems can be asked about network, IMS and ports; changes nothing, and no answer tells a cell. */
  readonly questions: readonly string[]
}

const nth =
  (at: number) =>
  (values: string): number | null =>
    numberOf(valuesOf(values)[at])

/** TS 27.007 8.2: full functionality after a reset. The manuals of SIM800, Quectel, ZTE, Cinterion, Wavecom and most others name it. */
const standardReset = 'AT+CFUN=1,1'

/** TS 27.007 8.65: `+CPINR: SIM PIN,<left>[,<max>]`. */
const standardCounter: PinCounter = {
  command: 'AT+CPINR="SIM PIN"',
  read: (values) => (/^"?SIM PIN"?,/i.test(values) ? nth(1)(values) : null),
}

/** For all whose maker is not listed below: Intel and Infineon, Ericsson, Icera. Orders differ behind the first value (oFono, ModemManager). */
const otherCounters: readonly PinCounter[] = ['AT+XPINCNT', 'AT*EPIN?', 'AT%PINNUM?'].map((command) => ({
  ...{ command, read: nth(0) },
}))

const standard: Quirk = {
  name: 'standard',
  matches: () => true,
  startCommands: [],
  cnmiModes: [2, 1, 3],
  cpmsArguments: [3, 2, 1],
  keepsLink: true,
  pauseMs: 0,
  ussdForm: 'text',
  pinCounters: [standardCounter, ...otherCounters],
  afterPinMs: 0,
  resetCommands: [standardReset],
  questions: [],
}

const byMaker =
  (maker: RegExp, model = /./) =>
  (identity: ModemIdentity): boolean =>
    maker.test(identity.manufacturer) && model.test(identity.model)

/** First match wins: a special model stands before its maker. */
const quirks: readonly Quirk[] = [
  {
    ...standard,
    name: 'brovi',
    // E3372-325 refuses AT+CPMS with one or two arguments; AT+CGMI says ZOWEE TECHNOLOGY, Brovi stands on the box (gammu issues 829, 908).
    matches: ({ manufacturer, model }) => /brovi/i.test(manufacturer) || /^E3372-325/i.test(model),
    cnmiModes: [1, 2, 3],
    cpmsArguments: [3],
    pinCounters: [{ command: 'AT^CPIN?', read: nth(3) }, standardCounter],
    resetCommands: ['AT^RESET', standardReset],
    questions: ['AT^HCSQ?', 'AT^SYSINFOEX', 'AT^GETPORTMODE'],
  },
  {
    ...standard,
    name: 'huawei',
    matches: byMaker(/huawei/i),
    // Periodic URCs off; URCs on the port that is read (0 = PCUI, as ModemManager sets it).
    startCommands: ['AT^CURC=0', 'AT^PORTSEL=0'],
    ussdForm: 'packed',
    cnmiModes: [1, 2, 3],
    pinCounters: [{ command: 'AT^CPIN?', read: nth(3) }, standardCounter],
    // Some firmware reboots when it is asked anything earlier (ModemManager's plugin).
    afterPinMs: 3_000,
    // As ModemManager resets them; modems with an Intel chip (MU736) know 16 instead (TS 27.007 leaves it to the maker).
    resetCommands: ['AT^RESET', standardReset, 'AT+CFUN=16'],
    questions: ['AT^HCSQ?', 'AT^SYSINFOEX', 'AT^PORTSEL?', 'AT^GETPORTMODE'],
  },
  {
    ...standard,
    name: 'zte',
    matches: byMaker(/zte/i),
    // Out of CD-ROM mode, stay online.
    startCommands: ['AT+ZCDRUN=8', 'AT+ZOPRT=5'],
    cnmiModes: [1, 2, 3],
    pinCounters: [{ command: 'AT+ZPINPUK=?', read: nth(0) }, standardCounter],
    questions: ['AT+ZPAS?', 'AT+ZOPRT?'],
  },
  {
    ...standard,
    name: 'simcom',
    matches: byMaker(/simcom|simtech/i),
    cnmiModes: [1, 2, 3],
    pinCounters: [{ command: 'AT+SPIC', read: nth(0) }, standardCounter],
    // SIM5000, SIM7000 and A7600 series; SIM800 and SIM900 know the standard one only.
    resetCommands: ['AT+CRESET', standardReset],
    questions: ['AT+CNSMOD?', 'AT+CNMP?'],
  },
  {
    ...standard,
    name: 'quectel',
    matches: byMaker(/quectel/i),
    pinCounters: [
      { command: 'AT+QPINC?', read: (values) => (/^"SC"/i.test(values) ? nth(1)(values) : null) },
      standardCounter,
    ],
    questions: ['AT+QCFG="ims"', 'AT+QCSQ', 'AT+QURCCFG="urcport"', 'AT+QINISTAT'],
  },
  {
    ...standard,
    name: 'u-blox',
    matches: byMaker(/u-?blox/i),
    pinCounters: [{ command: 'AT+UPINCNT', read: nth(0) }, standardCounter],
    // u-blox AT manual, +CFUN: 16 restarts the module and the SIM.
    resetCommands: ['AT+CFUN=16', standardReset],
    questions: ['AT+URAT?', 'AT+UMNOPROF?'],
  },
  {
    ...standard,
    name: 'telit',
    matches: byMaker(/telit/i),
    // LE910C AT reference 2.2.5: leave 20 ms after a final result code.
    pauseMs: 20,
    pinCounters: [{ command: 'AT#PCT', read: nth(0) }, standardCounter],
    // HE910 and LE910 manuals; the older #ENHRST=1,0 does the same.
    resetCommands: ['AT#REBOOT', 'AT#ENHRST=1,0', standardReset],
    questions: ['AT#CGSMS?', 'AT#PORTCFG?'],
  },
  {
    ...standard,
    name: 'sierra',
    matches: byMaker(/sierra/i),
    // MC73xx and EM74xx AT command reference.
    resetCommands: ['AT!RESET', standardReset],
    questions: ['AT!SELRAT?', 'AT!USBCOMP?'],
  },
  {
    ...standard,
    name: 'cinterion',
    // oFono refuses AT+CMMS for them.
    matches: byMaker(/cinterion|gemalto|thales|siemens/i),
    keepsLink: false,
    // Tries left of the PIN that is asked for (ModemManager's plugin, MC75 AT manual).
    pinCounters: [{ command: 'AT^SPIC', read: nth(0) }, standardCounter],
    questions: ['AT^SCFG="URC/DstIfc"'],
  },
  {
    ...standard,
    name: 'wavecom',
    // Q2 modules take one argument of AT+CPMS only (oFono).
    matches: byMaker(/wavecom/i),
    cpmsArguments: [1],
  },
]

/** The entry for a model. */
export function quirkFor(identity: ModemIdentity): Quirk {
  return quirks.find((quirk) => quirk.matches(identity)) ?? standard
}

/** How models say that a store has no slot left and that nothing more is announced (Huawei MU509 manual 6.21, Quectel, +CIEV with an indicator). */
const fullWords: readonly RegExp[] = [/^\^SMMEMFULL$/, /^\+QIND: "?SMSFULL/, /^\+CIEV: "?SMSFULL"?,1/]

/**
 * How models say that an incoming call has ended: V.250, Huawei, u-blox (6: disconnected), SIM7600. Others fall silent.
 */
const callEndWords: readonly RegExp[] = [
  /^NO CARRIER$/,
  /^\^CEND(:|$)/,
  /^\+UCALLSTAT: ?\d+, ?6$/,
  /^(VOICE CALL: END|MISSED_CALL:)/,
]

/** True for a URC that says so. */
export function saysCallEnded({ name, values }: Urc): boolean {
  const line = values === '' ? name : `${name}: ${values}`
  return callEndWords.some((words) => words.test(line.toUpperCase()))
}

/** True for a URC that says so: the store has to be swept. */
export function saysStoreIsFull({ name, values }: Urc): boolean {
  const line = values === '' || name === '^SMMEMFULL' ? name : `${name}: ${values}`
  return fullWords.some((words) => words.test(line.toUpperCase()))
}
