// Commands on folders as wholes: LIST, STATUS, SELECT, APPEND, CREATE ... (RFC 3501 6.3), SPECIAL-USE (RFC 6154), UNSELECT (RFC 3691).
// Invariant: the mailbox does the work and keeps UIDVALIDITY and UIDs; this file only speaks IMAP.

import { ImapRefusal, itemsOf, parseDate, type Token, textOf } from './imap-grammar.ts'
import {
  folderNameOf,
  folderOf,
  folderText,
  type ImapCommand,
  type ImapState,
  mailboxOf,
  shownFolder,
  viewOf,
} from './imap-state.ts'
import { FolderView } from './imap-view.ts'
import { type AppendOptions, hierarchyDelimiter, type SimFolder } from './sim-mailbox.ts'

const systemFlags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'

/** Flags that this server stores: without `keywords` only system flags; \Recent never. */
export function storableFlags(state: ImapState, tokens: readonly Token[]): string[] {
  const flags = tokens.map((token) => textOf(token, 'flag'))
  return flags.filter((flag) =>
    flag.startsWith('\\')
      ? systemFlags.toLowerCase().split(' ').includes(flag.toLowerCase())
      : state.features.keywords,
  )
}

/** The pattern of LIST: `*` matches anything, `%` anything but the delimiter. */
function patternOf(state: ImapState, args: readonly Token[]): RegExp {
  const pattern = folderText(state, textOf(args[0], 'reference') + textOf(args[1], 'pattern'))
  const source = pattern
    .replace(/[.+?^${}()|[\]\\/]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/%+/g, '[^/]*')
  return new RegExp(`^${source}$`, /^inbox$/i.test(pattern) ? 'i' : '')
}

function listing(name: 'LIST' | 'LSUB'): ImapCommand {
  return (state, args) => {
    const mailbox = mailboxOf(state)
    const all = mailbox.folders()
    if (args.length !== 2) throw new ImapRefusal('BAD', `${name} takes a reference and a pattern`)
    if (textOf(args[1], 'pattern') === '') state.send(`${name} (\\Noselect) "${hierarchyDelimiter}" ""`)
    const pattern = patternOf(state, args)
    for (const folder of all) {
      if (!pattern.test(folder.name) || (name === 'LSUB' && !folder.subscribed)) continue
      const below = all.some((other) => other.name.startsWith(folder.name + hierarchyDelimiter))
      const attributes = state.features.children ? [below ? '\\HasChildren' : '\\HasNoChildren'] : []
      if (folder.specialUse !== null && state.features.specialUse) attributes.push(folder.specialUse)
      state.send(
        `${name} (${attributes.join(' ')}) "${hierarchyDelimiter}" ${shownFolder(state, folder.name)}`,
      )
    }
    return `${name} completed`
  }
}

const create: ImapCommand = (state, args) => {
  const name = folderNameOf(state, args[0]).replace(/\/$/, '')
  if (name === '' || mailboxOf(state).folder(name) !== undefined)
    throw new ImapRefusal('NO', '[ALREADYEXISTS] The folder exists')
  mailboxOf(state).create(name)
  return 'CREATE completed'
}

const remove: ImapCommand = (state, args) => {
  const folder = folderOf(state, args[0], 'NONEXISTENT')
  if (folder.name === 'INBOX') throw new ImapRefusal('NO', '[CANNOT] INBOX cannot be deleted')
  if (state.view?.folder === folder) state.view = null
  mailboxOf(state).delete(folder.name)
  return 'DELETE completed'
}

const rename: ImapCommand = (state, args) => {
  const from = folderOf(state, args[0], 'NONEXISTENT')
  const to = folderNameOf(state, args[1])
  if (to === '' || mailboxOf(state).folder(to) !== undefined)
    throw new ImapRefusal('NO', '[ALREADYEXISTS] The folder exists')
  mailboxOf(state).rename(from.name, to)
  return 'RENAME completed'
}

function subscription(subscribed: boolean): ImapCommand {
  return (state, args) => {
    mailboxOf(state).subscribe(folderOf(state, args[0], 'NONEXISTENT').name, subscribed)
    return `${subscribed ? 'SUBSCRIBE' : 'UNSUBSCRIBE'} completed`
  }
}

const statusItems: Readonly<Record<string, (folder: SimFolder, highestModseq: number) => number>> = {
  MESSAGES: (folder) => folder.messages.length,
  RECENT: () => 0,
  UIDNEXT: (folder) => folder.uidNext,
  UIDVALIDITY: (folder) => folder.uidValidity,
  UNSEEN: (folder) => folder.messages.filter((message) => !message.flags.has('\\Seen')).length,
  HIGHESTMODSEQ: (_, highestModseq) => highestModseq,
}

