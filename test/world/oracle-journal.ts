// The journal against what was written: every mail that lay in the mailbox and every SMS that the network handed over stands in it, with
// one outcome and a reason.

import { reasons } from '../../src/exchange/decide/reasons.ts'
import { groupBy } from './oracle.ts'
import type { Scene } from './story.ts'
import { idsIn, type Written } from './world-people.ts'

interface Entry {
  readonly id: number
  readonly medium: 'mail' | 'sms'
  readonly text: string
  readonly mailId: string | null
  readonly judgement: Written['may'][number]
  readonly reason: keyof typeof reasons
}

/** Of copies, and of mails that a clock ten days ahead made old. */
const seenAgain = ['duplicate', 'seen-before', 'old-mail']

export function checkJournal(scene: Scene): string[] {
  const { written, world } = scene
  const entries = world.disk.store.all<Entry>(
    'SELECT id, medium, text, mail_id AS mailId, judgement, reason FROM message ORDER BY id',
  )
  const faults = entries
    .filter(({ reason }) => !(reason in reasons))
    .map(({ id, reason }) => `message ${id} has the reason ${reason}`)
  for (const { id, reason } of entries.filter((one) => one.reason === 'internal-error'))
    faults.push(`message ${id} met a defect: ${reason}`)
  faults.push(...heldForNothing(scene))
  const byId = groupBy(
    entries.flatMap((entry) => namesOf(entry).map((name) => ({ name, entry }))),
    ({ name }) => name,
  )
  const jumped = (world.counts.get('clock jumps') ?? 0) > 0
  for (const one of written) {
    const found = (byId.get(one.id) ?? []).map(({ entry }) => entry)
    faults.push(...judge(one, found, jumped).map((fault) => `${one.id} (${one.what}): ${fault}`))
  }
  return faults
}

/** What is held waits with a delivery, or is kept whole so that it can be decided anew. */
function heldForNothing({ world }: Scene): string[] {
  return world.disk.store
    .all<{ id: number; reason: string }>(
      `SELECT id, reason FROM message m WHERE judgement = 'hold' AND raw IS NULL
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.state = 'held')`,
    )
    .map(({ id, reason }) => `message ${id} is held (${reason}), and nothing of it waits`)
}

function namesOf({ medium, text, mailId }: Entry): string[] {
  const ofMail = /^<(m\d+)@/.exec(mailId ?? '')?.[1]
  if (medium === 'mail') return ofMail === undefined ? [] : [ofMail]
  return idsIn(text)
}

function judge(one: Written, found: readonly Entry[], jumped: boolean): string[] {
  // A part that an outage kept back for hours comes after the others, as a message of its own that says so.
  const isLate = ({ text }: Entry): boolean => one.medium === 'sms' && /^\[part \d+ of \d+, late\]/.test(text)
  const first = found.filter((entry) => !seenAgain.includes(entry.reason) && !isLate(entry))
  if (found.length === 0) return ['it stands nowhere in the journal']
  const faults: string[] = []
  // The copy of a mail that brought no SMS is judged like the first one; a part that comes late is a message of its own.
  const most = one.incomplete === true ? 2 : one.copies
  const exchanged = first.filter(({ judgement }) => judgement === 'convert' || judgement === 'hold')
  if (exchanged.length > 1 && one.incomplete !== true)
    faults.push(`it was exchanged ${exchanged.length} times`)
  if (first.length === 0) faults.push(`it is only there as ${found.map(({ reason }) => reason).join(', ')}`)
  if (first.length > most) faults.push(`it stands ${first.length} times in the journal`)
  for (const { judgement, reason, id } of first) {
    if (one.may.includes(judgement)) continue
    if (jumped && reason === 'too-old') continue
    if (reason === 'cancelled') continue
    faults.push(`message ${id} was judged ${judgement}, ${reason}`)
  }
  return faults
}
