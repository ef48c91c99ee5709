// Message storage and settings (TS 27.005 clauses 3.2, 3.3, 3.4 and 4.1): CPMS, CMGL, CMGR, CMGD, CNMI, CSCA, CSMP and their kin.
// Invariant: a listing shows every message of the read memory that matches, in the order of the indexes, and marks it as read.

import { type AtCall, type AtResult, type Command, type CommandTable, ok } from './sim-at.ts'
import { numberCommand, numberOf } from './sim-at-basic.ts'
import { AtError } from './sim-at-errors.ts'
import { readText, showText } from './sim-charset.ts'
import { flushIndications } from './sim-indications.ts'
import { type Machine, memory, requireSim, type Settings, type StoreName } from './sim-machine.ts'
import { PduError } from './sim-octets.ts'
import type { StoredSms } from './sim-store.ts'
import { stateNames, textLines, tpduOf } from './sim-text-mode.ts'

const listAll = 4

const isStore = (machine: Machine, name: string): name is StoreName =>
  [...machine.stores.keys()].some((known) => known === name)

function memoryFigures(machine: Machine, named: boolean): string {
  return machine.settings.memories
    .map((name) => {
      const store = machine.stores.get(name)
      const used = machine.faults.storeFull ? (store?.size ?? 0) : (store?.list().length ?? 0)
      return `${named ? `"${name}",` : ''}${used},${store?.size ?? 0}`
    })
    .join(',')
}

const memories: Command<Machine> = {
  read(machine) {
    requireSim(machine, 'CMS')
    return ok(`+CPMS: ${memoryFigures(machine, true)}`)
  },
  test(machine) {
    const names = `(${[...machine.stores.keys()].map((name) => `"${name}"`).join(',')})`
    return ok(`+CPMS: ${[names, names, names].join(',')}`)
  },
  set(machine, { args }) {
    requireSim(machine, 'CMS')
    const [read, write, receive] = machine.settings.memories
    const allowed = machine.config.habits.cpmsArguments
    const names = [args[0], args[1] ?? write, args[2] ?? receive].map((name) => name || read)
    const known = names.filter((name) => isStore(machine, name))
    const [first, second, third] = known
    if (first === undefined || second === undefined || third === undefined || !allowed.includes(args.length))
      throw new AtError('CMS', 302)
    machine.settings.memories = [first, second, third]
    machine.later(0, () => machine.centre.flush())
    return ok(`+CPMS: ${memoryFigures(machine, false)}`)
  },
}

function messageLines(machine: Machine, prefix: string, sms: StoredSms): string[] {
  if (!machine.settings.textMode) return [`${prefix}${sms.state},,${tpduOf(sms.pdu).length >> 1}`, sms.pdu]
  try {
    return textLines(machine, prefix, sms.state, sms.pdu)
  } catch (error) {
    if (error instanceof PduError) throw new AtError('CMS', 500)
    throw error
  }
}

function wantedState(machine: Machine, text: string | undefined): number {
  if (!machine.settings.textMode) return numberOf(text ?? '0', 0, listAll)
  const state = stateNames.findIndex((name) => name === (text ?? 'REC UNREAD').toUpperCase())
  if (state < 0) throw new AtError('CMS', 305)
  return state
}

function list(machine: Machine, { args }: AtCall): AtResult {
  requireSim(machine, 'CMS')
  const wanted = wantedState(machine, args[0])
  const found = memory(machine, 0)
    .list()
    .filter(({ state }) => wanted === listAll || state === wanted)
  const lines = found.flatMap((sms) => messageLines(machine, `+CMGL: ${sms.index},`, sms))
  for (const sms of found) if (sms.state === 0) sms.state = 1
  return ok(...lines)
}

function readOne(machine: Machine, { args }: AtCall): AtResult {
  requireSim(machine, 'CMS')
  const sms = memory(machine, 0).get(numberOf(args[0], 0, 65_535))
  if (sms === undefined) throw new AtError('CMS', 321)
  const lines = messageLines(machine, '+CMGR: ', sms)
  if (sms.state === 0) sms.state = 1
  return ok(...lines)
}

/** <delflag> 1: read; 2: read and sent; 3: read, sent and unsent; 4: all. */
const deletedStates: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  2: [1, 3],
  3: [1, 2, 3],
  4: [0, 1, 2, 3],
}

function remove(machine: Machine, { args }: AtCall): AtResult {
  requireSim(machine, 'CMS')
  const store = memory(machine, 0)
  const index = numberOf(args[0], 0, 65_535)
  const states = deletedStates[numberOf(args[1] || '0', 0, 4)]
  if (states === undefined && !store.has(index)) throw new AtError('CMS', 321)
  const refused = machine.faults.take('delete-error')
  if (refused !== undefined) throw new AtError('CMS', refused.code)
  if (machine.faults.take('delete-lies') !== undefined) return ok()
  if (states === undefined) store.remove(index)
  else for (const sms of store.list()) if (states.includes(sms.state)) store.remove(sms.index)
  machine.later(0, () => machine.centre.flush())
  return ok()
}

