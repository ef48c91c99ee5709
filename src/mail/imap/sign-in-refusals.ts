// What a refused sign-in means: response codes of RFC 5530, and the words of servers that send none. Pure.
// Invariant: "not now" is never taken for "wrong password", since that would leave the mailbox unwatched for hours; and a wrong password
// is never taken for "not now", since providers lock accounts.

export interface RefusalMeaning {
  /** hold: nothing but a change by a person helps. temporary: the account is fine. */
  readonly retry: 'hold' | 'temporary'
  readonly hint: string
}

interface Row extends RefusalMeaning {
  readonly code?: string
  readonly text?: RegExp
}

const busy = 'the server is busy or limits connections; close other mail programs that use this mailbox'
const passing = 'the server has trouble of its own; the sign-in is tried again by itself'
const appPassword =
  'make an app password in the security settings of the account and put it into [mail.imap]; the ordinary password is not accepted'
const switchOn = 'switch IMAP on in the settings of the mailbox, or ask its administrator to'
const encrypt = 'set security = "tls" (port 993) or "starttls" in [mail.imap]'

/** The first row that fits counts: what passes by itself stands before what does not. */
const rows: readonly Row[] = [
  // Gmail says both under the code ALERT, and after an OAuth challenge that looks like a refused token (MailKit issue 377).
  { text: /too many (simultaneous |concurrent )?(connections|sessions)/i, retry: 'temporary', hint: busy },
  // Gmail, also with [OVERQUOTA] in a BYE: 2500 MB a day.
  { text: /exceeded command or bandwidth limits/i, retry: 'temporary', hint: busy },
  // Dovecot, mail_max_userip_connections.
  { text: /maximum number of connections/i, retry: 'temporary', hint: busy },
  {
    text: /rate limit|too many (login|auth)\w* (attempts|failures)|throttl/i,
    retry: 'temporary',
    hint: busy,
  },
  // Exchange Online took the sign-in and cannot open the mailbox: overloaded, or the user has no right to it (node-imap issue 689).
  {
    text: /authenticated but not connected/i,
    retry: 'temporary',
    hint: 'if it stays: check that the account has a mailbox with IMAP switched on and that the sign-in is for this very mailbox',
  },
  { code: 'UNAVAILABLE', retry: 'temporary', hint: passing },
  { code: 'SERVERBUG', retry: 'temporary', hint: passing },
  { code: 'INUSE', retry: 'temporary', hint: busy },
  { code: 'LIMIT', retry: 'temporary', hint: busy },
  { code: 'OVERQUOTA', retry: 'temporary', hint: busy },
  // Dovecot and Courier when their user database is out of reach, also without a code.
  {
    text: /temporar(y|ily)|try again later|system error|internal error|server (is )?(busy|unavailable)/i,
    retry: 'temporary',
    hint: passing,
  },
  { code: 'PRIVACYREQUIRED', retry: 'hold', hint: encrypt },
  // The library does not even try when the server says LOGINDISABLED (RFC 3501 6.2.3).
  { text: /login is disabled|plaintext authentication disallowed/i, retry: 'hold', hint: encrypt },
  {
    code: 'EXPIRED',
    retry: 'hold',
    hint: 'the password has expired: set a new one at the provider and put it into [mail.imap]',
  },
  {
    code: 'CONTACTADMIN',
    retry: 'hold',
    hint: 'the server wants the account looked at: ask whoever runs the mail server',
  },
  {
    code: 'AUTHORIZATIONFAILED',
    retry: 'hold',
    hint: 'the password is right but not for this mailbox: check user in [mail.imap]',
  },
  { text: /application-specific password|app password/i, retry: 'hold', hint: appPassword },
  {
    code: 'WEBALERT',
    retry: 'hold',
    hint: 'the provider has blocked this sign-in: sign in once with a browser, confirm the warning there, then use an app password',
  },
  {
    text: /log ?in via your web browser|web login required/i,
    retry: 'hold',
    hint: 'the provider has blocked this sign-in: sign in once with a browser, confirm the warning there, then use an app password',
  },
  // Gmail ("not enabled for IMAP use", "IMAP access is disabled for your domain") and Zoho ("yet to enable IMAP").
  {
    text: /not enabled for imap|enable imap|imap (access )?(is )?(disabled|not enabled)/i,
    retry: 'hold',
    hint: switchOn,
  },
  // Exchange Online answers a password so, whether it is right or not: it takes tokens only.
  {
    text: /^(AUTHENTICATE|LOGIN) failed\.?$/i,
    retry: 'hold',
    hint: 'Microsoft takes no passwords here: sign in with "simpost login"; on an own Exchange check user and password of [mail.imap]',
  },
  {
    text: /no matching authentication method|unsupported authentication mechanism/i,
    retry: 'hold',
    hint: 'the server does not offer this kind of sign-in: use a password instead of OAuth, or the other way round',
  },
]

const wrongPassword: RefusalMeaning = {
  retry: 'hold',
  hint: 'check user and password of [mail.imap]; many providers want an app password, or IMAP to be switched on first',
}

/**
 * @param code response code in upper case, without brackets; empty if the server gave none
 * @param text the server's words behind it
 */
export function refusalMeaning(code: string, text: string): RefusalMeaning {
  const bare = text.replace(/^\[[^\]]*\]\s*/, '').trim()
  const row = rows.find((one) => (one.code === undefined ? one.text?.test(bare) : one.code === code))
  return row ?? wrongPassword
}
