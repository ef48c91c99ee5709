// Commands that a person should not type by accident: what they do, and what to do instead. A table; the names are from V.250, TS 27.005,
// TS 27.007 and the AT manuals of the makers, not tried on the devices. Invariants: quotes, blanks and letter case hide nothing; every
// command of a line is looked at; a question (`NAME?`, `NAME=?`) is never dangerous.

import { GatewayError } from '../../domain/errors.ts'
import { maskPins } from './mask-pins.ts'

interface Danger {
  /** Matches one command without AT and blanks, upper case; what stood in quotes is gone, the quotes are left. */
  readonly matches: RegExp
  /** Ends the sentence "AT+X is not sent: it ...". */
  readonly does: string
  /** What to do instead. */
  readonly instead?: string
  /** `service`: only while the service uses the modem. `never`: then not even with --force. */
  readonly only?: 'service' | 'never-beside-service'
}

const relied = 'is a setting that the running service relies on'

const dangers: readonly Danger[] = [
  {
    matches: /^[+^]CPIN=/,
    does: 'may use up one of the three PIN tries of the SIM',
    instead: 'set modem.pin_file; the service enters it by rule',
  },
  // Mode 2 asks.
  { matches: /^\+CLCK=(?!"",2(,|$))/, does: 'changes a lock of the SIM or of the modem' },
  { matches: /^\+CPWD=/, does: 'changes a password of the SIM' },
  { matches: /^\+(CSIM|CRSM)=/, does: 'works on the SIM itself: it may use up PIN tries or delete SMS' },
  {
    // SIM800 and Quectel have a form of their own that deletes all, SIM7600 one that reads and deletes.
    matches: /^\+(CMGD|CMGDA|QMGDA|CMGRD)=/,
    does: 'deletes SMS, whether they have been stored or not',
    instead: 'simpost modem storage delete INDEX',
  },
  { matches: /^(&F|Z)/, does: 'puts back all settings, and the modem may fall silent' },
  { matches: /^&W/, does: "writes the settings into the modem's flash, where they outlive a restart" },
  { matches: /^\+CFUN=(?!1$)/, does: 'switches the radio off or restarts the modem' },
  {
    matches: /^(\+COPS=[124]|\+CGATT=0)/,
    does: 'may take the SIM out of its network, and nothing brings it back by itself',
    instead: 'simpost modem at AT+COPS=0 lets the modem choose its network',
  },
  { matches: /^D/, does: 'dials, which costs money' },
  { matches: /^A$/, does: 'takes a call, and the port may leave the command state' },
  { matches: /^(O\d?$|\+CGDATA|\+CMUX=)/, does: 'takes the port out of the command state' },
  {
    matches: /^\+CMSS=/,
    does: 'sends an SMS, which costs money',
    instead: 'simpost send sms NUMBER TEXT',
  },
  {
    matches: /^\+CUSD=1,/,
    does: 'asks the network, and its answer comes later',
    instead: "simpost modem ussd '*100#'",
  },
  {
    matches:
      /^(\^U2DIAG=|\^SETPORT=|\^SETMODE=|\+ZCDRUN=|\+ZSWITCH=|\+QCFG="",|\+CUSBPIDSWITCH=|!USBCOMP=|!UDUSBCOMP=|#USBCFG=|\+UUSBCONF=)/,
    does: "changes the modem's USB ports or its deep settings; the AT port may be gone for good",
  },
  { matches: /^\+(IPR|ICF|IFC)=/, does: 'changes the speed of the line or its form' },
  {
    matches: /^(\+CRESET|\+CPOF|\+CPWROFF|\+QPOWD|#REBOOT|#ENHRST=|#SHDN|\^RESET|\^SMSO|!RESET)/,
    does: 'restarts the modem or switches it off',
  },
  {
    matches: /^\+CPMS=/,
    does: 'would make the service delete in another store',
    only: 'never-beside-service',
  },
  { matches: /^(\+(CMGF|CNMI|CSMS|CMEE|CSCS|CNMA)=|E1|V0|Q1)/, does: relied, only: 'service' },
]

/** The commands of a line, upper case, without AT, blanks and what stands in quotes (V.250 5.2.1, 5.4). */
function commandsOf(line: string): string[] {
  const body = line
    .replace(/"[^"]*"?/g, '""')
    .replace(/\s/g, '')
    .replace(/^AT/i, '')
    .toUpperCase()
  return body.match(/[+^#*%$@!_][^;]*|D.*|S\d+(?:=\d*|\?)?|[&\\]?[A-Z]\d*(?:=[^;]*|\?)?/g) ?? []
}

/**
 * Refuses a line that a person should not send by accident.
 * @param leave.force the person has said that it is meant
 * @param leave.besideService the running service uses the modem
 * @throws GatewayError USAGE
 */
export function refuseDangerous(
  line: string,
  leave: { readonly force: boolean; readonly besideService: boolean },
): void {
  // What is no command line at all is refused as such (free-command.ts).
  if (!/^AT/i.test(line)) return
  for (const command of commandsOf(line)) {
    // A dial string may hold a question mark, and so may the last value of a setting.
    if (/^[^D=][^=]*=?\?$/.test(command)) continue
    const danger = dangers.find(
      ({ matches, only }) => matches.test(command) && (only === undefined || leave.besideService),
    )
    if (danger === undefined) continue
    const never = danger.only === 'never-beside-service'
    if (leave.force && !never) continue
    const instead = danger.instead === undefined ? '' : `${danger.instead}; or `
    throw new GatewayError('USAGE', `AT${maskPins(command)} is not sent: it ${danger.does}`, {
      hint: `${instead}${never ? 'stop the service first: systemctl stop simpost' : 'send it all the same with --force'}`,
    })
  }
}
