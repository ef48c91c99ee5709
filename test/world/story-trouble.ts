// Everything that goes wrong in the simulated world. Invariant: only what a service can survive without luck; a refusal that says
// "surely not sent" tells the truth. At the end of the story all of it ceases.

import type { Fault } from '../../src/simulator/modem/faults.ts'
import { touches } from './life.ts'
import type { Scene } from './story.ts'
import { noImapTrouble } from './world-mailbox.ts'
import { noSmtpTrouble } from './world-office.ts'
import { day, hour, minute } from './world-people.ts'
import { drawSettings } from './world-settings.ts'

const refusal = (code: number, accepted = false): Fault => ({ kind: 'send-error', code, accepted })

/** Faults of the modem, and how probable each is at each occasion. */
const modemFaults: readonly (readonly [probability: number, faults: readonly Fault[]])[] = [
  [0.02, [{ kind: 'answer-lost' }]],
  [0.01, [{ kind: 'answer-ok-only' }, { kind: 'answer-ok-only', accepted: false }]],
  [
    0.01,
    [
      { kind: 'answer-late', ms: 90_000 },
      { kind: 'answer-late', ms: 200_000, blocking: true },
    ],
  ],
  [0.02, [22, 38, 41, 42, 300, 320].map((code) => refusal(code))],
  [0.005, [21, 1, 195, 331].map((code) => refusal(code))],
  [0.01, [refusal(500), refusal(500, true), refusal(332), refusal(332, true)]],
  [0.1, [{ kind: 'report-first' }]],
  [0.03, [{ kind: 'prompt-bare' }]],
  [0.01, [{ kind: 'prompt-never' }]],
  [0.03, [{ kind: 'delete-lies' }]],
  [0.02, [320, 500].map((code): Fault => ({ kind: 'delete-error', code }))],
  [0.001, [{ kind: 'no-answer' }]],
  [0.1, [{ kind: 'indication-lost' }]],
  [
    0.005,
    [
      { kind: 'unplug', at: 'before-prompt' },
      { kind: 'unplug', at: 'after-ctrl-z' },
      { kind: 'unplug', at: 'after-ctrl-z', accepted: true },
      { kind: 'unplug', at: 'after-cmgs' },
    ],
  ],
]

/** Sets something for a while. */
function forAWhile(scene: Scene, mostMs: number, what: string, begin: () => void, end: () => void): void {
  scene.world.count(what)
  begin()
  scene.later(minute + scene.random.below(mostMs), `${what}: over`, end)
}

function plugIn({ world }: Scene): void {
  world.modem.plugIn()
}

function jumpClock({ world, random }: Scene): void {
  const { time } = world
  world.count('clock jumps')
  const kind = random.below(4)
  if (kind === 0) time.setWall(random.below(hour))
  else if (kind === 1) time.setWall(world.trueNow() + 10 * day)
  else time.setWall(world.trueNow() + random.below(2 * hour) - hour)
  world.tell(`the box's clock is set to ${new Date(time.now()).toISOString()}`)
}

async function restart({ world, random }: Scene): Promise<void> {
  world.count('restarts')
  await world.stop()
  if (random.below(2) === 0) {
    world.count('settings changed')
    world.settings = {
      ...drawSettings(random),
      reportMs: world.settings.reportMs,
      slots: world.settings.slots,
    }
    world.tell(`settings: ${JSON.stringify(world.settings)}`)
  }
  world.time.after(random.below(5 * minute), () => world.start())
}

/** Kinds of trouble, by how often they come. */
export const troubleKinds: readonly (readonly [weight: number, name: string, (scene: Scene) => void])[] = [
  [5, 'killed at a touch', ({ world, random }) => world.life()?.endAtTouch(1 + random.below(60))],
  [
    7,
    'killed at a kind of touch',
    ({ world, random }) => {
      // An SMS that is with the modem is what a box must remember.
      const kind = random.below(3) === 0 ? 'after Ctrl-Z' : random.pick(touches)
      world.life()?.endAtTouch(1 + random.below(2), kind)
    },
  ],
  [2, 'killed', ({ world }) => world.life()?.end()],
  [3, 'restart', (scene) => void restart(scene)],
  [
    4,
    'modem pulled out',
    (scene) =>
      forAWhile(
        scene,
        hour,
        'modem out',
        () => scene.world.modem.unplug(),
        () => plugIn(scene),
      ),
  ],
  [2, 'modem restarts', ({ world }) => world.modem.reset()],
  [
    2,
    'power cut',
    (scene) => {
      scene.world.count('power cuts')
      scene.world.modem.unplug()
      scene.world.life()?.end()
      scene.later(minute, 'power is back', () => plugIn(scene))
    },
  ],
  [
    3,
    'no network',
    (scene) =>
      forAWhile(
        scene,
        3 * hour,
        'no network',
        () => scene.world.modem.setRegistration(scene.random.pick([0, 2, 3])),
        () => scene.world.modem.setRegistration(1),
      ),
  ],
  [
    2,
    'full SIM',
    ({ world, random, ...scene }) => {
      const { faults, network } = world.modem
      forAWhile(
        { world, random, ...scene },
        hour,
        'full SIM',
        () => {
          faults.storeFull = true
        },
        () => {
          faults.storeFull = false
          network.setHeld(false)
        },
      )
    },
  ],
  ...imapKinds(),
  ...smtpKinds(),
  ...boxKinds(),
]

