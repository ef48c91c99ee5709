// Days as budgets count them: those of the box's own zone.

/** "2026-11-24" in the box's own zone. */
export function dayOf(epochMs: number): string {
  const date = new Date(epochMs)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
