// Commands on the mails of the selected folder: SEARCH, FETCH, STORE, COPY, MOVE, EXPUNGE, each with its UID form
// (RFC 3501 6.4, UIDPLUS of RFC 4315, MOVE of RFC 6851, CONDSTORE of RFC 7162).
// Invariants: a UID that is not there is skipped silently, a sequence number that is not there is BAD; a read-only folder is not changed.

import { parseFetchItems } from './imap-fetch.ts'
import { storableFlags } from './imap-folders.ts'
import { formatUidSet, ImapRefusal, itemsOf, type Token, textOf } from './imap-grammar.ts'
import { parseSearch } from './imap-search.ts'
import { folderOf, type ImapCommand, type ImapState, mailboxOf, viewOf } from './imap-state.ts'
import { flagItems, type Numbered, uidSetOf } from './imap-view.ts'
import type { FlagMode } from './sim-mailbox.ts'

type Command = (state: ImapState, args: readonly Token[], byUid: boolean) => string

const uidsOf = (picked: readonly Numbered[]): number[] => picked.map(({ message }) => message.uid)

/** The messages that a command names. Those expunged by somebody else meanwhile: skipped by UID, NO by number (RFC 2180 4.1.2). */
function pick(state: ImapState, token: Token | undefined, byUid: boolean): Numbered[] {
  const view = viewOf(state)
  const set = textOf(token, 'sequence set')
  const picked = view.pick(set, byUid)
  if (!byUid && picked.length === 0 && !set.includes('*')) throw new ImapRefusal('BAD', 'No such message')
  const alive = picked.filter(({ message }) => !message.expunged)
  if (!byUid && alive.length < picked.length)
    throw new ImapRefusal('NO', '[EXPUNGEISSUED] Some messages are gone')
  return alive
}

function writable(state: ImapState): void {
  if (viewOf(state).readOnly) throw new ImapRefusal('NO', '[READ-ONLY] The folder is open for reading only')
}

const search: Command = (state, args, byUid) => {
  const view = viewOf(state)
  const all = view.all()
  const test = parseSearch(args, { sequence: view.count, uid: all.at(-1)?.message.uid ?? 0 })
  const found = state.enabled.has('IMAP4REV2')
    ? []
    : all.filter((candidate) => !candidate.message.expunged && test(candidate))
  const numbers = byUid ? uidsOf(found) : found.map(({ sequence }) => sequence)
  state.send(['SEARCH', ...numbers].join(' '))
  return 'SEARCH completed'
}

/** Modifiers in parentheses, such as (CHANGEDSINCE 12): the value of the one we know, or null. */
function modifier(state: ImapState, token: Token | undefined, name: string): number | null {
  if (token === undefined) return null
  const items = itemsOf(token, 'modifiers')
  const value = Number(textOf(items[1], 'modifier value'))
  if (!state.features.condstore || textOf(items[0], 'modifier').toUpperCase() !== name || !(value >= 0))
    throw new ImapRefusal('BAD', 'Unknown modifier')
  state.condstore = true
  return value
}

const fetch: Command = (state, args, byUid) => {
  const view = viewOf(state)
  const since = modifier(state, args[2], 'CHANGEDSINCE')
  const items = parseFetchItems(args.slice(1, 2))
  const names = new Set(items.map((item) => item.name))
  if (names.has('MODSEQ')) state.condstore = true
  if (byUid && !names.has('UID')) items.unshift(...parseFetchItems([{ kind: 'atom', text: 'UID' }]))
  if (since !== null && !names.has('MODSEQ'))
    items.push(...parseFetchItems([{ kind: 'atom', text: 'MODSEQ' }]))
  const setsSeen = !view.readOnly && items.some((item) => item.setsSeen)
  if (setsSeen && !names.has('FLAGS')) items.push(...parseFetchItems([{ kind: 'atom', text: 'FLAGS' }]))
  for (const { sequence, message } of pick(state, args[0], byUid)) {
    if (since !== null && message.modseq <= since) continue
    if (setsSeen) mailboxOf(state).setFlags(view.folder.name, [message.uid], 'add', ['\\Seen'])
    if (setsSeen || names.has('FLAGS')) view.told(message)
    state.send(`${sequence} FETCH (${items.map((item) => `${item.name} ${item.render(message)}`).join(' ')})`)
  }
  return 'FETCH completed'
}

