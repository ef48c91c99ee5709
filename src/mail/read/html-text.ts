// HTML to the text a person sees (style, scripts, hidden preheaders and pictures dropped); only: html-to-text.
// A table may be data (alarms of monitoring programs) or layout (newsletters), and no mark tells which: cells of one line stand side
// by side, a cell of several lines stands for itself, and empty cells, rows and tables leave nothing.
// Invariant: bounded input, bounded nesting; links stay as text, quotes become lines that begin with `>`.

import { convert, type FormatCallback } from 'html-to-text'

/** Characters of HTML that are read. Mail text sits at the start; what follows is mostly layout. */
const htmlCharsMax = 262_144
/** Tags that are read; large newsletters have 3,000. Each costs about 0.05 ms, and selectors are tried on all. */
const tagsMax = 6_000
/** Elements inside each other that are followed; newsletters reach about 60. */
const depthMax = 200

const dropped = [
  'img',
  'style',
  'script',
  'head',
  'title',
  'noscript',
  'template',
  'svg',
  '[hidden]',
  '.preheader',
  '[style*="display:none"]',
  '[style*="display: none"]',
  '[style*="visibility:hidden"]',
  '[style*="mso-hide:all"]',
  '[style*="mso-hide: all"]',
  '[style*="max-height:0"]',
]

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

/** Elements with lines of their own that the library takes for inline ones. */
const blocks = ['address', 'caption', 'center', 'dd', 'dl', 'dt', 'fieldset', 'figcaption', 'legend', 'li']

/** In front of a cell that is one line. */
const cellMark = '\u001f'
/** Stands for a blank line inside a cell, for the other blank lines of a table come from what is empty. */
const blankMark = '\u001e'

const ownLine = { leadingLineBreaks: 1, trailingLineBreaks: 1 }

function cellLines(text: string): string {
  const lines = text.trim().split('\n')
  // A quote must stay at the start of its line.
  if (lines.length === 1)
    return lines[0] === '' || lines[0]?.startsWith('>') ? text.trim() : cellMark + lines[0]
  return lines.map((line) => (line.trim() === '' ? blankMark : line)).join('\n')
}

function rowLines(text: string): string {
  return filledLines(text)
    .join('\n')
    .replace(/(?<=^\u001f.*)\n\u001f/gm, ' ')
    .replace(/^\u001f/gm, '')
}

function tableLines(text: string): string {
  return filledLines(text).join('\n').replaceAll(blankMark, '')
}

function filledLines(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

/** A block whose finished text is rewritten. */
function rewritten(blockTransform: (text: string) => string): FormatCallback {
  return (element, walk, builder) => {
    builder.openBlock({ leadingLineBreaks: 1 })
    walk(element.children ?? [], builder)
    builder.closeBlock({ trailingLineBreaks: 1, blockTransform })
  }
}

/** Drops style sheets, which Outlook writes by the page, and what follows the last tag that is read. */
function withinLimits(html: string): string {
  const slim = html.slice(0, htmlCharsMax).replace(/<style\b[^>]*>[^<]*<\/style>/gi, '')
  let at = -1
  for (let tags = 0; tags <= tagsMax; tags++) {
    at = slim.indexOf('<', at + 1)
    if (at < 0) return slim
  }
  return slim.slice(0, at)
}

/** @returns text with line feeds; '' if the HTML shows no text */
export function htmlToText(html: string): string {
  const text = convert(withinLimits(html), {
    wordwrap: false,
    limits: { maxInputLength: htmlCharsMax, maxDepth: depthMax, ellipsis: '' },
    formatters: { cell: rewritten(cellLines), row: rewritten(rowLines), rows: rewritten(tableLines) },
    selectors: [
      { selector: 'table', format: 'rows' },
      { selector: 'tr', format: 'row' },
      ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
      ...blocks.map((selector) => ({ selector, format: 'block', options: ownLine })),
      ...headings.map((selector) => ({ selector, options: { uppercase: false } })),
      {
        selector: 'a',
        options: {
          hideLinkHrefIfSameAsText: true,
          noAnchorUrl: true,
          linkBrackets: ['<', '>'] as [string, string],
        },
      },
      { selector: 'ul', options: { itemPrefix: '- ' } },
      // A rule would be 40 hyphens of an SMS.
      { selector: 'hr', format: 'block' },
      { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 2 } },
      ...dropped.map((selector) => ({ selector, format: 'skip' })),
    ],
  })
  return text
    .replace(/\u00a0/g, ' ')
    .replace(/\u034f|[\u001e\u001f\u200b\u200c\u2060\ufeff\u00ad]/g, '')
    .replace(/\n(?:[ \t]*\n){2,}/g, '\n\n')
    .trim()
}
