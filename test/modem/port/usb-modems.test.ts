// The table of USB modems, and that systemd/78-simpost-modem.rules says the same as the table.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { rankOf, unreadyStick, usbModems } from '../../../src/modem/port/usb-modems.ts'
import { applyRules, readRules, type UdevDevice } from './udev-rules.ts'

const file = fileURLToPath(new URL('../../../systemd/78-simpost-modem.rules', import.meta.url))
const text = readFileSync(file, 'utf8')

/** Part of the Debian package udev. */
const udev = 'udevadm'

const rules = readRules(text)

const interfaceNumbers = [0, 1, 2, 3, 4, 5, 6, 7]
const hex = (number: number): string => number.toString(16).padStart(2, '0')
const huawei = '12d1'

const listed = usbModems.flatMap(({ vendorId, productIds }) =>
  productIds.map((productId) => ({ vendorId, productId })),
)

interface Usb {
  readonly vendorId: string
  readonly productId: string
  readonly interfaceNumber?: number
  readonly protocol?: string
  readonly tty?: string
}

/** A tty of that interface as the rules see it behind 60-serial.rules. */
function tty({
  vendorId,
  productId,
  interfaceNumber = 0,
  protocol = 'ff',
  tty: kernel = 'ttyUSB2',
}: Usb): UdevDevice {
  return {
    kernel,
    subsystem: 'tty',
    parents: [
      {},
      { bInterfaceClass: 'ff', bInterfaceSubClass: '02', bInterfaceProtocol: protocol },
      { idVendor: vendorId, idProduct: productId },
    ],
    properties: {
      ID_VENDOR_ID: vendorId,
      ID_USB_INTERFACE_NUM: hex(interfaceNumber),
      ID_USB_INTERFACES: ':ff0201:ff0202:080650:',
      ID_PATH: `pci-0000:00:14.0-usb-0:2:1.${interfaceNumber}`,
    },
  }
}

test('every id of the table is a modem for udev as well, and no other id is', () => {
  for (const id of listed)
    assert.equal(applyRules(rules, tty(id)).properties.ID_SIMPOST, 'modem', id.productId)
  const inRules = rules.flatMap((rule) =>
    rule.some(({ key, name }) => key === 'ENV' && name === 'ID_SIMPOST')
      ? rule.filter(({ name }) => name === 'idProduct').flatMap(({ value }) => value.split('|'))
      : [],
  )
  assert.deepEqual(inRules.sort(), listed.map(({ productId }) => productId).sort())
})

test('the link leads to the very interface that the table ranks first, for every modem and every interface', () => {
  let links = 0
  for (const id of listed)
    for (const interfaceNumber of interfaceNumbers) {
      const port = { ...id, interfaceNumber, interfaceClass: 'ff', subclass: 'ff', protocol: 'ff' }
      const found = applyRules(rules, tty(port)).links.includes('simpost-modem')
      assert.equal(found, rankOf(port) === 0, `${id.vendorId}:${id.productId} ${interfaceNumber}`)
      links += found ? 1 : 0
    }
  assert.equal(links, listed.length)
})

test('a Huawei stick is told by the descriptor of its interface, by udev as by the table', () => {
  for (const [protocol, rank] of [
    ['01', 1],
    ['02', 0],
    ['12', 3],
  ] as const) {
    const id = { vendorId: huawei, productId: '1506', interfaceNumber: 4 }
    assert.equal(rankOf({ ...id, interfaceClass: 'ff', subclass: '02', protocol }), rank)
    assert.equal(applyRules(rules, tty({ ...id, protocol })).links.includes('simpost-modem'), rank === 0)
  }
  assert.equal(
    rankOf({
      vendorId: huawei,
      productId: '1506',
      interfaceNumber: 0,
      interfaceClass: 'ff',
      subclass: '42',
      protocol: '01',
    }),
    2,
  )
})

test('a Huawei telephone keeps its rights and its ModemManager', () => {
  const phone = tty({ vendorId: huawei, productId: '107e' })
  const result = applyRules(rules, {
    ...phone,
    properties: { ...phone.properties, ID_USB_INTERFACES: ':ff4201:060101:' },
  })
  assert.deepEqual(
    [result.properties.ID_SIMPOST, result.properties.ID_MM_DEVICE_IGNORE],
    [undefined, undefined],
  )
})

