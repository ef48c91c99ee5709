// +CMS ERROR and +CME ERROR as data: number -> meaning, retry class, hint. Sources: TS 24.011 annex E-2, TS 23.040 9.2.3.22,
// TS 27.005 3.2.5, TS 27.007 9.2. Invariant: a code that may hide an accepted message is `ambiguous`, and so is every code that
// is not in the table. 1-255 are answers of the network (refused); 300 and up are the modem's own.

import type { ErrorCode, Retry } from '../../domain/errors.ts'

/** A final result code that reports failure. `number` is null for a plain ERROR or a text that has no number. */
export interface AtError {
  readonly kind: 'ERROR' | '+CME ERROR' | '+CMS ERROR'
  readonly number: number | null
  /** The line as it came. */
  readonly text: string
}

/** What an error means for the message or the command it answered. */
export interface ErrorMeaning {
  readonly meaning: string
  readonly retry: Retry
  readonly code: ErrorCode
  readonly hint: string | null
}

/** Reads a final result code; null if the line is none. Huawei says COMMAND NOT SUPPORT for ERROR. */
export function atError(line: string): AtError | null {
  if (/^(ERROR|COMMAND NOT SUPPORT(ED)?|TOO MANY PARAMETERS)$/.test(line))
    return { kind: 'ERROR', number: null, text: line }
  const match = /^\+(CM[ES]) ERROR:\s*(.*)$/.exec(line)
  if (match === null) return null
  const number = /^\d{1,5}$/.test(match[2] ?? '') ? Number(match[2]) : null
  return { kind: match[1] === 'CME' ? '+CME ERROR' : '+CMS ERROR', number, text: line }
}

const account = 'Ask the network operator whether this SIM may send SMS.'
const defect = 'This is a defect of Simpost or of the modem; report it, see hardware.md'
const receiver = 'Check the phone number.'
const simHint = 'Check that the SIM is inserted, working and not locked.'
const smscHint = 'Set the service centre number in a phone, or in a terminal program with: AT+CSCA="+..."'
const fullHint = 'Delete messages from the SIM; Simpost does so by itself once they are stored.'

type Row = readonly [numbers: string, meaning: string, retry: Retry, code: ErrorCode, hint: string | null]

