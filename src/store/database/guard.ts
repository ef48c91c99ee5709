// Stands between the statements of the service and their callers: names what goes wrong, and makes sure that what cannot be used is not
// used again. Invariants: a commit counts only while the file that took it has its name; after damage, a removal or a replacement
// nothing is read or written any more, so nothing can be acknowledged.

import { GatewayError } from '../../domain/errors.ts'
import { asStoreError, isOutside } from './store-error.ts'

/** What a service hears of its database while it has it open. */
export interface StoreEvents {
  /** It was found damaged, removed or replaced; from now on every call throws this. */
  readonly onLost: (error: GatewayError) => void
  /** An access failed, and those before did not; null: a write works again. */
  readonly onTrouble: (error: GatewayError | null) => void
}

export interface Guard {
  /** @throws GatewayError for what is no defect of ours */
  run<Result>(work: () => Result): Result
  /** To be called after each commit. @throws GatewayError STORE_MISSING */
  committed(): void
}

/** @param stillThere throws GatewayError STORE_MISSING if the names do not stand for the open files any more; default: nobody looks */
export function createGuard(path: string, stillThere = (): void => {}, events?: StoreEvents): Guard {
  let lost: GatewayError | null = null
  let troubled = false
  const note = (error: GatewayError): GatewayError => {
    if (error.code === 'STORE_DAMAGED' || error.code === 'STORE_MISSING') {
      lost = error
      events?.onLost(error)
    } else if (!troubled) {
      troubled = true
      events?.onTrouble(error)
    }
    return error
  }
  return {
    run(work) {
      if (lost !== null) throw lost
      try {
        return work()
      } catch (cause) {
        // Ours comes from a call inside this one, and was noted there.
        if (cause instanceof GatewayError || !isOutside(cause)) throw cause
        throw note(asStoreError(cause, path))
      }
    },
    committed() {
      try {
        stillThere()
      } catch (cause) {
        throw note(asStoreError(cause, path))
      }
      if (!troubled) return
      troubled = false
      events?.onTrouble(null)
    },
  }
}
