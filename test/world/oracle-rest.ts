// What is left at the end: nothing in the SIM, in the network or in the INBOX that should be elsewhere, no alarm, no budget outrun; and a
// service that has nothing to do writes nothing.

import type { Scene } from './story.ts'
import { hour } from './world-people.ts'

export async function checkRest(scene: Scene): Promise<string[]> {
  return [
    ...checkModem(scene),
    ...checkBooks(scene),
    ...checkAlarms(scene),
    ...checkInbox(scene),
    ...(await checkIdle(scene)),
  ]
}

function checkModem({ world }: Scene): string[] {
  const { modem } = world
  const faults = modem
    .stores()
    .filter((store) => store.list().length > 0)
    .map((store) => `${store.list().length} messages are left in ${store.name}`)
  const waiting = modem.network.waiting.length
  if (waiting > 0) faults.push(`${waiting} messages wait in the network`)
  return faults
}

/** Every SMS that the network took was paid from the books, and no day has more than its budget. */
function checkBooks({ world }: Scene): string[] {
  const days = world.disk.store.all<{ day: string; parts: number }>(
    "SELECT day, parts FROM spending WHERE scope = 'box' ORDER BY day",
  )
  // What the operator lets go, and an SMS that calls the operator, is counted and not held; so is what is sent again where the config says so.
  const free = world.disk.store
    .all<{ delivery: number; rule: string }>(
      'SELECT d.id AS delivery, d.rule FROM segment s JOIN delivery d ON d.id = s.delivery_id',
    )
    .reduce(
      (sum, { delivery, rule }) => sum + (world.unbudgeted.get(delivery) ?? 0) + (rule === 'notice' ? 1 : 0),
      0,
    )
  const budget = Math.max(...world.used.map(({ partsPerDay }) => partsPerDay))
  const isHeld = world.used.every(({ uncertain }) => uncertain === 'notify')
  const faults = days
    .filter(({ parts }) => isHeld && parts > budget + free)
    .map(({ day, parts }) => `${parts} parts on ${day}, and the budget was ${budget} and ${free}`)
  const paid = days.reduce((sum, { parts }) => sum + parts, 0)
  const { sent } = world.modem.network
  // A clock in 1970 writes into books that are thrown away as old when it is set right.
  const jumped = world.counts.has('clock jumps')
  if (!jumped && sent.length > paid)
    faults.push(`the network took ${sent.length} parts, and ${paid} are in the books`)
  return faults
}

function checkAlarms({ world }: Scene): string[] {
  return world.disk.store
    .all<{ key: string; reason: string; ended: number | null }>(
      'SELECT key, reason, ended_at AS ended FROM alarm',
    )
    .filter(({ ended }) => ended === null)
    .map(({ key, reason }) => `the alarm ${key} (${reason}) has not ended`)
}

/** Mails that were exchanged lie in the done folder, all others where people read them. */
function checkInbox({ world }: Scene): string[] {
  const left = world.mailbox
    .messages('INBOX')
    .map(({ raw }) => /^Message-ID: (\S+)/m.exec(raw.toString())?.[1])
  const done = world.disk.store.all<{ mailId: string }>(
    // Of two copies the first may have been too old by a clock that was wrong: it stays.
    `SELECT mail_id AS mailId FROM message m WHERE medium = 'mail' AND judgement = 'convert'
     AND NOT EXISTS (SELECT 1 FROM message o WHERE o.mail_id = m.mail_id AND o.judgement = 'refuse')`,
  )
  const exchanged = new Set(done.map(({ mailId }) => mailId))
  return left.filter((id) => exchanged.has(id ?? '')).map((id) => `${id} was exchanged and lies in the INBOX`)
}

async function checkIdle({ world }: Scene): Promise<string[]> {
  const { time, disk } = world
  const signals = (): number =>
    disk.store.get<{ count: number }>('SELECT count(*) AS count FROM signal')?.count ?? 0
  const before = disk.store.commits() - signals()
  await time.run(time.monotonic() + hour)
  const written = disk.store.commits() - signals() - before
  return written > 0 ? [`${written} commits in an idle hour`] : []
}
