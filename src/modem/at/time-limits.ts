// How long each AT command may take, in milliseconds, and where the figure comes from. A vendor's stated maximum plus a margin:
// a limit that is too short is worse than one that is too long, for a late OK then meets a later command.

export const timeLimits = {
  /** Settings and queries that touch neither SIM nor network; SIM800 states 5 s for CSMP. */
  defaultMs: 10_000,
  /** `AT` while looking for a sign of life; an autobauding modem misses the first ones. */
  attentionMs: 1_000,
  /** `AT` to a port that may not be a modem at all; a modem answers within 300 ms (V.250 5.2.1 leaves it open). */
  probeMs: 2_000,
  /** From AT+CMGS to the prompt; no network is involved yet. ModemManager waits 10 s. */
  promptMs: 10_000,
  /** From Ctrl-Z to the final result code: SIM800 60 s, EC2x 120 s, u-blox 150-180 s; ModemManager waits 300 s. */
  submitMs: 300_000,
  /** CPMS, CMGR, one CMGD: SIM800 5 s; a slow SIM with 250 slots takes longer. */
  storeMs: 20_000,
  /** CMGL of a full store: SIM800 20 s. */
  listMs: 60_000,
  /** CPIN: Telit UC864 20 s. */
  pinMs: 30_000,
  /** How long a SIM may say "busy" (CME 14, CMS 314) after the start. Huawei needs 3 s, SIM7600 up to 20 s. */
  simReadyMs: 40_000,
  /** CFUN=1: Gammu allows 40 s; with a reset 90 s. */
  functionalityMs: 90_000,
  /** A reset command: one that is obeyed is answered within a second, or never. */
  resetMs: 3_000,
  /** COPS, CLCK, CPWD, CUSD: Telit UC864 180 s. */
  networkMs: 180_000,
  /** From AT+CUSD to the answer of the network; TS 24.090 leaves it to the network, ModemManager waits 120 s. */
  ussdMs: 120_000,
  /** Opening a tty or a TCP connection to a serial server. */
  openMs: 10_000,
  /** Closing a tty; a driver whose device has gone may hang in it. */
  closeMs: 5_000,
  /** After ESC, before CR: the modem leaves its prompt meanwhile. */
  escapeMs: 200,
  /** Silence that ends the draining of old output. */
  quietMs: 300,
  /** Draining ends after this even if the modem never falls silent. */
  drainMs: 3_000,
} as const

/** `AT` is repeated this often before the modem counts as silent. */
export const attentionTries = 5

const slow: readonly (readonly [RegExp, number])[] = [
  [/\+(COPS|CLCK|CPWD|CUSD|CCFC|CCWA|CMGS|CMSS)/i, timeLimits.networkMs],
  [/\+CFUN/i, timeLimits.functionalityMs],
  [/\+CMGL/i, timeLimits.listMs],
  [/\+CPIN/i, timeLimits.pinMs],
  [/\+(CPMS|CMG[RDW]|CPB[RFSW])/i, timeLimits.storeMs],
]

/** The limit for a command line that a person typed. */
export function timeLimitFor(line: string): number {
  return slow.find(([pattern]) => pattern.test(line))?.[1] ?? timeLimits.defaultMs
}
