// Answers from a transcript, filled with what the simulated SIM, equipment and clock say now.
// Invariant: a name in braces that is not known stays as it is, for `{` is a character that a modem may print.

import { clockText } from './sim-at-basic.ts'
import type { Machine } from './sim-machine.ts'

/** What `{name}` stands for in a line of a transcript. */
const fields: Readonly<Record<string, (machine: Machine) => string | number>> = {
  /** READY, SIM PIN or SIM PUK. */
  'sim-state': ({ card }) => card.state(),
  'pin-tries': ({ card }) => card.pinTriesLeft(),
  'puk-tries': ({ card }) => card.pukTriesLeft(),
  /** Tries left of what the SIM asks for; empty when it asks for nothing. */
  'tries-now': ({ card }) =>
    ({ READY: '', ABSENT: '', 'SIM PIN': card.pinTriesLeft(), 'SIM PUK': card.pukTriesLeft() })[card.state()],
  imei: ({ config }) => config.identity.imei,
  imsi: ({ config }) => config.identity.imsi,
  iccid: ({ config }) => config.identity.iccid,
  /** "26/11/23,15:04:05+04". */
  clock: ({ config, clockOffset }) => clockText(config.now() + clockOffset, 4),
}

/** The line with its `{names}` replaced. */
export function filled(machine: Machine, line: string): string {
  return line.replace(/\{([a-z-]+)\}/g, (whole, name: string) =>
    Object.hasOwn(fields, name) ? String(fields[name]?.(machine)) : whole,
  )
}
