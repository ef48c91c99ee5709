// Bytes to lines and back: a tty through serialport, or `tcp://host:port` (a modem behind a serial server) through node:net.
// The only file that imports serialport and the line parser. Invariants: one object is one connection; nothing is written once it
// is closed (serialport would keep it and send it after a reopen); the buffer is bounded; drain() is never used (it may block for good).
// A tty is locked with flock(2), serialport's default on Linux, which a second simpost, picocom and others honour; a program
// that holds it exclusively (TIOCEXCL: ModemManager) or by a UUCP lock file keeps us out. The error names who it is.

import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { ReadlineParser } from '@serialport/parser-readline'
import { SerialPort } from 'serialport'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { timeLimits } from '../at/time-limits.ts'
import { lockOwner, withRival } from './find-rival.ts'

/** Octets without a line end that are kept; a CMGL line with the longest PDU has under 400. */
const lineBytesMax = 16_384

/** Octets that may wait in our write buffer; more means that the other side no longer reads. */
const writeBytesMax = 65_536

export interface LineHandlers {
  /** A line without its line end. */
  readonly onLine: (line: string) => void
  /** The prompt of AT+CMGS stands at the end of what came, without a line end (TS 27.005 3.5.1). */
  readonly onPrompt: () => void
  /** The line is gone, once; not called after close(). */
  readonly onLost: (error: GatewayError) => void
}

export interface SerialLine {
  /** @throws GatewayError MODEM_UNAVAILABLE when the line is closed or the other side does not read */
  write(text: string): void
  /** Resolves when the port is free for others. */
  close(): Promise<void>
}

/** A port that is being opened. A stream that emits no `close` is never lost. */
export interface OpeningPort {
  readonly stream: Duplex
  readonly opened: Promise<void>
}

/** Begins to open a port. @throws GatewayError CONFIG_INVALID (no valid tcp address) */
export type OpenPort = (port: string, baudRate: number) => OpeningPort

export interface SerialLineOptions {
  /** Path of a tty, or `tcp://host:port`. */
  readonly port: string
  /** Bits per second; without meaning for tcp. */
  readonly baudRate: number
  readonly clock: Clock
  /** What stands for the port in a simulation; default: a tty or a TCP connection. */
  readonly openPort?: OpenPort | undefined
  /** Ends the opening; close() ends what is open. */
  readonly signal: AbortSignal
}

const openHints: readonly (readonly [RegExp, string])[] = [
  [
    /lock|busy|temporarily unavailable/i,
    'Another program uses the port: stop it (ModemManager, gammu, a second simpost). As root, this names it: sudo simpost check',
  ],
  [/permission|access denied/i, 'Add the user to the group of the port: sudo usermod -aG dialout simpost'],
  [
    /no such file|cannot open|ENOENT/i,
    'Plug the modem in, or correct modem.port: ls -l /dev/serial/by-id shows what is there.',
  ],
  [/ECONNREFUSED/i, 'Start the serial server, or correct the port number in modem.port.'],
  [/ENOTFOUND|EAI_AGAIN/i, 'Correct the host name in modem.port.'],
]

function unavailable(port: string, what: string, cause?: unknown): GatewayError {
  const detail = cause === undefined || cause === null ? '' : `: ${messageOf(cause)}`
  const hint = openHints.find(([pattern]) => pattern.test(detail))?.[1]
  return new GatewayError('MODEM_UNAVAILABLE', `${what} ${port}${plain(detail)}`, {
    retry: 'temporary',
    hint: hint ?? 'Check the cable, the power of the modem and modem.port.',
    context: { port, portIsThere: isThere(detail) },
    cause,
  })
}

/** ": Error: No such file or directory, cannot open /dev/ttyUSB2" of serialport without what is said before. */
const plain = (detail: string): string =>
  detail.replace(/^: Error:? /, ': ').replace(/, cannot open .*$/i, '')

/** A port that is there all the same; the recovery ladder asks. */
const isThere = (detail: string): boolean =>
  /lock|busy|temporarily unavailable|permission|access denied/i.test(detail)

/** Characters after the last line end that are looked at: more than a prompt has. */
const tailMax = 5

/** Feeds bytes to the line parser and finds the prompt, which the parser cannot see because it has no line end. */
function createSplitter(handlers: Pick<LineHandlers, 'onLine' | 'onPrompt'>): (chunk: Buffer) => void {
  let parser = newParser()
  let linesFed = 0
  let linesSeen = 0
  let tail = ''
  let tailBytes = 0
  let skipping = false
  let promptWaits = false

  function newParser(): ReadlineParser {
    // The delimiter stays on, so that each line end gives exactly one event and the prompt keeps its place in the order.
    const made = new ReadlineParser({ delimiter: '\n', includeDelimiter: true, encoding: 'latin1' })
    made.on('data', (text: string) => {
      for (const line of text.split('\n').slice(0, -1)) {
        linesSeen += 1
        for (const piece of line.split('\r')) if (piece !== '') handlers.onLine(piece)
      }
      promptWhenReached()
    })
    return made
  }

  function promptWhenReached(): void {
    if (!promptWaits || linesSeen !== linesFed) return
    promptWaits = false
    handlers.onPrompt()
  }

  function overflow(): void {
    parser.destroy()
    parser = newParser()
    linesFed = linesSeen
    tail = ''
    tailBytes = 0
    skipping = true
  }

  return (chunk) => {
    let bytes = chunk
    if (skipping) {
      const end = bytes.indexOf(0x0a)
      if (end < 0) return
      skipping = false
      bytes = bytes.subarray(end + 1)
    }
    const lastEnd = bytes.lastIndexOf(0x0a)
    const rest = lastEnd < 0 ? bytes : bytes.subarray(lastEnd + 1)
    tailBytes = (lastEnd < 0 ? tailBytes : 0) + rest.length
    // NULs come from a modem that restarts; behind a prompt they would hide it. In a line they may be an @ (AT+CSCS="GSM").
    const seen = rest.includes(0) ? rest.filter((octet) => octet !== 0) : rest
    tail = ((lastEnd < 0 ? tail : '') + seen.subarray(0, tailMax).toString('latin1')).slice(0, tailMax)
    for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) linesFed += 1
    promptWaits = false
    if (bytes.length > 0) parser.write(bytes)
    if (tailBytes > lineBytesMax) return overflow()
    promptWaits = /^\r*>\s?$/.test(tail)
    promptWhenReached()
  }
}

