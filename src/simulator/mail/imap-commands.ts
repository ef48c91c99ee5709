// Every command of the demo IMAP server that needs no line of its own from the client, and the extension that each belongs to
// (ID of RFC 2971, ENABLE of RFC 5161).

import { folderCommands } from './imap-folders.ts'
import { type Token, textOf } from './imap-grammar.ts'
import { messageCommands } from './imap-messages.ts'
import { capabilityLine, type ImapCommand, type ImapFeatures, type ImapState } from './imap-state.ts'

export const featureOf: Readonly<Record<string, keyof ImapFeatures>> = {
  IDLE: 'idle',
  MOVE: 'move',
  'UID MOVE': 'move',
  'UID EXPUNGE': 'uidplus',
  NAMESPACE: 'namespace',
  ID: 'id',
  ENABLE: 'enable',
  UNSELECT: 'unselect',
}

const enablable = [
  ['condstore', 'CONDSTORE'],
  ['qresync', 'QRESYNC'],
  ['utf8', 'UTF8=ACCEPT'],
  ['rev2', 'IMAP4REV2'],
] as const satisfies readonly (readonly [keyof ImapFeatures, string])[]

export const commands: ReadonlyMap<string, ImapCommand> = new Map(
  Object.entries({
    ...folderCommands,
    ...messageCommands,
    NOOP: () => 'NOOP completed',
    CHECK: () => 'CHECK completed',
    CAPABILITY: (state: ImapState) => {
      state.send(capabilityLine(state.features))
      return 'CAPABILITY completed'
    },
    ID: (state: ImapState) => {
      state.send('ID ("name" "Simpost demo server")')
      return 'ID completed'
    },
    ENABLE: (state: ImapState, args: readonly Token[]) => {
      const wanted = args.map((token) => textOf(token, 'capability').toUpperCase())
      const can = enablable.filter(([feature, name]) => state.features[feature] && wanted.includes(name))
      for (const [, name] of can) state.enabled.add(name)
      if (state.enabled.has('CONDSTORE') || state.enabled.has('QRESYNC')) state.condstore = true
      state.send(['ENABLED', ...can.map(([, name]) => name)].join(' '))
      return 'ENABLE completed'
    },
  }),
)
