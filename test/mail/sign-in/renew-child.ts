// A process of its own that renews a sign-in until it is killed: ISSUER FILE. It says "renewing" before each renewal.

import { createAccessToken } from '../../../src/mail/sign-in/access-token.ts'
import { tryLock } from '../../../src/store/database/database.ts'
import { realClock } from '../mail-support.ts'
import { accessAt } from './sign-in-bench.ts'

const [, , issuer = '', file = ''] = process.argv
const tokens = createAccessToken({
  access: accessAt(issuer),
  file,
  lock: () => tryLock(`${file}.lock`),
  clock: realClock(),
})
for (;;) {
  process.stdout.write('renewing\n')
  await tokens.renew()
}
