// The config of the simulated box, as a few plain settings that a seed draws and a story may change while the service runs.

import type { Random } from '../support/random.ts'

export interface Settings {
  readonly sweep: string
  readonly rescan: string
  readonly plusAddresses: boolean
  readonly partsPerDay: number
  readonly quietHours: string | null
  readonly uncertain: 'notify' | 'resend'
  readonly ambiguous: 'line' | 'ask' | 'latest'
  readonly report: 'failed' | 'all'
  readonly mailToSms: 'flagged' | 'always'
  /** Of the network: milliseconds between an SMS and its status report. */
  readonly reportMs: number
  /** Of the network: milliseconds until it takes an SMS. */
  readonly sendMs: number
  /** Of the SIM. */
  readonly slots: number
}

const oneOf = <T>(random: Random, usual: T, ...others: readonly T[]): T =>
  random.below(2) === 0 ? usual : random.pick(others)

export function drawSettings(random: Random): Settings {
  return {
    sweep: random.pick(['5m', '30m', '2h']),
    rescan: random.pick(['10m', '30m', '2h']),
    plusAddresses: random.below(2) === 0,
    partsPerDay: oneOf(random, 400, 8, 25, 60),
    quietHours: oneOf(random, null, '22:00-07:00', '12:00-14:00'),
    uncertain: random.below(8) === 0 ? 'resend' : 'notify',
    ambiguous: oneOf(random, 'line', 'ask', 'latest'),
    report: oneOf(random, 'failed', 'all'),
    mailToSms: 'flagged',
    reportMs: random.pick([20, 4_000, 600_000, 7_200_000]),
    sendMs: random.pick([0, 1_500, 4_000]),
    slots: random.pick([5, 20, 50]),
  }
}

/** The config file. */
export function toml(settings: Settings): string {
  const { quietHours } = settings
  return `[modem]
port = "tcp://127.0.0.1:7007"
number = "+4917000000001"
country = "DE"
sweep = "${settings.sweep}"
[mail]
address = "sms@office.example"
plus_addresses = ${settings.plusAddresses}
[mail.imap]
host = "imap.office.example"
user = "sms"
password = "world"
rescan = "${settings.rescan}"
[mail.smtp]
host = "smtp.office.example"
[exchange]
fallback_mailbox = "office@office.example"
number_domain = "sms.office.example"
uncertain = "${settings.uncertain}"
ambiguous = "${settings.ambiguous}"
report = "${settings.report}"
mail_to_sms = "${settings.mailToSms}"
${quietHours === null ? '' : `quiet_hours = "${quietHours}"`}
[trust]
senders = ["@office.example"]
authserv_id = "mx.office.example"
[operator]
mailbox = "root@office.example"
number = "+4917000000099"
[budget]
parts_per_day = ${settings.partsPerDay}
[store]
path = ":memory:"
`
}
