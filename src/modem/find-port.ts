// `port = "auto"`: which tty takes AT commands. By USB identity first (a table after ModemManager's udev rules), then
// by a probe. Invariants: nothing but `AT` is written to a port until it has answered OK (a diagnostics port may take anything for
// a command); the stable name under /dev/serial/by-id is preferred, for ttyUSB numbers change at each plugging.

import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'
import type { Clock } from '../domain/ports.ts'
import { atCommand } from './at-command.ts'
import { createAtDialogue } from './at-dialogue.ts'
import { openSerialLine, type SerialLine } from './serial-line.ts'
import { timeLimits } from './time-limits.ts'

/** A tty that may belong to a modem. */
export interface PortCandidate {
  /** The name under /dev/serial/by-id if there is one, else /dev/tty... */
  readonly path: string
  readonly tty: string
  /** Four hex digits, lower case. */
  readonly vendorId: string
  readonly productId: string
  /** bInterfaceNumber. */
  readonly interfaceNumber: number
  /** USB product string; empty if there is none. */
  readonly product: string
  /** 0: the table names it as AT port; 1: second AT port; 2: unknown device; 3: known device, but another interface. */
  readonly rank: number
}

/** Where the files lie; tests give a tree of their own. */
export interface PortRoots {
  readonly sys: string
  readonly dev: string
}

const systemRoots: PortRoots = { sys: '/sys', dev: '/dev' }

/** vendor:product -> AT interfaces, best first. */
const atInterfaces: ReadonlyMap<string, readonly number[]> = new Map([
  ['2c7c:0125', [2, 3]],
  ['2c7c:0121', [2, 3]],
  ['2c7c:0296', [2, 3]],
  ['2c7c:0306', [2, 3]],
  ['2c7c:0191', [2, 3]],
  ['2c7c:0195', [2, 3]],
  ['1e0e:9001', [2, 3]],
  ['1e0e:9011', [4]],
  ['1e0e:9205', [2]],
  ['1e0e:9206', [2]],
  ['19d2:0117', [2, 1]],
  ['19d2:0016', [2, 1]],
  ['19d2:0082', [3, 1]],
  ['19d2:0021', [3, 1]],
  ['1199:9071', [3]],
  ['1199:9079', [3]],
  ['1199:9091', [3]],
  ['1199:68c0', [3]],
  ['1bc7:1031', [1, 2]],
  ['1bc7:1040', [4, 5]],
  ['1bc7:1041', [5, 6]],
  ['1546:1102', [0, 2, 4]],
  ['1546:1107', [0, 2, 4]],
  ['1546:110a', [0, 2, 4]],
  ['1546:1010', [6]],
])

/** Huawei has no numbers to rely on: class ff, subclass 01 or 02, protocol 02 = PCUI (AT), 01 = modem port. */
const huawei = '12d1'

interface UsbFacts {
  readonly vendorId: string
  readonly productId: string
  readonly interfaceNumber: number
  readonly subclass: string
  readonly protocol: string
}

function rankOf({ vendorId, productId, interfaceNumber, subclass, protocol }: UsbFacts): number {
  if (vendorId === huawei) {
    if (subclass !== '01' && subclass !== '02') return 2
    return protocol === '02' ? 0 : protocol === '01' ? 1 : 3
  }
  const known = atInterfaces.get(`${vendorId}:${productId}`)
  if (known === undefined) return 2
  const at = known.indexOf(interfaceNumber)
  return at < 0 ? 3 : Math.min(at, 1)
}

async function attribute(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'latin1').then(
    (text) => text.trim().toLowerCase(),
    () => '',
  )
}

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

/** The folder of the USB interface of a tty: the tty itself (ACM) or its parent (ttyUSB) lies in it. */
async function interfaceFolder(sys: string, tty: string): Promise<string | null> {
  let folder = await realpath(join(sys, 'class/tty', tty, 'device')).catch(() => null)
  for (let up = 0; folder !== null && up < 3; up += 1) {
    if ((await attribute(folder, 'bInterfaceNumber')) !== '') return folder
    folder = dirname(folder)
  }
  return null
}

