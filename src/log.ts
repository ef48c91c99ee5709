// One line per event on stderr, in the form journald reads: `<priority>event key=value ...` (sd-daemon(3), RFC 5424 severities).
// Texts of messages are never logged; phone numbers, mail addresses and the secrets of the box are masked here, so that no caller can
// forget it.

import { hideSecrets } from './domain/hide-secrets.ts'

export type Level = 'debug' | 'info' | 'warn' | 'error'
export type Fields = Readonly<Record<string, string | number | boolean | null | undefined>>

const severity: Record<Level, number> = { error: 3, warn: 4, info: 6, debug: 7 }

let threshold: Level = 'info'
let write = (line: string): void => {
  process.stderr.write(line)
}

/** Lines less severe than `level` are dropped; `writer` (default: stderr) receives whole lines with their line feed. */
export function configureLog(level: Level, writer?: (line: string) => void): void {
  threshold = level
  if (writer !== undefined) write = writer
}

/** Shorter ones would cut words out of everything, and the gap would tell them. */
const secretCharsMin = 8
/** A box has two passwords, or a client secret and two tokens that change every hour. */
const secretsKept = 32
const secrets = new Set<string>()

/** A password or token that stands in no line from now on, however it is coded. */
export function neverShow(secret: string): void {
  if (secret.length < secretCharsMin) return
  secrets.delete(secret)
  secrets.add(secret)
  for (const oldest of secrets) if (secrets.size > secretsKept) secrets.delete(oldest)
}

/** Without the secrets of the box; numbers and addresses stay. */
export const withoutSecrets = (text: string): string => hideSecrets(text, [...secrets])

/** "+4917012345678" -> "+49170…78", "anna@office.example" -> "a…@office.example": enough to follow a case, too little to call. */
export function mask(text: string): string {
  return withoutSecrets(text)
    .replace(
      /\+?\d{7,20}/g,
      (number) => `${number.slice(0, Math.min(6, number.length - 6))}…${number.slice(-2)}`,
    )
    .replace(/([^\s<"=@])[^\s<"=@]*@([\w.-]+)/g, '$1…@$2')
}

function line(level: Level, event: string, fields: Fields): string {
  const pairs = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => {
      const text = mask(String(value)).replace(/\s+/g, ' ')
      return `${key}=${/["= ]/.test(text) ? JSON.stringify(text) : text}`
    })
  return `<${severity[level]}>${[event, ...pairs].join(' ')}\n`
}

function emit(level: Level, event: string, fields: Fields): void {
  if (severity[level] <= severity[threshold]) write(line(level, event, fields))
}

export const log = {
  debug: (event: string, fields: Fields = {}): void => emit('debug', event, fields),
  info: (event: string, fields: Fields = {}): void => emit('info', event, fields),
  warn: (event: string, fields: Fields = {}): void => emit('warn', event, fields),
  error: (event: string, fields: Fields = {}): void => emit('error', event, fields),
}
