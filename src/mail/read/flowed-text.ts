// text/plain; format=flowed joined back into paragraphs (RFC 3676 4).
// Pure. Invariant: only lines of the same quote depth are joined, and the signature separator "-- " is never a flowed line.

interface Line {
  readonly depth: number
  readonly text: string
}

function readLine(line: string): Line {
  const depth = /^>*/.exec(line)?.[0].length ?? 0
  const rest = line.slice(depth)
  return { depth, text: rest.startsWith(' ') ? rest.slice(1) : rest }
}

/**
 * Joins flowed lines.
 * @param text with line feeds as line ends
 * @param delSp true for DelSp=yes: the blank before the soft line break is not part of the text
 */
export function joinFlowed(text: string, delSp: boolean): string {
  const out: string[] = []
  let open: { readonly depth: number; readonly parts: string[] } | null = null
  const close = (): void => {
    if (open !== null) out.push(`${'>'.repeat(open.depth)}${open.depth > 0 ? ' ' : ''}${open.parts.join('')}`)
    open = null
  }
  for (const { depth, text: content } of text.split('\n').map(readLine)) {
    const separator = content === '-- '
    if (open !== null && (open.depth !== depth || separator)) close()
    open ??= { depth, parts: [] }
    const flows = content.endsWith(' ') && !separator
    open.parts.push(flows && delSp ? content.slice(0, -1) : content)
    if (!flows) close()
  }
  close()
  return out.join('\n')
}
