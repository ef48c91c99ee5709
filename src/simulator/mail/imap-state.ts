// What the commands of one IMAP session share: who is signed in, what is selected, what the server can do.
// Invariant: a command is only reached in a state that allows it (RFC 3501 3); these readers refuse the others with BAD.

import {
  decodeFolderName,
  encodeFolderName,
  ImapRefusal,
  nstring,
  type Token,
  textOf,
} from './imap-grammar.ts'
import type { FolderView } from './imap-view.ts'
import { folderKey, type SimFolder, type SimMailbox } from './sim-mailbox.ts'

export interface ImapAccount {
  readonly user: string
  readonly password: string
  readonly mailbox: SimMailbox
}

/** Extensions that can be switched off, to be like a poorer server. */
export interface ImapFeatures {
  readonly idle: boolean
  readonly move: boolean
  readonly uidplus: boolean
  readonly condstore: boolean
  /** Clients may set flags of their own (`\*` in PERMANENTFLAGS). */
  readonly keywords: boolean
  readonly namespace: boolean
  readonly id: boolean
  readonly enable: boolean
  readonly specialUse: boolean
  readonly unselect: boolean
  readonly children: boolean
  /** AUTHENTICATE PLAIN; without it there is LOGIN only. */
  readonly plain: boolean
  /** The first answer of AUTHENTICATE may stand in the command (RFC 4959). */
  readonly saslIr: boolean
  /** Literals that are not asked for (RFC 7888). */
  readonly literalPlus: boolean
  /** Offered, and enabled when asked for; nothing else of RFC 7162 3.2. */
  readonly qresync: boolean
  /** Folder names in UTF-8 once the client enabled UTF8=ACCEPT (RFC 6855). */
  readonly utf8: boolean
  /** Offers IMAP4rev2, and finds nothing any more once it is enabled, as Exchange Online did in 2026 (MailKit issue 2016). */
  readonly rev2: boolean
}

export interface ImapState {
  readonly features: ImapFeatures
  account: ImapAccount | null
  view: FolderView | null
  /** The client enabled CONDSTORE (RFC 7162 3.1). */
  condstore: boolean
  /** Extensions that the client enabled (RFC 5161), upper case. */
  readonly enabled: Set<string>
  /** Sends one untagged response, given without "* " and CRLF. */
  send(line: string): void
}

/** @returns the text of the tagged OK. Throws ImapRefusal. */
export type ImapCommand = (state: ImapState, args: readonly Token[]) => string

const featureCapabilities: readonly (readonly [keyof ImapFeatures, string])[] = [
  ['literalPlus', 'LITERAL+'],
  ['saslIr', 'SASL-IR'],
  ['plain', 'AUTH=PLAIN'],
  ['unselect', 'UNSELECT'],
  ['children', 'CHILDREN'],
  ['idle', 'IDLE'],
  ['move', 'MOVE'],
  ['uidplus', 'UIDPLUS'],
  ['condstore', 'CONDSTORE'],
  ['namespace', 'NAMESPACE'],
  ['id', 'ID'],
  ['enable', 'ENABLE'],
  ['specialUse', 'SPECIAL-USE'],
  ['qresync', 'QRESYNC'],
  ['utf8', 'UTF8=ACCEPT'],
  ['rev2', 'IMAP4rev2'],
]

export function capabilityLine(features: ImapFeatures): string {
  const optional = featureCapabilities.filter(([feature]) => features[feature]).map(([, name]) => name)
  return ['CAPABILITY IMAP4rev1', ...optional].join(' ')
}

export function mailboxOf(state: ImapState): SimMailbox {
  if (state.account === null) throw new ImapRefusal('BAD', 'Sign in first')
  return state.account.mailbox
}

export function viewOf(state: ImapState): FolderView {
  if (state.view === null) throw new ImapRefusal('BAD', 'Select a folder first')
  return state.view
}

const inUtf8 = (state: ImapState): boolean => state.enabled.has('UTF8=ACCEPT')

/** A folder name or pattern as the client wrote it, whose octets are latin1 characters here. */
export function folderText(state: ImapState, written: string): string {
  return inUtf8(state) ? Buffer.from(written, 'latin1').toString() : decodeFolderName(written)
}

export function folderNameOf(state: ImapState, token: Token | undefined): string {
  return folderKey(folderText(state, textOf(token, 'folder name')))
}

/** A folder name as it stands in an answer. */
export function shownFolder(state: ImapState, name: string): string {
  return nstring(inUtf8(state) ? Buffer.from(name).toString('latin1') : encodeFolderName(name))
}

/** The folder of that name. @param code response code of the NO: TRYCREATE or NONEXISTENT. */
export function folderOf(
  state: ImapState,
  token: Token | undefined,
  code: 'TRYCREATE' | 'NONEXISTENT',
): SimFolder {
  const name = folderNameOf(state, token)
  const folder = mailboxOf(state).folder(name)
  if (folder === undefined)
    throw new ImapRefusal('NO', `[${code}] There is no folder ${encodeFolderName(name)}`)
  return folder
}
