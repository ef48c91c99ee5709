// A made-up /sys and /dev with USB modems in it, as the kernel and udev show them.

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PortRoots } from '../../../src/modem/port/usb-ports.ts'

export interface Usb {
  /** Empty: this interface has no tty. */
  readonly tty: string
  readonly id: string
  readonly interfaceNumber: string
  readonly protocol?: string
  readonly byId?: string
  readonly byPath?: string
  /** Socket; devices with different ones are different devices. */
  readonly socket?: string
  readonly serial?: string
  readonly interfaceClass?: string
  /** A real tty behind the name in /dev. */
  readonly leadsTo?: string
}

async function plugIn(roots: PortRoots, usb: Usb): Promise<void> {
  const { tty, id, interfaceNumber, protocol = 'ff', socket = '1-1' } = usb
  const [vendor = '', product = ''] = id.split(':')
  const bus = join(roots.sys, 'bus/usb/devices')
  const device = join(roots.sys, 'devices/usb1', socket)
  const name = `${socket}:1.${Number.parseInt(interfaceNumber, 16)}`
  const face = join(device, name)
  await mkdir(face, { recursive: true })
  await mkdir(bus, { recursive: true })
  await writeFile(join(device, 'idVendor'), `${vendor}\n`)
  await writeFile(join(device, 'idProduct'), `${product}\n`)
  await writeFile(join(device, 'serial'), `${usb.serial ?? ''}\n`)
  await writeFile(join(face, 'bInterfaceNumber'), `${interfaceNumber}\n`)
  await writeFile(join(face, 'bInterfaceClass'), `${usb.interfaceClass ?? 'ff'}\n`)
  await writeFile(join(face, 'bInterfaceSubClass'), '02\n')
  await writeFile(join(face, 'bInterfaceProtocol'), `${protocol}\n`)
  await symlink(device, join(bus, socket)).catch(() => undefined)
  await symlink(face, join(bus, name))
  if (tty === '') return
  const own = tty.startsWith('ttyUSB') ? join(face, tty) : face
  await mkdir(join(own, 'tty', tty), { recursive: true })
  await mkdir(join(roots.sys, 'class/tty'), { recursive: true })
  await symlink(join(own, 'tty', tty), join(roots.sys, 'class/tty', tty))
  await symlink(own, join(own, 'tty', tty, 'device'))
  if (usb.leadsTo === undefined) await writeFile(join(roots.dev, tty), '')
  else await symlink(usb.leadsTo, join(roots.dev, tty))
  const links = { 'by-id': usb.byId, 'by-path': usb.byPath }
  // Of two devices with the same name the later one has the link.
  for (const [kind, link] of Object.entries(links))
    if (link !== undefined) {
      await rm(join(roots.dev, 'serial', kind, link), { force: true })
      await symlink(`../../${tty}`, join(roots.dev, 'serial', kind, link))
    }
}

/** A tree like /sys and /dev with these ttys, for the time of `use`. */
export async function withTree(
  ttys: readonly Usb[],
  use: (roots: PortRoots) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'simpost-port-'))
  const roots = { sys: join(root, 'sys'), dev: join(root, 'dev') }
  for (const kind of ['by-id', 'by-path']) await mkdir(join(roots.dev, 'serial', kind), { recursive: true })
  for (const usb of ttys) await plugIn(roots, usb)
  await mkdir(join(roots.sys, 'class/tty/ttyS0'), { recursive: true })
  try {
    await use(roots)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}
