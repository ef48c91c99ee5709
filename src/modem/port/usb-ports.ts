// What the kernel shows of USB modems: their ttys with id, interface and a name that stays, and sticks that have no tty.
// Invariants: only files of /sys and links of /dev are read, no port is opened; a name under /dev/serial is given only if it leads
// to this tty and to no other (two identical sticks without serial number share one by-id name, so they go by their socket).

import { readdir, readFile, realpath } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { knownModem, type PortRank, rankOf, type UnreadyStick, unreadyStick } from './usb-modems.ts'

/** A tty that may belong to a modem. */
export interface PortCandidate {
  /** The name under /dev/serial/by-id, else by-path, else /dev/tty... */
  readonly path: string
  readonly tty: string
  /** Four hex digits, lower case. */
  readonly vendorId: string
  readonly productId: string
  /** bInterfaceNumber. */
  readonly interfaceNumber: number
  /** Maker and model from the table, else what the device calls itself; may be empty. */
  readonly product: string
  readonly rank: PortRank
}

/** Where the files lie; tests give a tree of their own. */
export interface PortRoots {
  readonly sys: string
  readonly dev: string
}

export const systemRoots: PortRoots = { sys: '/sys', dev: '/dev' }

interface Tty {
  readonly tty: string
  /** Folder of the USB device in /sys. */
  readonly device: string
  readonly facts: Omit<PortCandidate, 'path'>
  /** Equal for ttys that udev gives the same by-id name. */
  readonly twinKey: string
}

async function text(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8').then(
    (content) => content.trim(),
    () => '',
  )
}

const hex = async (folder: string, name: string): Promise<string> => (await text(folder, name)).toLowerCase()

async function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

/** The folder of the USB interface of a tty: the tty itself (ACM) or its parent (ttyUSB) lies in it. */
async function interfaceFolder(sys: string, tty: string): Promise<string | null> {
  let folder = await realpath(join(sys, 'class/tty', tty, 'device')).catch(() => null)
  for (let up = 0; folder !== null && up < 3; up += 1) {
    if ((await hex(folder, 'bInterfaceNumber')) !== '') return folder
    folder = dirname(folder)
  }
  return null
}

async function readTty({ sys }: PortRoots, tty: string): Promise<Tty | null> {
  const folder = await interfaceFolder(sys, tty)
  if (folder === null) return null
  const device = dirname(folder)
  const id = { vendorId: await hex(device, 'idVendor'), productId: await hex(device, 'idProduct') }
  const number = await hex(folder, 'bInterfaceNumber')
  const port = {
    ...id,
    interfaceNumber: Number.parseInt(number, 16),
    interfaceClass: await hex(folder, 'bInterfaceClass'),
    subclass: await hex(folder, 'bInterfaceSubClass'),
    protocol: await hex(folder, 'bInterfaceProtocol'),
  }
  const known = knownModem(id.vendorId, id.productId)
  const own = await text(device, 'product')
  // A maker's entry for all its products knows less than the device itself.
  const listed = known === null || known.productIds.length === 0 ? null : `${known.maker} ${known.model}`
  const product = listed ?? [known?.maker ?? '', own].filter((word) => word !== '').join(' ')
  const { interfaceNumber } = port
  const twinKey = [id.vendorId, id.productId, await text(device, 'serial'), number].join(' ')
  return { tty, device, twinKey, facts: { tty, ...id, interfaceNumber, product, rank: rankOf(port) } }
}

async function linkTo({ dev }: PortRoots, tty: string, kind: 'by-id' | 'by-path'): Promise<string | null> {
  const folder = join(dev, 'serial', kind)
  for (const name of (await entries(folder)).sort()) {
    const target = await realpath(join(folder, name)).catch(() => '')
    if (basename(target) === tty) return join(folder, name)
  }
  return null
}

async function allTtys(roots: PortRoots): Promise<readonly Tty[]> {
  const names = (await entries(join(roots.sys, 'class/tty'))).filter((name) => /^tty(USB|ACM)\d+$/.test(name))
  const found = await Promise.all(names.sort().map((name) => readTty(roots, name)))
  return found.filter((one) => one !== null)
}

/** All USB ttys, the likeliest AT port first; those that cannot be one (rank 3) come last. */
export async function listModemPorts(roots: PortRoots = systemRoots): Promise<readonly PortCandidate[]> {
  const ttys = await allTtys(roots)
  const found: PortCandidate[] = []
  for (const { tty, facts, twinKey } of ttys) {
    const hasTwin = ttys.some((other) => other.tty !== tty && other.twinKey === twinKey)
    const byId = hasTwin ? null : await linkTo(roots, tty, 'by-id')
    const path = byId ?? (await linkTo(roots, tty, 'by-path')) ?? join(roots.dev, tty)
    found.push({ path, ...facts })
  }
  return found.sort((one, other) => one.rank - other.rank || one.interfaceNumber - other.interfaceNumber)
}

/** Modems on the bus that show no AT port, each with what to do about it. */
export async function listUnreadySticks(roots: PortRoots = systemRoots): Promise<readonly UnreadyStick[]> {
  const bus = join(roots.sys, 'bus/usb/devices')
  const withPort = new Set((await allTtys(roots)).map(({ device }) => device))
  const names = (await entries(bus)).sort()
  const found: UnreadyStick[] = []
  // `1-1.2` is a device, `1-1.2:1.0` one of its interfaces.
  for (const name of names.filter((one) => !one.includes(':'))) {
    const device = await realpath(join(bus, name)).catch(() => null)
    if (device === null || withPort.has(device)) continue
    const id = { vendorId: await hex(device, 'idVendor'), productId: await hex(device, 'idProduct') }
    const interfaces = names.filter((one) => one.startsWith(`${name}:`))
    const classes = await Promise.all(interfaces.map((one) => hex(join(bus, one), 'bInterfaceClass')))
    const stick = unreadyStick(id, classes)
    if (stick !== null) found.push(stick)
  }
  return found
}
