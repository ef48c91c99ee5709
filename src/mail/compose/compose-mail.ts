// Builds the bytes of an outgoing mail (RFC 5322, RFC 2045): one text/plain part; only: nodemailer (MIME part).
// Invariant: equal drafts give equal bytes (no random boundary, no clock), so that a mail can be sent again until the server says 250;
// no value can begin a second header field.

import MimeNode from 'nodemailer/lib/mime-node'
import { GatewayError } from '../../domain/errors.ts'
import type { MailDraft } from '../../domain/message.ts'
import type { ComposeMail } from '../../domain/ports.ts'
import { bridgeMark } from '../header/bridge-mark.ts'

/** Characters of a display name. */
const nameCharsMax = 78
const subjectCharsMax = 250
const fieldCharsMax = 900
/** Message-IDs in References: the first (the root of the thread) and the newest ones. */
const referencesMax = 20

export interface ComposerOptions {
  /** Domain of the box's own mailbox; the fixed Message-IDs of the drafts end in it. */
  readonly domain: string
  /** Our instance id for X-SMS-Bridge: letters, digits, dot, dash, underscore. */
  readonly instance: string
}

/** Fields that the composer sets itself; a draft may not bring them a second time. */
const reserved = new Set(
  [
    'from',
    'to',
    'cc',
    'bcc',
    'sender',
    'reply-to',
    'subject',
    'date',
    'message-id',
    'in-reply-to',
    'references',
  ].concat(['mime-version', 'x-sms-bridge']),
)

/**
 * A value without line breaks, NUL and other controls, and without encoded words (RFC 2047) of its author's making: programs decode them
 * also where they are text, such as in a quoted name, and line breaks may hide in them.
 */
function oneLine(value: string, charsMax: number): string {
  const clean = value
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ')
    .replace(/=\?(?=[^?\s]*\?[bq]\?)/gi, '= ?')
    .trim()
  return [...clean].slice(0, charsMax).join('')
}

function messageIdIn(value: string): string {
  return oneLine(value, fieldCharsMax).replace(/\s+/g, '')
}

function references(draft: MailDraft): string {
  const all = [...new Set(draft.references.map(messageIdIn).filter((id) => id !== ''))]
  const kept = all.length <= referencesMax ? all : [...all.slice(0, 1), ...all.slice(1 - referencesMax)]
  return kept.join(' ')
}

function addFields(node: MimeNode, draft: MailDraft): void {
  for (const [name, value] of Object.entries(draft.fields)) {
    if (
      !/^[A-Za-z][A-Za-z0-9-]{0,75}$/.test(name) ||
      /^content-/i.test(name) ||
      reserved.has(name.toLowerCase())
    )
      throw new GatewayError('INTERNAL', `a draft brings the header field ${oneLine(name, 40)}`)
    node.setHeader(name, oneLine(value, fieldCharsMax))
  }
}

/** Names of fields as they are given; the library would write X-Sms-Scts. */
function spellingOf(names: readonly string[]): (key: string) => string {
  const given = new Map(names.map((name) => [name.toLowerCase(), name]))
  return (key) => given.get(key.toLowerCase()) ?? key
}

/** Makes the composer of this instance. The bytes end with CRLF and hold US-ASCII only, but for an address that has more (RFC 6532). */
export function createComposer(options: ComposerOptions): ComposeMail {
  return async (draft) => {
    const node = new MimeNode('text/plain; charset=utf-8', {
      newline: 'win',
      normalizeHeaderKey: spellingOf([...Object.keys(draft.fields), 'X-SMS-Bridge']),
      hostname: options.domain,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    const { from, to } = draft
    // Without one the library would invent a random one, and a repeated mail would look like a second one.
    if (messageIdIn(draft.messageId) === '') throw new GatewayError('INTERNAL', 'a draft has no Message-ID')
    node.setHeader('From', { name: oneLine(from.name, nameCharsMax), address: oneLine(from.address, 254) })
    node.setHeader('To', { name: oneLine(to.name, nameCharsMax), address: oneLine(to.address, 254) })
    if (draft.replyTo !== null) node.setHeader('Reply-To', { name: '', address: oneLine(draft.replyTo, 254) })
    node.setHeader('Subject', oneLine(draft.subject, subjectCharsMax))
    node.setHeader('Date', new Date(draft.date).toUTCString().replace(/GMT/, '+0000'))
    node.setHeader('Message-ID', messageIdIn(draft.messageId))
    if (draft.inReplyTo !== null) node.setHeader('In-Reply-To', messageIdIn(draft.inReplyTo))
    if (draft.references.length > 0) node.setHeader('References', references(draft))
    node.setHeader('X-SMS-Bridge', bridgeMark(options.instance, 1))
    node.setHeader('X-Auto-Response-Suppress', 'OOF, AutoReply')
    addFields(node, draft)
    node.setContent(draft.text.replace(/\r\n?|\n/g, '\r\n').replace(/\u0000/g, ''))
    return node.build()
  }
}
