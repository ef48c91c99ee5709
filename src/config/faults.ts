// Says what is wrong in a config file so that its reader can mend it: the line, the key, the value, the nearest right key.

import * as v from 'valibot'
import { optionDefaults } from './schema.ts'

/** One line for a fault that the schema found: file, line, key, what is wrong, the nearest right key. */
export function describeFault(issue: v.BaseIssue<unknown>, source: string, file: string): string {
  const key = v.getDotPath(issue) ?? ''
  const place = `${file}:${lineOf(source, key)}: ${key}`
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const nearest = nearestKey(key)
    return `${place}: no such key${nearest === null ? '' : `; did you mean "${nearest}"?`}`
  }
  if (issue.received === 'undefined') return `${place}: missing; it must be given`
  // What stands in the place of a section is not shown: it may hold a password.
  if (issue.type === 'strict_object') return `${place}: must be a [section]`
  const what = /^Invalid /.test(issue.message) ? ownWords(issue) : issue.message
  return `${place}: ${what} (here: ${shown(key, issue.input)})`
}

/** Instead of the library's words, which name types of a program. */
function ownWords({ type, input }: v.BaseIssue<unknown>): string {
  if (type !== 'array') return 'this cannot stand here'
  return `must be a list of texts in quotes, such as ${JSON.stringify([typeof input === 'string' ? input : '…'])}`
}

/** Values of keys that hold a secret are never shown. */
function shown(key: string, input: unknown): string {
  return /password|pin|secret/.test(key) ? 'not shown' : JSON.stringify(input).slice(0, 60)
}

function nearestKey(key: string): string | null {
  const keys = [...optionDefaults().keys()]
  const sections = keys.flatMap((name) => name.split('.').map((_, at, parts) => parts.slice(0, at).join('.')))
  const parent = key.slice(0, key.lastIndexOf('.') + 1)
  const siblings = [...new Set([...keys, ...sections])].filter(
    (name) => name.startsWith(parent) && !name.slice(parent.length).includes('.'),
  )
  const word = key.slice(parent.length)
  const ranked = siblings.map((name) => ({
    name: name.slice(parent.length),
    cost: editDistance(word, name.slice(parent.length)),
  }))
  ranked.sort((a, b) => a.cost - b.cost)
  const sameWordElsewhere = keys.find((name) => name.endsWith(`.${word}`))
  const best = ranked[0]
  return best !== undefined && best.cost <= Math.max(2, word.length / 3)
    ? best.name
    : (sameWordElsewhere ?? null)
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The line where a dotted key is set (for an element of a list, the list's), else that of its section, else 1. */
export function lineOf(source: string, key: string): number {
  let section = ''
  let best = 1
  for (const [index, line] of source.split('\n').entries()) {
    const header = /^\s*\[+\s*([^\]]+?)\s*\]+/.exec(line)
    if (header !== null) section = (header[1] ?? '').replaceAll(/["'\s]/g, '')
    const name = header === null ? /^\s*["']?([\w.-]+)["']?\s*=/.exec(line)?.[1] : undefined
    const path = name === undefined ? section : section === '' ? name : `${section}.${name}`
    if (path === key) return index + 1
    if ((header !== null || name !== undefined) && key.startsWith(`${path}.`)) best = index + 1
  }
  return best
}
