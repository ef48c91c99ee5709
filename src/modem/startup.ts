// The bring-up list: from an open port to a modem that receives (TS 27.005 3, TS 27.007 5, 7, 8). Settings do not
// survive a restart of the modem, so the whole list runs after every one. Invariants: PDU mode only; nothing is written to the modem's
// flash (no AT&W); AT&F is never sent; the PIN is guarded by sim-pin.ts.

import { GatewayError } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { log } from '../log.ts'
import { numberOf, plainText, responseOf, valuesOf } from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import type { AtDialogue } from './at/at-dialogue.ts'
import { atError, meaningOf } from './at/at-errors.ts'
import { timeLimits } from './at/time-limits.ts'
import { type ModemIdentity, type Quirk, quirkFor } from './quirks.ts'
import { type PinMemory, unlockSim } from './sim-pin.ts'
import { type Execute, type SmsStorage, setUpIndication, setUpStorage } from './sms-settings.ts'

export interface StartupOptions {
  readonly dialogue: AtDialogue
  /** Throws when the line is lost. */
  readonly execute: Execute
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly pin: string | null
  readonly pinMemory: PinMemory
  /** Called as soon as the modem said what it is, before the SIM is asked. */
  readonly onIdentity: (identity: ModemIdentity & { readonly imei: string | null }) => void
}

type Greeting = Pick<StartupOptions, 'dialogue' | 'execute' | 'onIdentity'>

export interface StartedModem {
  readonly quirk: Quirk
  readonly storage: SmsStorage
  /** The AT+CNMI setting that stands; null: only the sweep finds new messages. */
  readonly indication: string | null
  /** Number of the service centre; null: none is set, nothing can be sent (error 330). */
  readonly smsc: string | null
  /** What AT+CMEE? tells after the start, mostly "1"; null: the modem does not tell. */
  readonly errorForm: string | null
}

const pollMs = 500

async function required(execute: Execute, line: string): Promise<void> {
  const answer = await execute(atCommand(line))
  if (answer.kind === 'ok') return
  const said = answer.kind === 'error' ? answer.error.text : 'nothing'
  throw new GatewayError('MODEM_REFUSED', `the modem answered ${said} to ${line}`, {
    retry: 'temporary',
    hint: 'Check that this port is the AT port of a modem that can do SMS.',
  })
}

async function optional(execute: Execute, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    const answer = await execute(atCommand(line, { bare: true }))
    if (answer.kind !== 'ok') log.debug('modem-setting-refused', { line, answer: answer.kind })
  }
}

/** First line of the answer, with or without the command's name in front of it. */
async function say(execute: Execute, line: string): Promise<string> {
  const answer = await execute(atCommand(line, { bare: true }))
  const text = answer.kind === 'ok' ? (answer.lines[0] ?? '') : ''
  return text
    .replace(/^\+C?G[A-Z]+:\s*/, '')
    .replaceAll('"', '')
    .trim()
}

async function identify(execute: Execute): Promise<ModemIdentity & { imei: string | null }> {
  const manufacturer = await say(execute, 'AT+CGMI')
  const model = await say(execute, 'AT+CGMM')
  const firmware = (await say(execute, 'AT+CGMR')).replace(/^revision:\s*/i, '')
  const imei = /\d{14,17}/.exec(await say(execute, 'AT+CGSN'))?.[0] ?? null
  return { manufacturer, model, firmware, imei }
}

async function radioOn(execute: Execute): Promise<void> {
  const answer = await execute(atCommand('AT+CFUN?'))
  const level = numberOf(valuesOf(responseOf(answer.lines, '+CFUN') ?? '')[0])
  if (level === 0 || level === 4)
    await execute(atCommand('AT+CFUN=1', { limitMs: timeLimits.functionalityMs }))
}

/** The SMS part of a modem starts later than the rest: CMS 314, 302 or CME 14 until then. */
async function waitForSms({ execute, clock, signal }: StartupOptions): Promise<void> {
  const begin = clock.monotonic()
  for (;;) {
    const answer = await execute(atCommand('AT+CPMS?', { limitMs: timeLimits.storeMs }))
    if (answer.kind === 'ok') return
    if (clock.monotonic() - begin > timeLimits.simReadyMs) {
      const text = answer.kind === 'error' ? answer.error.text : ''
      const { code, hint } = meaningOf(atError(text) ?? { kind: 'ERROR', number: null, text })
      const sim = code === 'SIM_ABSENT' || code === 'SIM_LOCKED'
      throw new GatewayError(sim ? code : 'MODEM_REFUSED', `the message store does not get ready: ${text}`, {
        retry: sim ? 'hold' : 'temporary',
        hint: hint ?? 'Check the SIM.',
      })
    }
    await clock.sleep(pollMs, signal)
  }
}

