// What the operator does beside the running service: bindings come, move and go; messages are released, sent again, cancelled. A command
// may come at the wrong moment; then it says so and changes nothing.

import { GatewayError } from '../../src/domain/errors.ts'
import type { Desk } from '../../src/exchange/desk.ts'
import { cancelMessage, releaseMessage, retryMessage } from '../../src/exchange/dispatch/by-hand.ts'
import type { Scene } from './story.ts'
import { bob, carl, customers } from './world-people.ts'

/** Runs a command as another process would: what it refuses, it refuses. */
async function command(scene: Scene, what: string, run: (desk: Desk) => unknown): Promise<void> {
  const { world } = scene
  world.count('operator commands')
  try {
    const said = await run(world.operatorDesk())
    world.tell(`operator: ${what}: ${typeof said === 'string' ? said : 'done'}`)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    world.tell(`operator: ${what}: ${error.message}`)
  }
}

/** What a command says that it let go. */
function noteLetGo({ world }: Scene, said: string, again: boolean): void {
  for (const [, delivery] of said.matchAll(/delivery (\d+)/g)) world.letGo(Number(delivery), again)
}

/** A message of the journal that something can be done with. */
function someMessage({ world, random }: Scene, states: readonly string[]): number {
  const found = world.disk.store.all<{ id: number }>(
    `SELECT DISTINCT message_id AS id FROM delivery WHERE message_id IS NOT NULL
     AND state IN (${states.map(() => '?').join(', ')}) ORDER BY id`,
    ...states,
  )
  return found.length === 0 ? 1 : random.pick(found).id
}

/** Moves Carl's binding to another phone, as "simpost binding set carl --number" does. */
function moveCarl(scene: Scene): Promise<void> {
  const number = scene.random.pick([carl.number, ...customers])
  scene.bound(carl.mailbox, number)
  return command(scene, `Carl has ${number}`, ({ bindings, store }) =>
    store.transaction(() => {
      const binding = bindings.permanentOfMailbox(carl.mailbox)
      if (binding !== undefined) bindings.change(binding.id, { number })
    }),
  )
}

/** Bob's binding goes, or comes back. */
function bindBob(scene: Scene): Promise<void> {
  return command(scene, 'Bob goes or comes', ({ bindings, now }) => {
    const binding = bindings.permanentOfMailbox(bob.mailbox)
    if (binding !== undefined) bindings.remove(binding.id)
    else
      bindings.add({
        ...{ ...bob, name: 'Bob', line: false, origin: 'cli', createdAt: now(), expiresAt: null },
      })
  })
}

export const operatorKinds: readonly (readonly [weight: number, name: string, (scene: Scene) => void])[] = [
  [
    3,
    'release',
    (scene) => {
      const id = someMessage(scene, ['held'])
      void command(scene, `release ${id}`, async (desk) => {
        const said = await releaseMessage(desk, id)
        noteLetGo(scene, said, false)
        return said
      })
    },
  ],
  [
    2,
    'retry',
    (scene) => {
      const id = someMessage(scene, ['failed', 'uncertain'])
      void command(scene, `retry ${id}`, (desk) => {
        const said = retryMessage(desk, id)
        noteLetGo(scene, said, true)
        return said
      })
    },
  ],
  [
    2,
    'cancel',
    (scene) => {
      const id = someMessage(scene, ['held', 'queued'])
      void command(scene, `cancel ${id}`, (desk) => cancelMessage(desk, id))
    },
  ],
  [1, 'move Carl', (scene) => void moveCarl(scene)],
  [1, 'bind Bob', (scene) => void bindBob(scene)],
]
