// HTML to the text a person sees (style, scripts, hidden preheaders and pictures dropped); only: html-to-text.
// Invariant: bounded input, bounded nesting; links stay as text, quotes become lines that begin with `>`.

import { convert } from 'html-to-text'

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
  '[style*="font-size:0"]',
]

const headings = ['h1', 'h2', 'h3', 'h4', 'h5', 'h6']

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
    selectors: [
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
      { selector: 'p', options: { leadingLineBreaks: 1, trailingLineBreaks: 2 } },
      ...dropped.map((selector) => ({ selector, format: 'skip' })),
    ],
  })
  return text
    .replace(/\u00a0/g, ' ')
    .replace(/\u034f|[\u200b\u200c\u2060\ufeff\u00ad]/g, '')
    .trim()
}
