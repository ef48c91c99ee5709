// AT+CUSD of the simulated modem (TS 27.007 7.15): answers, menus and refusals of a network, in the forms in which devices spell them.
// Invariant: one session at a time; AT+CUSD=2 ends it.

import { type AtCall, type AtResult, ok } from './sim-at.ts'
import { numberOf } from './sim-at-basic.ts'
import { AtError } from './sim-at-errors.ts'
import { readText, showText } from './sim-charset.ts'
import { isRegistered, type Machine, requireSim } from './sim-machine.ts'
import { pack, septetsOf, textOfSeptets, unpack } from './sim-septets.ts'

/** What the network says to a code, or to a choice in its menu; a bare string is a text that ends the session. */
export interface UssdReply {
  readonly text: string
  /** <m>: 0 done, 1 a menu, 2 ended by the network. Default 0. */
  readonly mode?: number
  /** How <str> is spelt. Default: as AT+CSCS says; `packed` also reads the code so. */
  readonly form?: 'text' | 'ucs2' | 'packed'
  /** Milliseconds until it comes; null: never. Default 10. */
  readonly afterMs?: number | null
  /** The +CUSD line stands in front of OK. */
  readonly beforeOk?: boolean
}

export function ussd(machine: Machine, { args: [mode, code] }: AtCall): AtResult {
  machine.settings.numbers.set('+CUSD', numberOf(mode, 0, 2))
  if (code === undefined || code === '') return ok()
  requireSim(machine, 'CME')
  if (!isRegistered(machine)) throw new AtError('CME', 30)
  const { text, form = 'text', mode: m = 0, afterMs = 10, beforeOk = false } = replyTo(machine, code)
  const line = text === null ? '+CUSD: 4' : `+CUSD: ${m},${spelt(machine, text, form)}`
  if (beforeOk) return ok(line)
  if (afterMs !== null) machine.later(afterMs, () => machine.urc([line]))
  return ok()
}

/** Null: the network does not know the code. */
interface Reply extends Omit<UssdReply, 'text'> {
  readonly text: string | null
}

function replyTo(machine: Machine, code: string): Reply {
  const { ussd: replies } = machine.config
  const packed = /^(?:[0-9A-F]{2})+$/i.test(code) ? readPacked(code) : ''
  const wantsPacked = replies[packed]
  if (typeof wantsPacked === 'object' && wantsPacked.form === 'packed') return wantsPacked
  const reply = replies[readText(machine, code)]
  if (reply === undefined || typeof reply === 'string') return { text: reply ?? null }
  // A modem that wants packed septets does not take text.
  if (reply.form === 'packed') throw new AtError('ERROR')
  return reply
}

function readPacked(hex: string): string {
  const octets = Buffer.from(hex, 'hex')
  return textOfSeptets(unpack(octets, Math.floor((octets.length * 8) / 7))).replace(/\r$/, '')
}

function spelt(machine: Machine, text: string, form: NonNullable<UssdReply['form']>): string {
  if (form === 'ucs2') return `"${Buffer.from(text, 'utf16le').swap16().toString('hex').toUpperCase()}",72`
  if (form === 'text') return `"${showText(machine, text)}",15`
  const septets = septetsOf(text) ?? []
  const padded = septets.length % 8 === 7 ? [...septets, 0x0d] : septets
  return `"${Buffer.from(pack(padded)).toString('hex').toUpperCase()}",15`
}
