// What the facts at the head of a transcript say about a device, as options of the simulated modem; what no fact says is taken from the
// recorded answers to AT+CPMS? and AT+CNMI=?. Invariant: facts that are not in this list (usb, sources, note ...) change nothing.

import { GatewayError } from '../../domain/errors.ts'
import { factsNamed, type Transcript } from '../../domain/transcript.ts'
import { createScript, firstSuccess } from './device-answers.ts'
import { type Habits, standardHabits } from './sim-habits.ts'
import type { SimModemOptions, StoreName } from './sim-machine.ts'

const numberMax = 600_000

function wrong(key: string, value: string, example: string): GatewayError {
  return new GatewayError('USAGE', `the fact "${key}: ${value}" of the transcript is not understood`, {
    hint: `Write it like "# ${key}: ${example}".`,
  })
}

function textFact(transcript: Transcript, key: string): string | undefined {
  return factsNamed(transcript, key).at(-1)
}

function numberFact(transcript: Transcript, key: string): number | undefined {
  const value = textFact(transcript, key)
  if (value === undefined) return undefined
  if (!/^\d{1,6}$/.test(value) || Number(value) > numberMax) throw wrong(key, value, '500')
  return Number(value)
}

const isStore = (text: string): text is StoreName => ['SM', 'ME', 'SR'].includes(text)

function storesFact(transcript: Transcript, key: string): StoreName[] | undefined {
  const value = textFact(transcript, key)
  if (value === undefined) return undefined
  const stores = value.split(' ').filter(isStore)
  if (stores.join(' ') !== value) throw wrong(key, value, 'SM SM SM')
  return stores
}

function memoriesOf([first, second = first, third = second]: readonly StoreName[]):
  | Habits['memories']
  | undefined {
  return first === undefined || second === undefined || third === undefined
    ? undefined
    : [first, second, third]
}

/** `SM 20, ME 23, SR 10`, or the answer `+CPMS: "SM",0,20,"ME",1,23,"SM",0,20`. */
function slotsOf(transcript: Transcript, recorded: string): Partial<Record<StoreName, number>> {
  const value = textFact(transcript, 'slots')
  if (value !== undefined && !/^(?:(?:SM|ME|SR) \d{1,4}(?:, |$))+$/.test(value))
    throw wrong('slots', value, 'SM 20, ME 23, SR 10')
  const slots: Partial<Record<StoreName, number>> = {}
  for (const [, name = '', count] of (value ?? recorded).matchAll(/(\w\w)"?(?:,\d+,| )(\d{1,4})(?!\d)/g))
    if (isStore(name)) slots[name] = Number(count)
  return slots
}

/** `(0-2),(0,1),(0,2),(0),1`: the numbers of each place. Null unless there are five. */
function rangesOf(text: string): number[][] | null {
  const places = [...text.matchAll(/\(([\d,\s-]*)\)|(\d+)/g)].map(([, list, single]) => list ?? single ?? '')
  const ranges = places.map((place) =>
    place.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number)
      return Array.from({ length: Math.min(256, to - from + 1) }, (_, i) => from + i)
    }),
  )
  return ranges.length === 5 && ranges.every((range) => range.length > 0) ? ranges : null
}

function cnmiOf(transcript: Transcript, recorded: string): Habits['cnmiValues'] {
  const value = textFact(transcript, 'cnmi')
  const ranges = rangesOf(value ?? recorded)
  if (ranges === null && value !== undefined) throw wrong('cnmi', value, '(0-2),(0,1),(0,2),(0-2),(0,1)')
  return ranges ?? standardHabits.cnmiValues
}

const without = (answer: readonly string[], name: string): string =>
  answer.find((line) => line.startsWith(name))?.slice(name.length) ?? ''

function habitsOf(transcript: Transcript): Partial<Habits> {
  const { lines } = transcript
  const recorded = [...without(firstSuccess(lines, 'AT+CPMS?'), '+CPMS:').matchAll(/"(\w\w)"/g)]
  const memories = storesFact(transcript, 'memories') ?? recorded.map(([, name = '']) => name).filter(isStore)
  const counts = textFact(transcript, 'cpms-arguments')?.split(' ').map(Number)
  if (counts?.every((count) => [1, 2, 3].includes(count)) === false)
    throw wrong('cpms-arguments', counts.join(' '), '1 2 3')
  return {
    memories: memoriesOf(memories) ?? standardHabits.memories,
    receivesInto: storesFact(transcript, 'receives-into')?.[0] ?? null,
    cpmsArguments: counts ?? standardHabits.cpmsArguments,
    cnmiValues: cnmiOf(transcript, without(firstSuccess(lines, 'AT+CNMI=?'), '+CNMI:')),
    cdsiStore: textFact(transcript, 'cdsi-store') ?? null,
    cdsHeader: textFact(transcript, 'cds-header') ?? standardHabits.cdsHeader,
    prompt: textFact(transcript, 'prompt') === 'bare' ? '>' : standardHabits.prompt,
    unknownCommand: textFact(transcript, 'unknown-command') ?? standardHabits.unknownCommand,
    blankLines: numberFact(transcript, 'blank-lines') ?? 0,
    echoStays: textFact(transcript, 'echo') === 'stays',
    replayOctets: numberFact(transcript, 'replay-octets') ?? 0,
    simReadyMs: numberFact(transcript, 'sim-ready-ms') ?? 0,
    smsReadyMs: numberFact(transcript, 'sms-ready-ms') ?? 0,
    readyLines: factsNamed(transcript, 'ready'),
    announcesSim: false,
    script: createScript(lines),
  }
}

/**
 * Options for a simulated modem that behaves like the device of the transcript.
 * @throws GatewayError USAGE for a fact that cannot be read
 */
export function deviceOptions(transcript: Transcript): SimModemOptions {
  const { lines } = transcript
  const begin = lines.findIndex(({ from }) => from === 'host')
  const slots = slotsOf(transcript, without(firstSuccess(lines, 'AT+CPMS?'), '+CPMS:'))
  const firstIndex = numberFact(transcript, 'first-index')
  return {
    slots,
    ...(firstIndex === undefined ? {} : { firstIndex: firstIndex === 0 ? 0 : 1 }),
    bootLines: lines.slice(0, begin < 0 ? lines.length : begin).map(({ text }) => text),
    fullLine: textFact(transcript, 'full-line') ?? null,
    habits: habitsOf(transcript),
  }
}
