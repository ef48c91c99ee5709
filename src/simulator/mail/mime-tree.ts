// The MIME structure of a mail, for FETCH and SEARCH of the demo server (RFC 2045, 2046). All texts are latin1: a character is an octet.
// Invariants: no octet is changed or decoded; depth and number of parts are limited, what lies deeper stays unparsed text.

const depthMax = 20
const partsMax = 1000

export interface MimePart {
  /** Header with the empty line that ends it. */
  readonly header: string
  readonly body: string
  /** Upper case. */
  readonly type: string
  readonly subtype: string
  readonly params: ReadonlyMap<string, string>
  readonly disposition: { readonly type: string; readonly params: ReadonlyMap<string, string> } | null
  /** Parts of a multipart; empty for any other type. */
  readonly children: readonly MimePart[]
  /** The mail inside a message/rfc822 part. */
  readonly message: MimePart | null
}

interface Budget {
  parts: number
}

/** Where the header of a mail ends: the index of the first octet of the body. */
export function bodyStart(text: string): number {
  if (/^\r?\n/.test(text)) return text.startsWith('\n') ? 1 : 2
  const end = /\r?\n\r?\n/.exec(text)
  return end === null ? text.length : end.index + end[0].length
}

/** Fields of a header as they stand, folded lines kept, each with its line end. */
export function splitFields(header: string): { readonly name: string; readonly text: string }[] {
  const texts = header.match(/^[^\s:][^\n]*(?:\n[ \t][^\n]*)*\n?/gm) ?? []
  return texts.map((text) => ({ name: text.slice(0, text.search(/\s*:|\s*$/)).toLowerCase(), text }))
}

/** Value of the first field of that name, unfolded and trimmed; null if there is none. */
export function fieldValue(header: string, name: string): string | null {
  const field = splitFields(header).find((candidate) => candidate.name === name.toLowerCase())
  if (field === undefined) return null
  return field.text
    .slice(field.text.indexOf(':') + 1)
    .replace(/\r?\n(?=[ \t])/g, '')
    .trim()
}

/** Reads a whole mail. */
export function parseMime(text: string): MimePart {
  return parsePart(text, 'text/plain', 0, { parts: 0 })
}

function parsePart(text: string, defaultType: string, depth: number, budget: Budget): MimePart {
  budget.parts++
  const start = bodyStart(text)
  const header = text.slice(0, start)
  const body = text.slice(start)
  const content = parseParams(fieldValue(header, 'content-type') ?? defaultType)
  const [type = 'TEXT', subtype = 'PLAIN'] = (
    /^[\w.+-]+\/[\w.+-]+$/.test(content.value) ? content.value : 'text/plain'
  )
    .toUpperCase()
    .split('/')
  const dispositionField = fieldValue(header, 'content-disposition')
  const disposition = dispositionField === null ? null : parseParams(dispositionField)
  const deeper = depth < depthMax
  const boundary = content.params.get('boundary')
  const childType = subtype === 'DIGEST' ? 'message/rfc822' : 'text/plain'
  return {
    header,
    body,
    type,
    subtype,
    params: content.params,
    disposition:
      disposition === null ? null : { type: disposition.value.toUpperCase(), params: disposition.params },
    children:
      type === 'MULTIPART' && boundary !== undefined && deeper
        ? splitParts(body, boundary, partsMax - budget.parts).map((part) =>
            parsePart(part, childType, depth + 1, budget),
          )
        : [],
    message:
      type === 'MESSAGE' && subtype === 'RFC822' && deeper && budget.parts < partsMax
        ? parsePart(body, 'text/plain', depth + 1, budget)
        : null,
  }
}

/** The texts between the delimiter lines (RFC 2046 5.1.1); a missing last delimiter is forgiven. */
function splitParts(body: string, boundary: string, max: number): string[] {
  const escaped = boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const delimiter = new RegExp(`(?:^|\\r?\\n)--${escaped}(--)?[ \\t]*(?:\\r?\\n|$)`, 'g')
  const parts: string[] = []
  let start: number | null = null
  while (parts.length < max) {
    const found = delimiter.exec(body)
    if (start !== null) parts.push(body.slice(start, Math.max(start, found?.index ?? body.length)))
    if (found === null || found[1] !== undefined) break
    start = delimiter.lastIndex
    // The line end in front of the next delimiter may be the one that ended this delimiter: an empty part.
    delimiter.lastIndex -= found[0].endsWith('\r\n') ? 2 : 1
  }
  return parts
}

/** "text/plain; charset=utf-8" -> value and parameters; names in lower case. */
function parseParams(field: string): { value: string; params: Map<string, string> } {
  const params = new Map<string, string>()
  for (const found of field.matchAll(/;\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))/g))
    params.set((found[1] ?? '').toLowerCase(), (found[2] ?? found[3] ?? '').replace(/\\(.)/g, '$1'))
  return { value: field.replace(/;.*$/s, '').trim(), params }
}
