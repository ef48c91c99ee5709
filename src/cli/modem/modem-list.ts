// `simpost modem list`: every port that may be a modem's, how likely each is, who else is there, and sticks that have no port. Looks
// only at /sys, /dev and /proc; with --probe it also opens the ports, and writes nothing but `AT` until one has answered.

import { systemClock } from '../../daemon/system-clock.ts'
import { type PortAnswer, probePort } from '../../modem/port/find-port.ts'
import { findRivals, type Rival } from '../../modem/port/find-rival.ts'
import { rankWords, type UnreadyStick } from '../../modem/port/usb-modems.ts'
import {
  listModemPorts,
  listUnreadySticks,
  type PortCandidate,
  type PortRoots,
} from '../../modem/port/usb-ports.ts'
import { print, printable, printJson, table } from '../output.ts'

/** What is common for USB, where the kernel ignores it. */
const baudRate = 115_200

export interface ListedPort {
  readonly port: PortCandidate
  readonly rivals: readonly Rival[]
  /** Null: not asked. */
  readonly answer: PortAnswer | null
}

export interface ModemListing {
  readonly ports: readonly ListedPort[]
  readonly sticks: readonly UnreadyStick[]
}

/** Ports that are not for AT are listed, never opened. */
export async function listModemsForPeople(probe: boolean, roots?: PortRoots): Promise<ModemListing> {
  const options = { baudRate, clock: systemClock, signal: new AbortController().signal }
  const ports: ListedPort[] = []
  for (const port of await listModemPorts(roots)) {
    const rivals = await findRivals(port.path)
    const answer = probe && port.rank < 3 ? await probePort(port.path, options) : null
    ports.push({ port, rivals, answer })
  }
  return { ports, sticks: await listUnreadySticks(roots) }
}

function answerWords(answer: PortAnswer | null): string {
  if (answer === null) return ''
  if (answer.kind === 'closed') return 'cannot be opened'
  if (answer.kind === 'silent') return 'does not answer'
  const maker = answer.maker === '' ? '' : ` (${answer.maker})`
  return `${answer.kind === 'modem' ? 'answers, knows SMS' : 'answers, knows no SMS'}${maker}`
}

export async function modemList(options: {
  readonly json?: boolean
  readonly probe?: boolean
}): Promise<void> {
  const { ports, sticks } = await listModemsForPeople(options.probe === true)
  if (options.json === true)
    return printJson({
      ports: ports.map(({ port, rivals, answer }) => ({
        ...{ path: port.path, tty: port.tty, id: `${port.vendorId}:${port.productId}` },
        ...{
          interface: port.interfaceNumber,
          product: port.product,
          rank: port.rank,
          use: rankWords[port.rank],
        },
        answer: answer === null ? null : answer.kind,
        rivals: rivals.map(({ pid, name, how, hint }) => ({ pid, name, how, hint })),
      })),
      sticks,
    })
  if (ports.length > 0) {
    const heading = ['PORT', 'USB ID', 'PRODUCT', 'USE', ...(options.probe === true ? ['ANSWER'] : [])]
    const rows = ports.map(({ port, answer }) => [
      ...[
        port.tty,
        `${port.vendorId}:${port.productId}`,
        port.product,
        rankWords[port.rank],
        answerWords(answer),
      ],
    ])
    print(
      table(
        heading,
        rows.map((row) => row.slice(0, heading.length)),
      ),
    )
    const best = ports[0]
    if (best !== undefined && best.port.rank < 3) print(`\nport = "${printable(best.port.path)}"`)
  } else if (sticks.length === 0)
    print('no USB modem is there; a modem on serial pins is set by its path: port = "/dev/serial0"')
  for (const { what, hint } of sticks) print(`\n${printable(what)}\nTry: ${hint}`)
  for (const { port, rivals } of ports)
    for (const { what, hint } of rivals) print(`\n${port.tty}: ${printable(what)}\nTry: ${hint}`)
}
