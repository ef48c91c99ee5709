// Who got what: every text and every mail reached only those whom it was meant for, and each of them once. A stranger got nothing.

import { groupBy } from './oracle.ts'
import type { Scene } from './story.ts'
import type { Letter } from './world-office.ts'
import { eve, fallback, idsIn, operator, type Written } from './world-people.ts'

export function checkReaders(scene: Scene): string[] {
  const byId = new Map(scene.written.map((one) => [one.id, one]))
  return [...checkPhones(scene, byId), ...checkMailboxes(scene, byId)]
}

function checkPhones({ world, written }: Scene, byId: ReadonlyMap<string, Written>): string[] {
  // Whom nobody in the office ever wrote to, and who is not bound, gets no SMS at all, not even a question.
  const mails = written.filter(({ medium }) => medium === 'mail')
  const known = new Set([operator.number, ...mails.flatMap(({ readers }) => readers())])
  const strangers = world.modem.network.sent.filter(({ to }) => !known.has(to))
  const faults = strangers.map(
    ({ to, text }) => `the stranger ${to} got ${JSON.stringify(text.slice(0, 40))}`,
  )
  for (const { to, text } of world.screens)
    for (const id of idsIn(text)) {
      const one = byId.get(id)
      if (one === undefined) faults.push(`${to} shows ${id}, which nobody wrote`)
      else if (!one.readers().includes(to)) faults.push(`${id} (${one.what}) reached ${to}`)
    }
  return faults
}

/** What a mailbox did not take is sent on to the office, which looks after the line. */
const isSentOn = ({ key, messageId, to }: Letter): boolean => key !== messageId && to === fallback

function checkMailboxes({ world, written }: Scene, byId: ReadonlyMap<string, Written>): string[] {
  const { letters } = world.office
  const faults = letters
    .filter(({ to }) => to === eve)
    .map(({ subject }) => `a stranger got a mail: ${subject}`)
  const texts = letters.filter(({ reason }) => reason === null)
  for (const letter of texts)
    for (const id of idsIn(letter.body)) {
      const one = byId.get(id)
      if (one === undefined) faults.push(`${letter.to} reads ${id}, which nobody wrote`)
      else if (one.medium === 'sms' && !isSentOn(letter) && !one.readers().includes(letter.to))
        faults.push(`${id} (${one.what}, from ${one.from}) reached ${letter.to}`)
      else if (one.medium === 'sms' && letter.phone !== one.from)
        faults.push(`${id} is shown as a text of ${letter.phone} instead of ${one.from}`)
    }
  const readers = groupBy(
    texts.flatMap((letter) => idsIn(letter.body).map((id) => ({ id, letter }))),
    ({ id }) => id,
  )
  const converted = world.disk.store
    .all<{ text: string; judgement: string }>(
      // What a server refused for good is told to the operator instead.
      `SELECT text, judgement FROM message m WHERE medium = 'sms'
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.state IN ('failed', 'cancelled', 'held'))`,
    )
    .flatMap(({ text, judgement }) => idsIn(text).map((id) => ({ id, judgement })))
  const judgements = groupBy(converted, ({ id }) => id)
  for (const { id, medium, incomplete, what } of written) {
    if (medium !== 'sms') continue
    const own = readers.get(id) ?? []
    const count = own.length
    // What a mailbox did not take goes to the office instead; the operator may send it once more.
    const first = own.filter(({ letter }) => letter.key === letter.messageId).length
    const entries = judgements.get(id) ?? []
    const wanted = entries.filter(({ judgement }) => judgement === 'convert').length
    // A text that waited for the phone's choice comes in the mail of that answer, and a part that was late in a mail of its own.
    const most = incomplete === true ? 2 : 1
    if (first > Math.max(wanted, most)) faults.push(`${id} (${what}) came ${count} times`)
    if (count < wanted) faults.push(`${id} (${what}) was converted, and came ${count} times`)
  }
  return faults
}
