// `simpost modem list`: ports and sticks as a person sees them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { listModemsForPeople } from '../../../src/cli/modem/modem-list.ts'
import { withTree } from '../../modem/port/usb-tree.ts'
import { scriptedModem } from '../../modem/scripted-modem.ts'
import { openPty } from '../../support/pty.ts'

test('ports are listed with rank and rivals, sticks without a port apart; only --probe asks, and never a port for diagnosis', async () => {
  const modem = await scriptedModem()
  modem.on('AT+CMGF=?', '\r\n+CMGF: (0,1)\r\n\r\nOK\r\n')
  const pty = await openPty(modem.port)
  await withTree(
    [
      { tty: 'ttyUSB0', id: '2c7c:0125', interfaceNumber: '00', leadsTo: pty.path },
      { tty: 'ttyUSB2', id: '2c7c:0125', interfaceNumber: '02', leadsTo: pty.path },
      { tty: '', id: '12d1:1f01', interfaceNumber: '00', interfaceClass: '08', socket: '1-2' },
    ],
    async (roots) => {
      const quiet = await listModemsForPeople(false, roots)
      assert.deepEqual(
        quiet.ports.map(({ port, answer }) => [port.tty, port.product, port.rank, answer]),
        [
          ['ttyUSB2', 'Quectel EC25, EG25-G', 0, null],
          ['ttyUSB0', 'Quectel EC25, EG25-G', 3, null],
        ],
      )
      assert.deepEqual(
        quiet.ports[0]?.rivals.map(({ name, how }) => [name, how]),
        [['socat', 'open']],
      )
      assert.deepEqual(
        quiet.sticks.map(({ what }) => what),
        ['a Huawei stick in CD-ROM mode (12d1:1f01)'],
      )
      assert.deepEqual(modem.received, [])
      const asked = await listModemsForPeople(true, roots)
      assert.deepEqual(
        asked.ports.map(({ answer }) => answer),
        [{ kind: 'modem', maker: 'Example' }, null],
      )
    },
  )
  await pty.close()
  await modem.close()
})