function imapKinds(): (readonly [number, string, (scene: Scene) => void])[] {
  const flag = (key: 'down' | 'signInRefused' | 'doneFolderRefused', mostMs: number) => (scene: Scene) =>
    forAWhile(
      scene,
      mostMs,
      `imap ${key}`,
      () => {
        scene.world.imap[key] = true
      },
      () => {
        scene.world.imap[key] = false
      },
    )
  return [
    [3, 'mail server away', flag('down', 4 * hour)],
    [2, 'sign-in refused', flag('signInRefused', 6 * hour)],
    [2, 'done folder refused', flag('doneFolderRefused', 6 * hour)],
    [
      2,
      'mailbox rebuilt',
      ({ world, random }) => {
        world.count('mailbox rebuilt')
        world.mailbox.rebuild('INBOX', 1 + random.below(3), { quiet: random.below(2) === 0 })
      },
    ],
  ]
}

function smtpKinds(): (readonly [number, string, (scene: Scene) => void])[] {
  const flag = (key: 'down' | 'signInRefused', mostMs: number) => (scene: Scene) =>
    forAWhile(
      scene,
      mostMs,
      `smtp ${key}`,
      () => {
        scene.world.office.trouble[key] = true
      },
      () => {
        scene.world.office.trouble[key] = false
      },
    )
  return [
    [2, 'submission server away', flag('down', 6 * hour)],
    [1, 'submission refused', flag('signInRefused', 4 * hour)],
  ]
}

function boxKinds(): (readonly [number, string, (scene: Scene) => void])[] {
  const disk = (trouble: 'full' | 'read-only') => (scene: Scene) =>
    forAWhile(
      scene,
      5 * hour,
      `disk ${trouble}`,
      () => {
        scene.world.disk.trouble = trouble
      },
      () => {
        scene.world.disk.trouble = null
      },
    )
  return [
    [3, 'disk full', disk('full')],
    [1, 'disk read-only', disk('read-only')],
    [2, 'clock jump', jumpClock],
    [2, 'clock set right', ({ world }) => world.time.setWall(world.trueNow())],
  ]
}

/** What goes wrong all the time, a little. */
export function causeTrouble({ world, random }: Scene): void {
  const { faults } = world.modem
  for (const [probability, list] of modemFaults) faults.random(list, probability, random.below(2 ** 31))
  Object.assign(world.imap, {
    breaks: random.pick([0, 30, 200]),
    missed: random.pick([0, 5]),
    unreadable: random.pick([0, 40]),
  })
  Object.assign(world.office.trouble, {
    busy: random.pick([0, 10]),
    lostAnswer: random.pick([0, 15]),
    refused: random.pick([0, 0, 30]),
  })
  // A modem that a fault has pulled out is put back by somebody within the hour.
  const outs = (): number => faults.fired.filter(({ kind }) => kind === 'unplug').length
  let seen = 0
  const look = (): void => {
    if (outs() > seen) {
      world.time.busy()
      world.modem.plugIn()
    }
    seen = outs()
    world.time.after(hour, look)
  }
  world.time.after(hour, look)
}

/** All troubles cease; then some days pass in which the service is left alone. */
export async function endTrouble({ world }: Scene): Promise<void> {
  const { modem, time, disk, imap, office } = world
  const rest = async (ms: number): Promise<void> => {
    time.busy()
    await time.run(time.monotonic() + ms)
  }
  world.tell('--- all troubles cease')
  modem.faults.clear()
  modem.plugIn()
  modem.setRegistration(1)
  modem.network.setHeld(false)
  disk.trouble = null
  Object.assign(imap, noImapTrouble)
  Object.assign(office.trouble, noSmtpTrouble)
  time.setWall(world.trueNow())
  await rest(20 * minute)
  world.start()
  // A password that is right again is tried hours later.
  await rest(hour)
  await rest(3 * day)
}