function openTcp(port: string): OpeningPort {
  const url = URL.canParse(port) ? new URL(port) : null
  if (url === null || url.hostname === '' || url.port === '') {
    const hint = 'Write it as tcp://host:port, such as tcp://127.0.0.1:7007'
    throw new GatewayError('CONFIG_INVALID', `not an address of a serial server: ${port}`, { hint })
  }
  const socket = connect({
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port),
    noDelay: true,
    keepAlive: true,
  })
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return { stream: socket, opened }
}

function openTty(path: string, baudRate: number): OpeningPort {
  const port = new SerialPort({ path, baudRate, autoOpen: false })
  const opened = new Promise<void>((resolve, reject) => {
    port.open((error) => (error instanceof Error ? reject(error) : resolve()))
  })
  return { stream: port, opened }
}

const openRealPort: OpenPort = (port, baudRate) =>
  port.startsWith('tcp://') ? openTcp(port) : openTty(port, baudRate)

/** Ends the stream; a tty reports close twice and `Canceled` for what it had not written. */
function closeStream(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    stream.once('close', () => resolve())
    if (stream instanceof SerialPort) {
      if (stream.isOpen) stream.close(() => resolve())
      else resolve()
    } else if (stream.closed) resolve()
    else stream.destroy()
  })
}

/** A driver of a vanished modem may never say that it has closed: then the port is left to it. */
async function closeWithinLimit(stream: Duplex, clock: Clock): Promise<void> {
  const timer = new AbortController()
  const limit = clock.sleep(timeLimits.closeMs, timer.signal).then(
    () => log.warn('port-not-closed', { after_ms: timeLimits.closeMs }),
    () => undefined,
  )
  await Promise.race([closeStream(stream), limit])
  timer.abort()
}

async function withinOpenLimit(
  opened: Promise<void>,
  { port, clock, signal }: SerialLineOptions,
): Promise<void> {
  const timer = new AbortController()
  const limit = clock.sleep(timeLimits.openMs, AbortSignal.any([timer.signal, signal])).then(() => {
    throw new Error('timed out')
  })
  try {
    await Promise.race([opened, limit])
  } catch (error) {
    const problem = unavailable(port, 'cannot open', error)
    throw /permission|access denied/i.test(problem.message) ? problem : await withRival(problem, port)
  } finally {
    timer.abort()
    limit.catch(() => undefined)
  }
}

/**
 * Opens the port.
 * @throws GatewayError MODEM_UNAVAILABLE (absent, locked, no permission), CONFIG_INVALID (no valid tcp address)
 */
export async function openSerialLine(
  options: SerialLineOptions,
  handlers: LineHandlers,
): Promise<SerialLine> {
  const { port, baudRate, openPort = openRealPort } = options
  const owner = port.startsWith('tcp://') ? null : await lockOwner(port)
  if (owner !== null)
    throw new GatewayError('MODEM_UNAVAILABLE', `cannot open ${port}: ${owner.what}`, {
      retry: 'temporary',
      hint: owner.hint,
      context: { port, portIsThere: true, rival: owner.name, rivalPid: owner.pid },
    })
  const { stream, opened } = openPort(port, baudRate)
  let open = true
  let problem: unknown = null
  // A listener stands from the start: an error event without one ends the process.
  stream.on('error', (error) => {
    problem = error
  })
  const lose = (cause: unknown): void => {
    if (!open) return
    open = false
    void closeStream(stream)
    handlers.onLost(unavailable(port, 'lost', cause ?? problem))
  }
  const split = createSplitter({
    onLine: (line) => open && handlers.onLine(line),
    onPrompt: () => open && handlers.onPrompt(),
  })
  try {
    await withinOpenLimit(opened, options)
  } catch (error) {
    open = false
    opened.then(() => closeStream(stream)).catch(() => undefined)
    if (!(stream instanceof SerialPort)) stream.destroy()
    throw error
  }
  stream.on('data', split)
  stream.on('close', (cause: unknown) => lose(cause instanceof Error ? cause : null))
  stream.on('end', () => lose(new Error('closed by the other side')))
  return {
    write(text) {
      if (!open) throw unavailable(port, 'not open')
      if (stream.writableLength > writeBytesMax) {
        const error = new Error('nothing is read on the other side')
        lose(error)
        throw unavailable(port, 'cannot write to', error)
      }
      stream.write(Buffer.from(text, 'latin1'))
    },
    close() {
      open = false
      return closeWithinLimit(stream, options.clock)
    },
  }
}
