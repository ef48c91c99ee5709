// What the box has told the world by writing it to a tty or a socket, read from the log of its touches: from that moment on the database
// must hold it, whatever becomes of the power (src/README.md, "The promise, and who keeps it").
// Invariant: every command of one of these kinds in the log is a pledge; one that is not understood is an error, not overlooked.

import type { Touch } from '../crash/touch-shim.ts'

/**
 * deleted: AT+CMGD took this PDU from the SIM. submitted: AT+CMGS began for this PDU. moved: the mail with this UID left INBOX.
 * handed-over: the mail with this Message-ID went to the submission server.
 */
export type PledgeKind = 'deleted' | 'submitted' | 'moved' | 'handed-over'

export interface Pledge {
  readonly kind: PledgeKind
  /** The PDU, the UID or the Message-ID. */
  readonly what: string
  /** It is given once this touch (counted from 0) has happened. */
  readonly touch: number
}

interface Said {
  readonly text: string
  readonly touch: number
}

/** Everything that went to a target, as one text, and which touch wrote a given character of it. */
function speech(said: readonly Said[]): { readonly text: string; readonly touchAt: (at: number) => number } {
  const ends: number[] = []
  let length = 0
  for (const { text } of said) {
    length += text.length
    ends.push(length)
  }
  return {
    text: said.map(({ text }) => text).join(''),
    touchAt: (at) => said[ends.findIndex((end) => at < end)]?.touch ?? -1,
  }
}

function modemPledges(said: readonly Said[], deletedPdus: readonly string[]): Pledge[] {
  const { text, touchAt } = speech(said)
  const deletions = [...text.matchAll(/AT\+CMGD=\d+\r/g)]
  if (deletions.length !== deletedPdus.length)
    throw new Error(`the log has ${deletions.length} AT+CMGD, the modem got ${deletedPdus.length}`)
  const submits = [...text.matchAll(/AT\+CMGS=\d+\r(?:([0-9A-F]+)\u001a)?/g)]
  return [
    ...deletions.map(
      ({ index, 0: { length } }, number): Pledge => ({
        kind: 'deleted',
        what: deletedPdus[number] ?? '',
        touch: touchAt(index + length - 1),
      }),
    ),
    // The first octet of the command counts: the segment must be `submitting` by then.
    ...submits.flatMap(({ index, 1: pdu }): Pledge[] =>
      pdu === undefined ? [] : [{ kind: 'submitted', what: pdu, touch: touchAt(index) }],
    ),
  ]
}

/** "3,7:9" (RFC 9051 4.1.1). */
function uidsOf(set: string): string[] {
  return set.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number)
    return Array.from({ length: last - first + 1 }, (_, at) => String(first + at))
  })
}

/**
 * imapflow and nodemailer write a command, and the header of a mail, in one piece. A mail that is passed on has an id of its own in front of
 * the one that it came with (RFC 5322 3.6.6).
 */
function mailPledges(said: readonly Said[]): Pledge[] {
  return said.flatMap(({ text, touch }): Pledge[] => {
    const moves = [...text.matchAll(/^\S+ UID (?:MOVE|COPY|STORE) ([\d,:]+) /gm)]
    const id = /^(?:Resent-)?Message-ID: *(?:\r\n )?(<[^>]+>)/im.exec(text)?.[1]
    return [
      ...moves.flatMap(({ 1: set = '' }) =>
        uidsOf(set).map((uid): Pledge => ({ kind: 'moved', what: uid, touch })),
      ),
      ...(id === undefined ? [] : [{ kind: 'handed-over', what: id, touch } as const]),
    ]
  })
}

/**
 * All pledges of a recording, in the order in which they were given.
 * @param deletedPdus what lay at the index of each AT+CMGD, in order, as the modem saw it
 */
export function pledgesOf(touches: readonly Touch[], deletedPdus: readonly string[]): readonly Pledge[] {
  const said = { tty: [] as Said[], socket: [] as Said[] }
  for (const [touch, { op, target, data }] of touches.entries())
    if (op === 'write' && target !== 'file') said[target].push({ text: data.toString('latin1'), touch })
  return [...modemPledges(said.tty, deletedPdus), ...mailPledges(said.socket)].sort(
    (one, other) => one.touch - other.touch,
  )
}
