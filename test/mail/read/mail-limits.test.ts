// What becomes of mails over the limits of reading: the limit is named where the mail cannot be taken, and forgotten where what could be
// read suffices; what takes too long is ended and tried twice at most.

import assert from 'node:assert/strict'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { DeadlinePassed, within } from '../../../src/mail/read/deadline.ts'
import { createGuardedReader } from '../../../src/mail/read/guarded-reader.ts'
import { type MailContent, readContent } from '../../../src/mail/read/read-mail.ts'
import { createReaderThread, newWorker, type ThreadOutcome } from '../../../src/mail/read/reader-thread.ts'

const options = { ownInstance: 'box', recordedFields: [], truncated: false }

async function content(raw: string | Buffer, truncated = false): Promise<MailContent> {
  const read = await readContent(Buffer.from(raw), { ...options, truncated })
  assert.ok(read !== null)
  return read
}

const from = 'From: anna@office.example\r\n'
const mixed = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
const file = '--b\r\nContent-Type: image/png\r\n\r\nx\r\n'
const text = '--b\r\n\r\nthe words\r\n'
const nested = (depth: number): string =>
  Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary=n${i}\r\n\r\n--n${i}\r\n`,
  ).join('')
const list = (count: number): string =>
  Array.from({ length: count }, (_, i) => `p${i}@office.example`).join(', ')

const rows: readonly (readonly [what: string, raw: string, limit: string | null, text: string])[] = [
  ['200 addresses', `${from}To: ${list(200)}\r\n\r\nthe words`, null, 'the words'],
  ['201 addresses', `${from}To: ${list(201)}\r\n\r\nthe words`, 'too-many-addresses', 'the words'],
  ['a header of 60 KiB', `${from}X-A: ${'a'.repeat(60_000)}\r\n\r\nthe words`, null, 'the words'],
  [
    'a header of 100 KiB in fields nobody reads',
    `${from}${`Comments: ${'a'.repeat(900)}\r\n`.repeat(110)}\r\nthe words`,
    null,
    'the words',
  ],
  [
    'a header over 64 KiB with a subject behind it',
    `${from}${`X-A: ${'a'.repeat(900)}\r\n`.repeat(90)}Subject: late\r\n\r\nthe words`,
    'header-too-large',
    'the words',
  ],
  ['nothing but header lines', `${from}${'Comments: a\r\n'.repeat(100_000)}`, 'header-too-large', ''],
  [
    'a list of addresses over 16 KiB in a header that is too large',
    `${from}To: ${'x'.repeat(70_000)}@office.example\r\n\r\nthe words`,
    'field-too-large',
    'the words',
  ],
  [
    'a subject of 301 encoded words',
    `${from}Subject: ${'=?utf-8?Q?a?= '.repeat(301)}\r\n\r\nthe words`,
    'too-many-encoded-words',
    'the words',
  ],
  ['a subject of 300 encoded words', `${from}Subject: ${'=?utf-8?Q?a?= '.repeat(300)}\r\n\r\nx`, null, 'x'],
  ['text in front of 120 files', `${from}${mixed}${text}${file.repeat(120)}--b--`, null, 'the words'],
  ['text behind 120 files', `${from}${mixed}${file.repeat(120)}${text}--b--`, 'too-many-parts', ''],
  ['text in 19 multiparts', `${from}${nested(19)}\r\nthe words`, null, 'the words'],
  ['text in 25 multiparts', `${from}${nested(25)}\r\nthe words`, 'parts-too-deep', ''],
  [
    'text behind 300 KiB of styles',
    `${from}Content-Type: text/html\r\n\r\n<style>${'a{}'.repeat(100_000)}</style><p>the words`,
    'text-too-large',
    '',
  ],
  [
    'text of 300 KiB',
    `${from}\r\n${'the words\r\n'.repeat(30_000)}`,
    null,
    `${'the words\n'.repeat(10_240)}`,
  ],
  ['UTF-7', `${from}Content-Type: text/plain; charset=utf-7\r\n\r\n+AGEAYg-`, 'charset-refused', ''],
  [
    'UTF-7 beside HTML that can be read',
    `${from}Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-7\r\n\r\n+AGE-\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>a\r\n--b--`,
    null,
    'a',
  ],
]
for (const [what, raw, limit, words] of rows)
  test(`a mail with ${what} is ${limit === null ? 'taken' : `not taken: ${limit}`}`, async () => {
    const mail = await content(raw)
    assert.equal(mail.unreadable, limit)
    assert.equal(mail.text.trim(), words.trim())
  })

test('of a mail that was fetched in part, the text suffices; without one the mail is too large', async () => {
  assert.equal((await content(`${from}${mixed}${text}${file}`, true)).unreadable, null)
  assert.equal((await content(`${from}${mixed}${file}`, true)).unreadable, 'mail-too-large')
  assert.equal((await content(`${from}${mixed}${file}`, false)).unreadable, null)
})

test('a computation is ended at its deadline, also inside a regular expression, and its errors pass', () => {
  const began = performance.now()
  assert.throws(() => within(50, () => /^(a+)+$/.test(`${'a'.repeat(60)}b`)), DeadlinePassed)
  assert.ok(performance.now() - began < 10_000)
  assert.equal(
    within(1_000, () => 'done'),
    'done',
  )
  assert.throws(() => within(1_000, () => assert.fail('of its own')), /of its own/)
})

/** A thread that answers as it is told, and what it was asked. */
function scripted(...outcomes: readonly ThreadOutcome[]) {
  const tries: number[] = []
  const left = [...outcomes]
  const thread = {
    read: async (raw: Buffer): Promise<ThreadOutcome> => {
      tries.push(raw.length)
      return left.shift() ?? { kind: 'broken', detail: 'asked too often' }
    },
    end: async (): Promise<void> => undefined,
  }
  return { thread, tries }
}

const large = Buffer.from(
  `${from}Subject: [sms] Lunch\r\nTo: bob@office.example\r\n\r\n${'words\r\n'.repeat(20_000)}`,
)
const slow: ThreadOutcome = { kind: 'slow', detail: 'not done' }

test('a mail that the thread cannot read in time is tried twice, and then known by its header', async () => {
  const { thread, tries } = scripted(slow, { kind: 'broken', detail: 'out of memory' })
  const mail = await createGuardedReader(thread)(large, options)
  assert.equal(tries.length, 2)
  assert.equal(mail?.unreadable, 'mail-too-slow')
  assert.deepEqual(
    [mail?.from?.address, mail?.subject, mail?.text],
    ['anna@office.example', '[sms] Lunch', ''],
  )
})

test('a mail is read at the second try where only the first one came at a bad moment', async () => {
  const read: ThreadOutcome = { kind: 'read', content: await content(large) }
  const { thread, tries } = scripted(slow, read)
  assert.equal((await createGuardedReader(thread)(large, options))?.unreadable, null)
  assert.equal(tries.length, 2)
})

test('where no thread can be started, a large mail is read all the same', async () => {
  const missing = () => new Worker('/no/such/reader.cjs')
  const failing = (): Worker => {
    throw new Error('no memory')
  }
  for (const start of [missing, failing]) {
    const thread = createReaderThread(start)
    assert.equal((await thread.read(large, options, 60_000)).kind, 'unstarted')
    const mail = await createGuardedReader(thread)(large, options)
    assert.deepEqual(mail, await content(large))
  }
})

test('a thread that ended while it rested gets no mail, and another takes its place', async () => {
  const workers: Worker[] = []
  const thread = createReaderThread(() => {
    const worker = newWorker()
    workers.push(worker)
    return worker
  })
  try {
    assert.equal((await thread.read(large, options, 60_000)).kind, 'read')
    await workers[0]?.terminate()
    assert.equal((await thread.read(large, options, 60_000)).kind, 'read')
    assert.equal(workers.length, 2)
  } finally {
    await thread.end()
  }
})

test('a small mail needs no thread', async () => {
  const { thread, tries } = scripted()
  assert.equal((await createGuardedReader(thread)(Buffer.from(`${from}\r\nhi`), options))?.text, 'hi')
  assert.deepEqual(tries, [])
})

test('the thread reads as this thread does, is ended when it is slow, and another takes its place', async () => {
  const thread = createReaderThread()
  try {
    const expected: ThreadOutcome = { kind: 'read', content: await content(large) }
    assert.deepEqual(await thread.read(large, options, 60_000), expected)
    const long = Buffer.from(`${from}\r\n${'\n'.repeat(20_000_000)}`)
    assert.equal((await thread.read(long, options, 50)).kind, 'slow')
    assert.deepEqual(await thread.read(large, options, 60_000), expected)
    assert.deepEqual(await thread.read(Buffer.from('no header'), options, 60_000), {
      kind: 'read',
      content: null,
    })
  } finally {
    await thread.end()
  }
})

test('while a large and hostile mail is read, other work goes on', async () => {
  const thread = createReaderThread()
  const delays = monitorEventLoopDelay({ resolution: 10 })
  try {
    const read = createGuardedReader(thread)
    await read(large, options)
    delays.enable()
    await read(Buffer.from(`${from}\r\n${'\n'.repeat(10_000_000)}`), options)
    delays.disable()
    // What blocks is the copy of the mail; the limit is for a machine that does much else.
    assert.ok(delays.max / 1e6 < 1_000, `blocked for ${(delays.max / 1e6).toFixed(0)} ms`)
  } finally {
    await thread.end()
  }
})
