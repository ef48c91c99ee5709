// The loop mark `X-SMS-Bridge: <instance>; hop=<n>` that every mail of ours carries: how it is written and what a mark that comes back
// says. Pure. Invariant: an honest chain of bridges ends after `hopsMax`, and our own mark is known in any letter case.

/** Hops over SMS bridges, ours included, that an honest mail can make. */
const hopsMax = 2
/** Marks of one header section that are looked at. */
const marksMax = 100
const instanceCharsMax = 64

/** An instance id as it stands in the mark: letters, digits, dot, dash, underscore. */
function bareInstance(instance: string): string {
  return instance.slice(0, instanceCharsMax).replace(/[^\w.-]/g, '-')
}

/** The value of the field in a mail that is sent with so many hops. */
export function bridgeMark(instance: string, hop: number): string {
  return `${bareInstance(instance)}; hop=${hop}`
}

/** Hops of a mark; 0 if it tells none. */
function hopOf(mark: string): number {
  return Number(/;\s*hop\s*=\s*(\d{1,6})\s*$/i.exec(mark)?.[1] ?? 0)
}

/** True if the value of the field names this instance. */
export function isOwnMark(value: string, instance: string): boolean {
  return (value.split(';', 1)[0] ?? '').trim().toLowerCase() === bareInstance(instance).toLowerCase()
}

/** Why a mail with this mark is not converted: it is our own, or it went over too many bridges. null: it may be. */
export function markSign(value: string, instance: string): string | null {
  if (isOwnMark(value, instance)) return 'X-SMS-Bridge: our own instance'
  const hop = hopOf(value)
  return hop > hopsMax ? `X-SMS-Bridge: hop=${hop}` : null
}

/** The values of all marks in a header section, folded or not. */
export function marksIn(header: string): string[] {
  const unfolded = header.replace(/\r?\n(?=[ \t])/g, '')
  const lines = unfolded.match(/^x-sms-bridge[ \t]*:.*$/gim) ?? []
  return lines.slice(0, marksMax).map((line) => line.slice(line.indexOf(':') + 1))
}

/** The highest hop of all marks in a header section, 0 if there is none. */
export function topHop(header: string): number {
  return Math.max(0, ...marksIn(header).map(hopOf))
}
