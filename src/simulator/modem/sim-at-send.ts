// Sending and writing (TS 27.005 clauses 3.5 and 4.3): CMGS, CMSS, CMGW, with the faults that strike around Ctrl-Z.
// Invariants: +CMGS follows only when the network took the message; ESC at the prompt sends nothing.

import { type AtAnswer, type AtCall, type AtResult, type CommandTable, ok } from './sim-at.ts'
import { numberOf } from './sim-at-basic.ts'
import { AtError } from './sim-at-errors.ts'
import { readText } from './sim-charset.ts'
import { isRegistered, type Machine, memory, requireSim } from './sim-machine.ts'
import { fromHex, PduError } from './sim-octets.ts'
import { decodeSubmit } from './sim-pdu.ts'
import { submitOf, tpduOf } from './sim-text-mode.ts'
import { decodeText } from './sim-user-data.ts'

const silence: AtAnswer = { lines: [], final: null }
const tpduOctetsMax = 176

const wait = (machine: Machine, ms: number): Promise<void> =>
  ms === 0 ? Promise.resolve() : new Promise((resolve) => machine.later(ms, resolve))

/** Checks a PDU typed at the prompt against the length that the command stated. Throws AtError CMS 304. */
function checkedPdu(typed: string, length: number): { pdu: string; tpdu: string } {
  const pdu = typed.replace(/\s/g, '').toUpperCase()
  try {
    fromHex(pdu)
    const tpdu = tpduOf(pdu)
    if (tpdu.length !== length * 2) throw new PduError(`${tpdu.length / 2} octets instead of ${length}`)
    if (((fromHex(tpdu)[0] ?? 0) & 3) === 1) decodeText(decodeSubmit(fromHex(tpdu)).userData)
    return { pdu, tpdu }
  } catch (error) {
    if (error instanceof PduError) throw new AtError('CMS', 304)
    throw error
  }
}

/** Hands a TPDU to the network and answers, unless a fault says otherwise. */
async function transmit(machine: Machine, tpdu: string, prefix: '+CMGS' | '+CMSS'): Promise<AtAnswer> {
  const { faults, config } = machine
  const torn = faults.take('unplug', 'after-ctrl-z')
  if (torn !== undefined) {
    if (torn.accepted === true) machine.centre.submit(tpdu, machine.nextReference())
    machine.unplug()
    return silence
  }
  await wait(machine, config.sendMs)
  if (machine.smsc === '') throw new AtError('CMS', 330)
  if (!isRegistered(machine)) throw new AtError('CMS', 331)
  if (faults.storeFull) throw new AtError('CMS', 322)
  const refused = faults.take('send-error')
  if (refused !== undefined && refused.accepted !== true) throw new AtError('CMS', refused.code)
  const bare = faults.take('answer-ok-only')
  if (bare?.accepted === false) return ok()
  const reference = machine.nextReference()
  machine.centre.submit(tpdu, reference, faults.take('report-first') !== undefined)
  if (refused !== undefined) throw new AtError('CMS', refused.code)
  if (bare !== undefined) return ok()
  return accepted(machine, `${prefix}: ${reference}`)
}

async function accepted(machine: Machine, line: string): Promise<AtAnswer> {
  const { faults } = machine
  if (faults.take('answer-lost') !== undefined) return silence
  const late = faults.take('answer-late')
  if (late?.blocking === true) await wait(machine, late.ms)
  else if (late !== undefined) {
    machine.later(late.ms, () => machine.print([line, 'OK']))
    return silence
  }
  if (faults.take('unplug', 'after-cmgs') === undefined) return ok(line)
  machine.later(0, () => machine.unplug())
  return { lines: [line], final: null }
}

function checkSend(machine: Machine): void {
  requireSim(machine, 'CMS')
  if (machine.functionality !== 1) throw new AtError('CMS', 302)
}

function send(machine: Machine, { args }: AtCall): AtResult {
  checkSend(machine)
  if (machine.settings.textMode) {
    const to = readText(machine, args[0] ?? '')
    submitOf(machine, to, '')
    return { submit: (text) => transmit(machine, submitOf(machine, to, typedText(machine, text)), '+CMGS') }
  }
  const length = numberOf(args[0], 1, tpduOctetsMax)
  return {
    submit(typed) {
      const { tpdu } = checkedPdu(typed, length)
      if (((fromHex(tpdu)[0] ?? 0) & 3) !== 1) throw new AtError('CMS', 304)
      return transmit(machine, tpdu, '+CMGS')
    },
  }
}

/** Text of the prompt: a CR typed there is a line feed of the message (TS 27.005 3.5.1). */
function typedText(machine: Machine, text: string): string {
  const body = text.replace(/\r\n?/g, '\n')
  const ucs2 = (machine.settings.csmp[3] & 0x0c) === 0x08
  if (!ucs2) return readText(machine, body)
  const octets = Buffer.from(body, 'hex')
  if (octets.length * 2 !== body.length || octets.length % 2 !== 0) throw new AtError('CMS', 305)
  return octets.swap16().toString('utf16le')
}

function store(machine: Machine, tpdu: string, pdu: string, state: 0 | 1 | 2 | 3): AtAnswer {
  const index = machine.faults.storeFull ? null : memory(machine, 1).put(pdu, state)
  if (index === null) throw new AtError('CMS', 322)
  return tpdu === '' ? ok() : ok(`+CMGW: ${index}`)
}

function write(machine: Machine, { args }: AtCall): AtResult {
  requireSim(machine, 'CMS')
  if (machine.settings.textMode) {
    const to = readText(machine, args[0] ?? '')
    return {
      submit(text) {
        const tpdu = submitOf(machine, to, typedText(machine, text))
        return store(machine, tpdu, `00${tpdu}`, 2)
      },
    }
  }
  const length = numberOf(args[0], 1, tpduOctetsMax)
  const state = numberOf(args[1] || '2', 0, 3)
  return {
    submit(typed) {
      const { pdu, tpdu } = checkedPdu(typed, length)
      return store(machine, tpdu, pdu, ([0, 1, 2, 3] as const)[state] ?? 2)
    },
  }
}

async function sendStored(machine: Machine, { args }: AtCall): Promise<AtAnswer> {
  checkSend(machine)
  const sms = memory(machine, 1).get(numberOf(args[0], 0, 65_535))
  if (sms === undefined) throw new AtError('CMS', 321)
  if (sms.state < 2) throw new AtError('CMS', 302)
  const answer = await transmit(machine, tpduOf(sms.pdu), '+CMSS')
  sms.state = 3
  return answer
}

/** Commands that send or write messages. */
export const commandsOfSending: CommandTable<Machine> = {
  '+CMGS': { set: send, test: () => ok() },
  '+CMGW': { set: write, run: write, test: () => ok() },
  '+CMSS': { set: sendStored, test: () => ok() },
}
