// Octets from the client to whole commands: a line with its literals in place (RFC 3501 4.3, LITERAL+ of RFC 7888).
// Invariant: a synchronising literal is asked for with "+" once and read by count, never searched for line ends; what is longer than
// the limits is refused before it is stored.

const lineOctetsMax = 64 * 1024

export interface ImapLinesOptions {
  /** The client may send a literal without asking. Default: true. */
  readonly literalPlus?: boolean
  /** Octets that one command may hold at this moment; asked anew for each literal, since a stranger gets less. */
  readonly commandOctetsMax: () => number
  /** The client waits for the go-ahead of a synchronising literal. */
  readonly onLiteralWait: () => void
  /** One command without its final CRLF, latin1. */
  readonly onCommand: (command: string) => void
  /** The stream cannot be followed any more. */
  readonly onOverflow: (reason: string) => void
}

export class ImapLines {
  readonly #options: ImapLinesOptions
  /** Octets that were not looked at yet, as they came. */
  #chunks: Buffer[] = []
  #size = 0
  /** Finished lines and literals of the command that is being read. */
  #command: string[] = []
  #commandSize = 0
  #literal: number | null = null
  #broken = false

  constructor(options: ImapLinesOptions) {
    this.#options = options
  }

  /** Takes what the socket gave, however it was cut. */
  push(chunk: Buffer): void {
    if (this.#broken) return
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (!this.#broken && (this.#literal === null ? this.#readLine() : this.#readLiteral()));
  }

  #take(count: number): string {
    const all = Buffer.concat(this.#chunks)
    this.#chunks = count < all.length ? [all.subarray(count)] : []
    this.#size = all.length - count
    this.#commandSize += count
    return all.toString('latin1', 0, count)
  }

  #readLine(): boolean {
    const waiting = Buffer.concat(this.#chunks)
    this.#chunks = [waiting]
    const end = waiting.indexOf(10)
    if (end < 0 || end > lineOctetsMax) {
      if (waiting.length > lineOctetsMax) this.#fail('Line too long')
      return false
    }
    const line = this.#take(end + 1).replace(/\r?\n$/, '')
    const announced = /\{(\d{1,12})(\+?)\}$/.exec(line)
    if (announced === null) {
      const command = [...this.#command, line].join('')
      this.#command = []
      this.#commandSize = 0
      this.#options.onCommand(command)
      return true
    }
    if (announced[2] === '+' && this.#options.literalPlus === false)
      return this.#fail('There is no LITERAL+ here')
    const count = Number(announced[1])
    if (this.#commandSize + count > this.#options.commandOctetsMax()) return this.#fail('Literal too long')
    this.#command.push(line, '\r\n')
    this.#literal = count
    if (announced[2] === '') this.#options.onLiteralWait()
    return true
  }

  #readLiteral(): boolean {
    const count = this.#literal ?? 0
    if (this.#size < count) return false
    this.#command.push(this.#take(count))
    this.#literal = null
    return true
  }

  #fail(reason: string): false {
    this.#broken = true
    this.#chunks = []
    this.#options.onOverflow(reason)
    return false
  }
}