const indications: Command<Machine> = {
  read: (machine) => ok(`+CNMI: ${machine.settings.cnmi.join(',')}`),
  test: () => ok('+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)'),
  set(machine, { args }) {
    const { cnmiValues } = machine.config.habits
    const values = cnmiValues.map((allowed, i) => {
      const text = args[i] ?? ''
      if (text === '') return machine.settings.cnmi[i] ?? 0
      const value = numberOf(text, 0, Math.max(...allowed))
      if (!allowed.includes(value)) throw new AtError('CMS', 302)
      return value
    })
    const [mode = 0, mt = 0, bm = 0, ds = 0, bfr = 0] = values
    if (args.length > cnmiValues.length) throw new AtError('CMS', 302)
    machine.settings.cnmi = [mode, mt, bm, ds, bfr]
    if (mode !== 0) machine.later(0, () => flushIndications(machine, bfr === 1))
    return ok()
  },
}

const serviceCentre: Command<Machine> = {
  read(machine) {
    requireSim(machine, 'CMS')
    return ok(`+CSCA: "${showText(machine, machine.smsc)}",${machine.smsc.startsWith('+') ? 145 : 129}`)
  },
  test: () => ok(),
  set(machine, { args: [address = '', type] }) {
    requireSim(machine, 'CMS')
    const digits = readText(machine, address)
    if (!/^(?:\+?\d{1,20})?$/.test(digits)) throw new AtError('CMS', 304)
    machine.smsc = type === '145' && digits !== '' && !digits.startsWith('+') ? `+${digits}` : digits
    return ok()
  },
}

const service: Command<Machine> = {
  read: (machine) => ok(`+CSMS: ${machine.settings.csms},1,1,1`),
  test: () => ok('+CSMS: (0,1)'),
  set(machine, { args }) {
    machine.settings.csms = numberOf(args[0], 0, 1)
    return ok('+CSMS: 1,1,1')
  },
}

const parameters: Command<Machine> = {
  read: (machine) => ok(`+CSMP: ${machine.settings.csmp.join(',')}`),
  test: () => ok(),
  set(machine, { args }) {
    const [fo, vp, pid, dcs] = machine.settings.csmp.map((now, i) => {
      const text = args[i] ?? ''
      return text === '' ? now : numberOf(text, 0, 255)
    })
    machine.settings.csmp = [fo ?? 17, vp ?? 167, pid ?? 0, dcs ?? 0]
    return ok()
  },
}

const acknowledge: Command<Machine> = {
  run(machine) {
    if (machine.unacknowledged === null) throw new AtError('CMS', 340)
    machine.unacknowledged = null
    machine.later(0, () => machine.centre.flush())
    return ok()
  },
  test: () => ok('+CNMA: (0-2)'),
  set: (machine, call) => acknowledge.run?.(machine, call) ?? ok(),
}

const needsSim = (command: NonNullable<Command<Machine>['set']>): Pick<Command<Machine>, 'run' | 'set'> => ({
  run: command,
  set: command,
})

const setTextMode = (settings: Settings, on: boolean): void => {
  settings.textMode = on
}

/** Commands of message storage and message settings. */
export const commandsOfStorage: CommandTable<Machine> = {
  '+CPMS': memories,
  '+CMGL': {
    ...needsSim(list),
    test: (machine) =>
      ok(`+CMGL: (${machine.settings.textMode ? stateNames.map((name) => `"${name}"`).join(',') : '0-4'})`),
  },
  '+CMGR': { set: readOne, test: () => ok() },
  '+CMGD': {
    set: remove,
    test: (machine) =>
      ok(
        `+CMGD: (${memory(machine, 0)
          .list()
          .map(({ index }) => index)
          .join(',')}),(0-4)`,
      ),
  },
  '+CMGF': {
    read: (machine) => ok(`+CMGF: ${machine.settings.textMode ? 1 : 0}`),
    test: () => ok('+CMGF: (0,1)'),
    set(machine, { args }) {
      setTextMode(machine.settings, numberOf(args[0] || '0', 0, 1) === 1)
      return ok()
    },
  },
  '+CNMI': indications,
  '+CNMA': acknowledge,
  '+CSCA': serviceCentre,
  '+CSMS': service,
  '+CSMP': parameters,
  '+CSDH': numberCommand('+CSDH', 0, 1),
  '+CMMS': numberCommand('+CMMS', 0, 2),
  '+CGSMS': numberCommand('+CGSMS', 3, 3),
  '+CSCB': { read: () => ok('+CSCB: 0,"",""'), test: () => ok('+CSCB: (0,1)'), set: () => ok() },
}
