// Table of the USB modems that are known: which interface takes AT commands, after ModemManager's udev rules, and which sticks show no
// port yet because they are a CD-ROM or a network card. systemd/78-simpost-modem.rules holds the same ids; test/modem/port/usb-modems.test.ts
// compares the two. Invariant: a device that is not listed is unknown, not unfit; it is probed.

export interface UsbModem {
  /** Four hex digits, lower case, as all ids here. */
  readonly vendorId: string
  /** Empty: every product of this maker. */
  readonly productIds: readonly string[]
  readonly maker: string
  readonly model: string
  /** bInterfaceNumber of the AT ports, best first. Empty: told by the descriptor of the interface, see `isAtByDescriptor`. */
  readonly atInterfaces: readonly number[]
}

const quectel = { vendorId: '2c7c', maker: 'Quectel', atInterfaces: [2, 3] } as const
const simcom = { vendorId: '1e0e', maker: 'SIMCom' } as const
const zte = { vendorId: '19d2', maker: 'ZTE' } as const
const sierra = { vendorId: '1199', maker: 'Sierra Wireless', atInterfaces: [3] } as const
const telit = { vendorId: '1bc7', maker: 'Telit' } as const
const ublox = { vendorId: '1546', maker: 'u-blox' } as const

export const usbModems: readonly UsbModem[] = [
  { ...quectel, productIds: ['0125'], model: 'EC25, EG25-G' },
  { ...quectel, productIds: ['0121'], model: 'EC21' },
  { ...quectel, productIds: ['0296'], model: 'BG96' },
  { ...quectel, productIds: ['0306'], model: 'EG06' },
  { ...quectel, productIds: ['0191'], model: 'EG91' },
  { ...quectel, productIds: ['0195'], model: 'EG95' },
  { ...simcom, productIds: ['9001'], model: 'SIM7000, SIM7100, SIM7600', atInterfaces: [2, 3] },
  { ...simcom, productIds: ['9011'], model: 'A7600', atInterfaces: [4] },
  { ...simcom, productIds: ['9205', '9206'], model: 'SIM7070, SIM7080', atInterfaces: [2] },
  { vendorId: '12d1', productIds: [], maker: 'Huawei', model: 'stick', atInterfaces: [] },
  { ...zte, productIds: ['0117', '0016'], model: 'MF190 and relatives', atInterfaces: [2, 1] },
  { ...zte, productIds: ['0082', '0021'], model: 'MF180 and relatives', atInterfaces: [3, 1] },
  { ...sierra, productIds: ['9071', '9079', '9091', '68c0'], model: 'MC73xx, MC74xx, EM74xx, EM75xx' },
  { ...telit, productIds: ['1031'], model: 'LE910C1', atInterfaces: [1, 2] },
  { ...telit, productIds: ['1040'], model: 'LM960, LE910 family', atInterfaces: [4, 5] },
  { ...telit, productIds: ['1041'], model: 'LM960, LE910 family', atInterfaces: [5, 6] },
  { ...ublox, productIds: ['1102', '1107', '110a'], model: 'LISA, SARA, TOBY', atInterfaces: [0, 2, 4] },
  { ...ublox, productIds: ['1010'], model: 'TOBY-L4', atInterfaces: [6] },
]

/** What one USB interface says of itself; hex digits, lower case. */
export interface UsbInterface {
  readonly vendorId: string
  readonly productId: string
  readonly interfaceNumber: number
  readonly interfaceClass: string
  readonly subclass: string
  readonly protocol: string
}

/**
 * How likely a port takes AT commands. 0: the table names it as the AT port; 1: a further AT port; 2: unknown, has to be probed;
 * 3: a port of a known modem for something else.
 */
export type PortRank = 0 | 1 | 2 | 3

export const rankWords: Readonly<Record<PortRank, string>> = {
  0: 'AT port',
  1: 'second AT port',
  2: 'unknown',
  3: 'no AT port',
}