/** The values of AT+CMEE?; null: no answer that can be read. */
export async function readErrorForm(execute: Execute): Promise<string | null> {
  return responseOf((await execute(atCommand('AT+CMEE?'))).lines, '+CMEE')
}

async function readServiceCentre(execute: Execute): Promise<string | null> {
  const values = responseOf((await execute(atCommand('AT+CSCA?'))).lines, '+CSCA')
  const number = plainText(valuesOf(values ?? '')[0] ?? '')
  return /\d/.test(number) ? number : null
}

/** Finds the modem's attention and learns what it is. */
async function greet({
  dialogue,
  execute,
  onIdentity,
}: Greeting): Promise<{ identity: ModemIdentity; quirk: Quirk }> {
  dialogue.setPause(0)
  await dialogue.resync()
  await required(execute, 'ATE0')
  await optional(execute, ['ATV1', 'AT+CMEE=1'])
  const identity = await identify(execute)
  onIdentity(identity)
  const quirk = quirkFor(identity)
  dialogue.setPause(quirk.pauseMs)
  return { identity, quirk }
}

/**
 * As little as a person's questions need: SIM, radio and stores stay as they are. Only texts that would come straight to this port
 * (<mt> 2 and 3 of AT+CNMI), where nobody keeps them, are sent to the store instead.
 * @throws GatewayError MODEM_SILENT, MODEM_UNAVAILABLE, MODEM_REFUSED (temporary)
 */
export async function startForQuestions(options: Greeting): Promise<Quirk> {
  const { quirk } = await greet(options)
  const { execute } = options
  const [mode, mt, ...more] = valuesOf(
    responseOf((await execute(atCommand('AT+CNMI?'))).lines, '+CNMI') ?? '',
  )
  if (mt === '2' || mt === '3') await optional(execute, [`AT+CNMI=${[mode, 1, ...more].join(',')}`])
  return quirk
}

/**
 * Runs the list.
 * @throws GatewayError MODEM_SILENT, MODEM_UNAVAILABLE, MODEM_REFUSED (temporary), SIM_LOCKED, SIM_ABSENT (`hold`)
 */
export async function startModem(options: StartupOptions): Promise<StartedModem> {
  const { execute } = options
  const { identity, quirk } = await greet(options)
  await optional(execute, quirk.startCommands)
  await radioOn(execute)
  await unlockSim({ ...options, quirk })
  await waitForSms(options)
  await required(execute, 'AT+CMGF=0')
  const storage = await setUpStorage(execute, quirk)
  // CSMS=0: the modem itself acknowledges what it has stored; with 1 a late AT+CNMA would switch <mt> and <ds> off (TS 27.005 3.4.4).
  await optional(execute, ['AT+CSMS=0'])
  const indication = await setUpIndication(execute, quirk)
  if (indication === null)
    log.warn('modem-no-indication', { consequence: 'new SMS are found by the sweep only' })
  const smsc = await readServiceCentre(execute)
  const errorForm = await readErrorForm(execute)
  await optional(execute, ['AT+CREG=1', 'AT+CGREG=1', 'AT+CEREG=1', 'AT+CTZU=1', 'AT+COPS=3,0', 'AT+CLIP=1'])
  log.info('modem-started', {
    manufacturer: identity.manufacturer,
    model: identity.model,
    firmware: identity.firmware,
    quirk: quirk.name,
    storage: storage.main.name,
    cnmi: indication,
  })
  return { quirk, storage: withReports(storage, indication), indication, smsc, errorForm }
}

/** With <ds>=2 the modem stores status reports: those that came while nobody was there lie in the store of reports, if it has one. */
function withReports(storage: SmsStorage, indication: string | null): SmsStorage {
  const { others, reports } = storage
  return indication?.split(',')[3] === '2' && reports !== null
    ? { ...storage, others: [...others, reports] }
    : storage
}