/** TS 24.011 annex E-2, TS 23.040 9.2.3.22, TS 27.005 3.2.5; `a-b` is a range. Order matters: the first row that has the number wins. */
const cmsRows: readonly Row[] = [
  ['1', 'unassigned number', 'permanent', 'SMS_REFUSED', receiver],
  ['8', 'operator determined barring', 'hold', 'SMS_REFUSED', account],
  ['10', 'call barred', 'temporary', 'SMS_REFUSED', account],
  ['17', 'network failure', 'temporary', 'SMS_REFUSED', null],
  ['21', 'short message transfer rejected (credit, spam filter, plan)', 'temporary', 'SMS_REFUSED', account],
  ['22', 'congestion or memory capacity exceeded', 'temporary', 'SMS_REFUSED', null],
  ['27', 'destination out of order', 'temporary', 'SMS_REFUSED', null],
  ['28', 'unidentified subscriber', 'temporary', 'SMS_REFUSED', account],
  ['29', 'facility rejected', 'hold', 'SMS_REFUSED', account],
  ['30', 'unknown subscriber', 'temporary', 'SMS_REFUSED', account],
  ['38', 'network out of order', 'temporary', 'SMS_REFUSED', null],
  ['41', 'temporary failure', 'temporary', 'SMS_REFUSED', null],
  ['42', 'congestion', 'temporary', 'SMS_REFUSED', null],
  ['47', 'resources unavailable', 'temporary', 'SMS_REFUSED', null],
  ['50', 'requested facility not subscribed', 'hold', 'SMS_REFUSED', account],
  ['69', 'requested facility not implemented', 'hold', 'SMS_REFUSED', account],
  ['81', 'invalid transfer reference value', 'temporary', 'SMS_REFUSED', smscHint],
  ['95', 'invalid message', 'temporary', 'SMS_REFUSED', smscHint],
  ['96', 'invalid mandatory information', 'temporary', 'SMS_REFUSED', smscHint],
  ['97', 'message type non-existent', 'temporary', 'SMS_REFUSED', smscHint],
  ['98', 'message not compatible with protocol state', 'temporary', 'SMS_REFUSED', smscHint],
  ['99', 'information element non-existent', 'temporary', 'SMS_REFUSED', smscHint],
  ['111', 'protocol error', 'temporary', 'SMS_REFUSED', smscHint],
  ['127', 'interworking', 'temporary', 'SMS_REFUSED', smscHint],
  ['128-143', 'TP-PID not supported', 'permanent', 'SMS_REFUSED', null],
  ['144-159', 'TP-DCS not supported', 'permanent', 'SMS_REFUSED', null],
  ['160-175', 'TP-Command not supported', 'permanent', 'SMS_REFUSED', defect],
  ['176', 'TPDU not supported', 'permanent', 'SMS_REFUSED', defect],
  ['192', 'service centre busy', 'temporary', 'SMS_REFUSED', null],
  ['193', 'no service centre subscription', 'hold', 'SMS_REFUSED', account],
  ['194', 'service centre system failure', 'temporary', 'SMS_REFUSED', null],
  ['195', 'invalid SME address', 'permanent', 'SMS_REFUSED', receiver],
  ['196', 'destination SME barred', 'permanent', 'SMS_REFUSED', receiver],
  ['197', 'duplicate SM rejected: the service centre has it already', 'ambiguous', 'SMS_UNCERTAIN', null],
  ['198', 'TP-VPF not supported', 'permanent', 'SMS_REFUSED', defect],
  ['199', 'TP-VP not supported', 'permanent', 'SMS_REFUSED', defect],
  [
    '208-213',
    'SIM storage full or mobile station error on the receiving side',
    'temporary',
    'SMS_REFUSED',
    null,
  ],
  ['255', 'unspecified error cause', 'temporary', 'SMS_REFUSED', null],
  ['300', 'mobile equipment failure', 'temporary', 'SMS_REFUSED', null],
  ['301', 'SMS service of the modem reserved', 'temporary', 'SMS_REFUSED', null],
  ['302', 'operation not allowed in this state', 'temporary', 'SMS_REFUSED', null],
  ['303', 'operation not supported', 'permanent', 'SMS_REFUSED', defect],
  ['304', 'invalid PDU mode parameter', 'permanent', 'SMS_REFUSED', defect],
  ['305', 'invalid text mode parameter', 'permanent', 'SMS_REFUSED', defect],
  ['310', 'SIM not inserted', 'hold', 'SIM_ABSENT', simHint],
  ['311', 'SIM PIN required', 'hold', 'SIM_LOCKED', simHint],
  ['312', 'PH-SIM PIN required', 'hold', 'SIM_LOCKED', simHint],
  ['313', 'SIM failure', 'hold', 'SIM_ABSENT', simHint],
  ['314', 'SIM busy', 'temporary', 'SMS_REFUSED', null],
  ['315', 'SIM wrong', 'hold', 'SIM_ABSENT', simHint],
  ['316', 'SIM PUK required', 'hold', 'SIM_LOCKED', simHint],
  ['317', 'SIM PIN2 required', 'hold', 'SIM_LOCKED', simHint],
  ['318', 'SIM PUK2 required', 'hold', 'SIM_LOCKED', simHint],
  ['320', 'memory failure', 'temporary', 'SMS_REFUSED', null],
  ['321', 'invalid memory index', 'temporary', 'SMS_REFUSED', null],
  ['322', 'memory full', 'temporary', 'SMS_REFUSED', fullHint],
  ['330', 'service centre address unknown', 'hold', 'SMS_REFUSED', smscHint],
  ['331', 'no network service', 'hold', 'NOT_REGISTERED', 'Check antenna and coverage.'],
  ['332', 'network time-out', 'ambiguous', 'SMS_UNCERTAIN', null],
  ['340', 'no +CNMA acknowledgement expected', 'temporary', 'SMS_REFUSED', null],
  ['500', 'unknown error', 'ambiguous', 'SMS_UNCERTAIN', null],
]

