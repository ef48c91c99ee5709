// A pseudo terminal that leads to a TCP port on 127.0.0.1, so that programs which want a tty can talk to the simulated modem.
// Invariants: socat is the only process started, ended by its pid; the folder of the link is removed.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { lstat, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const startTimeoutMs = 5000

export interface Pty {
  /** Path of the tty (a link to /dev/pts/...); it vanishes when the modem is unplugged. */
  readonly path: string
  /** Resolves when socat has ended, by `close` or because the TCP line was lost. */
  readonly gone: Promise<void>
  close(): Promise<void>
}

/** Opens a tty joined to 127.0.0.1:`tcpPort`. Throws if socat ends or shows no link within 5 s. */
export async function openPty(tcpPort: number): Promise<Pty> {
  const folder = await mkdtemp(join(tmpdir(), 'pty-'))
  const path = join(folder, 'tty')
  const socat = spawn('socat', [`TCP:127.0.0.1:${tcpPort}`, `PTY,link=${path},raw,echo=0`], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let complaint = ''
  socat.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text
  })
  let ended = false
  const gone = once(socat, 'exit').then(async () => {
    ended = true
    await rm(folder, { recursive: true, force: true })
  })
  const close = async (): Promise<void> => {
    if (!ended) socat.kill('SIGTERM')
    await gone
  }
  const deadline = performance.now() + startTimeoutMs
  while (!(await exists(path))) {
    if (ended || performance.now() > deadline) {
      await close()
      throw new Error(`socat made no tty for port ${tcpPort}: ${complaint.trim()}`)
    }
    await sleep(5)
  }
  return { path, gone, close }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
