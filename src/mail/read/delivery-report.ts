// What a mail says about another mail: delivery status (RFC 3464, RFC 6533), disposition (RFC 8098), feedback (RFC 5965), or a bounce in
// words of its own. Pure. Reporters differ: parts are missing, blocks run together, types are lost; what can be read is read.
// Invariant: everything here is the word of a stranger; a limit stands before each list and each value.

import { domainToASCII } from 'node:url'
import type { Automatic, IncomingReport, ReportAction, ReportedRecipient } from '../../domain/message.ts'
import { isOwnMark, marksIn } from '../header/bridge-mark.ts'
import { cleanHeaderText, decodeText } from '../header/charset.ts'
import { messageIdOf } from '../header/mail-headers.ts'
import type { MimePart } from './mime-tree.ts'

/** Our mails have one recipient; an alias behind it may stand for a few. */
const recipientsMax = 50
const blocksMax = 200
const valueCharsMax = 300
const messageIdsMax = 10
const returnedCharsMax = 65_536

const statusPart = /^message\/(?:global-)?delivery-status$/
const dispositionPart = /^message\/(?:global-)?disposition-notification$/
const feedbackPart = /^message\/feedback-report$/
const returnedPart = /^(?:text\/rfc822-headers|message\/(?:rfc822|global|global-headers))$/

type Fields = ReadonlyMap<string, string>

const textOf = (part: MimePart): string => decodeText(part.content, null).slice(0, returnedCharsMax)

/** The part that fits and all below it that do, in their order. */
function partsOf(part: MimePart, fits: RegExp): MimePart[] {
  const below = part.children.flatMap((child) => partsOf(child, fits))
  return fits.test(part.type) ? [part, ...below] : below
}

/** Header of the mail that a report is about (RFC 6522 3); '' if it returns none. */
export function returnedHeader(root: MimePart): string {
  const [part] = partsOf(root, returnedPart)
  return part === undefined
    ? ''
    : (textOf(part)
        .replace(/^\s+/, '')
        .split(/\r?\n\r?\n/, 1)[0] ?? '')
}

/** Blocks of fields between empty lines; of several fields of a name the first counts. */
function blocksOf(text: string): Fields[] {
  const blocks = text.split(/\r?\n(?:[ \t]*\r?\n)+/).slice(0, blocksMax)
  return blocks.map((block) => {
    const fields = new Map<string, string>()
    for (const line of block.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon).trim().toLowerCase()
      const value = cleanHeaderText(line.slice(colon + 1))
        .slice(0, valueCharsMax)
        .trim()
      if (colon > 0 && !fields.has(name)) fields.set(name, value)
    }
    return fields
  })
}

/** The value behind its type: "rfc822; anna@office.example", "smtp; 550 5.1.1 no such user". */
const withoutType = (value: string): string => value.replace(/^[\w-]{1,40}\s*;\s*/, '')

/** RFC 6533 3: `utf-8;j\x{F6}rg@b\x{FC}ro.example`; a domain is compared in its A-label form. */
function addressIn(value: string | undefined): string[] {
  const written = withoutType(value ?? '')
    .replace(/\\x\{([0-9A-Fa-f]{1,6})\}/g, (whole, hex: string) => {
      const code = Number.parseInt(hex, 16)
      return code > 0x1f && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    })
    .replace(/^<|>$/g, '')
    .trim()
  const at = written.lastIndexOf('@')
  if (at < 1) return []
  return [`${written.slice(0, at)}@${domainToASCII(written.slice(at + 1)) || written.slice(at + 1)}`]
}

const actions: ReadonlySet<string> = new Set(['failed', 'delayed', 'delivered', 'relayed', 'expanded'])
const isAction = (word: string): word is ReportAction => actions.has(word)

/** Where the Action is missing or unknown, the class of the Status says it (RFC 3463 3.1). */
const actionOfClass: Readonly<Record<string, ReportAction>> = { 2: 'relayed', 4: 'delayed', 5: 'failed' }

