// A span of days in the life of a box, drawn from a seed: what people write, what goes wrong, what the operator does, and when the service
// is killed. It only lets things happen; whether all is well is the oracle's business.

import { createBindings } from '../../src/store/bindings.ts'
import { createRandom, type Random } from '../support/random.ts'
import { answer, mailKinds } from './story-mails.ts'
import { operatorKinds } from './story-operator.ts'
import { answerSms, textKinds } from './story-texts.ts'
import { causeTrouble, endTrouble, troubleKinds } from './story-trouble.ts'
import type { World } from './world.ts'
import type { Letter } from './world-office.ts'
import { bob, carl, customers, day, fallback, hour, minute, ups, type Written } from './world-people.ts'

/** What the parts of the story have in common. */
export interface Scene {
  readonly world: World
  readonly random: Random
  readonly written: readonly Written[]
  /** Notes a message with its number. */
  write(what: Omit<Written, 'id' | 'at' | 'copies'>): Written
  /** Does something after so many milliseconds, unless the story is over by then. */
  later(ms: number, what: string, run: () => void): void
  /** As `later`, but the story does not end without it. */
  surely(ms: number, what: string, run: () => void): void
  /** Somebody in the office writes to a phone, or to a mailbox that has one: the phone may answer them. */
  spoke(to: string, mailbox: string): void
  /** A mailbox and a phone belong together, be it for a while. */
  bound(mailbox: string, phone: string): void
  /** Whoever may get to read what a phone writes; '' is any phone. */
  readersOf(phone: string): string[]
  /** The phones that ever were bound to a mailbox. */
  phonesOf(mailbox: string): string[]
  randomLetter(): Letter | undefined
}

export interface StoryPlan {
  readonly days: number
  /** Messages a day. */
  readonly pace: number
  readonly troublesADay: number
}

/** A month now and then; else a day or two. */
export function planOf(seed: number): StoryPlan {
  const random = createRandom(seed * 7919 + 13)
  if (seed % 50 === 0) return { days: 30, pace: 2, troublesADay: 1 }
  return { days: random.below(6) === 0 ? 2 : 1, pace: 4 + random.below(9), troublesADay: random.below(8) }
}

type Kinds = readonly (readonly [weight: number, name: string, (scene: Scene) => void])[]

function draw(random: Random, kinds: Kinds): Kinds[number] {
  let left = random.below(kinds.reduce((sum, [weight]) => sum + weight, 0))
  for (const kind of kinds) {
    left -= kind[0]
    if (left < 0) return kind
  }
  throw new Error('nothing to draw from')
}

function createScene(world: World, random: Random, over: () => boolean): Scene {
  const written: Written[] = []
  const talks = new Map<string, Set<string>>()
  const pairs: (readonly [mailbox: string, phone: string])[] = []
  const spoke = (to: string, mailbox: string): void => {
    talks.set(to, (talks.get(to) ?? new Set()).add(mailbox))
  }
  const act = (what: string, run: () => void): void => {
    world.time.busy()
    world.tell(what)
    run()
  }
  return {
    ...{ world, random, written, spoke },
    write(what) {
      const made: Written = {
        ...what,
        id: `${what.medium === 'mail' ? 'm' : 's'}${written.length}`,
        at: world.trueNow(),
        copies: 1,
      }
      written.push(made)
      world.tell(`${made.medium} ${made.id} from ${made.from}: ${made.what}`)
      world.count(made.medium)
      return made
    },
    surely: (ms, what, run) => void world.time.after(ms, () => act(what, run)),
    later: (ms, what, run) => void world.time.after(ms, () => over() || act(what, run)),
    bound(mailbox, phone) {
      pairs.push([mailbox, phone])
      spoke(phone, mailbox)
    },
    readersOf(phone) {
      const names = [phone, ...pairs.filter((pair) => pair[1] === phone).map(([mailbox]) => mailbox)]
      return [fallback, ...names.flatMap((name) => [...(talks.get(name) ?? [])])]
    },
    phonesOf: (mailbox) => pairs.filter(([bound]) => bound === mailbox).map(([, phone]) => phone),
    randomLetter: () => (world.office.letters.length === 0 ? undefined : random.pick(world.office.letters)),
  }
}

/** The pairs that the operator made before the story begins. */
function bindEverybody({ world, bound }: Scene): void {
  const bindings = createBindings(world.disk.store)
  const common = { alias: null, name: null, line: false, origin: 'cli', createdAt: world.time.now() } as const
  bindings.add({ ...common, ...bob, name: 'Bob', expiresAt: null })
  bindings.add({ ...common, ...carl, mailToSms: 'always', expiresAt: null })
  bindings.add({ ...common, ...ups, mailToSms: 'always', expiresAt: null })
  for (const { mailbox, number } of [bob, carl, ups]) bound(mailbox, number)
}

/** People answer what they get: an answer may cause the next one, but not for ever. */
function letPeopleAnswer(scene: Scene): void {
  const { world, random } = scene
  world.office.onLetter((letter) => {
    if (letter.reason !== null || random.below(3) > 0) return
    scene.later(minute + random.below(6 * hour), `${letter.to} answers`, () => answer(scene, letter))
  })
  world.modem.network.onPhoneSms((sms) => {
    world.tell(`phone ${sms.to} shows ${JSON.stringify(sms.text.slice(0, 60))}`)
    if (random.below(3) > 0) return
    scene.later(minute + random.below(3 * hour), `${sms.to} answers`, () => answerSms(scene, sms))
  })
}

/** Runs the story to its end, lets all troubles cease, and gives the service time to put everything right. */
export async function tellStory(world: World, plan: StoryPlan): Promise<Scene> {
  const { time } = world
  const random = createRandom(world.random.below(2 ** 31))
  let over = false
  const scene = createScene(world, random, () => over)
  bindEverybody(scene)
  letPeopleAnswer(scene)
  for (const number of customers)
    if (random.below(4) === 0)
      world.modem.network.setReport(number, random.pick(['none', 0x30, 0x41] as const))
  // What lies in the mailbox before the very first look is left alone, by design: the story begins after it.
  world.start()
  await time.run(5 * minute)
  const spanMs = plan.days * day
  const spread = (count: number, kinds: Kinds): void => {
    for (let nth = 0; nth < count; nth++) {
      const [, name, run] = draw(random, kinds)
      scene.later(random.below(spanMs), name, () => run(scene))
    }
  }
  spread(plan.pace * plan.days, [...mailKinds, ...textKinds])
  const troubles = Math.ceil(plan.troublesADay * plan.days)
  spread(troubles, troubleKinds)
  world.counts.set('troubles', troubles)
  spread(Math.ceil(plan.days * (plan.troublesADay / 3)), operatorKinds)
  if (plan.troublesADay > 0) causeTrouble(scene)
  await time.run(time.monotonic() + spanMs)
  over = true
  await endTrouble(scene)
  return scene
}
