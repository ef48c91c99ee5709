// Chooses the text of a mail among its parts and reads it (RFC 2046 5.1, RFC 3676, RFC 1847, RFC 8551).
// Pure over the tree of mime-tree.ts. The first text/plain part that is no attachment wins, unless it only says that the mail is HTML.
// Invariant: the text is bounded; `unreadable` is set only if no form exists that can be read.

import type { Attachment, IncomingMail } from '../../domain/message.ts'
import { decodeText, isRefusedCharset } from '../header/charset.ts'
import { calendarLine } from './calendar-text.ts'
import { joinFlowed } from './flowed-text.ts'
import { htmlToText } from './html-text.ts'
import { attachmentsMax, textCharsMax } from './mail-limits.ts'
import type { MimePart } from './mime-tree.ts'
import { ownWords } from './quoted-text.ts'

/** A plain part that only points to the HTML is short. */
const placeholderCharsMax = 600

const placeholder =
  /view (?:this|the|it)?.{0,40}(?:in|with) (?:your|a|the) (?:web ?)?browser|(?:im|in ihrem) browser (?:anzeigen|ansehen|öffnen)|kann (?:leider )?kein(?:e)? html|html.{0,40}(?:nicht (?:dargestellt|angezeigt|darstellen|anzeigen|unterstützt)|not supported)|(?:does|do) ?(?:not|n't|n’t) (?:support|display|show) html|(?:please )?(?:enable|use|switch to|requires?) (?:an? )?html|html[- ](?:compatible|capable|enabled|version|only)|voir .{0,40}(?:navigateur|version en ligne)|version en ligne|ver .{0,40}navegador|visualizza .{0,40}browser|bekijk .{0,40}browser/i

const encryptedTypes = /^(?:multipart\/encrypted|application\/(?:x-)?pkcs7-mime|application\/pgp-encrypted)$/
/** Parts that belong to a signature or an encryption, not to what was sent along. */
const cryptoParts = /^application\/(?:(?:x-)?pkcs7-(?:signature|mime)|pgp-(?:signature|encrypted|keys))$/

export interface TextOptions {
  /** The mail answers another one (In-Reply-To, References, or a subject that begins with Re:). */
  readonly answers: boolean
  /** The mail was read in part: how long its last part is cannot be known. */
  readonly truncated: boolean
}

export interface MailText {
  readonly text: string
  readonly unreadable: IncomingMail['unreadable']
  readonly attachments: readonly Attachment[]
  /** True if a part that may hold text was not read to its end. */
  readonly cut: boolean
}

function leavesOf(part: MimePart): MimePart[] {
  return part.type.startsWith('multipart/') ? part.children.flatMap(leavesOf) : [part]
}

function encryptedBeforeText(part: MimePart): boolean {
  if (encryptedTypes.test(part.type)) return true
  for (const child of part.children) {
    if (encryptedBeforeText(child)) return true
    if (leavesOf(child).some((leaf) => leaf.type.startsWith('text/') && partText(leaf).trim() !== ''))
      return false
  }
  return false
}

function decoded(part: MimePart): string {
  return decodeText(part.content, part.params.charset ?? null).replace(/\r\n?/g, '\n')
}

/** Readable text of a leaf: line feeds, no other control characters but tabs. */
function partText(part: MimePart): string {
  const text = decoded(part)
  if (part.type === 'text/html') return cleanBody(htmlToText(text))
  if (part.type === 'text/calendar') return cleanBody(calendarLine(text))
  const flowed = part.params.format?.toLowerCase() === 'flowed'
  return cleanBody(flowed ? joinFlowed(text, part.params.delsp?.toLowerCase() === 'yes') : text)
}

function cleanBody(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '').slice(0, textCharsMax)
}

/** A text part that a mail program shows as part of the message. */
function isBody(leaf: MimePart, root: MimePart): boolean {
  return leaf.disposition !== 'attachment' && (leaf.name === null || leaf === root)
}