const cmeRows: readonly Row[] = [
  ['3', 'operation not allowed', 'temporary', 'MODEM_REFUSED', null],
  ['4', 'operation not supported', 'permanent', 'MODEM_REFUSED', null],
  ['5', 'PH-SIM PIN required', 'hold', 'SIM_LOCKED', simHint],
  ['10', 'SIM not inserted', 'hold', 'SIM_ABSENT', simHint],
  ['11', 'SIM PIN required', 'hold', 'SIM_LOCKED', simHint],
  ['12', 'SIM PUK required', 'hold', 'SIM_LOCKED', 'Unlock the SIM with its PUK in a phone.'],
  ['13', 'SIM failure', 'hold', 'SIM_ABSENT', simHint],
  ['14', 'SIM busy', 'temporary', 'MODEM_REFUSED', null],
  ['15', 'SIM wrong', 'hold', 'SIM_ABSENT', simHint],
  ['16', 'incorrect password', 'hold', 'SIM_LOCKED', 'Correct the PIN in the config.'],
  ['17-18', 'SIM PIN2 or PUK2 required', 'hold', 'SIM_LOCKED', simHint],
  ['20', 'memory full', 'temporary', 'MODEM_REFUSED', fullHint],
  ['21', 'invalid index', 'temporary', 'MODEM_REFUSED', null],
  ['22', 'not found', 'temporary', 'MODEM_REFUSED', null],
  ['23', 'memory failure', 'temporary', 'MODEM_REFUSED', null],
  ['30', 'no network service', 'hold', 'NOT_REGISTERED', 'Check antenna and coverage.'],
  ['31', 'network time-out', 'ambiguous', 'SMS_UNCERTAIN', null],
  ['32', 'network not allowed, emergency calls only', 'hold', 'NOT_REGISTERED', account],
  ['515', 'modem busy', 'temporary', 'MODEM_REFUSED', null],
]

/** Refusals that may concern the recipient or our account; tried this often, then the message has failed and the others go on. */
const seldomRetried = new Set([10, 21, 28, 30, 81, 95, 96, 97, 98, 99, 111, 127, 255])
const seldomAttempts = 2

/** How many attempts an SMS gets that was refused with this +CMS ERROR; null: as many as the schedule has. */
export function attemptsMaxOf(error: AtError): number | null {
  return error.kind === '+CMS ERROR' && error.number !== null && seldomRetried.has(error.number)
    ? seldomAttempts
    : null
}

const unknownMeaning: ErrorMeaning = {
  meaning: 'unknown error',
  retry: 'ambiguous',
  code: 'SMS_UNCERTAIN',
  hint: null,
}

function tableOf(rows: readonly Row[]): ReadonlyMap<number, ErrorMeaning> {
  const table = new Map<number, ErrorMeaning>()
  for (const [numbers, meaning, retry, code, hint] of rows) {
    const [first = 0, last = first] = numbers.split('-').map(Number)
    for (let number = first; number <= last; number += 1) table.set(number, { meaning, retry, code, hint })
  }
  return table
}

const cmsTable = tableOf(cmsRows)
const cmeTable = tableOf(cmeRows)

/** What the error means; anything not in the tables is an unknown error of class `ambiguous`. */
export function meaningOf(error: AtError): ErrorMeaning {
  if (error.number === null) return unknownMeaning
  const table = error.kind === '+CMS ERROR' ? cmsTable : cmeTable
  return table.get(error.number) ?? unknownMeaning
}

/** Firmware reports its own time-out as one of these; late after Ctrl-Z they do not prove that the network refused. */
const timeoutLike = new Set([38, 41, 47])

/** An answer later than this after Ctrl-Z is not trusted to be the network's own word, milliseconds. */
const trustedForMs = 30_000

/**
 * What an error means that answered AT+CMGS.
 * @param afterPayloadMs milliseconds since Ctrl-Z; null when it came before the prompt, then surely nothing was sent
 */
export function submitMeaning(error: AtError, afterPayloadMs: number | null): ErrorMeaning {
  const known = meaningOf(error)
  if (afterPayloadMs === null) {
    return known.retry === 'ambiguous' ? { ...known, retry: 'temporary', code: 'MODEM_REFUSED' } : known
  }
  const late = afterPayloadMs > trustedForMs && error.number !== null && timeoutLike.has(error.number)
  return late ? { ...known, retry: 'ambiguous', code: 'SMS_UNCERTAIN' } : known
}
