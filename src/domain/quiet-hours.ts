// Quiet hours: "22:00-07:00", every day, in the box's own zone. From the first minute on, up to and without the last.
// Invariant: what waits is let go at the first moment whose wall clock stands outside, also on the day the clocks change.

export interface QuietHours {
  /** Minutes since midnight, 0 to 1439. */
  readonly from: number
  readonly to: number
}

const minuteMs = 60_000
const dayMinutes = 1440
/** Zones change their clocks at whole quarters of an hour of UTC (Lord Howe by half an hour, all others by an hour). */
const quarterMs = 15 * minuteMs

/** @returns null if the text is none: two times from 00:00 to 24:00 that differ. */
export function parseQuietHours(text: string): QuietHours | null {
  const match = /^(\d{1,2}):([0-5]\d)\s*-\s*(\d{1,2}):([0-5]\d)$/.exec(text.trim())
  if (match === null) return null
  const [from, to] = [1, 3].map((at) => Number(match[at]) * 60 + Number(match[at + 1])) as [number, number]
  if (from > dayMinutes || to > dayMinutes || from % dayMinutes === to % dayMinutes) return null
  return { from: from % dayMinutes, to: to % dayMinutes }
}

/** "22:00-07:00", whatever way it was typed. */
export function formatQuietHours({ from, to }: QuietHours): string {
  return [from, to]
    .map((minutes) =>
      [Math.floor(minutes / 60), minutes % 60].map((n) => String(n).padStart(2, '0')).join(':'),
    )
    .join('-')
}

/** When the quiet hours that rule at `now` end, in ms since 1970; null if it is not quiet. */
export function quietUntil(hours: QuietHours, now: number): number | null {
  let at = Math.floor(now / minuteMs) * minuteMs
  let left = minutesLeft(hours, at)
  if (left === 0) return null
  // The wall clock may jump on the way: no step goes over a moment at which it could.
  while (left > 0) {
    at = Math.min(at + left * minuteMs, (Math.floor(at / quarterMs) + 1) * quarterMs)
    left = minutesLeft(hours, at)
  }
  return at
}

/** Minutes of the wall clock until the end of the quiet hours; 0 outside of them. */
function minutesLeft({ from, to }: QuietHours, at: number): number {
  const date = new Date(at)
  const minute = date.getHours() * 60 + date.getMinutes()
  const quiet = from < to ? minute >= from && minute < to : minute >= from || minute < to
  return quiet ? (to - minute + dayMinutes) % dayMinutes : 0
}
