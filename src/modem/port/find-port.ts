// `port = "auto"`: which tty takes AT commands. By USB identity first (usb-modems.ts), then by a probe in the order of likelihood.
// Invariant: nothing but `AT` is written to a port until it has answered OK (a diagnostics port may take anything for a command).
// Only USB ports are asked. The serial pins of a Raspberry Pi (ttyAMA0, ttyS0, serial0) may carry a console or anything else
// and have no identity; a modem there is set by its path.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { atCommand } from '../at/at-command.ts'
import { meaningOf } from '../at/at-errors.ts'
import { timeLimits } from '../at/time-limits.ts'
import { type OpenDialogue, openDialogue } from './open-dialogue.ts'
import type { PortRank, UnreadyStick } from './usb-modems.ts'
import { listModemPorts, listUnreadySticks, type PortCandidate, systemRoots } from './usb-ports.ts'

export interface ProbeOptions {
  readonly baudRate: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** What a port said: `modem` knows SMS; `other` answers AT but not AT+CMGF. */
export type PortAnswer =
  | { readonly kind: 'modem' | 'other'; readonly maker: string }
  | { readonly kind: 'silent' }
  | { readonly kind: 'closed'; readonly error: GatewayError }

/** Asks one port; the whole takes 2 s if it is silent. */
export async function probePort(port: string, options: ProbeOptions): Promise<PortAnswer> {
  let open: OpenDialogue | null = null
  try {
    open = await openDialogue({ ...options, port })
    const { dialogue } = open
    const attention = await dialogue.probe(atCommand('AT', { limitMs: timeLimits.probeMs }))
    if (attention.kind !== 'ok') return { kind: 'silent' }
    const made = await dialogue.probe(atCommand('AT+CGMI', { bare: true }))
    const maker = made.kind === 'ok' ? (made.lines[0] ?? '').replace(/^\+CGMI:\s*/i, '').trim() : ''
    // The test form: a SIM that waits for its PIN refuses `AT+CMGF?` on some models.
    const format = await dialogue.probe(atCommand('AT+CMGF=?', { requires: '+CMGF' }))
    const simTrouble = format.kind === 'error' && /^SIM_/.test(meaningOf(format.error).code)
    return { kind: format.kind === 'ok' || simTrouble ? 'modem' : 'other', maker }
  } catch (error) {
    if (error instanceof GatewayError) return { kind: 'closed', error }
    throw error
  } finally {
    await open?.close()
  }
}

interface Asked {
  readonly candidate: PortCandidate
  readonly answer: PortAnswer
}

/** Of a port that the table names, `AT` and OK is enough: without a SIM some models refuse everything about SMS with a bare ERROR. */
const trusted: PortRank = 0

/**
 * The path of the AT port: the likeliest one that knows SMS. A second one that would answer as well is not looked for: where no URCs
 * come, the timed sweep finds the messages.
 * @throws GatewayError MODEM_UNAVAILABLE when no port answers like a modem, MODEM_SILENT when one is there that should; it says what was seen
 */
export async function findModemPort(options: ProbeOptions, roots = systemRoots): Promise<string> {
  const candidates = (await listModemPorts(roots)).filter(({ rank }) => rank < 3)
  const asked: Asked[] = []
  for (const candidate of candidates) {
    if (options.signal.aborted) break
    const answer = await probePort(candidate.path, options)
    if (answer.kind === 'modem') return candidate.path
    asked.push({ candidate, answer })
  }
  const likely = asked.find(({ candidate, answer }) => candidate.rank === trusted && answer.kind === 'other')
  if (likely !== undefined) return likely.candidate.path
  throw nothingFound(asked, await listUnreadySticks(roots))
}

function nothingFound(asked: readonly Asked[], sticks: readonly UnreadyStick[]): GatewayError {
  const closed = asked.flatMap(({ answer }) => (answer.kind === 'closed' ? [answer.error] : []))[0]
  const seen = [...asked.map(askedWords), ...sticks.map(({ what }) => what)]
  // The AT port of a known modem, without an answer: that modem hangs.
  const hangs = asked.some(({ candidate, answer }) => candidate.rank === trusted && answer.kind === 'silent')
  return new GatewayError(
    hangs ? 'MODEM_SILENT' : 'MODEM_UNAVAILABLE',
    `no modem found${seen.length === 0 ? '' : `: ${seen.join('; ')}`}`,
    {
      retry: 'temporary',
      hint:
        closed?.hint ??
        sticks[0]?.hint ??
        'Plug the modem in and wait half a minute; or set modem.port to its tty: ls -l /dev/serial/by-id',
      context: { portIsThere: asked.some(isTaken) },
      ...(closed === undefined ? {} : { cause: closed }),
    },
  )
}

/** A modem's own port that somebody else has, or that we may not open. */
const isTaken = ({ candidate, answer }: Asked): boolean =>
  candidate.rank < 2 && answer.kind === 'closed' && answer.error.context.portIsThere === true

function askedWords({ candidate: { tty, product, vendorId, productId }, answer }: Asked): string {
  const name = `${tty} (${product === '' ? `${vendorId}:${productId}` : product})`
  if (answer.kind === 'closed') return answer.error.message
  return `${name} ${answer.kind === 'silent' ? 'does not answer AT' : 'answers AT but knows no SMS'}`
}
