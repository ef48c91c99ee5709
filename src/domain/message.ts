// Messages as the parts hand them to each other: raw as received, parsed, and as drafts to be sent.
// Plain data, no behaviour. A "mail" is RFC 5322, an "SMS" is what TS 23.040 transports.

export type Medium = 'mail' | 'sms'

/** A PDU as it lies in a message store of the modem (or came as +CMT, then `index` is null). */
export interface StoredPdu {
  /** SMSC field and TPDU, upper-case hex. */
  readonly pdu: string
  /** Octets of the TPDU as the modem stated it; null if it did not. */
  readonly tpduLength: number | null
  /** Memory name: "SM", "ME", ... */
  readonly storage: string
  readonly index: number | null
}

/** A mail as it lies on the IMAP server. */
export interface StoredMail {
  readonly folder: string
  /** Decimal text: UIDVALIDITY is a 32 bit number that some libraries hand out as bigint. */
  readonly uidValidity: string
  readonly uid: number
  /** RFC822.SIZE in octets; larger than `raw` when the mail was too large to be fetched whole. */
  readonly size: number
  /** The whole mail, or its first octets when `truncated`. */
  readonly raw: Buffer
  readonly truncated: boolean
  /** When it came to its server (INTERNALDATE of RFC 9051 2.3.3), in ms since 1970; null or missing: not known. */
  readonly arrivedAt?: number | null
}

export interface NamedAddress {
  /** `local@domain`, as written. */
  readonly address: string
  readonly name: string
}

/** Why a program, not a person, wrote the mail (RFC 3834, RFC 6522); null: a person did, as far as one can see. */
export type AutomaticKind = 'generated' | 'replied' | 'list' | 'report' | 'own'

export interface Automatic {
  readonly kind: AutomaticKind
  /** The header field or part that says so, for the journal. */
  readonly sign: string
}

/** What is proven about the sender: by the receiving mail server (RFC 8601), by a signature that we checked, or by a word. */
export interface Authentication {
  readonly proven: boolean
  /** A check says that the mail is not of its sender, which is more than that nothing proves it. */
  readonly failed: boolean
  /**
   * The header fields, in lower case, that the author wrote just so: whoever holds a signed mail can send it again with every other field
   * changed or added. `all` where the author's own server brought the mail here. Empty where nothing is proven.
   */
  readonly vouched: 'all' | readonly string[]
  /** "dmarc=pass", "dkim=pass header.d=office.example", or why not, in words. */
  readonly evidence: string
}

export interface Attachment {
  readonly name: string
  /** Octets after transfer decoding; null if the mail was read in part and ended in this file. */
  readonly size: number | null
  readonly type: string
}

/** A limit of reading that a mail breaks, so that its addresses or its text cannot be known in whole. Each is a reason code. */
export type MailLimit =
  | 'mail-too-large'
  | 'mail-too-slow'
  | 'header-too-large'
  | 'field-too-large'
  | 'too-many-addresses'
  | 'too-many-encoded-words'
  | 'parts-too-deep'
  | 'too-many-parts'
  | 'text-too-large'

/** A mail after parsing. All header values are decoded (RFC 2047) and free of control characters. */
export interface IncomingMail {
  readonly medium: 'mail'
  /** The one From address; null if there is none or more than one (`fromProblem` says which). */
  readonly from: NamedAddress | null
  readonly fromProblem: string | null
  /** Return-Path without brackets, '' for the null sender, null if the field is missing. */
  readonly returnPath: string | null
  readonly to: readonly NamedAddress[]
  readonly cc: readonly NamedAddress[]
  /** Recipients that the mail server recorded (topmost Delivered-To, X-Original-To, Envelope-To). */
  readonly recorded: readonly string[]
  readonly subject: string
  /** With angle brackets; null if missing. */
  readonly messageId: string | null
  /** Message-IDs with angle brackets, In-Reply-To first, then References from last to first, without repeats. */
  readonly answers: readonly string[]
  /** Milliseconds since 1970; null if missing or unreadable. */
  readonly date: number | null
  /** Value of X-SMS-Convert, X-SMS-To; null if missing. */
  readonly flagField: string | null
  readonly toField: string | null
  readonly automatic: Automatic | null
  readonly authentication: Authentication
  /** Value of X-SMS-Report, which says what its sender wants to hear; null if missing. */
  readonly reportField: string | null
  /** The header lines that a report about this mail returns (RFC 6522 4), each ending with CRLF. */
  readonly header: string
  /** What the mail reports about another one; null if it is no report. */
  readonly report: IncomingReport | null
  /** True if the mail holds the word of a sender (`trust.secrets_file`): its raw form goes to nobody. */
  readonly carriesSecret: boolean
  /** What the person wrote: quotes, signature and disclaimers cut, never cut to nothing. */
  readonly text: string
  /**
   * Why the mail cannot be taken as it is: it is encrypted, Outlook packed its text into winmail.dat, it is written in a charset that is
   * never decoded, or it breaks a limit and what could be read does not suffice. null if it can.
   */
  readonly unreadable: 'encrypted' | 'packed' | 'charset-refused' | MailLimit | null
  readonly attachments: readonly Attachment[]
  /** The mail was too large and only its beginning was read. */
  readonly truncated: boolean
}

/** What a report says of a recipient (RFC 3464 2.3.3). */
export type ReportAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'

export interface ReportedRecipient {
  /** Final-Recipient and Original-Recipient without their type, those that it names. */
  readonly addresses: readonly string[]
  readonly action: ReportAction
  /** "5.1.1"; '' if it has none. */
  readonly status: string
  /** Diagnostic-Code without its type, one line. */
  readonly diagnostic: string
}