test('all ports of a modem belong to dialout and are none of ModemManager, the USB device neither', () => {
  const id = { vendorId: '2c7c', productId: '0125' }
  const diagnosis = applyRules(rules, tty({ ...id, interfaceNumber: 0 }))
  assert.deepEqual([diagnosis.group, diagnosis.mode, diagnosis.links], ['dialout', '0660', []])
  assert.equal(diagnosis.properties.ID_MM_DEVICE_IGNORE, '1')
  const device = applyRules(rules, {
    ...{ kernel: '1-2', subsystem: 'usb', properties: {} },
    parents: [{ idVendor: '2c7c', idProduct: '0125' }],
  })
  assert.deepEqual([device.properties.ID_SIMPOST, device.properties.ID_MM_DEVICE_IGNORE], ['modem', '1'])
  assert.equal(device.group, 'root')
})

test('plugging in the AT port starts the service, pulling it changes nothing', () => {
  const at = tty({ vendorId: '2c7c', productId: '0125', interfaceNumber: 2 })
  const added = applyRules(rules, at)
  assert.deepEqual([added.tags, added.properties.SYSTEMD_WANTS], [['systemd'], 'simpost.service'])
  const removed = applyRules(rules, { ...at, action: 'remove' })
  assert.deepEqual([removed.links, removed.tags, removed.properties], [[], [], at.properties])
})

test('of two modems the first keeps the common link, also when its device changes, and each has a link of its own', () => {
  const at = tty({ vendorId: '2c7c', productId: '0125', interfaceNumber: 2 })
  const own = 'simpost-modem-at-pci-0000:00:14.0-usb-0:2:1.2'
  const first = applyRules(rules, at)
  assert.deepEqual(first.links, [own, 'simpost-modem'])
  const second = applyRules(rules, at, true)
  assert.deepEqual(second.links, [own])
  assert.deepEqual(applyRules(rules, { ...at, action: 'change', database: first.properties }, true).links, [
    own,
    'simpost-modem',
  ])
  assert.deepEqual(applyRules(rules, { ...at, action: 'change', database: second.properties }, true).links, [
    own,
  ])
})

test('the rules sort behind 60-serial, where the interface number comes from, and before ModemManager', () => {
  const order = [
    '80-mm-candidate.rules',
    basename(file),
    '60-serial.rules',
    '77-mm-huawei-net-port-types.rules',
  ]
  assert.deepEqual(order.sort().indexOf(basename(file)), 2)
})

test('udev itself finds nothing wrong with the rules', (t) => {
  const run = spawnSync(udev, ['verify', file], { encoding: 'utf8' })
  // Older than systemd 254, or a machine without udev: the reading above has refused every line that is no rule.
  if (run.error !== undefined || /Unknown command verb/.test(run.stderr))
    return t.skip('no "udevadm verify" here')
  assert.equal(run.status, 0, run.stdout + run.stderr)
})

for (const [id, classes, what] of [
  ['12d1:1f01', ['08'], 'a Huawei stick in CD-ROM mode (12d1:1f01)'],
  ['12d1:1446', ['08'], 'a Huawei stick in CD-ROM mode (12d1:1446)'],
  ['12d1:157d', ['08'], 'a Huawei stick in CD-ROM mode (12d1:157d)'],
  ['12d1:1f0a', ['08', '08'], 'a Huawei stick in CD-ROM mode (12d1:1f0a)'],
  ['19d2:2000', ['08'], 'a ZTE stick in CD-ROM mode (19d2:2000)'],
  ['3566:2001', ['08'], 'a Brovi stick in CD-ROM mode (3566:2001)'],
  ['12d1:14dc', ['02', '0a', '08'], 'a Huawei stick in network mode without AT port (12d1:14dc)'],
  ['12d1:14db', ['02', '0a'], 'a Huawei stick in network mode without AT port (12d1:14db)'],
  ['3566:2001', ['e0', '0a'], 'a Brovi stick in network mode without AT port (3566:2001)'],
  ['19d2:1405', ['02', '0a', '08'], 'a ZTE stick in network mode without AT port (19d2:1405)'],
  ['2c7c:0125', ['ff', 'ff'], 'a Quectel EC25, EG25-G without a serial port (2c7c:0125)'],
  ['12d1:107e', ['06'], null],
  ['0951:1666', ['08'], null],
] as const) {
  test(`${id} with interfaces ${classes.join(' ')} is ${what ?? 'no modem'}`, () => {
    const [vendorId = '', productId = ''] = id.split(':')
    const stick = unreadyStick({ vendorId, productId }, classes)
    assert.equal(stick?.what ?? null, what)
    if (what?.includes('CD-ROM')) assert.match(stick?.hint ?? '', /usb-modeswitch/)
  })
}
