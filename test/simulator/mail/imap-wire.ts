// A client that speaks IMAP by hand, for what real clients never send: odd cuts, wrong commands, pipelined lines.
// Texts are latin1: a character is an octet.

import { connect, type Socket } from 'node:net'

const waitMsMax = 5000

export class Wire {
  readonly socket: Socket
  received = ''
  closed = false
  readonly #wake = new Set<() => void>()

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true })
    this.socket.on('data', (chunk) => {
      this.received += chunk.toString('latin1')
      for (const wake of this.#wake) wake()
    })
    this.socket.on('error', () => undefined)
    this.socket.on('close', () => {
      this.closed = true
      for (const wake of this.#wake) wake()
    })
  }

  send(octets: string): void {
    this.socket.write(octets, 'latin1')
  }

  /** Waits until what was received holds the text, and hands over everything up to its end. */
  async until(text: string | RegExp): Promise<string> {
    const end = await this.#watch(() => {
      if (typeof text !== 'string') return this.#endOf(text.exec(this.received))
      const at = this.received.indexOf(text)
      return at < 0 ? null : at + text.length
    })
    const taken = this.received.slice(0, end)
    this.received = this.received.slice(end)
    return taken
  }

  /** Sends a command and waits for its tagged answer; hands over everything that came. */
  async ask(command: string): Promise<string> {
    const tag = command.slice(0, command.indexOf(' '))
    this.send(`${command}\r\n`)
    return this.until(new RegExp(`^${tag} [^\\r\\n]*\\r\\n`, 'm'))
  }

  async end(): Promise<string> {
    await this.#watch(() => (this.closed ? 0 : null))
    return this.received
  }

  destroy(): void {
    this.socket.destroy()
  }

  #endOf(found: RegExpExecArray | null): number | null {
    return found === null ? null : found.index + found[0].length
  }

  #watch(look: () => number | null): Promise<number> {
    return new Promise((resolve, reject) => {
      const finish = (act: () => void): void => {
        clearTimeout(timer)
        this.#wake.delete(check)
        act()
      }
      const check = (): void => {
        const found = look()
        if (found !== null) finish(() => resolve(found))
        else if (this.closed) finish(() => reject(new Error(`closed after ${JSON.stringify(this.received)}`)))
      }
      const timer = setTimeout(
        () => finish(() => reject(new Error(`still waiting, got ${JSON.stringify(this.received)}`))),
        waitMsMax,
      )
      this.#wake.add(check)
      check()
    })
  }
}
