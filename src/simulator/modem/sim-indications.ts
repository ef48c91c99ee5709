// What arrives from the network: store it or hand it to the host, and say so (TS 27.005 3.4.1, AT+CNMI; TS 23.040 9.2.3.9, TP-PID).
// Invariant: false means "not acknowledged": the network keeps the TPDU and tries again.

import { isRegistered, type Machine, memory } from './sim-machine.ts'
import { fromHex, PduError, toHex } from './sim-octets.ts'
import { type Deliver, decodeDeliver, encodeSmsc } from './sim-pdu.ts'
import type { MessageStore } from './sim-store.ts'
import { directLines, reportText, tpduOf } from './sim-text-mode.ts'

const bufferedMax = 20
function indicate(machine: Machine, lines: string[]): void {
  if (machine.faults.take('indication-lost') !== undefined) return
  if (machine.settings.cnmi[0] !== 0) machine.urc(lines)
  else if (machine.buffered.length < bufferedMax) machine.buffered.push(lines)
}

/** <mode> left 0: prints what was buffered, or drops it (<bfr> 1). */
export function flushIndications(machine: Machine, drop: boolean): void {
  const waiting = machine.buffered.splice(0)
  if (!drop) for (const lines of waiting) machine.urc(lines)
}

/** Under AT+CSMS=1 the host has `ackMs` for AT+CNMA; else mt and ds become 0 and the network sends again (TS 27.005 3.4.4). */
function awaitAcknowledgement(machine: Machine, tpdu: string): void {
  if (machine.settings.csms !== 1) return
  machine.unacknowledged = tpdu
  machine.later(machine.config.ackMs, () => {
    if (machine.unacknowledged !== tpdu) return
    machine.unacknowledged = null
    const [mode, , bm, , bfr] = machine.settings.cnmi
    machine.settings.cnmi = [mode, 0, bm, 0, bfr]
    machine.centre.deliverPdu(tpdu)
  })
}

function keep(machine: Machine, store: MessageStore, tpdu: string): number | null {
  const index = machine.faults.storeFull ? null : store.put(toHex(encodeSmsc(machine.config.smsc)) + tpdu)
  if (index === null && machine.config.fullLine !== null) machine.urc([machine.config.fullLine])
  return index
}

/** Lines of a direct indication: header with the octets of the TPDU, then SMSC field and TPDU. */
const pduLines = (machine: Machine, prefix: string, tpdu: string): string[] => [
  `${prefix}${tpdu.length >> 1}`,
  toHex(encodeSmsc(machine.config.smsc)) + tpdu,
]

function receivingStore(machine: Machine): MessageStore {
  const { receivesInto } = machine.config.habits
  return (receivesInto === null ? undefined : machine.stores.get(receivesInto)) ?? memory(machine, 2)
}

function receiveReport(machine: Machine, tpdu: string): boolean {
  const ds = machine.settings.cnmi[3]
  if (ds === 0) return true
  if (ds === 1) {
    indicate(
      machine,
      machine.settings.textMode
        ? [`+CDS: ${reportText(tpdu)}`]
        : pduLines(machine, machine.config.habits.cdsHeader, tpdu),
    )
    awaitAcknowledgement(machine, tpdu)
    return true
  }
  const store = machine.stores.get('SR') ?? receivingStore(machine)
  const index = keep(machine, store, tpdu)
  if (index === null) return false
  indicate(machine, [`+CDSI: "${machine.config.habits.cdsiStore ?? store.name}",${index}`])
  return true
}

function readDeliver(tpdu: string): Deliver | null {
  try {
    return decodeDeliver(fromHex(tpdu))
  } catch (error) {
    if (error instanceof PduError) return null
    throw error
  }
}

const classOf = (dcs: number): number | null => ((dcs & 0x90) === 0x10 || dcs >= 0xf0 ? dcs & 3 : null)

/** TP-PID 0x41-0x47: takes the place of a message of the same sender and type. */
function dropReplaced(store: MessageStore, incoming: Deliver): void {
  if (incoming.pid < 0x41 || incoming.pid > 0x47) return
  for (const { index, pdu } of store.list()) {
    const old = readDeliver(tpduOf(pdu))
    if (old !== null && old.from === incoming.from && old.pid === incoming.pid) store.remove(index)
  }
}

function receiveDeliver(machine: Machine, tpdu: string): boolean {
  const incoming = readDeliver(tpdu)
  if (incoming?.pid === 0x40) return true
  const mt = machine.settings.cnmi[1]
  const messageClass = incoming === null ? null : classOf(incoming.userData.dcs)
  const direct = (mt === 2 && messageClass !== 2) || (mt === 3 && messageClass === 3)
  if (direct || (messageClass === 0 && mt === 1)) {
    const asText = machine.settings.textMode && incoming !== null
    indicate(machine, asText ? directLines(machine, tpdu) : pduLines(machine, '+CMT: ,', tpdu))
    awaitAcknowledgement(machine, tpdu)
    return true
  }
  const store = receivingStore(machine)
  if (incoming !== null) dropReplaced(store, incoming)
  const index = keep(machine, store, tpdu)
  if (index === null) return false
  if (mt !== 0) indicate(machine, [`+CMTI: "${store.name}",${index}`])
  return true
}

/** Takes a TPDU (hex) from the network; false when the modem cannot be reached, is still starting, has no room, or waits for AT+CNMA. */
export function receive(machine: Machine, tpdu: string): boolean {
  if (!isRegistered(machine) || !machine.smsReady || machine.unacknowledged !== null) return false
  const report = (Number.parseInt(tpdu.slice(0, 2), 16) & 3) === 2
  return report ? receiveReport(machine, tpdu) : receiveDeliver(machine, tpdu)
}
