// Commands about SIM, registration, signal and calls (TS 27.007 clauses 6, 7 and 8).
// Invariant: what needs an unlocked SIM answers with its CME error while the SIM is locked or absent.

import { type AtCall, type AtResult, type Command, type CommandTable, ok } from './sim-at.ts'
import { numberCommand, numberOf } from './sim-at-basic.ts'
import { AtError } from './sim-at-errors.ts'
import { showText } from './sim-charset.ts'
import { effectiveRegistration, isRegistered, type Machine, requireSim, simState } from './sim-machine.ts'
import { ussd } from './sim-ussd.ts'

const withSim = (text: (machine: Machine) => string): Command<Machine> => ({
  run(machine) {
    requireSim(machine, 'CME')
    return ok(text(machine))
  },
  test: () => ok(),
})

function enterPin(machine: Machine, { args: [code = '', newPin] }: AtCall): AtResult {
  if (!machine.simReady) throw new AtError('CME', 14)
  machine.card.enter(code, newPin)
  announceLater(machine)
  return ok()
}

const pin: Command<Machine> = {
  read(machine) {
    const state = simState(machine)
    if (state === 'ABSENT') throw new AtError('CME', 10)
    if (state === 'BUSY') throw new AtError('CME', 14)
    return ok(`+CPIN: ${state}`)
  },
  test: () => ok(),
  set: enterPin,
}

function pinTriesOf(card: Machine['card'], code: string): AtResult {
  const lines = [`+CPINR: SIM PIN,${card.pinTriesLeft()},3`, `+CPINR: SIM PUK,${card.pukTriesLeft()},10`]
  return ok(...lines.filter((line) => line.startsWith(`+CPINR: ${code}`)))
}

const pinTries: Command<Machine> = {
  run: ({ card }) => pinTriesOf(card, ''),
  test: () => ok(),
  set: ({ card }, { args: [code = ''] }) => pinTriesOf(card, code),
}

function lockFacility({ card }: Machine, { args }: AtCall): AtResult {
  const [facility = '', mode, password = ''] = args
  const wanted = numberOf(mode, 0, 2)
  if (facility !== 'SC') {
    if (wanted === 2) return ok('+CLCK: 0')
    throw new AtError('CME', 4)
  }
  if (wanted === 2) return ok(`+CLCK: ${card.pinEnabled() ? 1 : 0}`)
  card.verify(password)
  card.setPinEnabled(wanted === 1)
  return ok()
}

function changePassword({ card }: Machine, { args: [facility, old = '', next = ''] }: AtCall): AtResult {
  if (facility !== 'SC' || !/^\d{4,8}$/.test(next)) throw new AtError('CME', 50)
  card.verify(old)
  card.setPin(next)
  return ok()
}

/** +CREG, +CGREG, +CEREG: <n> and <stat>, with cell and access technology when <n> is 2. */
function registrationCommand(name: string, technology: number): Command<Machine> {
  return {
    read(machine) {
      const level = machine.settings.numbers.get(name) ?? 0
      return ok(`${name}: ${level},${effectiveRegistration(machine)}${cell(level, technology)}`)
    },
    test: () => ok(`${name}: (0-2)`),
    set(machine, { args }) {
      machine.settings.numbers.set(name, numberOf(args[0] ?? '0', 0, 2))
      return ok()
    },
  }
}

const cell = (level: number, technology: number): string =>
  level === 2 ? `,"1A2B","01C3D4E5",${technology}` : ''

const registrations = { '+CREG': 7, '+CGREG': 7, '+CEREG': 7 } as const

function registrationLines(machine: Machine): string[] {
  return Object.entries(registrations).flatMap(([name, technology]) => {
    const level = machine.settings.numbers.get(name) ?? 0
    return level === 0 ? [] : [`${name}: ${effectiveRegistration(machine)}${cell(level, technology)}`]
  })
}

/** Tells the host about a change of registration, if it asked to hear of it, and lets the network deliver what waits. */
export function announceRegistration(machine: Machine): void {
  const stat = effectiveRegistration(machine)
  if (stat !== machine.announced) for (const line of registrationLines(machine)) machine.urc([line])
  machine.announced = stat
  machine.centre.flush()
}

