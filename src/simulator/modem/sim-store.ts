// The message stores of the simulated modem (TS 27.005 clause 3.1: "SM" on the SIM, "ME" in the equipment, "SR" for reports).
// Invariants: an index belongs to one message until it is deleted; the lowest free index is used next, as SIM cards do.

/** TS 27.005 3.1 <stat>: 0 received unread, 1 received read, 2 stored unsent, 3 stored sent. */
export type StoredState = 0 | 1 | 2 | 3

export interface StoredSms {
  readonly index: number
  state: StoredState
  /** SMSC field and TPDU, upper-case hex. */
  readonly pdu: string
}

export interface MessageStore {
  readonly name: string
  /** Number of slots. */
  readonly size: number
  /** Messages by rising index. */
  list(): readonly StoredSms[]
  get(index: number): StoredSms | undefined
  /** Stores a message in the lowest free slot, or in `index`; null when there is no room. */
  put(pdu: string, state?: StoredState, index?: number): number | null
  /** False if the slot was empty. */
  remove(index: number): boolean
  /** True for an index that the store has, used or not. */
  has(index: number): boolean
}

/** An empty store of `size` slots, counted from `firstIndex`. */
export function createMessageStore(name: string, size: number, firstIndex: number): MessageStore {
  const slots = new Map<number, StoredSms>()
  const indexes = Array.from({ length: size }, (_, i) => firstIndex + i)
  return {
    name,
    size,
    list: () => indexes.flatMap((index) => slots.get(index) ?? []),
    get: (index) => slots.get(index),
    has: (index) => indexes.includes(index),
    remove: (index) => slots.delete(index),
    put(pdu, state = 0, index = indexes.find((free) => !slots.has(free))) {
      if (index === undefined || !indexes.includes(index)) return null
      slots.set(index, { index, state, pdu })
      return index
    },
  }
}
