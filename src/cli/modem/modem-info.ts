// `simpost modem info`: what the modem says of itself, its SIM, the network and its settings. Changes nothing.

import { systemClock } from '../../daemon/system-clock.ts'
import { type ModemFacts, readModemFacts, registrationWords } from '../../modem/report/modem-facts.ts'
import { localTime, print, printable, printJson, table } from '../output.ts'
import { withModem } from './modem-link.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  /** Numbers of SIM and device in full. */
  readonly full?: boolean
}

/** Seconds between the modem's clock and ours that nobody needs to know of. */
const clockToleranceS = 5

export async function modemInfo(options: Options): Promise<void> {
  await withModem(options.config, {}, async (link) => {
    const facts = await readModemFacts((line) => link.ask(line))
    const hidden = options.full === true ? (text: string | null) => text : hideEnd
    const shown = {
      ...facts,
      port: link.port,
      through: link.through,
      imei: hidden(facts.imei),
      iccid: hidden(facts.iccid),
      imsi: hidden(facts.imsi),
      clock: facts.clock === null ? null : new Date(facts.clock).toISOString(),
      clock_off_s: facts.clock === null ? null : Math.round((facts.clock - systemClock.now()) / 1000),
    }
    if (options.json === true) return printJson(jsonOf(shown))
    const rows = rowsOf(shown).map(([name, value]) => [name, printable(value ?? 'not told')])
    print(table(['fact', 'value'], rows, 100))
  })
}

type Shown = Omit<ModemFacts, 'clock'> & {
  readonly port: string
  readonly through: string
  readonly clock: string | null
  readonly clock_off_s: number | null
}

/** The first five digits tell model or operator, and nobody's SIM. */
function hideEnd(number: string | null): string | null {
  return number === null ? null : number.slice(0, 5) + '*'.repeat(Math.max(0, number.length - 5))
}

function jsonOf({ signalDbm, pinTries, registration, ...facts }: Shown) {
  return {
    ...facts,
    pin_tries: pinTries,
    signal_dbm: signalDbm,
    registration: Object.fromEntries(
      Object.entries(registration).map(([name, stat]) => [
        name.toLowerCase(),
        { stat, means: registrationWords(stat) },
      ]),
    ),
  }
}

function rowsOf(facts: Shown): [string, string | null][] {
  const { registration, stores } = facts
  return [
    ['maker', facts.manufacturer || null],
    ['model', facts.model || null],
    ['firmware', facts.firmware || null],
    [
      'port',
      `${facts.port} (${facts.through === 'service' ? 'through the running service' : 'opened here'})`,
    ],
    ['handled as', facts.quirk],
    ['IMEI', facts.imei],
    ['SIM', facts.sim],
    ['PIN tries left', facts.pinTries === null ? null : String(facts.pinTries)],
    ['ICCID', facts.iccid],
    ['IMSI', facts.imsi],
    ['operator', facts.operator],
    ['technology', facts.technology],
    ['registration (CREG)', registrationWords(registration.CREG)],
    ['registration (CGREG)', registrationWords(registration.CGREG)],
    ['registration (CEREG)', registrationWords(registration.CEREG)],
    [
      'signal',
      [facts.signalDbm === null ? 'not known' : `${facts.signalDbm} dBm`, ...facts.signal].join(', '),
    ],
    ['service centre', facts.smsc],
    [
      'stores (read, write, receive)',
      stores.map(({ name, used, total }) => `${name} ${used} of ${total}`).join(', ') || null,
    ],
    ['new SMS are announced', facts.cnmi === null ? null : `CNMI ${facts.cnmi}`],
    ['SMS service', facts.csms === null ? null : `CSMS ${facts.csms}`],
    ['SMS go over', facts.bearer],
    ['IMS', facts.ims === null ? null : facts.ims ? 'registered' : 'not registered'],
    ['clock', clockWords(facts)],
    ...facts.more.map((line): [string, string] => ['', line]),
  ]
}

function clockWords({ clock, clock_off_s: off }: Shown): string | null {
  if (clock === null || off === null) return 'not set'
  const words =
    Math.abs(off) <= clockToleranceS ? 'agrees with this computer' : `${off} s off this computer's`
  return `${localTime(Date.parse(clock))} (${words})`
}
