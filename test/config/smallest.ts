// The smallest useful config, as the manual shows it, and small changes to it.

export const smallest = `[modem]
port = "auto"                       # "/dev/serial/by-id/...", "tcp://127.0.0.1:7007"
number = "+4917000000001"           # the SIM's own number
pin_file = "/etc/simpost/pin"       # or pin = "1234"
country = "DE"                      # how national numbers are read

[mail]
address = "sms@office.example"      # the box's own mailbox
[mail.imap]
host = "imap.office.example"
port = 993
security = "tls"                    # "starttls", "none" (loopback only, unless insecure = true)
user = "sms"
password_file = "/etc/simpost/mail" # or password = "..."
folder = "INBOX"
done_folder = "Simpost"             # where a bridged mail is moved
[mail.smtp]                         # the same keys; user and password default to those of [mail.imap]
host = "smtp.office.example"
port = 465
security = "tls"

[exchange]
mail_to_sms = "flagged"             # always, flagged, never
sms_to_mail = "always"
fallback_mailbox = "office@office.example"
number_domain = "sms.office.example"  # +49...@here is a phone
parts_max = 6
reply_window = "7d"
ambiguous = "line"                  # ask, latest
uncertain = "notify"                # resend

[trust]
senders = ["@office.example", "ups@alarm.example"]
method = "authentication-results"   # dkim, from
authserv_id = "mx.office.example"

[budget]
parts_per_day = 200
price_per_part = 0.09
currency = "EUR"

[store]
path = "/var/lib/simpost/simpost.db"
`

/** The smallest config with the line of a key replaced; `line` may be several lines or none. */
export function changed(section: string, key: string, line: string): string {
  const start = smallest.indexOf(`[${section}]`)
  const at = smallest.indexOf(`\n${key} =`, start) + 1
  if (start < 0 || at < 1) throw new Error(`the smallest config has no ${section}.${key}`)
  const end = smallest.indexOf('\n', at) + 1
  return smallest.slice(0, at) + (line === '' ? '' : `${line}\n`) + smallest.slice(end)
}

/** The smallest config with lines added at the end of a section. */
export function added(section: string, lines: string): string {
  const at = smallest.indexOf('\n', smallest.indexOf(`[${section}]`)) + 1
  return `${smallest.slice(0, at)}${lines}\n${smallest.slice(at)}`
}
