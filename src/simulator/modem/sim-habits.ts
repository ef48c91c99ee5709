// What a device does otherwise than the simulated modem would by itself: each habit is plain data, no maker is named here.
// Invariant: without a habit the modem keeps to TS 27.005 and TS 27.007.

import type { StoreName } from './sim-machine.ts'

/** Answers that a transcript holds. */
export interface Script {
  /** The lines of the answer, final result code last ([] is silence); undefined: the modem answers by itself. */
  answer(commandLine: string): readonly string[] | undefined
  /** What a restart does: settings made by the host are gone. */
  restart(): void
}

export interface Habits {
  /** mem1, mem2 and mem3 of AT+CPMS after a start. */
  readonly memories: readonly [StoreName, StoreName, StoreName]
  /** Where new messages come to whatever mem3 says; null: to mem3. */
  readonly receivesInto: StoreName | null
  /** Numbers of arguments that AT+CPMS takes. */
  readonly cpmsArguments: readonly number[]
  /** Values that AT+CNMI takes for <mode>, <mt>, <bm>, <ds> and <bfr>; the first of each holds after a start. */
  readonly cnmiValues: readonly (readonly number[])[]
  /** The store that +CDSI names, right or wrong; null: the one that holds the report. */
  readonly cdsiStore: string | null
  /** What stands before the length of a direct report. */
  readonly cdsHeader: string
  readonly prompt: string
  /** The final result code for a command that the modem does not know. */
  readonly unknownCommand: string
  /** Empty lines behind each final result code. */
  readonly blankLines: number
  /** True: ATE0 is accepted and changes nothing. */
  readonly echoStays: boolean
  /** How many of the last octets that it sent the modem sends again to whoever opens the port. */
  readonly replayOctets: number
  /** Milliseconds after a start until the SIM answers, +CME ERROR: 14 before, and until SMS work, +CMS ERROR: 314 before. */
  readonly simReadyMs: number
  readonly smsReadyMs: number
  /** Unsolicited lines when SMS work. */
  readonly readyLines: readonly string[]
  /** True: a start ends with `+CPIN: ` and the state of the SIM. */
  readonly announcesSim: boolean
  readonly script: Script | null
}

export const standardHabits: Habits = {
  memories: ['SM', 'SM', 'SM'],
  receivesInto: null,
  cpmsArguments: [1, 2, 3],
  cnmiValues: [
    [0, 1, 2],
    [0, 1, 2, 3],
    [0, 2],
    [0, 1, 2],
    [0, 1],
  ],
  cdsiStore: null,
  cdsHeader: '+CDS: ',
  prompt: '> ',
  unknownCommand: 'ERROR',
  blankLines: 0,
  echoStays: false,
  replayOctets: 0,
  simReadyMs: 0,
  smsReadyMs: 0,
  readyLines: [],
  announcesSim: true,
  script: null,
}
