// A host for tests of the simulated modem: writes bytes, waits for final result codes, keeps what came.
// Invariant: it knows nothing of src/modem; what it waits for is spelled out by the test.

import assert from 'node:assert/strict'
import { type Duplex, duplexPair } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  createSimModem,
  type SimModem,
  type SimModemOptions,
} from '../../../src/simulator/modem/sim-modem.ts'

const finalCode = /(?:^|\r\n)(?:OK|ERROR|NO CARRIER|\+CM[ES] ERROR: [^\r]*)\r\n$/

export interface AtSession {
  readonly modem: SimModem
  readonly stream: Duplex
  /** Writes a command line and its CR; resolves with all that came until a final result code. */
  send(command: string): Promise<string>
  /** Writes bytes; resolves with all that came until `wanted` matches. Fails after 2 s. */
  type(bytes: string, wanted: RegExp): Promise<string>
  /** Sends a PDU by AT+CMGS and Ctrl-Z, or another end; resolves with what came after the prompt. */
  sendPdu(tpdu: string, wanted?: RegExp): Promise<string>
  /** Takes what came so far, waiting `ms` for more. */
  quiet(ms: number): Promise<string>
  /** What came since the last call, until `wanted` matches. */
  until(wanted: RegExp): Promise<string>
  /** Sizes of the chunks as they came. */
  readonly chunks: number[]
  end(): Promise<void>
}

/** A modem with a host on an in-memory stream, echo off and numeric errors unless `raw`. */
export async function openSession(
  options: SimModemOptions = {},
  { raw = false }: { readonly raw?: boolean } = {},
): Promise<AtSession> {
  const modem = createSimModem(options)
  const session = attachSession(modem)
  if (!raw) await session.send('ATE0+CMEE=1')
  return session
}

/** Another host on the same modem. */
export function attachSession(modem: SimModem): AtSession {
  const [stream, far] = duplexPair()
  modem.attach(far)
  let text = ''
  const chunks: number[] = []
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk.length)
    text += chunk.toString('latin1')
  })
  const take = (): string => {
    const taken = text
    text = ''
    return taken
  }
  async function until(wanted: RegExp): Promise<string> {
    const deadline = performance.now() + 2000
    while (!wanted.test(text)) {
      assert.ok(performance.now() < deadline, `no ${wanted} in ${JSON.stringify(text)}`)
      await sleep(1)
    }
    return take()
  }
  const type = (bytes: string, wanted: RegExp): Promise<string> => {
    stream.write(Buffer.from(bytes, 'latin1'))
    return until(wanted)
  }
  return {
    modem,
    stream,
    chunks,
    type,
    until,
    send: (command) => type(`${command}\r`, finalCode),
    async sendPdu(tpdu, wanted = finalCode) {
      await type(`AT+CMGS=${tpdu.length / 2}\r`, /> $/)
      return type(`00${tpdu}\u001a`, wanted)
    },
    async quiet(ms) {
      await sleep(ms)
      return take()
    },
    end: () => modem.close(),
  }
}

export interface SubmitOptions {
  /** TP-DA, international digits without plus; default 4917099. */
  readonly to?: string
  /** User data header with its length octet, hex. */
  readonly header?: string
  /** TP-SRR. */
  readonly report?: boolean
}

/** SMS-SUBMIT TPDU in UCS-2, hex: plain enough to be checked by eye. */
export function ucs2Submit(
  text: string,
  { to = '4917099', header = '', report = false }: SubmitOptions = {},
): string {
  const firstOctet = (0x01 | (report ? 0x20 : 0) | (header === '' ? 0 : 0x40)).toString(16).padStart(2, '0')
  const digits = (to.length % 2 === 0 ? to : `${to}F`).replace(/(.)(.)/g, '$2$1')
  const body = header + Buffer.from(text, 'utf16le').swap16().toString('hex')
  const hex = (value: number): string => value.toString(16).padStart(2, '0')
  return `${firstOctet}00${hex(to.length)}91${digits}0008${hex(body.length / 2)}${body}`.toUpperCase()
}
