// Shows on standard error how far a long command is: one line that changes on a terminal, a new line now and then elsewhere.

const usualSteps = { terminal: 1000, plain: 10_000 }

export interface Progress {
  /** To be called for each thing; most calls print nothing. */
  at(what: string, count: number): void
  /** Clears the line on a terminal. */
  end(): void
}

/**
 * @param things what is counted, in the plural: "rows"
 * @param steps after how many of them something is shown
 */
export function showProgress(things: string, steps = usualSteps): Progress {
  const { stderr } = process
  const step = stderr.isTTY ? steps.terminal : steps.plain
  let shown = false
  return {
    at: (what, count) => {
      if (count % step !== 0) return
      stderr.write(stderr.isTTY ? `\r\x1b[K${count} ${things} ${what}` : `${count} ${things} ${what}\n`)
      shown = true
    },
    end: () => {
      if (shown && stderr.isTTY) stderr.write('\r\x1b[K')
    },
  }
}
