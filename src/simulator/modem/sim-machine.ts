// What all parts of the simulated modem share: options, AT settings, SIM, stores, network, faults. Plain state, no AT syntax.
// Invariant: `settings` is all that a restart forgets; SIM, stores and network outlive it, as in a real modem.

import type { Faults } from './faults.ts'
import { AtError } from './sim-at-errors.ts'
import { type Habits, standardHabits } from './sim-habits.ts'
import type { ReportKind, ServiceCentre } from './sim-network.ts'
import type { SimCard } from './sim-sim-card.ts'
import type { MessageStore } from './sim-store.ts'
import type { UssdReply } from './sim-ussd.ts'

export type StoreName = 'SM' | 'ME' | 'SR'

export interface SimModemOptions {
  /** The SIM's own number, E.164. */
  readonly number?: string
  /** Service centre address (AT+CSCA); '' for a SIM without one. */
  readonly smsc?: string
  /** null (default): the SIM never asks. */
  readonly pin?: string | null
  readonly puk?: string
  /** Slots of the stores; default SM 50, ME 20 and no SR. A bare number is the size of SM. */
  readonly slots?: number | Readonly<Partial<Record<StoreName, number>>>
  /** Index of the first slot: 0 on Huawei, SIM7600 and Quectel, 1 (default) on others. */
  readonly firstIndex?: 0 | 1
  /** Milliseconds before each answer; default 0. */
  readonly answerMs?: number
  /** Milliseconds between Ctrl-Z and the answer to AT+CMGS; default 0. */
  readonly sendMs?: number
  /** What becomes of sent messages; default 'delivered'. */
  readonly reports?: ReportKind
  /** Milliseconds between acceptance and status report; default 20. */
  readonly reportMs?: number
  /** Milliseconds that the modem waits for AT+CNMA under AT+CSMS=1; default 17000. */
  readonly ackMs?: number
  /** Default true, as in real modems. */
  readonly echo?: boolean
  readonly identity?: Readonly<Partial<Identity>>
  /** <stat> of AT+CREG, AT+CGREG and AT+CEREG (TS 27.007 7.2); default 1, home. */
  readonly registration?: number
  /** <rssi> of AT+CSQ, 0-31 or 99; default 20. */
  readonly signal?: number
  /** TP-MR of the first message; default 0. */
  readonly firstReference?: number
  /** Unsolicited lines of a start, and of a full store ("^SMMEMFULL: ..."; default none). */
  readonly bootLines?: readonly string[]
  readonly fullLine?: string | null
  /** What this device does otherwise than the standards. */
  readonly habits?: Readonly<Partial<Habits>>
  /** Answers to USSD codes and to choices in menus. */
  readonly ussd?: Readonly<Record<string, string | UssdReply>>
  /** Wall clock, milliseconds since 1970. */
  readonly now?: () => number
}

interface Identity {
  readonly manufacturer: string
  readonly model: string
  readonly firmware: string
  readonly imei: string
  readonly imsi: string
  readonly iccid: string
}

/** Options with their defaults filled in. */
export interface Configuration
  extends Readonly<
    Required<Omit<SimModemOptions, 'identity' | 'slots' | 'registration' | 'signal' | 'habits'>>
  > {
  readonly identity: Identity
  readonly habits: Habits
  readonly slots: Readonly<Partial<Record<StoreName, number>>>
}

const identityDefault: Identity = {
  manufacturer: 'Simpost',
  model: 'SIM-1',
  firmware: 'SIM1R01A01',
  imei: '490154203237518',
  imsi: '262990000000001',
  iccid: '89492990000000000012',
}

export function configurationOf(options: SimModemOptions): Configuration {
  const slots = typeof options.slots === 'number' ? { SM: options.slots } : options.slots
  return {
    number: options.number ?? '+4917000000001',
    smsc: options.smsc ?? '+491710760000',
    pin: options.pin ?? null,
    puk: options.puk ?? '12345678',
    firstIndex: options.firstIndex ?? 1,
    answerMs: options.answerMs ?? 0,
    sendMs: options.sendMs ?? 0,
    reports: options.reports ?? 'delivered',
    reportMs: options.reportMs ?? 20,
    ackMs: options.ackMs ?? 17_000,
    echo: options.echo ?? true,
    firstReference: options.firstReference ?? 0,
    bootLines: options.bootLines ?? ['RDY', '+CFUN: 1'],
    fullLine: options.fullLine ?? null,
    ussd: options.ussd ?? { '*100#': 'Your balance is 12.34 EUR' },
    now: options.now ?? Date.now,
    identity: { ...identityDefault, ...options.identity },
    habits: { ...standardHabits, ...options.habits },
    slots: { SM: 50, ME: 20, ...slots },
  }
}

