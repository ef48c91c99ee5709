// `simpost modem record FILE`: asks the modem all that changes nothing, listens for a while, and writes a transcript to attach to a
// report, masked (modem/report/transcript-mask.ts). Works beside the running service; alone it records the service's start-up as well.
// Invariant: nothing that was not masked is written or shown.

import { closeSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { systemClock } from '../../daemon/system-clock.ts'
import { parseDuration } from '../../domain/duration.ts'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import { printTranscript, type TranscriptFact } from '../../domain/transcript.ts'
import { listModemPorts } from '../../modem/port/usb-ports.ts'
import { quirkFor } from '../../modem/quirks.ts'
import { readModemFacts, recordedQuestions, vendorQuestions } from '../../modem/report/modem-facts.ts'
import { maskFact, maskTranscript } from '../../modem/report/transcript-mask.ts'
import { createTranscriptRecorder, type TranscriptRecorder } from '../../modem/report/transcript-recorder.ts'
import { print, printJson } from '../output.ts'
import { type ModemLink, withModem } from './modem-link.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  /** How long to listen, as "60s". */
  readonly for: string
}

const listenMaxMs = 86_400_000

export async function modemRecord(file: string, options: Options): Promise<void> {
  const listenMs = parseDuration(options.for)
  if (listenMs === null || listenMs > listenMaxMs)
    throw new GatewayError('USAGE', `"${options.for}" is no time to listen`, {
      hint: 'write it as 60s or 5m, a day at most',
    })
  makeFile(file)
  const recorder = createTranscriptRecorder()
  try {
    write(file, recorder, await record(options.config, recorder, listenMs))
  } catch (error) {
    // How a modem falls silent is worth a report too.
    if (error instanceof GatewayError && recorder.lines().length > 0) {
      write(file, recorder, [
        ...[fact('device', 'unknown'), source(), fact('ended-by', `${error.code} ${error.message}`)],
      ])
      say(`${recorder.lines().length} lines until then in ${file}`)
    }
    if (statSync(file).size === 0) unlinkSync(file)
    throw error
  }
  const count = recorder.lines().length
  if (options.json === true) return printJson({ file, lines: count, left_out: recorder.leftOut() })
  print(`${count} lines in ${file}`)
  print(
    'Numbers, names, texts and places are masked. Look through the file all the same, then attach it to your report (hardware.md).',
  )
}

/** Before minutes of listening, for nothing may be lost at their end. @throws GatewayError USAGE */
function makeFile(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600))
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    throw new GatewayError(
      'USAGE',
      exists ? `${file} exists already` : `cannot write ${file}: ${messageOf(error)}`,
      {
        hint: exists
          ? 'name another file, or remove it'
          : 'name a file in a folder that you may write to, such as /tmp/modem.txt',
        cause: error,
      },
    )
  }
}

function write(file: string, recorder: TranscriptRecorder, facts: readonly TranscriptFact[]): void {
  const lines = maskTranscript(recorder.lines())
  writeFileSync(file, printTranscript({ facts, lines }))
}

const fact = (key: string, value: string): TranscriptFact => ({ key, value: maskFact(value) })

const source = (): TranscriptFact => {
  const day = new Date(systemClock.now()).toISOString().slice(0, 10)
  return { key: 'source', value: `recorded ${day}` }
}

/** On a port of our own the start-up of the service comes first; where it does not come to its end, the questions are asked without it. */
async function record(config: string, recorder: TranscriptRecorder, ms: number): Promise<TranscriptFact[]> {
  const work = (link: ModemLink): Promise<TranscriptFact[]> => askAndListen(link, recorder, ms)
  const { hear } = recorder
  try {
    return await withModem(config, { hear, purpose: 'service' }, work)
  } catch (error) {
    if (!(error instanceof GatewayError) || !/^SIM_|^MODEM_REFUSED$/.test(error.code)) throw error
    say(`${error.message}; the modem is asked what it answers all the same`)
    return withModem(config, { hear }, work)
  }
}

const say = (text: string): void => void process.stderr.write(`${text}\n`)

async function askAndListen(
  link: ModemLink,
  recorder: TranscriptRecorder,
  listenMs: number,
): Promise<TranscriptFact[]> {
  for (const question of recordedQuestions) await link.ask(question)
  const identity = await readModemFacts((line) => link.ask(line))
  for (const question of vendorQuestions(quirkFor(identity))) await link.ask(question)
  if (listenMs > 0) {
    say(`${recorder.lines().length} lines so far. Now send an SMS to this SIM, and call it.`)
    say(`Listening for ${listenMs / 1000} s; Ctrl-C ends it and writes the file.`)
    await listen(listenMs)
    // What has come meanwhile is in the stores now.
    for (const question of ['AT+CPMS?', 'AT+CNMI?']) await link.ask(question)
  }
  const usb = (await listModemPorts()).find(({ path, tty }) => path === link.port || tty === link.port)
  const { manufacturer, model, firmware, quirk } = identity
  return [
    fact('device', [manufacturer, model, firmware].filter((word) => word !== '').join(' ')),
    source(),
    fact('through', link.through),
    fact('quirk', quirk),
    ...(usb === undefined ? [] : [{ key: 'usb', value: `${usb.vendorId}:${usb.productId}` }]),
    ...(recorder.leftOut() === 0 ? [] : [fact('left-out', `${recorder.leftOut()} lines`)]),
  ]
}

/** Ends early with Ctrl-C. */
async function listen(ms: number): Promise<void> {
  const stop = new AbortController()
  const interrupt = (): void => stop.abort()
  process.once('SIGINT', interrupt)
  await systemClock.sleep(ms, stop.signal).catch(() => undefined)
  process.off('SIGINT', interrupt)
}
