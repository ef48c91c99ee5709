// Who writes what to whom in the soak, all from one seed: people at mailboxes, phones with their habits, and texts of one to six parts
// that no other text is like.

import { splitText } from '../../src/simulator/modem/sim-user-data.ts'
import type { Random } from '../support/random.ts'

/** What becomes of status reports of messages to a phone; `odd`: with the number in another form. */
type ReportHabit = 'prompt' | 'late' | 'none' | 'odd' | 'pending-first' | 'undelivered'

export interface Phone {
  readonly number: string
  /** The one mailbox that writes to it; null: nobody does. */
  readonly person: string | null
  readonly reports: ReportHabit
}

export interface Planned {
  /** Milliseconds from the start. */
  readonly at: number
  /** Where it begins. */
  readonly from: 'mail' | 'phone'
  /** First word of its text; no other message has it. */
  readonly id: string
  readonly text: string
  readonly phone: Phone
  /** From a mailbox: as an answer to a mail of the phone, if there is one. */
  readonly asAnswer: boolean
  /** From a phone: its parts in the order in which they are delivered, the concatenation reference, and a part that comes late. */
  readonly order: readonly number[]
  readonly reference: number
  readonly wide: boolean
  /** A part that comes hours later, or never. */
  readonly missing: { readonly part: number; readonly comes: boolean } | null
}

export const people: readonly string[] = Array.from({ length: 10 }, (_, i) => `person${i}@office.example`)

const habits: readonly ReportHabit[] = [
  'prompt',
  'prompt',
  'prompt',
  'late',
  'odd',
  'prompt',
  'none',
  'prompt',
]
const phoneCount = 48
const strangers = 8

/** The same for every seed. */
export function makePhones(): Phone[] {
  return Array.from({ length: phoneCount }, (_, i) => ({
    number: `+49170${1_000_000 + i * 7919}`,
    person: i < strangers ? null : (people[i % people.length] ?? null),
    reports:
      i % 17 === 16 ? 'undelivered' : i % 19 === 18 ? 'pending-first' : (habits[i % habits.length] ?? 'none'),
  }))
}

const plain =
  'pump valve river tower engine garden ladder signal Übung größer 47 km/h (left) level=3 €uro'.split(' ')
const cyrillicAndHan = 'насос вентиль река башня двигатель 水泵 河流 花园 信号 😀'.split(' ')

/** Characters: most texts have one part, some two or three, a few more. */
function lengthOf(random: Random, onePart: number): number {
  const dice = random.below(20)
  if (dice < 13) return 12 + random.below(onePart - 12)
  if (dice < 18) return onePart + random.below(onePart * 1.6)
  return onePart * 2 + random.below(onePart * 2.5)
}

function makeText(id: string, random: Random): string {
  const ucs2 = random.below(6) === 0
  const length = lengthOf(random, ucs2 ? 66 : 150)
  let text = id
  for (;;) {
    const next = `${text} ${random.pick(ucs2 ? cyrillicAndHan : plain)}`
    if (next.length > length) return text
    text = next
  }
}

/** Parts in a random order, one now and then twice. */
function orderOf(count: number, random: Random): number[] {
  const order = Array.from({ length: count }, (_, i) => i + 1)
  if (count === 1 || random.below(3) > 0) return order
  for (let at = order.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1)
    ;[order[at], order[other]] = [order[other] ?? 0, order[at] ?? 0]
  }
  return random.below(3) === 0 ? [...order, random.pick(order)] : order
}

/** Moments with one to fifteen messages each. */
function moments(count: number, lengthMs: number, random: Random): number[] {
  const times: number[] = []
  while (times.length < count) {
    const at = random.below(lengthMs)
    const burst = Math.min(count - times.length, 1 + random.below(random.below(4) === 0 ? 15 : 4))
    for (let i = 0; i < burst; i += 1) times.push(at)
  }
  return times.sort((a, b) => a - b)
}

interface PlanOptions {
  readonly count: number
  readonly lengthMs: number
  readonly phones: readonly Phone[]
  readonly random: Random
}

/** Every mailbox writes once to each of its phones before anything else, so that a phone's texts have one way to go. */
const openingMs = 20 * 60_000

/** About half of `count` messages begin in mailboxes, the others on phones, spread over `lengthMs`. */
export function planMessages({ count, lengthMs, phones, random }: PlanOptions): Planned[] {
  const known = phones.filter(({ person }) => person !== null)
  const references = new Map<Phone, number>()
  return moments(count, lengthMs, random).map((at, index) => {
    const opening = known[index]
    const from = opening !== undefined || random.below(2) === 0 ? 'mail' : 'phone'
    const phone = opening ?? random.pick(from === 'mail' ? known : phones)
    const id = `${from === 'mail' ? 'M' : 'P'}${10_000 + index}`
    const text = makeText(id, random)
    const reference = (references.get(phone) ?? random.below(65_536)) + 1
    if (from === 'phone') references.set(phone, reference)
    const wide = random.below(3) > 0
    const parts = splitText(text, { reference: 1, wide }).length
    const whole = orderOf(parts, random)
    const part = parts > 1 && random.below(40) === 0 ? 1 + random.below(parts) : null
    return {
      at:
        opening === undefined
          ? openingMs + Math.round(at * (1 - openingMs / lengthMs))
          : 60_000 + index * 1000,
      ...{ from, id, text, phone, asAnswer: random.below(3) === 0 },
      order: whole.filter((number) => number !== part),
      ...{ reference: wide ? reference % 65_536 : reference % 256, wide },
      missing: part === null ? null : { part, comes: random.below(2) === 0 },
    }
  })
}