/** AT settings; defaults of the standards. */
export interface Settings {
  echo: boolean
  /** V1: words, CR LF around them. */
  verbose: boolean
  quiet: boolean
  /** S-registers (V.250): 3 ends a line, 4 is sent after it, 5 is backspace. */
  readonly registers: Map<number, number>
  cmee: number
  /** AT+CMGF=1. */
  textMode: boolean
  charset: string
  /** <mode>, <mt>, <bm>, <ds>, <bfr> of AT+CNMI. */
  cnmi: readonly [number, number, number, number, number]
  /** AT+CSMS <service>: with 1 the host acknowledges by AT+CNMA. */
  csms: number
  /** mem1 (read), mem2 (write), mem3 (receive). */
  memories: readonly [StoreName, StoreName, StoreName]
  /** <fo>, <vp>, <pid>, <dcs> of AT+CSMP. */
  csmp: readonly [number, number, number, number]
  /** Settings that are numbers and are only stored and shown, by command name. */
  readonly numbers: Map<string, number>
}

/** S-registers of V.250 and their defaults; 3, 4 and 5 have an effect here. */
const registerDefaults: ReadonlyArray<readonly [number, number]> = [
  [0, 0],
  [3, 13],
  [4, 10],
  [5, 8],
  [6, 2],
  [7, 60],
  [8, 2],
  [10, 15],
]

export function defaultSettings({ echo, habits }: Configuration): Settings {
  const [mode = 0, mt = 0, bm = 0, ds = 0, bfr = 0] = habits.cnmiValues.map(([first = 0]) => first)
  return {
    echo,
    verbose: true,
    quiet: false,
    registers: new Map(registerDefaults),
    cmee: 0,
    textMode: false,
    charset: 'IRA',
    cnmi: [mode, mt, bm, ds, bfr],
    csms: 0,
    memories: habits.memories,
    csmp: [17, 167, 0, 0],
    numbers: new Map(),
  }
}

/** The modem as its commands see it. */
export interface Machine {
  readonly config: Configuration
  settings: Settings
  /** What AT&W kept and ATZ restores. */
  profile: Settings
  readonly card: SimCard
  readonly stores: ReadonlyMap<StoreName, MessageStore>
  readonly centre: ServiceCentre
  readonly faults: Faults
  smsc: string
  registration: number
  /** False for a while after a start: the SIM, and the part that handles SMS, answer that they are busy. */
  simReady: boolean
  smsReady: boolean
  /** <stat> that the host heard of last. */
  announced: number
  signal: number
  /** <fun> of AT+CFUN: 0 minimum, 1 full, 4 flight mode. */
  functionality: number
  /** Milliseconds between the modem's clock and that of the host. */
  clockOffset: number
  /** Indications that wait while <mode> of AT+CNMI is 0. */
  readonly buffered: string[][]
  /** A TPDU that waits for AT+CNMA. */
  unacknowledged: string | null
  /** TP-MR of the next message. */
  nextReference(): number
  /** Unsolicited lines; held back while a prompt is open, lost without a client. */
  urc(lines: readonly string[]): void
  /** Prints lines at once, prompt or not. */
  print(lines: readonly string[]): void
  later(ms: number, run: () => void): void
  restart(): void
  unplug(): void
  /** Stops the ringing of an incoming call; false if there was none. */
  hangUp(): boolean
}

/** True when the network reaches the modem: <stat> 1, 5, 6, 7, 9 and 10 carry SMS. */
export function isRegistered(machine: Machine): boolean {
  return effectiveRegistration(machine) !== 0 && [1, 5, 6, 7, 9, 10].includes(machine.registration)
}

/** <stat> as the commands show it: without unlocked SIM and radio there is no network. */
export function effectiveRegistration(machine: Machine): number {
  return simState(machine) === 'READY' && machine.functionality === 1 ? machine.registration : 0
}

/** What AT+CPIN? would tell; BUSY shortly after a start. */
export function simState({ card, simReady }: Machine): ReturnType<SimCard['state']> | 'BUSY' {
  return simReady ? card.state() : 'BUSY'
}

const lockedCodes = {
  CME: { BUSY: 14, ABSENT: 10, 'SIM PIN': 11, 'SIM PUK': 12 },
  CMS: { BUSY: 314, ABSENT: 310, 'SIM PIN': 311, 'SIM PUK': 316 },
} as const

/** Throws AtError unless the SIM is there and unlocked. */
export function requireSim(machine: Machine, kind: 'CME' | 'CMS'): void {
  const state = simState(machine)
  if (state !== 'READY') throw new AtError(kind, lockedCodes[kind][state])
  if (kind === 'CMS' && !machine.smsReady) throw new AtError('CMS', lockedCodes.CMS.BUSY)
}

/** The store behind mem1, mem2 or mem3. */
export function memory(machine: Machine, which: 0 | 1 | 2): MessageStore {
  const store = machine.stores.get(machine.settings.memories[which])
  if (store === undefined) throw new AtError('CMS', 302)
  return store
}