function chooseText(root: MimePart): { readonly text: string; readonly parts: readonly MimePart[] } {
  const bodies = leavesOf(root).filter((leaf) => leaf.type.startsWith('text/') && isBody(leaf, root))
  const textOf = (type: string): string =>
    bodies
      .filter((leaf) => leaf.type === type)
      .map(partText)
      .find((text) => text.trim() !== '') ?? ''
  const plain = textOf('text/plain')
  const pointsToHtml = plain.length <= placeholderCharsMax && placeholder.test(plain)
  if (plain !== '' && !pointsToHtml) return { text: plain, parts: bodies }
  const html = textOf('text/html')
  const text = html !== '' ? html : plain !== '' ? plain : textOf('text/calendar')
  return { text, parts: bodies }
}

const pgpSignedStart = /^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*$/m
const pgpSignature = /^-----BEGIN PGP SIGNATURE-----[ \t]*$/m
/** A line of its own and no quote: whoever writes about such a block does not write it so. */
const pgpEncrypted = /^-----BEGIN PGP MESSAGE-----[ \t]*$/m

/** Inline PGP (RFC 9580 7): the signed text without its armour, and what a list or a program wrote in front of it. */
function withoutPgpArmour(text: string): string {
  const start = pgpSignedStart.exec(text)
  if (start === null) return text
  const armoured = text.slice(start.index)
  // Hash: and other fields of the armour, up to an empty line.
  const empty = /\n[ \t]*\n/.exec(armoured)
  if (empty === null) return text
  const signed = armoured.slice(empty.index + empty[0].length)
  const end = pgpSignature.exec(signed)
  if (end === null) return text
  return `${text.slice(0, start.index)}${signed.slice(0, end.index).replace(/^- /gm, '')}`.trim()
}

/** RFC 6838 4.2 allows 127 characters on each side; a broken Content-Type may hold a whole header. */
const realType = /^[\w.+-]{1,127}\/([\w.+-]{1,127})$/

function attachmentsOf(root: MimePart, bodies: readonly MimePart[], truncated: boolean): Attachment[] {
  const leaves = leavesOf(root)
  const last = truncated ? leaves.at(-1) : undefined
  const others = leaves.filter((leaf) => !bodies.includes(leaf) && !cryptoParts.test(leaf.type))
  // A picture inside the HTML (a logo) has no name of its own in the eyes of a reader, but it is cheap to name.
  return others.slice(0, attachmentsMax).map((leaf) => ({
    name: leaf.name ?? `unnamed.${realType.exec(leaf.type)?.[1] ?? 'bin'}`,
    size: leaf === last ? null : leaf.size,
    type: realType.test(leaf.type) ? leaf.type : 'application/octet-stream',
  }))
}

/** The container of Outlook's own format (MS-OXTNEF), which holds text and files of the mail. */
const isTnef = (leaf: MimePart): boolean =>
  /^application\/(?:ms-tnef|vnd\.ms-tnef)$/.test(leaf.type) || leaf.name?.toLowerCase() === 'winmail.dat'

const withoutText = (unreadable: 'encrypted' | 'packed' | 'charset-refused'): MailText => ({
  text: '',
  unreadable,
  attachments: [],
  cut: false,
})

/** What a person wrote in this mail, and what came along with it. */
export function readMailText(root: MimePart, options: TextOptions): MailText {
  if (encryptedBeforeText(root)) return withoutText('encrypted')
  const { text, parts } = chooseText(root)
  if (pgpEncrypted.test(text)) return withoutText('encrypted')
  if (text.trim() === '' && leavesOf(root).some(isTnef)) return withoutText('packed')
  if (text.trim() === '' && parts.some(({ params }) => isRefusedCharset(params.charset ?? null)))
    return withoutText('charset-refused')
  return {
    text: ownWords(withoutPgpArmour(text), options.answers),
    unreadable: null,
    attachments: attachmentsOf(root, parts, options.truncated),
    cut: parts.some(({ size, content }) => content.length < size),
  }
}