async function stableName({ dev }: PortRoots, tty: string): Promise<string> {
  const folder = join(dev, 'serial/by-id')
  for (const name of await entries(folder)) {
    const target = await realpath(join(folder, name)).catch(() => '')
    if (basename(target) === tty) return join(folder, name)
  }
  return join(dev, tty)
}

async function candidate(roots: PortRoots, tty: string): Promise<PortCandidate | null> {
  const folder = await interfaceFolder(roots.sys, tty)
  if (folder === null) return null
  const device = dirname(folder)
  const vendorId = await attribute(device, 'idVendor')
  const productId = await attribute(device, 'idProduct')
  const interfaceNumber = Number.parseInt(await attribute(folder, 'bInterfaceNumber'), 16)
  const subclass = await attribute(folder, 'bInterfaceSubClass')
  const protocol = await attribute(folder, 'bInterfaceProtocol')
  return {
    path: await stableName(roots, tty),
    tty,
    vendorId,
    productId,
    interfaceNumber,
    product: await attribute(device, 'product'),
    rank: rankOf({ vendorId, productId, interfaceNumber, subclass, protocol }),
  }
}

/** All USB ttys, the likeliest AT port first. Ports that cannot be one (rank 3) come last. */
export async function listModemPorts(roots: PortRoots = systemRoots): Promise<readonly PortCandidate[]> {
  const ttys = (await entries(join(roots.sys, 'class/tty'))).filter((name) => /^tty(USB|ACM)\d+$/.test(name))
  const found: PortCandidate[] = []
  for (const tty of ttys.sort()) {
    const one = await candidate(roots, tty)
    if (one !== null) found.push(one)
  }
  return found.sort((one, other) => one.rank - other.rank || one.interfaceNumber - other.interfaceNumber)
}

export interface ProbeOptions {
  readonly baudRate: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * True when the port answers `AT` with OK and knows AT+CMGF. False for a port that is silent, busy or of another kind.
 */
export async function probePort(port: string, options: ProbeOptions): Promise<boolean> {
  let line: SerialLine | null = null
  const dialogue = createAtDialogue({
    clock: options.clock,
    write: (text) => line?.write(text),
    onUrc: () => undefined,
    onNoise: () => undefined,
    onSilent: () => undefined,
  })
  try {
    line = await openSerialLine(
      { ...options, port },
      {
        onLine: (text) => dialogue.receiveLine(text),
        onPrompt: () => dialogue.receivePrompt(),
        onLost: () => dialogue.close(),
      },
    )
    const attention = await dialogue.probe(atCommand('AT', { limitMs: timeLimits.probeMs }))
    if (attention.kind !== 'ok') return false
    const format = await dialogue.probe(atCommand('AT+CMGF?', { requires: '+CMGF' }))
    return format.kind === 'ok'
  } catch (error) {
    if (error instanceof GatewayError) return false
    throw error
  } finally {
    dialogue.close()
    await line?.close()
  }
}

/**
 * The path of the AT port.
 * @throws GatewayError MODEM_UNAVAILABLE when no port answers like a modem
 */
export async function findModemPort(options: ProbeOptions, roots: PortRoots = systemRoots): Promise<string> {
  const candidates = (await listModemPorts(roots)).filter(({ rank }) => rank < 3)
  for (const { path } of candidates) {
    if (options.signal.aborted) break
    if (await probePort(path, options)) return path
  }
  const seen = candidates.map(({ tty }) => tty).join(', ')
  throw new GatewayError('MODEM_UNAVAILABLE', `no modem found${seen === '' ? '' : ` (asked ${seen})`}`, {
    retry: 'temporary',
    hint: 'Plug the modem in and wait half a minute; or set modem.port to its tty: ls -l /dev/serial/by-id',
  })
}
