// Mails that come into the box's mailbox: those of the office, answers, alarms, automatic replies, forged ones, copies, storms.

import type { Scene } from './story.ts'
import type { Letter } from './world-office.ts'
import {
  anna,
  bob,
  box,
  carl,
  customers,
  eve,
  fallback,
  operator,
  ups,
  type Written,
} from './world-people.ts'

interface Sheet {
  readonly from: string
  readonly what: string
  readonly to?: string
  /** Delivered-To; default: the box. */
  readonly recorded?: string
  readonly subject?: string
  readonly readers?: () => readonly string[]
  readonly may?: Written['may']
  readonly fields?: readonly string[]
  readonly proven?: boolean
  /** Behind the id. */
  readonly text?: string
}

const words = 'the pump in the cellar is running again and somebody should look at it before the weekend '

/** Short mostly; sometimes several parts, sometimes with characters that need UCS-2. */
export function drawText({ random }: Scene): string {
  const kind = random.below(10)
  if (kind === 0) return words.repeat(2 + random.below(6))
  if (kind === 1) return `水泵又在运转了 ${'请看一下 '.repeat(1 + random.below(40))}`
  if (kind === 2) return 'Größe {7} [8] €9 🙂 ~x~'
  return words.slice(0, 4 + random.below(80))
}

