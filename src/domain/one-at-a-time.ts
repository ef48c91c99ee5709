// Runs asynchronous work strictly one after the other: the exchange decides about one message at a time.

/** @returns a function that runs `work` after everything given to it before has ended, well or not. */
export function oneAtATime(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work, work)
    last = result.catch(() => {})
    return result
  }
}
