// The parts of a simulated modem wired together, and its power: start, restart, unplug, incoming call.
// Invariant: whatever was half-done when the power went prints nothing afterwards, not even into a new connection.

import { createFaults, endsAnswer, outputLines } from './faults.ts'
import { copyOf } from './sim-at-basic.ts'
import { receive } from './sim-indications.ts'
import { framed, type Override, runLine } from './sim-interpreter.ts'
import { createLine } from './sim-line.ts'
import {
  configurationOf,
  defaultSettings,
  effectiveRegistration,
  type Machine,
  type SimModemOptions,
  type StoreName,
} from './sim-machine.ts'
import { createNetwork } from './sim-network.ts'
import { createPort } from './sim-port.ts'
import { filled } from './sim-script.ts'
import { createSimCard } from './sim-sim-card.ts'
import { powerOn } from './sim-start.ts'
import { createMessageStore } from './sim-store.ts'

export interface LogLine {
  /** Milliseconds since 1970. */
  readonly at: number
  /** in: from the host to the modem. */
  readonly direction: 'in' | 'out'
  readonly line: string
}

/** Lines that are kept at least, and half of those at most. */
const logMax = 2500
const ringsMax = 5
/** More than this no device has been seen to repeat. */
const replayOctetsMax = 1024

/** The parts of one simulated modem and its power state. */
export interface Parts {
  readonly machine: Machine
  readonly port: ReturnType<typeof createPort>
  readonly line: ReturnType<typeof createLine>
  readonly overrides: Map<string, Override>
  readonly log: LogLine[]
  plugged: boolean
  /** The last octets that were sent. */
  lastOutput: string
  held: string[][]
  life: number
  /** What the modem itself has still to do; ends with its power. */
  readonly timers: Set<NodeJS.Timeout>
  /** What the network has still to do. */
  readonly networkTimers: Set<NodeJS.Timeout>
  ringing: NodeJS.Timeout | undefined
}

function note(parts: Parts, direction: 'in' | 'out', text: string): void {
  for (const line of text.split(/[\r\n]+/).filter((each) => each.trim() !== ''))
    parts.log.push({ at: parts.machine.config.now(), direction, line })
  // Not at every line: to move thousands of lines up by one costs more than all the rest.
  if (parts.log.length > 2 * logMax) parts.log.splice(0, parts.log.length - logMax)
}

function print(parts: Parts, text: string): void {
  if (!parts.port.attached() || text === '') return
  note(parts, 'out', text)
  parts.lastOutput = (parts.lastOutput + text).slice(-replayOctetsMax)
  // One write, so that the pieces of the line have the size that a test asked for.
  let out = ''
  for (const line of outputLines(text)) {
    out += atGap(parts)
    if (parts.machine.faults.take('line-stolen') === undefined) out += line
  }
  parts.port.write(endsAnswer(text) ? out + atGap(parts) : out)
}

/** One place where the modem's output could be interrupted: what pushes in there. */
const atGap = ({ machine }: Parts): string => machine.faults.take('at-gap')?.bytes() ?? ''

/** Prints unsolicited lines; a prompt holds them back. */
export function urc(parts: Parts, lines: readonly string[]): void {
  if (!parts.plugged) return
  if (parts.line.atPrompt()) parts.held.push([...lines])
  else print(parts, framed(parts.machine, lines))
}

/** What a power-up does: settings, SIM and everything half-done. */
function boot(parts: Parts): void {
  const { machine, line } = parts
  parts.life += 1
  parts.held = []
  cancel(parts.timers)
  line.reset()
  machine.profile = defaultSettings(machine.config)
  machine.settings = copyOf(machine.profile)
  machine.functionality = 1
  const unacknowledged = machine.unacknowledged
  machine.unacknowledged = null
  machine.buffered.length = 0
  machine.card.lock()
  machine.announced = effectiveRegistration(machine)
  hangUp(parts)
  if (unacknowledged !== null) machine.centre.deliverPdu(unacknowledged)
}

/** A start of its own accord. */
export function reset(parts: Parts): void {
  if (!parts.plugged) return
  boot(parts)
  const { machine } = parts
  const state = machine.card.state()
  const sim = state === 'ABSENT' ? '+CPIN: NOT INSERTED' : `+CPIN: ${state}`
  const { bootLines, habits } = machine.config
  for (const line of bootLines) urc(parts, [filled(machine, line)])
  if (habits.announcesSim) urc(parts, [sim])
  powerOn(parts.machine)
}

function hangUp(parts: Parts): boolean {
  const rang = parts.ringing !== undefined
  clearInterval(parts.ringing)
  parts.ringing = undefined
  return rang
}