/** Puts a mail into the box's INBOX, as the office's border server would. */
export function arrive(scene: Scene, sheet: Sheet): Written {
  const { world, random } = scene
  const { from, to = box, recorded = box, subject = 'Hello', fields = [], proven = true } = sheet
  const written = scene.write({
    ...{ medium: 'mail', from, what: sheet.what, readers: sheet.readers ?? (() => []) },
    may: sheet.may ?? ['convert', 'hold'],
  })
  const domain = from.slice(from.indexOf('@') + 1)
  const now = world.trueNow()
  const lines = [
    `Return-Path: <${from}>`,
    `Delivered-To: ${recorded}`,
    `Authentication-Results: mx.office.example; dmarc=${proven ? 'pass' : 'fail'} header.from=${domain}`,
    `Received: from mail.example by mx.office.example with ESMTP id ${written.id}; ${new Date(now).toUTCString()}`,
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${subject}`,
    `Message-ID: <${written.id}@${domain}>`,
    `Date: ${new Date(now).toUTCString()}`,
    ...fields,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
  ]
  const raw = Buffer.from(`${lines.join('\r\n')}\r\n\r\n#${written.id}. ${sheet.text ?? drawText(scene)}\r\n`)
  world.mailbox.append('INBOX', raw, { internalDate: new Date(now) })
  // Sometimes a second copy comes: a list, a rule of the mailbox, a server that sent twice.
  if (random.below(12) === 0)
    scene.surely(random.below(600_000), `a copy of ${written.id}`, () => {
      written.copies += 1
      world.mailbox.append('INBOX', raw, { internalDate: new Date(world.trueNow()) })
    })
  return written
}

const officeSender = ({ random }: Scene): string => random.pick([anna, bob.mailbox, carl.mailbox, fallback])

/** Answers a mail that brought an SMS: the customer gets it, and nobody else. */
export function answer(scene: Scene, letter: Letter): void {
  const { phone, to, replyTo, messageId, references } = letter
  if (phone === null) return
  const reachable = phone.startsWith('+')
  scene.spoke(phone, to)
  arrive(scene, {
    ...{ from: to, what: `answer to ${phone}`, subject: `Re: ${letter.subject}` },
    to: replyTo ?? box,
    recorded: scene.random.below(2) === 0 ? (replyTo ?? box) : box,
    fields: [`In-Reply-To: ${messageId}`, `References: ${references ?? ''} ${messageId}`],
    readers: () => (reachable ? [phone] : []),
    may: reachable ? ['convert', 'hold', 'refuse'] : ['refuse'],
  })
}

/** Kinds of mail, by how often they come. */
export const mailKinds: readonly (readonly [weight: number, name: string, (scene: Scene) => void])[] = [
  [
    8,
    'tag with a number',
    (scene) => {
      const from = officeSender(scene)
      const number = scene.random.pick(customers)
      scene.spoke(number, from)
      arrive(scene, { from, what: `[sms ${number}]`, subject: `[sms ${number}] x`, readers: () => [number] })
    },
  ],
  [
    4,
    'number in the address',
    (scene) => {
      const from = officeSender(scene)
      const number = scene.random.pick(customers)
      const to = `${number}@sms.office.example`
      scene.spoke(number, from)
      arrive(scene, { from, what: to, to, recorded: to, readers: () => [number] })
    },
  ],
  [
    2,
    'tag for a while',
    (scene) => {
      const number = scene.random.pick(customers)
      const mailbox = 'desk@office.example'
      scene.spoke(number, anna)
      // Whatever comes for the desk meanwhile, and whatever the phone writes.
      scene.bound(mailbox, number)
      arrive(scene, {
        ...{
          from: anna,
          what: `[sms ${number} 2h]`,
          subject: `[sms ${number} 2h] x`,
          readers: () => [number],
        },
        ...{ to: mailbox, recorded: mailbox },
      })
    },
  ],
  [
    6,
    'to somebody who is bound',
    (scene) => {
      const from = random(scene, [anna, fallback])
      scene.spoke(carl.mailbox, from)
      const readers = () => scene.phonesOf(carl.mailbox)
      arrive(scene, {
        ...{ from, what: 'to Carl', to: carl.mailbox, recorded: carl.mailbox, readers },
        may: ['convert', 'hold', 'pass', 'refuse'],
      })
    },
  ],
  [
    4,
    '[sms] to somebody who is bound',
    (scene) => {
      scene.spoke(bob.mailbox, anna)
      const readers = () => scene.phonesOf(bob.mailbox)
      arrive(scene, {
        ...{ from: anna, what: '[sms] to Bob', subject: '[sms] x', to: bob.mailbox, recorded: bob.mailbox },
        ...{ readers, may: ['convert', 'hold', 'refuse'] },
      })
    },
  ],
  [
    3,
    'left where it is',
    (scene) => {
      const subject = scene.random.below(2) === 0 ? '[mail] x' : 'Lunch'
      const who = subject === 'Lunch' ? bob : carl
      arrive(scene, {
        ...{
          from: anna,
          what: `${subject} to ${who.mailbox}`,
          subject,
          to: who.mailbox,
          recorded: who.mailbox,
        },
        may: ['pass'],
      })
    },
  ],
  [
    4,
    'alarm',
    (scene) =>
      void arrive(scene, {
        ...{ from: ups.mailbox, what: 'alarm', to: ups.mailbox, recorded: ups.mailbox, subject: 'ALARM' },
        ...{ fields: ['Auto-Submitted: auto-generated'], readers: () => [ups.number] },
      }),
  ],
  [
    3,
    'automatic reply',
    (scene) => {
      const letter = scene.randomLetter()
      arrive(scene, {
        ...{ from: letter?.to ?? anna, what: 'automatic reply', subject: 'Out of office' },
        fields: [
          'Auto-Submitted: auto-replied',
          `In-Reply-To: ${letter?.messageId ?? '<none@office.example>'}`,
        ],
        may: ['ignore', 'pass'],
      })
    },
  ],
  [
    3,
    'forged',
    (scene) => {
      const number = scene.random.pick(customers)
      arrive(scene, {
        ...{ from: anna, what: 'forged', subject: `[sms ${number}] x`, proven: false, may: ['refuse'] },
      })
    },
  ],
  [
    3,
    'of a stranger',
    (scene) => {
      const number = scene.random.pick(customers)
      arrive(scene, { from: eve, what: 'of a stranger', subject: `[sms ${number}] x`, may: ['refuse'] })
    },
  ],
  [
    2,
    'a tag that is nearly right',
    (scene) =>
      void arrive(scene, {
        ...{ from: anna, what: '[sms 0151..]', subject: '[sms 0151 11111101] x', may: ['refuse'] },
      }),
  ],
  [
    1,
    'storm of alarms',
    (scene) => {
      for (let nth = 0; nth < 6 + scene.random.below(14); nth++)
        scene.later(
          nth * 5_000 + scene.random.below(5_000),
          'storm',
          () =>
            void arrive(scene, {
              ...{
                from: ups.mailbox,
                what: 'storm',
                to: ups.mailbox,
                recorded: ups.mailbox,
                subject: 'ALARM',
              },
              ...{ fields: ['Auto-Submitted: auto-generated'], readers: () => [ups.number] },
            }),
        )
    },
  ],
  [
    1,
    'to the operator by phone',
    (scene) => {
      scene.spoke(operator.number, anna)
      arrive(scene, {
        ...{
          from: anna,
          what: 'two phones',
          subject: `[sms ${operator.number}] x`,
          readers: () => [operator.number],
        },
      })
    },
  ],
]

const random = <T>(scene: Scene, from: readonly T[]): T => scene.random.pick(from)
