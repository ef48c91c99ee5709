// Commands of the terminal side: V.250 basic commands, identification, character set, clock (TS 27.007 clauses 5, 6.22 and 8.15).
// Invariant: a value outside the range that the test form shows is refused, as the standards ask.

import { type AtCall, type AtResult, type Command, type CommandTable, ok } from './sim-at.ts'
import { AtError } from './sim-at-errors.ts'
import { defaultSettings, type Machine, type Settings } from './sim-machine.ts'

/** A number between `least` and `most`. Throws AtError ERROR (or CME 50 for a missing one). */
export function numberOf(text: string | undefined, least: number, most: number): number {
  if (text === undefined || !/^\d+$/.test(text)) throw new AtError('CME', 50)
  const value = Number(text)
  if (value < least || value > most) throw new AtError('ERROR')
  return value
}

/** A command whose number is kept, shown, and has no effect of its own here. */
export function numberCommand(name: string, initial: number, most: number, least = 0): Command<Machine> {
  return {
    read: (machine) => ok(`${name}: ${machine.settings.numbers.get(name) ?? initial}`),
    test: () => ok(`${name}: (${least}-${most})`),
    set(machine, { args }) {
      machine.settings.numbers.set(name, numberOf(args[0], least, most))
      return ok()
    },
  }
}

const flag = (apply: (settings: Settings, on: boolean) => void): Command<Machine> => ({
  run(machine, { args }) {
    apply(machine.settings, numberOf(args[0] || '0', 0, 1) === 1)
    return ok()
  },
})

const accepted: Command<Machine> = { run: () => ok() }

function register(machine: Machine, { name, form, args }: AtCall): AtResult {
  const number = Number(name.slice(1))
  const value = machine.settings.registers.get(number)
  if (value === undefined) throw new AtError('ERROR')
  if (form === 'read') return ok(String(value).padStart(3, '0'))
  machine.settings.registers.set(number, numberOf(args[0], 0, 255))
  return ok()
}

const registerCommand: Command<Machine> = { read: register, set: register }

/** A deep copy: settings are replaced, never shared with the profile. */
export const copyOf = (settings: Settings): Settings => structuredClone(settings)

const basic: CommandTable<Machine> = {
  E: {
    run(machine, { args }) {
      const on = numberOf(args[0] || '0', 0, 1) === 1
      machine.settings.echo = on || machine.config.habits.echoStays
      return ok()
    },
  },
  V: flag((settings, on) => {
    settings.verbose = on
  }),
  Q: flag((settings, on) => {
    settings.quiet = on
  }),
  Z: {
    run(machine) {
      machine.settings = copyOf(machine.profile)
      return ok()
    },
  },
  '&F': {
    run(machine) {
      machine.settings = defaultSettings(machine.config)
      return ok()
    },
  },
  '&W': {
    run(machine) {
      machine.profile = copyOf(machine.settings)
      return ok()
    },
  },
  I: {
    run: ({ config: { identity } }) =>
      ok(
        `Manufacturer: ${identity.manufacturer}`,
        `Model: ${identity.model}`,
        `Revision: ${identity.firmware}`,
        `IMEI: ${identity.imei}`,
      ),
  },
  H: {
    run(machine) {
      machine.hangUp()
      return ok()
    },
  },
  A: { run: (machine) => ({ lines: [], final: machine.hangUp() ? 'NO CARRIER' : 'OK' }) },
  D: { run: () => ({ lines: [], final: 'NO CARRIER' }) },
  ...Object.fromEntries(
    ['S0', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S10'].map((name) => [name, registerCommand]),
  ),
  ...Object.fromEntries(['X', 'L', 'M', '&C', '&D', '&K', '&S', '\\Q', '&V'].map((name) => [name, accepted])),
}

const shown = (text: (machine: Machine) => string): Command<Machine> => ({
  run: (machine) => ok(text(machine)),
  test: () => ok(),
})

const manufacturer = shown(({ config }) => config.identity.manufacturer)
const model = shown(({ config }) => config.identity.model)
const firmware = shown(({ config }) => config.identity.firmware)
const serial = shown(({ config }) => config.identity.imei)

const charsets = ['GSM', 'IRA', 'UCS2', 'HEX']

const pad = (value: number): string => String(Math.abs(value)).padStart(2, '0')

/** "26/11/23,15:04:05+04" (TS 27.007 8.15): local time, zone in quarter hours. */
export function clockText(ms: number, zone: number): string {
  const local = new Date(ms + zone * 15 * 60_000)
  const date = [local.getUTCFullYear() % 100, local.getUTCMonth() + 1, local.getUTCDate()].map(pad).join('/')
  const time = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(pad).join(':')
  return `${date},${time}${zone < 0 ? '-' : '+'}${pad(zone)}`
}

function setClock(machine: Machine, { args }: AtCall): AtResult {
  const found = /^(\d\d)\/(\d\d)\/(\d\d),(\d\d):(\d\d):(\d\d)(?:([+-]\d\d))?$/.exec(args[0] ?? '')
  if (found === null) throw new AtError('CME', 50)
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, zone = 0] = found
    .slice(1)
    .map((field) => Number(field ?? 0))
  const ms = Date.UTC(2000 + year, month - 1, day, hour, minute, second) - zone * 15 * 60_000
  machine.clockOffset = ms - machine.config.now()
  return ok()
}

const settings: CommandTable<Machine> = {
  '+CMEE': {
    read: (machine) => ok(`+CMEE: ${machine.settings.cmee}`),
    test: () => ok('+CMEE: (0-2)'),
    set(machine, { args }) {
      machine.settings.cmee = numberOf(args[0], 0, 2)
      return ok()
    },
  },
  '+CSCS': {
    read: (machine) => ok(`+CSCS: "${machine.settings.charset}"`),
    test: () => ok(`+CSCS: (${charsets.map((name) => `"${name}"`).join(',')})`),
    set(machine, { args }) {
      const name = (args[0] ?? '').toUpperCase()
      if (!charsets.includes(name)) throw new AtError('CME', 50)
      machine.settings.charset = name
      return ok()
    },
  },
  '+CCLK': {
    read: (machine) => ok(`+CCLK: "${clockText(machine.config.now() + machine.clockOffset, 4)}"`),
    test: () => ok(),
    set: setClock,
  },
  '+CTZU': numberCommand('+CTZU', 0, 1),
  '+CTZR': numberCommand('+CTZR', 0, 2),
  '+IPR': numberCommand('+IPR', 115_200, 921_600),
  '+CLAC': { run: () => ok(...Object.keys(commandsOfTerminal).map((name) => `AT${name}`)) },
  '+GCAP': shown(() => '+GCAP: +CGSM'),
  '+FCLASS': numberCommand('+FCLASS', 0, 0),
  '+WS46': { read: () => ok('25'), test: () => ok('(12,22,25,28,29)'), set: () => ok() },
  '+IFC': { read: () => ok('+IFC: 0,0'), test: () => ok('+IFC: (0-2),(0-2)'), set: () => ok() },
  '+CBC': { run: () => ok('+CBC: 0,100'), test: () => ok('+CBC: (0-3),(0-100)') },
  '+CPAS': shown(() => '+CPAS: 0'),
}

/** Commands that need neither SIM nor network. */
export const commandsOfTerminal: CommandTable<Machine> = {
  ...basic,
  ...settings,
  '+CGMI': manufacturer,
  '+GMI': manufacturer,
  '+CGMM': model,
  '+GMM': model,
  '+CGMR': firmware,
  '+GMR': firmware,
  '+CGSN': serial,
  '+GSN': serial,
}
