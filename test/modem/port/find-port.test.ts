// Recognition of the AT port in a made-up /sys and /dev, and the probe on a scripted peer.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import { findModemPort, probePort } from '../../../src/modem/port/find-port.ts'
import { listModemPorts, listUnreadySticks } from '../../../src/modem/port/usb-ports.ts'
import { openPty } from '../../support/pty.ts'
import { fastClock } from '../clocks.ts'
import { scriptedModem } from '../scripted-modem.ts'
import { type Usb, withTree } from './usb-tree.ts'

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
      { tty: 'ttyACM0', id: '1546:1102', interfaceNumber: '00', socket: '1-2' },
      { tty: 'ttyUSB9', id: 'abcd:1234', interfaceNumber: '05', socket: '1-3' },
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

const options = { baudRate: 115200, clock: fastClock(), signal: new AbortController().signal }

test('two identical sticks that share a name by id go by their sockets, so that none is taken for the other', async () => {
  const stick = {
    id: '12d1:1506',
    interfaceNumber: '02',
    protocol: '02',
    byId: 'usb-HUAWEI_Mobile-if02-port0',
  }
  await withTree(
    [
      { ...stick, tty: 'ttyUSB1', socket: '1-1', byPath: 'usb-0:1:1.2-port0' },
      { ...stick, tty: 'ttyUSB4', socket: '1-2', byPath: 'usb-0:2:1.2-port0' },
    ],
    async (roots) => {
      const folder = join(roots.dev, 'serial/by-path')
      assert.deepEqual(
        (await listModemPorts(roots)).map(({ path }) => path),
        [join(folder, 'usb-0:1:1.2-port0'), join(folder, 'usb-0:2:1.2-port0')],
      )
    },
  )
  await withTree(
    [
      { ...stick, tty: 'ttyUSB1', socket: '1-1', serial: 'A', byId: 'usb-A-if02-port0', byPath: 'a' },
      { ...stick, tty: 'ttyUSB4', socket: '1-2', serial: 'B', byId: 'usb-B-if02-port0', byPath: 'b' },
    ],
    async (roots) => {
      const names = (await listModemPorts(roots)).map(({ path }) => path.replace(/.*\//, ''))
      assert.deepEqual(names, ['usb-A-if02-port0', 'usb-B-if02-port0'])
    },
  )
})

const nothing = [
  ['nothing on the bus', [], /^no modem found$/, /Plug the modem in/],
  [
    'a Huawei stick that is still a CD-ROM',
    [{ tty: '', id: '12d1:1f01', interfaceNumber: '00', interfaceClass: '08' }],
    /^no modem found: a Huawei stick in CD-ROM mode \(12d1:1f01\)$/,
    /usb-modeswitch/,
  ],
  [
    'a Huawei stick as a network card',
    [
      { tty: '', id: '12d1:14dc', interfaceNumber: '00', interfaceClass: '02' },
      { tty: '', id: '12d1:14dc', interfaceNumber: '01', interfaceClass: '0a' },
    ],
    /^no modem found: a Huawei stick in network mode without AT port \(12d1:14dc\)$/,
    /"stick" firmware/,
  ],
  [
    'a module whose driver is not loaded',
    [{ tty: '', id: '2c7c:0125', interfaceNumber: '02' }],
    /^no modem found: a Quectel EC25, EG25-G without a serial port \(2c7c:0125\)$/,
    /modprobe option/,
  ],
  [
    'a diagnostics port alone, which is never asked',
    [{ tty: 'ttyUSB0', id: '2c7c:0125', interfaceNumber: '00' }],
    /^no modem found$/,
    /Plug the modem in/,
  ],
  [
    'a port that is no tty',
    [{ tty: 'ttyUSB0', id: 'abcd:1234', interfaceNumber: '00' }],
    /^no modem found: cannot open \S+ttyUSB0/,
    /./,
  ],
] as const

for (const [title, ttys, message, hint] of nothing) {
  test(`the search says what it saw: ${title}`, async () => {
    await withTree(ttys, async (roots) => {
      await assert.rejects(findModemPort(options, roots), (error) => {
        assert.ok(error instanceof GatewayError)
        assert.deepEqual([error.code, error.retry], ['MODEM_UNAVAILABLE', 'temporary'])
        assert.match(error.message, message)
        assert.match(error.hint ?? '', hint)
        return true
      })
    })
  })
}

test('a stick that has its port is not called unready', async () => {
  await withTree(
    [
      { tty: '', id: '2c7c:0125', interfaceNumber: '04' },
      { tty: 'ttyUSB2', id: '2c7c:0125', interfaceNumber: '02' },
    ],
    async (roots) => assert.deepEqual(await listUnreadySticks(roots), []),
  )
})

test('of two ports that answer the likelier one is taken, through a real tty, and the other is left alone', async () => {
  const [first, second] = [await scriptedModem(), await scriptedModem()]
  for (const modem of [first, second]) modem.on('AT+CMGF=?', '\r\n+CMGF: (0,1)\r\n\r\nOK\r\n')
  const [best, other] = [await openPty(first.port), await openPty(second.port)]
  await withTree(
    [
      { tty: 'ttyUSB3', id: '2c7c:0125', interfaceNumber: '03', leadsTo: other.path },
      { tty: 'ttyUSB2', id: '2c7c:0125', interfaceNumber: '02', leadsTo: best.path },
    ],
    async (roots) => assert.equal(await findModemPort(options, roots), join(roots.dev, 'ttyUSB2')),
  )
  assert.deepEqual([first.received, second.received], [['AT', 'AT+CGMI', 'AT+CMGF=?'], []])
  for (const end of [best, other, first, second]) await end.close()
})

test('a port that is silent or knows no SMS is passed over for the next', async () => {
  const [silent, voice, modem] = [await scriptedModem(), await scriptedModem(), await scriptedModem()]
  silent.on('AT', null)
  voice.on('AT+CMGF=?', '\r\nERROR\r\n')
  modem.on('AT+CMGF=?', '\r\n+CMGF: (0,1)\r\n\r\nOK\r\n')
  const ptys = [await openPty(silent.port), await openPty(voice.port), await openPty(modem.port)]
  const usb = (at: number): Usb => ({
    tty: `ttyUSB${at}`,
    id: 'abcd:1234',
    interfaceNumber: `0${at}`,
    leadsTo: ptys[at]?.path ?? '',
  })
  await withTree([usb(0), usb(1), usb(2)], async (roots) => {
    assert.equal(await findModemPort(options, roots), join(roots.dev, 'ttyUSB2'))
    modem.on('AT+CMGF=?', '\r\nERROR\r\n')
    await assert.rejects(findModemPort(options, roots), {
      message:
        'no modem found: ttyUSB0 (abcd:1234) does not answer AT; ttyUSB1 (abcd:1234) answers AT but knows no SMS; ttyUSB2 (abcd:1234) answers AT but knows no SMS',
    })
  })
  assert.deepEqual(new Set(silent.received), new Set(['AT']))
  for (const end of [...ptys, silent, voice, modem]) await end.close()
})

test('the AT port of a known module is believed without a SIM, even if it refuses everything about SMS', async () => {
  const modem = await scriptedModem()
  modem.on('AT+CMGF=?', '\r\nERROR\r\n')
  const pty = await openPty(modem.port)
  await withTree(
    [{ tty: 'ttyUSB2', id: '2c7c:0125', interfaceNumber: '02', leadsTo: pty.path }],
    async (roots) => assert.equal(await findModemPort(options, roots), join(roots.dev, 'ttyUSB2')),
  )
  for (const end of [pty, modem]) await end.close()
})

test('the AT port of a known module that does not answer is a modem that hangs, not a missing one', async () => {
  const modem = await scriptedModem()
  modem.on('AT', null)
  const pty = await openPty(modem.port)
  await withTree(
    [{ tty: 'ttyUSB2', id: '2c7c:0125', interfaceNumber: '02', leadsTo: pty.path }],
    async (roots) => {
      await assert.rejects(findModemPort(options, roots), {
        code: 'MODEM_SILENT',
        message: /ttyUSB2 .* does not answer AT/,
      })
      await assert.rejects(findModemPort(options, { ...roots, sys: '/nowhere' }), {
        code: 'MODEM_UNAVAILABLE',
      })
    },
  )
  for (const end of [pty, modem]) await end.close()
})

test('a probe writes nothing but AT to a port that does not answer, and believes one that knows CMGF', async () => {
  const modem = await scriptedModem()
  const port = `tcp://127.0.0.1:${modem.port}`
  modem.on('AT+CMGF=?', '\r\n+CMGF: (0,1)\r\n\r\nOK\r\n')
  assert.deepEqual(await probePort(port, options), { kind: 'modem', maker: 'Example' })
  modem.on('AT+CMGF=?', '\r\n+CME ERROR: 10\r\n')
  assert.deepEqual(await probePort(port, options), { kind: 'modem', maker: 'Example' })
  modem.on('AT+CMGF=?', '\r\nERROR\r\n')
  assert.deepEqual(await probePort(port, options), { kind: 'other', maker: 'Example' })
  modem.received.length = 0
  modem.on('AT', null)
  assert.deepEqual(await probePort(port, options), { kind: 'silent' })
  assert.deepEqual(modem.received, ['AT'])
  await modem.close()
  assert.equal((await probePort(port, options)).kind, 'closed')
})
