// What one command may take: time and octets of answers. The library has a time limit for silence only and collects whatever comes, so
// a server that keeps talking ("* OK Still here") or that sends mails nobody asked for would hold the line, or the memory, for good.
// Invariant: every command ends; what breaks a limit ends the connection, since its answers cannot be told apart any more.

import { GatewayError } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'

export interface CommandLimits {
  readonly ms: number
  readonly octets: number
}

/** From the first packet to the selected folder. */
export const openLimits: CommandLimits = { ms: 120_000, octets: 4_194_304 }
/** UIDs of two million mails; no list of folders comes near. */
export const plainLimits: CommandLimits = { ms: 120_000, octets: 16_777_216 }
/** A slow server copies a hundred large mails. */
export const moveLimits: CommandLimits = { ms: 600_000, octets: 4_194_304 }

/** The slowest line that is worth waiting for, octets a second. */
const slowestLine = 8_192
/** Octets beside the mail itself: updates that the server slips in. */
const beside = 1_048_576

/** For a FETCH of so many octets. */
export function fetchLimits(octets: number): CommandLimits {
  return { ms: plainLimits.ms + (octets / slowestLine) * 1000, octets: octets + beside }
}

/** How often the octets are counted. What a fast line brings in between is what memory is needed for beyond the limit. */
const lookMs = 50

export interface WatchedLine {
  readonly host: string
  readonly clock: Clock
  /** Octets received on the connection so far. */
  received(): number
  /** Ends the connection; the pending command then rejects. */
  fail(error: GatewayError): void
}

/** Runs one command within its limits. @param name for the message: "UID FETCH" */
export async function withinLimits<T>(
  line: WatchedLine,
  name: string,
  { ms, octets }: CommandLimits,
  command: () => Promise<T>,
): Promise<T> {
  const { clock } = line
  const over = new AbortController()
  const endAt = clock.monotonic() + ms
  const before = line.received()
  const watch = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await clock.sleep(lookMs, over.signal)
      if (clock.monotonic() > endAt)
        return line.fail(broken(line.host, `did not finish ${name} within ${Math.round(ms / 1000)} s`))
      if (line.received() - before > octets)
        return line.fail(broken(line.host, `sent more than ${octets} octets in answer to ${name}`))
    }
  }
  watch().catch(() => undefined)
  try {
    return await command()
  } finally {
    over.abort()
  }
}

function broken(host: string, what: string): GatewayError {
  return new GatewayError('IMAP_UNAVAILABLE', `${host} ${what}; the line was cut`, {
    retry: 'temporary',
    hint: 'a new connection is tried; if it happens again and again, ask whoever runs the mail server',
    context: { host },
  })
}
