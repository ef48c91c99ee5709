// Durations as people write them in the config and in tags: "90s", "15m", "2h", "7d", "1w".

const unitMs: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** Milliseconds, or null if the text is no duration. One whole number and one unit, nothing else: "2h", never "2 hours" or "1h30m". */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,6})([smhdw])$/.exec(text.trim().toLowerCase())
  const factor = unitMs[match?.[2] ?? '']
  if (match === null || factor === undefined) return null
  return Number(match[1]) * factor
}

/** The shortest text that `parseDuration` reads as so many ms, such as "36h"; ms that are no whole seconds are rounded up. */
export function formatDuration(ms: number): string {
  const units = Object.entries(unitMs).reverse()
  const [unit, factor] = units.find(([, unitSize]) => ms >= unitSize && ms % unitSize === 0) ?? ['s', 1000]
  return `${Math.ceil(ms / factor)}${unit}`
}