export function knownModem(vendorId: string, productId: string): UsbModem | null {
  const found = usbModems.find(
    (one) => one.vendorId === vendorId && (one.productIds.length === 0 || one.productIds.includes(productId)),
  )
  return found ?? null
}

/** Huawei numbers its interfaces differently on each model but marks them: class ff, subclass 01 or 02, protocol 02 PCUI (AT), 01 modem. */
function rankByDescriptor({ interfaceClass, subclass, protocol }: UsbInterface): PortRank {
  if (interfaceClass !== 'ff' || (subclass !== '01' && subclass !== '02')) return 2
  return protocol === '02' ? 0 : protocol === '01' ? 1 : 3
}

export function rankOf(port: UsbInterface): PortRank {
  const known = knownModem(port.vendorId, port.productId)
  if (known === null) return 2
  if (known.atInterfaces.length === 0) return rankByDescriptor(port)
  const at = known.atInterfaces.indexOf(port.interfaceNumber)
  return at < 0 ? 3 : at === 0 ? 0 : 1
}

/** A stick that has to become something else first. */
interface UnreadyId {
  readonly vendorId: string
  readonly productIds: readonly string[]
  readonly maker: string
  readonly mode: 'cd-rom' | 'network'
}

const cdRom = 'cd-rom' as const
const network = 'network' as const

/** From the data of usb_modeswitch and its users' reports; a Huawei or ZTE stick with nothing but a disk is known by that as well. */
const unreadyIds: readonly UnreadyId[] = [
  { vendorId: '12d1', productIds: ['1f01', '1446', '157d'], maker: 'Huawei', mode: cdRom },
  { vendorId: '19d2', productIds: ['2000', '0053', '0083', '0103', '1225'], maker: 'ZTE', mode: cdRom },
  { vendorId: '12d1', productIds: ['14db', '14dc'], maker: 'Huawei', mode: network },
  { vendorId: '19d2', productIds: ['1405'], maker: 'ZTE', mode: network },
  { vendorId: '3566', productIds: ['2001'], maker: 'Brovi', mode: network },
]

const storageClass = '08'
const stickMakers: ReadonlyMap<string, string> = new Map([
  ['12d1', 'Huawei'],
  ['19d2', 'ZTE'],
  ['3566', 'Brovi'],
])

/** A modem on the bus that has no AT port. */
export interface UnreadyStick {
  readonly vendorId: string
  readonly productId: string
  readonly what: string
  readonly hint: string
}

const hints = {
  'cd-rom':
    'Install usb-modeswitch, then pull the stick and plug it in again: sudo apt install usb-modeswitch. If it becomes a network card, see hardware.md.',
  network:
    'Such a stick keeps SMS to itself. It needs the "stick" firmware of its maker, or usb_modeswitch with a message for serial mode; or take another modem: see hardware.md.',
  'no-driver': 'Load the driver of its ports: sudo modprobe option; then plug the modem in again.',
} as const

/** @param classes bInterfaceClass of each interface; the device has no tty that could be an AT port */
export function unreadyStick(
  { vendorId, productId }: Pick<UsbInterface, 'vendorId' | 'productId'>,
  classes: readonly string[],
): UnreadyStick | null {
  const id = `${vendorId}:${productId}`
  const stick = (what: string, hint: keyof typeof hints): UnreadyStick => ({
    ...{ vendorId, productId, what: `${what} (${id})`, hint: hints[hint] },
  })
  const onlyStorage = classes.length > 0 && classes.every((one) => one === storageClass)
  const listed = unreadyIds.find((one) => one.vendorId === vendorId && one.productIds.includes(productId))
  const maker = listed?.maker ?? stickMakers.get(vendorId)
  if (maker !== undefined && (onlyStorage || listed?.mode === cdRom))
    return stick(`a ${maker} stick in CD-ROM mode`, cdRom)
  if (listed !== undefined) return stick(`a ${listed.maker} stick in network mode without AT port`, network)
  const known = knownModem(vendorId, productId)
  if (known === null || known.productIds.length === 0) return null
  return stick(`a ${known.maker} ${known.model} without a serial port`, 'no-driver')
}
