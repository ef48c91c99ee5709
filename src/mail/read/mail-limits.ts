// How much of a mail is read, each limit with its unit and its reason. What a mail with more of it ends as: `MailLimit` in
// domain/message.ts. The lists of addresses and the encoded words have theirs in mail/header/.
// Invariant: every limit is checked before the work that it bounds, so that no mail costs more than these allow.

/** Octets that are fetched and read of a mail over `mail.size_max_mb`: headers and, mostly, the text part. */
export const largeMailOctets = 262_144

/** Octets of one header section. Mail servers accept far less; more is an attack or a broken program. */
export const headerOctetsMax = 65_536
/** Lines of one header section; the splitter counts every line as 64 octets at least. */
export const headerLinesMax = 2_000
/** Octets of a header section in which fields are looked for at all; a mail without an empty line is nothing else. */
export const headerLookMax = 1_048_576
/** Octets of one field kept when the section is too large; a References field of a long thread stays below. */
export const fieldOctetsMax = 16_384

/** Multiparts inside each other. Real mail nests to about 6. */
export const depthMax = 20
/** Parts of one mail. Real mail with many pictures has about 30. */
export const partsMax = 100

/** Decoded octets kept of one text part; HTML is larger than the text in it. */
export const contentOctetsMax = 262_144
/** Decoded octets kept of all parts together. */
export const contentTotalMax = 1_048_576
/** Characters of text that are kept: 600 SMS, far over every part limit, so that what is cut here is never cut silently. */
export const textCharsMax = 102_400
/** Characters of a subject; as with the text. */
export const subjectCharsMax = 40_000
/** Files that are named: nobody reads more names, least of all in an SMS. */
export const attachmentsMax = 100
/** Characters of a file's name; most file systems take 255 octets. */
export const nameCharsMax = 200

/** Octets of a mail that is read in the thread of the service; the structure of the worst one of this size is read in about 0.4 s. */
export const smallMailOctets = 65_536
/** Milliseconds for the words of such a mail; with HTML and quotes they take about 5, and 10 times as long on a Raspberry Pi 3. */
export const smallMailMs = 250
/** Milliseconds for one try at any other mail in the thread of the reader. 10 MB take about 0.3 s. */
export const largeMailMs = 5_000
/** Tries of a mail in that thread: the first may fall into a moment when the computer stands still. */
export const largeMailTries = 2
/** Milliseconds for the words of a large mail in the thread of the service, where no other can be started. */
export const withoutThreadMs = 1_000
/** MiB of JavaScript objects of that thread, in which raw octets do not count; reading takes about 20. */
export const readerHeapMib = 96
