// Error final result codes of the simulated modem (TS 27.007 9.2, TS 27.005 3.2.5, V.250 6.2.7).
// Invariant: how an error reads depends on AT+CMEE alone: ERROR, a number, or words.

/** +CME: equipment, SIM, network. +CMS: message service. ERROR: syntax, never with a number. */
export type AtErrorKind = 'CME' | 'CMS' | 'ERROR'

/** Thrown by a command; the dispatcher turns it into the final result code. */
export class AtError extends Error {
  override readonly name = 'AtError'
  readonly kind: AtErrorKind
  readonly code: number

  constructor(kind: AtErrorKind, code = 0) {
    super(kind === 'ERROR' ? 'ERROR' : `+${kind} ERROR: ${code}`)
    this.kind = kind
    this.code = code
  }
}

const cmeWords: Readonly<Record<number, string>> = {
  3: 'operation not allowed',
  4: 'operation not supported',
  10: 'SIM not inserted',
  11: 'SIM PIN required',
  12: 'SIM PUK required',
  13: 'SIM failure',
  14: 'SIM busy',
  16: 'incorrect password',
  20: 'memory full',
  21: 'invalid index',
  22: 'not found',
  30: 'no network service',
  50: 'incorrect parameters',
  100: 'unknown',
}

const cmsWords: Readonly<Record<number, string>> = {
  1: 'Unassigned (unallocated) number',
  21: 'Short message transfer rejected',
  38: 'Network out of order',
  42: 'Congestion',
  300: 'ME failure',
  302: 'operation not allowed',
  303: 'operation not supported',
  304: 'invalid PDU mode parameter',
  305: 'invalid text mode parameter',
  310: 'SIM not inserted',
  311: 'SIM PIN required',
  314: 'SIM busy',
  316: 'SIM PUK required',
  321: 'invalid memory index',
  322: 'memory full',
  330: 'SMSC address unknown',
  331: 'no network service',
  332: 'network timeout',
  340: 'no +CNMA acknowledgement expected',
  500: 'unknown error',
}

/** The final result code for `error` under AT+CMEE=`level` (0, 1 or 2). */
export function errorLine(error: AtError, level: number): string {
  if (level === 0 || error.kind === 'ERROR') return 'ERROR'
  const words = (error.kind === 'CME' ? cmeWords : cmsWords)[error.code]
  return `+${error.kind} ERROR: ${level === 2 ? (words ?? error.code) : error.code}`
}
