// What comes from phones: texts of customers and of people in the office, whole and in parts, twice, late, of names that are no numbers;
// answers to what a phone got.

import type { PhoneSms } from '../../src/simulator/modem/sim-phones.ts'
import { splitText } from '../../src/simulator/modem/sim-user-data.ts'
import type { Scene } from './story.ts'
import { drawText } from './story-mails.ts'
import { anna, bank, bob, boxNumber, carl, customers, idsIn, minute, type Written } from './world-people.ts'

interface Typed {
  readonly from: string
  readonly what: string
  /** In front of the id. */
  readonly before?: string
  readonly readers?: () => readonly string[]
  readonly may?: Written['may']
}

/** The order in which parts are delivered, counted from 1; now and then one comes twice. */
function drawOrder({ random }: Scene, parts: number): number[] {
  const order = Array.from({ length: parts }, (_, at) => at + 1)
  if (random.below(2) === 0) order.reverse()
  if (random.below(4) === 0) order.push(random.pick(order))
  return order
}

/** A text, from a phone to the box. */
export function text(scene: Scene, typed: Typed): void {
  const { world, random } = scene
  const { from, before = '' } = typed
  const words = drawText(scene)
  const lost = random.below(30) === 0
  const written = scene.write({
    ...{ medium: 'sms', from, what: typed.what, readers: typed.readers ?? (() => scene.readersOf(from)) },
    ...{ may: typed.may ?? ['convert', 'hold'], incomplete: lost },
  })
  // At both ends, so that every part of two names it.
  const whole = `${before}#${written.id}. ${words} #${written.id}.`
  const alphabet = /[^\u0000-\u00ff€]/.test(whole) ? 'ucs2' : 'gsm7'
  const reference = random.below(256)
  const parts = splitText(whole, { reference, alphabet }).length
  const order = drawOrder(scene, parts)
  if (lost && parts > 1) order.splice(0, order.length, ...order.filter((part) => part !== 2))
  const at = new Date(world.trueNow())
  for (const part of order)
    scene.surely(random.below(3) === 0 ? random.below(10 * minute) : 0, `part ${part} of ${written.id}`, () =>
      world.modem.network.phoneSends(from, whole, { order: [part], reference, alphabet, at }),
    )
}

/** A phone answers what it got; the mail goes to whom the phone talks with. */
export function answerSms(scene: Scene, sms: PhoneSms): void {
  if (idsIn(sms.text).length === 0) return
  text(scene, { from: sms.to, what: 'answer of a phone' })
}

/** Kinds of texts, by how often they come. */
export const textKinds: readonly (readonly [weight: number, name: string, (scene: Scene) => void])[] = [
  [
    10,
    'of a customer',
    (scene) => text(scene, { from: scene.random.pick(customers), what: 'of a customer' }),
  ],
  [3, 'of Bob', (scene) => text(scene, { from: bob.number, what: 'of Bob' })],
  [
    2,
    'to a typed address',
    (scene) => {
      const from = scene.random.pick([carl.number, ...customers])
      scene.spoke(from, anna)
      text(scene, { from, what: '[mail anna]', before: `[mail ${anna}] `, readers: () => [anna] })
    },
  ],
  [
    2,
    'to an alias',
    (scene) => {
      const from = scene.random.pick(customers)
      // While Bob is not bound the text goes its usual way.
      scene.spoke(from, bob.mailbox)
      text(scene, { from, what: '@bob', before: '@bob ' })
    },
  ],
  [
    1,
    'to a stranger',
    (scene) =>
      text(scene, {
        ...{ from: scene.random.pick(customers), what: '[mail eve]', before: '[mail eve@evil.example] ' },
        ...{ readers: () => [], may: ['refuse'] },
      }),
  ],
  [
    2,
    'that stays an SMS',
    (scene) =>
      text(scene, {
        ...{
          from: scene.random.pick(customers),
          what: '[sms]',
          before: '[sms] ',
          readers: () => [],
          may: ['pass'],
        },
      }),
  ],
  [1, 'a missed call', ({ world, random }) => world.modem.ring(random.pick(['', bob.number, ...customers]))],
  [2, 'of a name', (scene) => text(scene, { from: bank, what: 'of a name' })],
  [
    1,
    'of the SIM itself',
    (scene) =>
      text(scene, { from: boxNumber, what: 'of our own number', readers: () => [], may: ['ignore'] }),
  ],
]
