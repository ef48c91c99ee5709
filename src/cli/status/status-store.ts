// What keeps the service from writing its database, as far as its disk shows: while it can write nothing, it can write down nothing of it
// either.

import type { GatewayError } from '../../domain/errors.ts'
import { sizeOf } from '../../store/database/database-files.ts'
import { roomOf } from '../../store/database/health.ts'
import { diskTrouble } from '../../store/database/store-error.ts'

export function storeState(path: string) {
  const room = path === ':memory:' ? null : roomOf(path)
  const trouble = room === null ? null : diskTrouble(path, room)
  return {
    octets: path === ':memory:' ? 0 : sizeOf(path),
    octets_left: room?.free ?? null,
    problem: trouble === null ? null : problemOf(trouble),
  }
}

const problemOf = ({ code, message, hint }: GatewayError) => ({ code, message, hint: hint ?? null })