const storeModes: Readonly<Record<string, FlagMode>> = { '': 'set', '+': 'add', '-': 'remove' }

const store: Command = (state, args, byUid) => {
  const view = viewOf(state)
  const rest = args.slice(1)
  const unchangedSince = modifier(
    state,
    rest[0]?.kind === 'list' ? rest.shift() : undefined,
    'UNCHANGEDSINCE',
  )
  const found = /^([+-]?)FLAGS(\.SILENT)?$/i.exec(textOf(rest.shift(), 'item'))
  const mode = storeModes[found?.[1] ?? 'none']
  if (mode === undefined || rest.length === 0) throw new ImapRefusal('BAD', 'Unknown data item')
  writable(state)
  const flags = storableFlags(state, rest[0]?.kind === 'list' ? rest[0].items : rest)
  const picked = pick(state, args[0], byUid)
  const stale = picked.filter(({ message }) => unchangedSince !== null && message.modseq > unchangedSince)
  const free = picked.filter((candidate) => !stale.includes(candidate))
  mailboxOf(state).setFlags(view.folder.name, uidsOf(free), mode, flags)
  for (const { sequence, message } of free) {
    view.told(message)
    if (found?.[2] === undefined || state.condstore)
      state.send(`${sequence} FETCH (${flagItems(message, state.condstore)})`)
  }
  const numbers = byUid ? uidSetOf(stale) : formatUidSet(stale.map(({ sequence }) => sequence))
  return stale.length > 0 ? `[MODIFIED ${numbers}] Some had changed` : 'STORE completed'
}

/** Copies, and answers the COPYUID response code; empty without UIDPLUS or without messages. */
function copyTo(state: ImapState, picked: readonly Numbered[], token: Token | undefined): string {
  const target = folderOf(state, token, 'TRYCREATE')
  const pairs = mailboxOf(state).copy(viewOf(state).folder.name, uidsOf(picked), target.name)
  if (!state.features.uidplus || pairs.length === 0) return ''
  const [source, copies] = [0, 1].map((side) => formatUidSet(pairs.map((pair) => pair[side] ?? 0)))
  return `[COPYUID ${target.uidValidity} ${source} ${copies}] `
}

const copy: Command = (state, args, byUid) =>
  `${copyTo(state, pick(state, args[0], byUid), args[1])}COPY completed`

const move: Command = (state, args, byUid) => {
  writable(state)
  const picked = pick(state, args[0], byUid)
  const code = copyTo(state, picked, args[1])
  if (code !== '') state.send(`OK ${code}Moved`)
  mailboxOf(state).expunge(viewOf(state).folder.name, uidsOf(picked))
  return 'MOVE completed'
}

/** EXPUNGE, and UID EXPUNGE with a set. */
const expunge: Command = (state, args, byUid) => {
  const view = viewOf(state)
  writable(state)
  const named = byUid ? pick(state, args[0], true) : view.all()
  const doomed = named.filter(({ message }) => message.flags.has('\\Deleted'))
  if (doomed.length > 0) mailboxOf(state).expunge(view.folder.name, uidsOf(doomed))
  return 'EXPUNGE completed'
}

const both = { SEARCH: search, FETCH: fetch, STORE: store, COPY: copy, MOVE: move, EXPUNGE: expunge }

export const messageCommands: Readonly<Record<string, ImapCommand>> = Object.fromEntries(
  Object.entries(both).flatMap(([name, command]): [string, ImapCommand][] => [
    [name, (state, args) => command(state, args, false)],
    [`UID ${name}`, (state, args) => command(state, args, true)],
  ]),
)
