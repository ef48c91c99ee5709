// What the commands of one IMAP session share: who is signed in, what is selected, what the server can do.
// Invariant: a command is only reached in a state that allows it (RFC 3501 3); these readers refuse the others with BAD.

import { decodeFolderName, encodeFolderName, ImapRefusal, type Token, textOf } from './imap-grammar.ts'
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
}

export interface ImapState {
  readonly features: ImapFeatures
  account: ImapAccount | null
  view: FolderView | null
  /** The client enabled CONDSTORE (RFC 7162 3.1). */
  condstore: boolean
  /** Sends one untagged response, given without "* " and CRLF. */
  send(line: string): void
}

/** @returns the text of the tagged OK. Throws ImapRefusal. */
export type ImapCommand = (state: ImapState, args: readonly Token[]) => string

const featureCapabilities: readonly (readonly [keyof ImapFeatures, string])[] = [
  ['idle', 'IDLE'],
  ['move', 'MOVE'],
  ['uidplus', 'UIDPLUS'],
  ['condstore', 'CONDSTORE'],
  ['namespace', 'NAMESPACE'],
  ['id', 'ID'],
  ['enable', 'ENABLE'],
  ['specialUse', 'SPECIAL-USE'],
]

export function capabilityLine(features: ImapFeatures): string {
  const optional = featureCapabilities.filter(([feature]) => features[feature]).map(([, name]) => name)
  return ['CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN UNSELECT CHILDREN', ...optional].join(' ')
}

export function mailboxOf(state: ImapState): SimMailbox {
  if (state.account === null) throw new ImapRefusal('BAD', 'Sign in first')
  return state.account.mailbox
}

export function viewOf(state: ImapState): FolderView {
  if (state.view === null) throw new ImapRefusal('BAD', 'Select a folder first')
  return state.view
}

export function folderNameOf(token: Token | undefined): string {
  return folderKey(decodeFolderName(textOf(token, 'folder name')))
}

/** The folder of that name. @param code response code of the NO: TRYCREATE or NONEXISTENT. */
export function folderOf(
  state: ImapState,
  token: Token | undefined,
  code: 'TRYCREATE' | 'NONEXISTENT',
): SimFolder {
  const name = folderNameOf(token)
  const folder = mailboxOf(state).folder(name)
  if (folder === undefined)
    throw new ImapRefusal('NO', `[${code}] There is no folder ${encodeFolderName(name)}`)
  return folder
}
