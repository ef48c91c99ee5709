// The MIME structure of a mail as a tree of parts, with the content of those that may hold text (RFC 2045, 2046); only: mailsplit.
// Streams, so that attachments are counted and not kept. Content of a part is what RFC 2045 6 transfer decoding yields.
// Invariant: ends for every input; past a limit (mail-limits.ts) what was read until then stands, and the limit is named.

import { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { type MimeNode, Splitter } from '@zone-eu/mailsplit'
import type { MailLimit } from '../../domain/message.ts'
import { cleanHeaderText, decodeHeaderText, decodeText, parseParameters } from '../header/charset.ts'
import { fieldName, type HeaderField } from '../header/mail-headers.ts'
import {
  contentOctetsMax,
  contentTotalMax,
  depthMax,
  fieldOctetsMax,
  headerLinesMax,
  headerLookMax,
  headerOctetsMax,
  nameCharsMax,
  partsMax,
} from './mail-limits.ts'

/** Octets handed to the splitter at once, between which other work can run. */
const sliceOctets = 65_536

/** Fields that are read anywhere; only they survive in a header section that is too large. */
const neededFields =
  /^(?:from|to|cc|subject|date|message-id|in-reply-to|references|return-path|received|authentication-results|auto-submitted|precedence|list-id|list-unsubscribe|content-.*|mime-version|delivered-to|envelope-to|x-.*)$/i

/** Those of them that decide what becomes of the mail: they are whole, or the mail is not taken. */
const decidingFields = /^(?:from|to|cc|subject|delivered-to|envelope-to|x-original-to|x-sms-.*)$/i

/** Parts whose content is read: texts, what a report returns of the mail it is about, and what may be a text inside its signature. */
const readable =
  /^(?:text\/|message\/(?:rfc822|global|global-headers|(?:global-)?(?:delivery-status|disposition-notification)|feedback-report)$|application\/(?:x-)?pkcs7-mime$)/

export interface MimePart {
  /** "text/plain" and so on, lower case. */
  readonly type: string
  readonly params: Readonly<Record<string, string>>
  readonly disposition: 'attachment' | 'inline' | null
  /** Decoded file name; null if there is none. */
  readonly name: string | null
  readonly children: readonly MimePart[]
  /** Octets after transfer decoding; 0 for a multipart. */
  readonly size: number
  /** The first octets of a readable part; empty for others. */
  readonly content: Buffer
}

export interface ParsedMail {
  readonly fields: readonly HeaderField[]
  readonly root: MimePart
  /** Fields that decide were lost or cut. */
  readonly headerLimit: MailLimit | null
  /** Parts are missing in the tree. */
  readonly treeLimit: MailLimit | null
}

interface GrowingPart {
  type: string
  params: Readonly<Record<string, string>>
  disposition: 'attachment' | 'inline' | null
  name: string | null
  children: GrowingPart[]
  size: number
  content: Buffer
}

/** Index after the empty line that ends the header section; the length if there is none. */
function headerEnd(raw: Buffer): number {
  const crlf = raw.indexOf('\r\n\r\n')
  const lf = raw.indexOf('\n\n')
  const ends = [crlf < 0 ? raw.length : crlf + 4, lf < 0 ? raw.length : lf + 2]
  return Math.min(...ends)
}

/** The header section alone, with its empty line. */
export function headerOf(raw: Buffer): Buffer {
  return raw.subarray(0, headerEnd(raw))
}

interface ShortHeader {
  readonly raw: Buffer
  readonly headerLimit: MailLimit | null
}

/** A header section over a limit loses the fields nobody reads here; the others are unfolded and cut. A smaller one stays as it is. */
function withinHeaderLimit(raw: Buffer): ShortHeader {
  const end = headerEnd(raw)
  const text = raw.toString('latin1', 0, Math.min(end, headerLookMax))
  if (end <= headerOctetsMax && text.split('\n', headerLinesMax).length < headerLinesMax)
    return { raw, headerLimit: null }
  const kept: string[] = []
  let room = headerOctetsMax
  let headerLimit: MailLimit | null = end > headerLookMax ? 'header-too-large' : null
  for (const field of text.split(/\r?\n(?![ \t])/)) {
    const name = field.slice(0, field.indexOf(':')).trim()
    if (!neededFields.test(name)) continue
    const whole = field.replace(/\r?\n[ \t]+/g, ' ')
    const cut = whole.slice(0, Math.max(0, Math.min(fieldOctetsMax, room - 2)))
    const fits = cut.length > name.length && kept.length < headerLinesMax
    if (decidingFields.test(name) && (!fits || cut.length < whole.length))
      headerLimit ??= whole.length > fieldOctetsMax ? 'field-too-large' : 'header-too-large'
    if (!fits) continue
    kept.push(cut)
    room -= cut.length + 2
  }
  const header = Buffer.from(`${kept.join('\r\n')}\r\n\r\n`, 'latin1')
  return { raw: Buffer.concat([header, raw.subarray(end)]), headerLimit }
}

/** "From :" (RFC 5322 4.5.2) on the first line, which the splitter would take for the separator of an mbox file. */
function withPlainFrom(raw: Buffer): Buffer {
  const obsolete = /^From[ \t]+(?=:)/i.exec(raw.toString('latin1', 0, 100))
  return obsolete === null ? raw : Buffer.concat([Buffer.from('From'), raw.subarray(obsolete[0].length)])
}

/** Unfolds (RFC 5322 2.2.3) and decodes 8-bit bytes; encoded words stay. */
function fieldsOf(node: MimeNode): HeaderField[] {
  if (node.headers === false) return []
  return node.headers.getList().flatMap(({ line }) => {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    if (colon < 1 || !fieldName.test(name)) return []
    const value = decodeText(Buffer.from(line.slice(colon + 1), 'latin1'), null)
    return [{ name, value: cleanHeaderText(value.replace(/\r?\n(?=[ \t])/g, '')) }]
  })
}

function partOf(node: MimeNode): GrowingPart {
  const fields = fieldsOf(node)
  const header = (name: string): string => fields.find((field) => field.name === name)?.value ?? ''
  const type = parseParameters(header('content-type'))
  const disposition = parseParameters(header('content-disposition')).value
  const name = node.filename === false ? '' : decodeHeaderText(node.filename).slice(0, nameCharsMax)
  return {
    type: node.contentType === false ? 'text/plain' : cleanHeaderText(node.contentType),
    params: type.params,
    disposition: disposition === '' ? null : disposition === 'inline' ? 'inline' : 'attachment',
    name: name === '' ? null : name,
    children: [],
    size: 0,
    content: Buffer.alloc(0),
  }
}

/** Depth below the root: 0 for the root. */
function depthOf(node: MimeNode): number {
  let depth = 0
  for (let up = node.parentNode; up !== false && depth <= depthMax; up = up.parentNode) depth++
  return depth
}

/** Counts the decoded octets of one part and keeps the first `keep` of them. */
function openBody(node: MimeNode, part: GrowingPart, keep: number) {
  const decoder = node.getDecoder()
  const chunks: Buffer[] = []
  let room = keep
  decoder.on('data', (chunk: Buffer) => {
    part.size += chunk.length
    if (room <= 0) return
    // Copied: a slice would hold the whole mail in memory.
    chunks.push(Buffer.from(chunk.subarray(0, room)))
    room -= chunk.length
  })
  decoder.on('error', () => decoder.destroy())
  return {
    write: (value: Buffer): void => {
      if (!decoder.destroyed) decoder.write(value)
    },
    close: async (): Promise<number> => {
      decoder.end()
      await finished(decoder).catch(() => undefined)
      part.content = Buffer.concat(chunks)
      return part.content.length
    },
  }
}

function* slices(raw: Buffer): Generator<Buffer> {
  for (let at = 0; at < raw.length; at += sliceOctets) yield raw.subarray(at, at + sliceOctets)
}

/** Collects what the splitter emits into a tree. */
class TreeBuilder {
  fields: HeaderField[] = []
  root: GrowingPart | null = null
  limit: MailLimit | null = null
  #parts = new Map<unknown, GrowingPart>()
  #open: { node: MimeNode; body: ReturnType<typeof openBody> } | null = null
  #contentRoom = contentTotalMax

  get count(): number {
    return this.#parts.size
  }

  async startPart(node: MimeNode): Promise<void> {
    await this.closePart()
    const part = partOf(node)
    if (this.root === null) {
      this.fields = fieldsOf(node)
      this.root = part
    } else if (depthOf(node) <= depthMax) this.#parts.get(node.parentNode)?.children.push(part)
    else this.limit ??= 'parts-too-deep'
    this.#parts.set(node, part)
  }

  async addBody(node: MimeNode, value: Buffer): Promise<void> {
    const part = this.#parts.get(node)
    if (part === undefined || node.multipart !== false) return
    if (this.#open?.node !== node) {
      await this.closePart()
      const keep = readable.test(part.type) ? Math.min(contentOctetsMax, this.#contentRoom) : 0
      this.#open = { node, body: openBody(node, part, keep) }
    }
    this.#open.body.write(value)
  }

  async closePart(): Promise<void> {
    const open = this.#open
    this.#open = null
    if (open !== null) this.#contentRoom -= await open.body.close()
  }
}

/**
 * Reads header and structure of a mail.
 * @param raw the mail, or its first octets
 * @returns null if there is no header field at all
 */
export async function parseMime(raw: Buffer): Promise<ParsedMail | null> {
  const splitter = new Splitter({
    ignoreEmbedded: true,
    maxHeadSize: 2 * headerOctetsMax,
    maxChildNodes: partsMax,
  })
  const short = withinHeaderLimit(withPlainFrom(raw))
  const source = Readable.from(slices(short.raw))
  source.pipe(splitter)
  const tree = new TreeBuilder()
  try {
    for await (const chunk of splitter) {
      if (chunk.type === 'node') await tree.startPart(chunk)
      else if (chunk.type === 'body') await tree.addBody(chunk.node, chunk.value)
    }
  } catch (error) {
    // Too many parts, or a part with a header section over the limit: what was read so far stands.
    if (!(error instanceof Error && 'code' in error && error.code === 'EMAXLEN')) throw error
    tree.limit ??= tree.count >= partsMax ? 'too-many-parts' : 'header-too-large'
  }
  source.destroy()
  await tree.closePart()
  if (tree.root === null || tree.fields.length === 0) return null
  return { fields: tree.fields, root: tree.root, headerLimit: short.headerLimit, treeLimit: tree.limit }
}
