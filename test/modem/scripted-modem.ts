// A scripted peer over TCP: a table of command -> answer with a well-behaved modem as default. A test replaces single answers, cuts the
// bytes as it likes and puts URCs into gaps. It knows nothing of SMS; the simulated modem of src/simulator does.

import { createServer, type Socket } from 'node:net'

/** What to write (null: nothing), or a function that writes by itself. */
export type Answer = string | null | ((line: string, peer: ScriptedModem) => string | null)

export interface ScriptedModem {
  readonly port: number
  /** Everything that was written to the modem, split at CR, ESC and Ctrl-Z, which show as \r, <ESC>, <Z>. */
  readonly received: string[]
  /** Octets per write; default all at once. */
  chunk: number
  /** Written before each line of every answer: a URC in every gap. */
  gap: string
  echo: boolean
  on(command: string, answer: Answer): void
  write(text: string): void
  /** Drops the client. */
  drop(): void
  close(): Promise<void>
  /** Waits until something received satisfies `test`. */
  until(test: (line: string) => boolean): Promise<void>
}

const ok = '\r\nOK\r\n'

const usual: Readonly<Record<string, Answer>> = {
  AT: ok,
  ATE0: ok,
  ATV1: ok,
  'AT+CMEE=1': ok,
  'AT+CMEE?': `\r\n+CMEE: 1\r\n${ok}`,
  'AT+CGMI': `\r\nExample\r\n${ok}`,
  'AT+CGMM': `\r\nM1\r\n${ok}`,
  'AT+CGMR': `\r\n1.0\r\n${ok}`,
  'AT+CGSN': `\r\n490154203237518\r\n${ok}`,
  'AT+CFUN?': `\r\n+CFUN: 1\r\n${ok}`,
  'AT+CPIN?': `\r\n+CPIN: READY\r\n${ok}`,
  'AT+CCID': `\r\n+CCID: 89492990000000000012\r\n${ok}`,
  'AT+CMGF=0': ok,
  'AT+CMGF?': `\r\n+CMGF: 0\r\n${ok}`,
  'AT+CPMS=?': `\r\n+CPMS: ("SM"),("SM"),("SM")\r\n${ok}`,
  'AT+CPMS?': `\r\n+CPMS: "SM",0,20,"SM",0,20,"SM",0,20\r\n${ok}`,
  'AT+CPMS="SM","SM","SM"': `\r\n+CPMS: 0,20,0,20,0,20\r\n${ok}`,
  'AT+CSMS=0': `\r\n+CSMS: 1,1,1\r\n${ok}`,
  'AT+CNMI=?': `\r\n+CNMI: (0-2),(0-3),(0,2),(0-2),(0,1)\r\n${ok}`,
  'AT+CNMI=2,1,0,1,0': ok,
  'AT+CNMI?': `\r\n+CNMI: 2,1,0,1,0\r\n${ok}`,
  'AT+CSCA?': `\r\n+CSCA: "+491710760000",145\r\n${ok}`,
  'AT+CREG=1': ok,
  'AT+CGREG=1': ok,
  'AT+CEREG=1': ok,
  'AT+CREG?': `\r\n+CREG: 1,1\r\n${ok}`,
  'AT+CGREG?': `\r\n+CGREG: 1,1\r\n${ok}`,
  'AT+CEREG?': `\r\n+CEREG: 1,1\r\n${ok}`,
  'AT+CTZU=1': ok,
  'AT+COPS=3,0': ok,
  'AT+COPS?': `\r\n+COPS: 0,0,"Testnet",7\r\n${ok}`,
  'AT+CSQ': `\r\n+CSQ: 20,99\r\n${ok}`,
  'AT+CMGL=4': ok,
  '': null,
  '<ESC>': null,
}

class Peer implements ScriptedModem {
  port = 0
  readonly received: string[] = []
  chunk = Number.POSITIVE_INFINITY
  gap = ''
  echo = false
  readonly #answers = new Map<string, Answer>(Object.entries(usual))
  readonly #server = createServer((socket) => this.#accept(socket))
  readonly #waiting = new Set<() => void>()
  #socket: Socket | null = null
  #input = ''
  #output: Promise<void> = Promise.resolve()

  on(command: string, answer: Answer): void {
    this.#answers.set(command, answer)
  }

  write(text: string): void {
    const bytes = Buffer.from(text, 'latin1')
    for (let at = 0; at < bytes.length; at += this.chunk) {
      const piece = bytes.subarray(at, Math.min(bytes.length, at + this.chunk))
      // A turn of the event loop between two pieces, so that the other side reads them one by one.
      this.#output = this.#output.then(async () => {
        this.#socket?.write(piece)
        if (this.chunk !== Number.POSITIVE_INFINITY) await new Promise((resolve) => setImmediate(resolve))
      })
    }
  }

  drop(): void {
    this.#socket?.destroy()
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    this.port = typeof address === 'object' && address !== null ? address.port : 0
  }

  async close(): Promise<void> {
    this.#socket?.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async until(test: (line: string) => boolean): Promise<void> {
    while (!this.received.some(test)) await new Promise<void>((resolve) => this.#waiting.add(resolve))
  }

  #accept(socket: Socket): void {
    this.#socket?.destroy()
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => this.#read(chunk.toString('latin1')))
  }

  #read(text: string): void {
    this.#input += text
    for (
      let end = this.#input.search(/[\r\u001a\u001b]/);
      end >= 0;
      end = this.#input.search(/[\r\u001a\u001b]/)
    ) {
      const line = this.#input.slice(0, end)
      const mark = this.#input[end]
      this.#input = this.#input.slice(end + 1)
      this.#take(mark === '\u001b' ? `${line}<ESC>` : mark === '\u001a' ? `${line}<Z>` : line)
    }
  }

  #take(line: string): void {
    this.received.push(line)
    if (this.echo && !line.endsWith('<ESC>'))
      this.write(line.endsWith('<Z>') ? line.slice(0, -3) : `${line}\r`)
    const answer =
      this.#answers.get(line) ?? this.#answers.get(line.endsWith('<Z>') ? '<Z>' : `${line.split('=')[0]}=*`)
    const text =
      typeof answer === 'function'
        ? answer(line, this)
        : (answer ?? (this.#answers.has(line) ? null : '\r\nERROR\r\n'))
    if (text !== null) this.write(this.gap === '' ? text : this.#withGaps(text))
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #withGaps(text: string): string {
    return text.startsWith('\r\n>')
      ? this.gap + text
      : text.replace(/\r\n(?=[^\r\n])/g, `${this.gap}\r\n`) + this.gap
  }
}

export async function scriptedModem(): Promise<ScriptedModem> {
  const peer = new Peer()
  await peer.listen()
  return peer
}
