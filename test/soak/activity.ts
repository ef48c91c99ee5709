// Tells when nothing happens any more: no octet moves on a TCP socket of this process (modem, IMAP, SMTP), no AT line comes or goes.
// socat stands between tty and socket, so that octets are out of sight for a moment: a command that is not yet answered gets longer.

import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** Milliseconds of real silence: after any traffic, and while a command waits for its final result code or a tty is opened. */
const quietMs = 1.5
const unansweredMs = 20
/** A look counts as so much silence at most: after a long piece of work nobody has looked at the sockets yet. */
const lookMs = 2

/** Turns of the event loop that even a sleeper without any traffic gets to do its work. */
const turns = 3

const isFinal = /^(OK|ERROR|\+CM[ES] ERROR)/

export interface Activity {
  /** For GatewayOptions.traceModem. */
  readonly trace: (direction: 'to' | 'from', text: string) => void
  /** Resolves when nothing happens. */
  calm(): Promise<void>
  /** AT lines in both directions so far. */
  lines(): number
  close(): void
}

/**
 * Watches all sockets that are made from now on.
 * @param isBusy true while something is under way that no socket shows
 */
export function watchActivity(isBusy: () => boolean): Activity {
  const sockets = new Set<Socket>()
  let closedOctets = 0
  let lines = 0
  let unanswered = false
  let seen = 0
  let silentMs = 0
  let lookedAt = performance.now()
  const octetsOf = (socket: Socket): number => socket.bytesRead + socket.bytesWritten
  const note = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    sockets.add(socket)
    socket.once('close', () => {
      sockets.delete(socket)
      closedOctets += octetsOf(socket)
    })
  }
  for (const channel of ['net.client.socket', 'net.server.socket']) subscribe(channel, note)
  const traffic = (): number => {
    let sum = closedOctets + lines
    for (const socket of sockets) sum += octetsOf(socket)
    return sum
  }
  return {
    trace(direction, text) {
      lines += 1
      if (direction === 'to') unanswered = true
      else if (isFinal.test(text)) unanswered = false
    },
    lines: () => lines,
    async calm() {
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      for (;;) {
        const sum = traffic()
        const now = performance.now()
        silentMs = sum === seen ? silentMs + Math.min(lookMs, now - lookedAt) : 0
        seen = sum
        lookedAt = now
        if (silentMs >= (unanswered || isBusy() ? unansweredMs : quietMs)) return
        await delay(1)
      }
    },
    close() {
      for (const channel of ['net.client.socket', 'net.server.socket']) unsubscribe(channel, note)
    },
  }
}
