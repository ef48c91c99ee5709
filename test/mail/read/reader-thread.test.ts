// The thread of the reader says of every mail what this thread says: mails of all kinds, as the soak run makes them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultRecordedFields, readContent } from '../../../src/mail/read/read-mail.ts'
import { createReaderThread } from '../../../src/mail/read/reader-thread.ts'
import { createMailMaker } from '../../soak/mail-maker.ts'
import { createRandom } from '../../support/random.ts'

const seed = 1 + Math.floor(Math.random() * 2 ** 31)
const mailsCount = 400

test(`${mailsCount} generated mails are read in the thread of the reader as in this one`, async (t) => {
  t.diagnostic(`seed ${seed}`)
  const random = createRandom(seed)
  const nextMail = createMailMaker(random)
  const thread = createReaderThread()
  try {
    for (let i = 1; i <= mailsCount; i++) {
      const raw = nextMail()
      const options = {
        ...{ ownInstance: 'box', recordedFields: defaultRecordedFields },
        truncated: random.below(4) === 0,
      }
      const here = await readContent(raw, options)
      const there = await thread.read(raw, options, 60_000)
      assert.deepEqual(there, { kind: 'read', content: here }, `mail ${i} of seed ${seed}`)
    }
  } finally {
    await thread.end()
  }
})
