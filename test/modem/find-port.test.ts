// Recognition of the AT port in a made-up /sys and /dev, and the probe on a scripted peer.

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { findModemPort, listModemPorts, type PortRoots, probePort } from '../../src/modem/find-port.ts'
import { fastClock } from './clocks.ts'
import { scriptedModem } from './scripted-modem.ts'

interface Usb {
  readonly tty: string
  readonly id: string
  readonly interfaceNumber: string
  readonly protocol?: string
  readonly byId?: string
}

/** A tree like /sys and /dev with these ttys, for the time of `use`. */
async function withTree(ttys: readonly Usb[], use: (roots: PortRoots) => Promise<void>): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), 'simpost-port-'))
  const roots = { sys: join(root, 'sys'), dev: join(root, 'dev') }
  await mkdir(join(roots.dev, 'serial/by-id'), { recursive: true })
  for (const { tty, id, interfaceNumber, protocol = 'ff', byId } of ttys) {
    const [vendor = '', product = ''] = id.split(':')
    const device = join(roots.sys, 'devices/usb1', vendor + product)
    const face = join(device, `1-1:1.${Number.parseInt(interfaceNumber, 16)}`)
    const own = tty.startsWith('ttyUSB') ? join(face, tty) : face
    await mkdir(join(own, 'tty', tty), { recursive: true })
    await writeFile(join(device, 'idVendor'), `${vendor}\n`)
    await writeFile(join(device, 'idProduct'), `${product}\n`)
    await writeFile(join(face, 'bInterfaceNumber'), `${interfaceNumber}\n`)
    await writeFile(join(face, 'bInterfaceSubClass'), '02\n')
    await writeFile(join(face, 'bInterfaceProtocol'), `${protocol}\n`)
    await mkdir(join(roots.sys, 'class/tty'), { recursive: true })
    await symlink(join(own, 'tty', tty), join(roots.sys, 'class/tty', tty))
    await symlink(own, join(own, 'tty', tty, 'device'))
    await writeFile(join(roots.dev, tty), '')
    if (byId !== undefined) await symlink(`../../${tty}`, join(roots.dev, 'serial/by-id', byId))
  }
  await mkdir(join(roots.sys, 'class/tty/ttyS0'), { recursive: true })
  try {
    await use(roots)
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

test('the AT interface of a known module comes first under its stable name, its diagnostics port last', async () => {
  const id = '2c7c:0125'
  await withTree(
    [
      { tty: 'ttyUSB0', id, interfaceNumber: '00' },
      { tty: 'ttyUSB2', id, interfaceNumber: '02', byId: 'usb-Quectel-if02-port0' },
      { tty: 'ttyUSB3', id, interfaceNumber: '03' },
    ],
    async (roots) => {
      const ports = await listModemPorts(roots)
      assert.deepEqual(
        ports.map(({ tty, rank }) => [tty, rank]),
        [
          ['ttyUSB2', 0],
          ['ttyUSB3', 1],
          ['ttyUSB0', 3],
        ],
      )
      assert.equal(ports[0]?.path, join(roots.dev, 'serial/by-id/usb-Quectel-if02-port0'))
      assert.equal(ports[1]?.path, join(roots.dev, 'ttyUSB3'))
    },
  )
})

test('a Huawei stick is known by the protocol of its interfaces, an ACM modem by its interface itself', async () => {
  await withTree(
    [
      { tty: 'ttyUSB0', id: '12d1:1001', interfaceNumber: '00', protocol: '01' },
      { tty: 'ttyUSB1', id: '12d1:1001', interfaceNumber: '02', protocol: '02' },
      { tty: 'ttyACM0', id: '1546:1102', interfaceNumber: '00' },
      { tty: 'ttyUSB9', id: 'abcd:1234', interfaceNumber: '05' },
    ],
    async (roots) => {
      const ports = await listModemPorts(roots)
      assert.deepEqual(ports.map(({ tty, rank }) => `${tty} ${rank}`).sort(), [
        'ttyACM0 0',
        'ttyUSB0 1',
        'ttyUSB1 0',
        'ttyUSB9 2',
      ])
    },
  )
})

test('without a modem the search ends with an error that says what to do', async () => {
  const options = { baudRate: 115200, clock: fastClock(), signal: new AbortController().signal }
  await withTree([{ tty: 'ttyUSB0', id: 'abcd:1234', interfaceNumber: '00' }], async (roots) => {
    await assert.rejects(findModemPort(options, roots), {
      code: 'MODEM_UNAVAILABLE',
      message: /asked ttyUSB0/,
    })
  })
})

test('a probe writes nothing but AT to a port that does not answer, and believes one that knows CMGF', async () => {
  const modem = await scriptedModem()
  const options = { baudRate: 115200, clock: fastClock(), signal: new AbortController().signal }
  const port = `tcp://127.0.0.1:${modem.port}`
  assert.equal(await probePort(port, options), true)
  modem.received.length = 0
  modem.on('AT', null)
  assert.equal(await probePort(port, options), false)
  assert.deepEqual(modem.received, ['AT'])
  modem.on('AT', '\r\nOK\r\n')
  modem.on('AT+CMGF?', '\r\nERROR\r\n')
  assert.equal(await probePort(port, options), false)
  await modem.close()
})
