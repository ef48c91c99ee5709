// Servers that send garbage, too much, or never the end of it: memory stays bounded, the state says what is wrong and what to do, and
// the next connection works. Memory is measured in a process of its own.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { flood, type RudeServerOptions, rudeServer } from './rude-server.ts'

const mebibyte = 1_048_576
/** What V8 lets lie about before it collects; the answers themselves may take 16 MiB. */
const grownMiBMax = 160

interface Seen {
  readonly grownMiB: number
  readonly problem: { readonly code: string; readonly message: string; readonly hint: string | null } | null
  readonly error: string
}

async function watchOnce(t: TestContext, port: number): Promise<Seen> {
  const program = fileURLToPath(new URL('rude-client.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', program, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  for await (const chunk of child.stdout) said += String(chunk)
  return JSON.parse(said) as Seen
}

const numbers = Buffer.from(Array.from({ length: 8192 }, (_, index) => ` ${index + 100_000}`).join(''))
const letters = Buffer.alloc(mebibyte, 'x')
const literal = (tagless: string, octets: number): string => `${tagless} {${octets}}\r\n`

const servers: readonly (readonly [name: string, options: RudeServerOptions, words: RegExp])[] = [
  [
    'a banner of a gigabyte without an end',
    { greeting: (line) => flood(line, letters, 1024 * mebibyte) },
    /sent a line without end|sent more than \d+ octets/,
  ],
  [
    'a banner of endless lines that are no IMAP',
    { greeting: (line) => flood(line, Buffer.from('\x00\xff garbage {\r\n'.repeat(4096)), 1024 * mebibyte) },
    // Octets that are no IMAP are read so slowly that the time is over first.
    /did not finish the sign-in|gives no IMAP greeting|sent more than \d+ octets/,
  ],
  [
    'a SEARCH answer with endless numbers',
    {
      commands: {
        'UID SEARCH': async (line) => {
          await line.say('* SEARCH')
          await flood(line, numbers, 1024 * mebibyte)
        },
      },
    },
    /sent a line without end|sent more than \d+ octets/,
  ],
  [
    'endless SEARCH answers of a million numbers',
    {
      commands: {
        'UID SEARCH': async (line) => {
          for (;;) {
            if (!(await line.say('* SEARCH'))) return
            await flood(line, numbers, 7 * mebibyte)
            await line.say('\r\n')
          }
        },
      },
    },
    /sent more than \d+ octets/,
  ],
  [
    'a million untagged answers to one command',
    {
      commands: {
        'UID SEARCH': async (line, tag) => {
          await flood(
            line,
            Buffer.from('* OK still searching, have patience\r\n'.repeat(1000)),
            37 * mebibyte,
          )
          await line.say(`${tag} OK done\r\n`)
        },
      },
    },
    /sent more than \d+ octets/,
  ],
  [
    'bodies of mails that nobody asked for, without end',
    {
      commands: {
        'UID FETCH': async (line) => {
          for (let uid = 2; ; uid++) {
            if (!(await line.say(literal(`* 1 FETCH (UID ${uid} BODY[]<0>`, mebibyte)))) return
            await line.say(letters)
            await line.say(')\r\n')
          }
        },
      },
    },
    /sent more than \d+ octets/,
  ],
  [
    'a literal announced with 4 GB',
    { commands: { 'UID FETCH': (line) => line.say(literal('* 1 FETCH (UID 1 BODY[]<0>', 4_294_967_296)) } },
    /announced more octets than a mail may have/,
  ],
  [
    'one answer with endless literals',
    {
      commands: {
        'UID FETCH': async (line) => {
          await line.say('* 1 FETCH (UID 1')
          for (;;) {
            if (!(await line.say(literal(' BODY[]', mebibyte)))) return
            await line.say(letters)
          }
        },
      },
    },
    /sent an answer without end|sent more than \d+ octets/,
  ],
  [
    'one answer with a hundred thousand tokens',
    {
      commands: { 'UID FETCH': (line) => line.say(`* 1 FETCH (UID 1 FLAGS (${'a '.repeat(100_000)}))\r\n`) },
    },
    /sent an answer without end/,
  ],
]

for (const [name, options, words] of servers)
  test(`${name}: memory stays bounded and the state says why the line was cut`, async (t) => {
    const server = await rudeServer(t, options)
    const { grownMiB, problem, error } = await watchOnce(t, server.port)
    t.diagnostic(`${grownMiB} MiB more than before the connection`)
    assert.ok(grownMiB < grownMiBMax, `${grownMiB} MiB`)
    assert.match(problem?.message ?? error, words)
    assert.equal(problem?.code, 'IMAP_UNAVAILABLE')
    assert.ok(problem?.hint)
  })
