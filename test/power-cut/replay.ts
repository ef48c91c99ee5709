// Replays a recording up to each sync and lets the power fail there, in several ways, and examines what is left.
// Right before each sync is the moment that matters. What a cut earlier leaves (since the sync before, between two writes, after a command
// to the modem) is among what one right before the sync may leave, for any of the pending changes may be lost; and fewer pledges were
// given then. So the states right before the syncs, and at the end, held against all pledges given until then, cover every moment.
// Invariant: a database that may be read holds what one of the two last synced commits left, nothing in between and nothing older.

import type { Touch } from '../crash/touch-shim.ts'
import { type Examined, examine, type Finding } from './examine.ts'
import { type Way, waysOf } from './fates.ts'
import { FileHistory } from './file-history.ts'
import type { Recording } from './recorded-run.ts'

export interface Replay {
  /** Syncs at which the power failed. */
  readonly syncs: number
  /** Different states of the disk that were examined. */
  readonly states: number
  /** In words, with where and how to repeat it. */
  readonly wrong: readonly (Finding & { readonly where: string })[]
}

interface ReplayOptions {
  /** Examined states lie here. */
  readonly folder: string
  readonly seed: number
  /** How many prefixes and how many seeded sets of the pending changes are tried at each sync. */
  readonly variants: number
  /** False for a sync that the disk is to leave out; default: all are done. */
  readonly honours?: (touch: Touch) => boolean
  /** Ends the replay once so much was found. */
  readonly enough?: (wrong: Replay['wrong']) => boolean
}

/** Tries every sync of the recording. */
export async function replay(recording: Recording, options: ReplayOptions): Promise<Replay> {
  const { touches } = recording
  const { seed, variants, honours = () => true, enough = () => false } = options
  const history = new FileHistory()
  const wrong: (Finding & { readonly where: string })[] = []
  let [syncs, states] = [0, 0]
  /** What the database held when everything that was written before the last sync was there. */
  let before: string | null = 'new'
  for (const [number, touch] of [...touches, endOfRecording].entries()) {
    if (touch.op === 'sync' && history.pending() > 0) {
      syncs += 1
      const pledges = recording.pledges.filter((pledge) => pledge.touch < number)
      const look = (way: Way): Promise<Examined> =>
        examine({ files: history.after(way.fateOf), pledges }, { ...recording, folder: options.folder })
      let now: string | null = before
      for (const way of waysOf(history.pending(), variants, seed + number)) {
        states += 1
        const { content, findings } = await look(way)
        if (way.name === 'everything') now = content
        const strange = content !== null && content !== before && content !== now
        const all: readonly Finding[] = strange
          ? [...findings, { check: 'one-commit', what: 'the database holds what no commit left' }]
          : findings
        for (const finding of all)
          wrong.push({ ...finding, where: `touch ${number}, ${touch.op} of ${touch.path}: ${way.name}` })
      }
      before = now
      if (enough(wrong)) break
    }
    if (touch.op !== 'sync' || honours(touch)) history.apply(touch)
  }
  return { syncs, states, wrong }
}

/** Stands behind the last touch, so that the power fails there too. */
const endOfRecording: Touch = { op: 'sync', target: 'tty', path: 'the end', offset: 0, data: Buffer.alloc(0) }