const status: ImapCommand = (state, args) => {
  const folder = folderOf(state, args[0], 'NONEXISTENT')
  const values = itemsOf(args[1], 'status items').map((token) => {
    const name = textOf(token, 'status item').toUpperCase()
    const read = statusItems[name]
    if (read === undefined || (name === 'HIGHESTMODSEQ' && !state.features.condstore))
      throw new ImapRefusal('BAD', `Unknown status item ${name}`)
    return `${name} ${read(folder, mailboxOf(state).highestModseq)}`
  })
  state.send(`STATUS ${shownFolder(state, folder.name)} (${values.join(' ')})`)
  return 'STATUS completed'
}

function selecting(readOnly: boolean): ImapCommand {
  return (state, args) => {
    state.view = null
    const folder = folderOf(state, args[0], 'NONEXISTENT')
    if (args[1] !== undefined) {
      const wanted = itemsOf(args[1], 'parameters').map((token) => textOf(token, 'parameter').toUpperCase())
      if (!state.features.condstore || wanted.join() !== 'CONDSTORE')
        throw new ImapRefusal('BAD', 'Unknown parameter')
      state.condstore = true
    }
    state.view = new FolderView(folder, readOnly)
    const keywords = [...new Set(folder.messages.flatMap((message) => [...message.flags]))]
      .filter((flag) => !flag.startsWith('\\'))
      .map((flag) => ` ${flag}`)
      .join('')
    const permanent = readOnly ? '' : systemFlags + keywords + (state.features.keywords ? ' \\*' : '')
    const unseen = folder.messages.findIndex((message) => !message.flags.has('\\Seen'))
    state.send(`FLAGS (${systemFlags}${keywords})`)
    state.send(`${folder.messages.length} EXISTS`)
    state.send('0 RECENT')
    if (unseen >= 0) state.send(`OK [UNSEEN ${unseen + 1}] First unseen`)
    state.send(`OK [PERMANENTFLAGS (${permanent})] Flags that stay`)
    state.send(`OK [UIDVALIDITY ${folder.uidValidity}] UIDs valid`)
    state.send(`OK [UIDNEXT ${folder.uidNext}] Next UID`)
    if (state.features.condstore)
      state.send(`OK [HIGHESTMODSEQ ${mailboxOf(state).highestModseq}] Highest modification sequence`)
    return readOnly ? '[READ-ONLY] EXAMINE completed' : '[READ-WRITE] SELECT completed'
  }
}

/** CLOSE expunges silently, UNSELECT does not. */
const close: ImapCommand = (state) => {
  const { folder, readOnly } = viewOf(state)
  const deleted = folder.messages.filter((message) => message.flags.has('\\Deleted'))
  state.view = null
  if (!readOnly && deleted.length > 0)
    mailboxOf(state).expunge(
      folder.name,
      deleted.map((message) => message.uid),
    )
  return 'CLOSE completed'
}

const unselect: ImapCommand = (state) => {
  viewOf(state)
  state.view = null
  return 'UNSELECT completed'
}

const append: ImapCommand = (state, args) => {
  const folder = folderOf(state, args[0], 'TRYCREATE')
  const rest = args.slice(1)
  const flags = rest[0]?.kind === 'list' ? rest.shift() : undefined
  const date = rest.length === 2 ? parseDate(textOf(rest.shift(), 'date')) : undefined
  if (rest.length !== 1 || rest[0]?.kind !== 'string')
    throw new ImapRefusal('BAD', 'APPEND takes one literal')
  const options: AppendOptions = {
    flags: flags === undefined ? [] : storableFlags(state, itemsOf(flags, 'flags')),
    ...(date === undefined ? {} : { internalDate: date }),
  }
  const raw = Buffer.from(rest[0].text, 'latin1')
  const uid = mailboxOf(state).append(folder.name, raw, options)
  return state.features.uidplus
    ? `[APPENDUID ${folder.uidValidity} ${uid}] APPEND completed`
    : 'APPEND completed'
}

const namespace: ImapCommand = (state) => {
  mailboxOf(state)
  state.send(`NAMESPACE (("" "${hierarchyDelimiter}")) NIL NIL`)
  return 'NAMESPACE completed'
}

export const folderCommands: Readonly<Record<string, ImapCommand>> = {
  LIST: listing('LIST'),
  LSUB: listing('LSUB'),
  CREATE: create,
  DELETE: remove,
  RENAME: rename,
  SUBSCRIBE: subscription(true),
  UNSUBSCRIBE: subscription(false),
  STATUS: status,
  SELECT: selecting(false),
  EXAMINE: selecting(true),
  CLOSE: close,
  UNSELECT: unselect,
  APPEND: append,
  NAMESPACE: namespace,
}