/** What a mail says about another one. Nothing in it is proven: anybody can write one. */
export interface IncomingReport {
  /** delivery: RFC 3464. disposition: RFC 8098. feedback: RFC 5965. words: a bounce that only people can read. */
  readonly kind: 'delivery' | 'disposition' | 'feedback' | 'words'
  /** Original-Envelope-Id; null if missing. */
  readonly envelopeId: string | null
  /** Message-IDs of the mail that it is about, with angle brackets, the one that its last sender gave first. */
  readonly messageIds: readonly string[]
  /** The mail that it returns bears our own mark. */
  readonly isOurs: boolean
  readonly recipients: readonly ReportedRecipient[]
  /** What a disposition or a feedback says: "displayed", "abuse"; '' for others. */
  readonly says: string
}

/** A complete incoming SMS, parts joined. */
export interface IncomingSms {
  readonly medium: 'sms'
  /** E.164 of the sender, or the alphanumeric / short sender as the network gave it. */
  readonly from: string
  /** False for alphanumeric senders and short codes: nobody can answer them. */
  readonly canAnswer: boolean
  /** The SIM's own number, E.164; null if the config does not state it. */
  readonly to: string | null
  /** Text with `[part 2 of 3 missing]` where a part did not come. */
  readonly text: string
  /** The flag of the user data header (element 0x80); null if there is none. */
  readonly flagElement: 0 | 1 | null
  /** TP-SCTS, ISO 8601 with the zone the service centre stated; null if unreadable. */
  readonly timestamp: string | null
  readonly receivedAt: number
  readonly parts: number
  /** Sequence numbers that never came. */
  readonly missing: readonly number[]
  readonly smsc: string | null
  /** TP-DCS message class 0-3; null if the DCS states none. */
  readonly messageClass: number | null
  /** What kind of SMS this is when it is not a plain text. */
  readonly special: SpecialKind | null
  /** What is known about it besides its text. */
  readonly details?: SmsDetails
}

/**
 * `waiting`: the network says that messages wait; `mms`: an MMS lies ready; `data`: for a program, by its port or coding; `sim-data`:
 * for the SIM; `silent`: type 0, which nobody is to see; `undecodable`: nothing can be read, the text is the raw form; `call`: a missed
 * call, which goes the way of an SMS.
 */
export type SpecialKind = 'waiting' | 'mms' | 'data' | 'sim-data' | 'silent' | 'undecodable' | 'call'

export interface SmsDetails {
  readonly call?: { readonly rings: number; readonly withheld: boolean }
  readonly waiting?: readonly MessageWaiting[]
  readonly mms?: MmsNotification
  /** Of a WAP push that is no MMS notification. */
  readonly contentType?: string
  /** Destination port of the application. */
  readonly port?: number
  /** `data` whose text can be read; else the text is hex. */
  readonly readable?: true
  /** The text is compressed (TS 23.042) and was not unpacked. */
  readonly compressed?: true
  /** "Replace short message" type 1-7: it takes the place of an earlier one of the same sender and type. */
  readonly replaceType?: number
  readonly returnCall?: true
  /** The user data header in hex, where it contradicts itself. */
  readonly damagedHeader?: string
}

export interface MessageWaiting {
  readonly kind: 'voice' | 'fax' | 'email' | 'video' | 'other'
  /** False: no more messages of this kind wait. */
  readonly active: boolean
  /** 0-255, where 255 means that or more; null if the network did not count. */
  readonly count: number | null
}

/** What the notification says about an MMS; each null if it does not say it, or a part of it is missing. */
export interface MmsNotification {
  /** A number or a mail address. */
  readonly from: string | null
  readonly subject: string | null
  /** Octets. */
  readonly size: number | null
  /** Milliseconds since 1970. */
  readonly expiresAt: number | null
  /** "personal", "advertisement", "informational", "auto", or another token. */
  readonly messageClass: string | null
  /** The host of the server where it lies. */
  readonly host: string | null
}

/** A call to the SIM, which nobody answered. */
export interface MissedCall {
  /** As the network gave it, with + if it is international; null: withheld or unknown. */
  readonly number: string | null
  /** First ring, milliseconds since 1970. */
  readonly at: number
  readonly rings: number
  /** The connection to the modem ended while it rang: what rings after the next start may be the same call. */
  readonly cut: boolean
}

/** What we report about one recipient of a mail (RFC 3464). */
export interface StatusReport {
  /** Reporting-MTA: a host name. */
  readonly host: string
  /** When the mail came, milliseconds since 1970, as all times here. */
  readonly arrivedAt: number
  /** Mail addresses: `+4917012345678@sms.office.example`, and the one that the sender wrote, if it is another. */
  readonly recipient: string
  readonly originalRecipient: string | null
  readonly action: Exclude<ReportAction, 'expanded'>
  /** RFC 3463. */
  readonly status: string
  /** What the network or the modem said; '' for nothing. */
  readonly diagnostic: string
  readonly lastAttemptAt: number | null
  readonly retryUntil: number | null
  /** Header lines of the mail, each ending with CRLF. */
  readonly header: string
}

/** A mail to be composed. */
export interface MailDraft {
  readonly from: NamedAddress
  readonly to: NamedAddress
  readonly replyTo: string | null
  readonly subject: string
  readonly messageId: string
  readonly inReplyTo: string | null
  readonly references: readonly string[]
  /** Milliseconds since 1970. */
  readonly date: number
  readonly text: string
  /** Further fields, such as X-SMS-From. */
  readonly fields: Readonly<Record<string, string>>
}