const announceLater = (machine: Machine): void => machine.later(0, () => announceRegistration(machine))

const operatorNames = ['Simnet', 'Simnet', '26299']

const operator: Command<Machine> = {
  read(machine) {
    const format = machine.settings.numbers.get('+COPS') ?? 0
    if (!isRegistered(machine)) return ok('+COPS: 0')
    const name = operatorNames[format] ?? ''
    return ok(`+COPS: 0,${format},"${format === 2 ? name : showText(machine, name)}",7`)
  },
  test: () => ok('+COPS: (2,"Simnet","Simnet","26299",7),,(0-4),(0-2)'),
  set(machine, { args: [mode, format] }) {
    const wanted = numberOf(mode, 0, 4)
    if (format !== undefined && format !== '') machine.settings.numbers.set('+COPS', numberOf(format, 0, 2))
    if (wanted === 2) machine.registration = 0
    if ((wanted === 0 || wanted === 1 || wanted === 4) && machine.registration === 0) {
      machine.registration = 1
    }
    announceLater(machine)
    return ok()
  },
}

const signal: CommandTable<Machine> = {
  '+CSQ': {
    run: (machine) => ok(`+CSQ: ${isRegistered(machine) ? machine.signal : 99},99`),
    test: () => ok('+CSQ: (0-31,99),(0-7,99)'),
  },
  '+CESQ': {
    run(machine) {
      const rsrp = isRegistered(machine) && machine.signal <= 31 ? Math.min(97, machine.signal * 3) : 255
      return ok(`+CESQ: 99,99,255,255,${rsrp === 255 ? 255 : 20},${rsrp}`)
    },
    test: () => ok('+CESQ: (0-63,99),(0-7,99),(0-96,255),(0-49,255),(0-34,255),(0-97,255)'),
  },
}

const functionality: Command<Machine> = {
  read: (machine) => ok(`+CFUN: ${machine.functionality}`),
  test: () => ok('+CFUN: (0,1,4),(0,1)'),
  set(machine, { args: [fun, reset = '0'] }) {
    const wanted = numberOf(fun, 0, 4)
    if (![0, 1, 4].includes(wanted)) throw new AtError('ERROR')
    if (numberOf(reset, 0, 1) === 1) machine.later(5, () => machine.restart())
    machine.functionality = wanted
    announceLater(machine)
    return ok()
  },
}

/** Commands of SIM, network and calls. */
export const commandsOfNetwork: CommandTable<Machine> = {
  ...signal,
  '+CPIN': pin,
  '+CPINR': pinTries,
  '+CLCK': { test: () => ok('+CLCK: ("SC")'), set: lockFacility },
  '+CPWD': { test: () => ok('+CPWD: ("SC",8)'), set: changePassword },
  '+CIMI': withSim(({ config }) => config.identity.imsi),
  '+CCID': withSim(({ config }) => `+CCID: ${config.identity.iccid}`),
  '+ICCID': withSim(({ config }) => `+ICCID: ${config.identity.iccid}`),
  '+CNUM': withSim((machine) => `+CNUM: "${showText(machine, 'Own')}","${machine.config.number}",145`),
  '+CREG': registrationCommand('+CREG', registrations['+CREG']),
  '+CGREG': registrationCommand('+CGREG', registrations['+CGREG']),
  '+CEREG': registrationCommand('+CEREG', registrations['+CEREG']),
  '+CGATT': {
    read: (machine) => ok(`+CGATT: ${isRegistered(machine) ? 1 : 0}`),
    test: () => ok('+CGATT: (0,1)'),
  },
  '+COPS': operator,
  '+CFUN': functionality,
  '+CUSD': {
    read: (machine) => ok(`+CUSD: ${machine.settings.numbers.get('+CUSD') ?? 0}`),
    test: () => ok('+CUSD: (0-2)'),
    set: ussd,
  },
  '+CLIP': numberCommand('+CLIP', 0, 1),
  '+CRC': numberCommand('+CRC', 0, 1),
  '+CHUP': {
    run(machine) {
      machine.hangUp()
      return ok()
    },
    test: () => ok(),
  },
}