function recipientOf(fields: Fields): ReportedRecipient[] {
  const status = /\b[245]\.\d{1,3}\.\d{1,3}\b/.exec(fields.get('status') ?? '')?.[0] ?? ''
  const word = /^[a-z]*/.exec((fields.get('action') ?? '').toLowerCase())?.[0] ?? ''
  const action = isAction(word) ? word : actionOfClass[status.slice(0, 1)]
  if (action === undefined) return []
  const addresses = [
    ...addressIn(fields.get('final-recipient')),
    ...addressIn(fields.get('original-recipient')),
  ]
  return [{ addresses, action, status, diagnostic: withoutType(fields.get('diagnostic-code') ?? '') }]
}

/** Message-IDs in a header section: those of whoever sent it on come first; servers keep the one that they replaced under other names. */
function messageIdsIn(header: string): string[] {
  const [fields = new Map<string, string>()] = blocksOf(header)
  const names = ['resent-message-id', 'message-id', 'x-original-message-id', 'x-google-original-message-id']
  const ids = names.map((name) => messageIdOf([{ name: 'message-id', value: fields.get(name) ?? '' }]))
  return [...new Set(ids.filter((id) => id !== null))]
}

/** Message-IDs that stand in the text of a bounce: qmail and others append the mail, or its header, to what they say. */
function messageIdsInWords(root: MimePart): string[] {
  const lines = partsOf(root, /^text\//).flatMap(
    (part) => textOf(part).match(/^[>\t ]{0,9}(?:resent-)?message-id:[ \t]{0,9}<[^<>\s]{1,250}>/gim) ?? [],
  )
  const ids = lines.map((line) => line.slice(line.indexOf('<')))
  return [...new Set(ids)].slice(0, messageIdsMax)
}

/** What else is known of the mail. */
export interface ReportSigns {
  readonly automatic: Automatic | null
  /** Our instance id in X-SMS-Bridge. */
  readonly ownInstance: string
}

/** The report that a mail is; null if it is none. A report that a person sends on, as a file or with its parts, stays the person's mail. */
export function readReport(root: MimePart, { automatic, ownInstance }: ReportSigns): IncomingReport | null {
  if (automatic === null) return null
  const header = returnedHeader(root)
  const about = {
    envelopeId: null,
    messageIds: messageIdsIn(header),
    isOurs: marksIn(header).some((mark) => isOwnMark(mark, ownInstance)),
    recipients: [],
    says: '',
  }
  const [status] = partsOf(root, statusPart)
  if (status !== undefined) {
    const blocks = blocksOf(textOf(status))
    const envelopeId = blocks
      .map((fields) => fields.get('original-envelope-id'))
      .find((id) => id !== undefined)
    const recipients = blocks.flatMap(recipientOf).slice(0, recipientsMax)
    return { ...about, kind: 'delivery', envelopeId: envelopeId ?? null, recipients }
  }
  const [disposition] = partsOf(root, dispositionPart)
  if (disposition !== undefined) {
    const [fields = new Map<string, string>()] = blocksOf(textOf(disposition))
    const original = messageIdOf([{ name: 'message-id', value: fields.get('original-message-id') ?? '' }])
    const messageIds = [...new Set([...(original === null ? [] : [original]), ...about.messageIds])]
    const says = /;\s*([a-z]{1,20})/i.exec(fields.get('disposition') ?? '')?.[1]?.toLowerCase() ?? ''
    const envelopeId = fields.get('original-envelope-id') ?? null
    return { ...about, kind: 'disposition', envelopeId, messageIds, says }
  }
  const [feedback] = partsOf(root, feedbackPart)
  if (feedback !== undefined) {
    const [fields = new Map<string, string>()] = blocksOf(textOf(feedback))
    return { ...about, kind: 'feedback', says: fields.get('feedback-type')?.toLowerCase() ?? '' }
  }
  if (automatic.kind !== 'report') return null
  const messageIds = [...new Set([...about.messageIds, ...messageIdsInWords(root)])].slice(0, messageIdsMax)
  return { ...about, kind: 'words', messageIds }
}