/** Rings until it is hung up or has rung five times. */
export function ring(parts: Parts, from: string, everyMs: number): void {
  let rings = 0
  const once = (): void => {
    rings += 1
    if (rings > ringsMax) {
      hangUp(parts)
      urc(parts, ['NO CARRIER'])
      return
    }
    urc(parts, ['RING'])
    if (parts.machine.settings.numbers.get('+CLIP') === 1)
      urc(parts, [from === '' ? '+CLIP: "",128,"",,"",1' : `+CLIP: "${from}",145`])
  }
  hangUp(parts)
  parts.ringing = setInterval(once, everyMs)
  once()
}

async function command(parts: Parts, text: string): Promise<void> {
  const { machine, line, overrides } = parts
  const born = parts.life
  const io = {
    overrides,
    write: (out: string): void => {
      if (born === parts.life) print(parts, out)
    },
    async readText(): Promise<string | null> {
      const typed = await line.readText()
      for (const lines of parts.held.splice(0)) urc(parts, lines)
      return typed
    },
  }
  await new Promise<void>((resolve) => {
    if (machine.config.answerMs === 0) resolve()
    else machine.later(machine.config.answerMs, resolve)
  })
  await runLine(machine, io, text)
}

function after(timers: Set<NodeJS.Timeout>, ms: number, run: () => void): void {
  const timer = setTimeout(() => {
    timers.delete(timer)
    run()
  }, ms)
  timers.add(timer)
}

function cancel(timers: Set<NodeJS.Timeout>): void {
  for (const timer of timers) clearTimeout(timer)
  timers.clear()
}

function createMachine(options: SimModemOptions, parts: () => Parts): Machine {
  const config = configurationOf(options)
  // A store without a slot is not there.
  const sizes = (Object.entries(config.slots) as Array<[StoreName, number]>).filter(([, size]) => size > 0)
  let reference = config.firstReference - 1
  const later = (ms: number, run: () => void): void => after(parts().timers, ms, run)
  const machine: Machine = {
    config,
    settings: defaultSettings(config),
    profile: defaultSettings(config),
    card: createSimCard(config.pin, config.puk),
    stores: new Map(sizes.map(([name, size]) => [name, createMessageStore(name, size, config.firstIndex)])),
    faults: createFaults(),
    centre: createNetwork({
      ...{
        number: config.number,
        now: config.now,
        reports: config.reports,
        reportMs: config.reportMs,
        later,
      },
      receive: (tpdu) => parts().plugged && receive(machine, tpdu),
    }),
    smsc: config.smsc,
    registration: options.registration ?? 1,
    simReady: true,
    smsReady: true,
    announced: 0,
    signal: options.signal ?? 20,
    functionality: 1,
    clockOffset: 0,
    buffered: [],
    unacknowledged: null,
    later,
    nextReference() {
      reference = (reference + 1) % 256
      return reference
    },
    urc: (lines) => urc(parts(), lines),
    print: (lines) => print(parts(), lines.map((line) => framed(machine, [line])).join('')),
    restart: () => reset(parts()),
    unplug: () => unplug(parts()),
    hangUp: () => hangUp(parts()),
  }
  return machine
}

/** Power off: the line drops, half-done commands die. */
export function unplug(parts: Parts): void {
  parts.plugged = false
  boot(parts)
  parts.port.drop()
}

/** Ends timers, line and server. */
export async function close(parts: Parts): Promise<void> {
  parts.plugged = false
  hangUp(parts)
  cancel(parts.timers)
  cancel(parts.networkTimers)
  await parts.port.close()
}

/** Wires the parts together; the modem is on. */
export function assemble(options: SimModemOptions): Parts {
  const machine = createMachine(options, () => parts)
  const line = createLine({
    settings: () => ({
      echo: machine.settings.echo,
      end: String.fromCharCode(machine.settings.registers.get(3) ?? 13),
      backspace: String.fromCharCode(machine.settings.registers.get(5) ?? 8),
    }),
    write(text) {
      port.write(atGap(parts) + text)
    },
    heard: (text) => note(parts, 'in', text),
    command: (text) => command(parts, text),
  })
  const port = createPort({
    opened() {
      const { replayOctets } = machine.config.habits
      if (replayOctets > 0) port.write(parts.lastOutput.slice(-replayOctets))
    },
    input: (text) => line.input(text),
    chunkOctets: () => machine.faults.chunkOctets,
    usable: () => parts.plugged,
  })
  const parts: Parts = {
    ...{ machine, line, port, overrides: new Map(), log: [], plugged: true, held: [], life: 0 },
    lastOutput: '',
    ...{ timers: new Set(), networkTimers: new Set(), ringing: undefined },
  }
  powerOn(parts.machine)
  machine.announced = effectiveRegistration(machine)
  return parts
}
