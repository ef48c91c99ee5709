// A dialogue on a port for a moment: a probe, a look, a reset. Nothing is received and no URC is heeded.
// Invariant: close() frees the port; once the modem is silent or the line is lost, every command ends as `lost`.

import { type AtDialogue, createAtDialogue } from '../at/at-dialogue.ts'
import { openSerialLine, type SerialLine, type SerialLineOptions } from './serial-line.ts'

export interface OpenDialogue {
  readonly dialogue: AtDialogue
  /** Past the dialogue, for what is no command. @throws as SerialLine.write */
  write(text: string): void
  close(): Promise<void>
}

/** @throws GatewayError as openSerialLine */
export async function openDialogue(options: SerialLineOptions): Promise<OpenDialogue> {
  let line: SerialLine | null = null
  const write = (text: string): void => line?.write(text)
  const dialogue = createAtDialogue({
    ...{ clock: options.clock, write },
    onUrc: () => undefined,
    onNoise: () => undefined,
    onSilent: () => dialogue.close(),
  })
  line = await openSerialLine(options, {
    onLine: (text) => dialogue.receiveLine(text),
    onPrompt: () => dialogue.receivePrompt(),
    onLost: () => dialogue.close(),
  })
  const { close } = line
  return {
    ...{ dialogue, write },
    async close() {
      dialogue.close()
      await close()
    },
  }
}
