// The socket that the simulated modem is plugged into: a tty at a path that stays the same, as a udev link does, behind a line that
// loses octets. Invariant: when the modem drops its connection the tty vanishes too, and `onGone` hears of it once.

import { constants } from 'node:fs'
import { type FileHandle, open, rm, symlink } from 'node:fs/promises'
import type { SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { openPty, type Pty } from '../support/pty.ts'
import type { Random } from '../support/random.ts'
import { type FaultyLine, openFaultyLine } from './faulty-line.ts'

export interface Plug {
  readonly line: FaultyLine
  isIn(): boolean
  /** Switches the modem on and makes its tty. */
  plugIn(): Promise<void>
  /** Takes the tty away; the modem is off or dead already. */
  pull(): Promise<void>
  close(): Promise<void>
}

/** @param onGone the modem has dropped its connection by itself */
export async function makePlug(
  modem: SimModem,
  link: string,
  random: Random,
  onGone: () => void,
): Promise<Plug> {
  let pty: Pty | null = null
  let holder: FileHandle | null = null
  let isIn = false
  const line = await openFaultyLine(random, (stream) => {
    stream.once('close', () => {
      if (isIn) onGone()
      isIn = false
    })
    modem.attach(stream)
  })
  const pull = async (): Promise<void> => {
    isIn = false
    await rm(link, { force: true })
    await holder?.close()
    await pty?.close()
    holder = null
    pty = null
  }
  return {
    line,
    isIn: () => isIn,
    pull,
    async plugIn() {
      modem.plugIn()
      pty = await openPty(line.port)
      // A tty of a real modem outlives the program that used it; socat's would end with its last user.
      holder = await open(pty.path, constants.O_RDWR | constants.O_NOCTTY)
      await symlink(pty.path, link)
      isIn = true
    },
    async close() {
      await pull()
      await line.close()
    },
  }
}
