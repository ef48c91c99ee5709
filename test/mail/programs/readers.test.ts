// Three mail programs that index and thread by themselves read a morning of the office from a Maildir: notmuch, mu and mutt. Each must see
// three talks, the mails of each talk together, every word, and the delivery status as what it is (RFC 3464, RFC 6522).

import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { conversation, type Filed } from './conversation.ts'
import { type OurMail, smsMails } from './our-mails.ts'
import { makeScratch, runWith, type Scratch } from './run-program.ts'

let scratch: Scratch
let filed: Filed[]
let others: OurMail[]
let maildir: string

const fileOf = (index: number): string => join(maildir, 'cur', `17000000${10 + index}.M1P1.box:2,S`)

before(async () => {
  scratch = await makeScratch()
  filed = await conversation()
  others = await smsMails()
  maildir = join(scratch.folder, 'mail')
  for (const folder of ['cur', 'new', 'tmp']) await mkdir(join(maildir, folder), { recursive: true })
  for (const [index, { raw }] of filed.entries()) await writeFile(fileOf(index), raw)
})
after(() => scratch?.remove())

const bare = (id: string): string => id.replace(/[<>]/g, '')

/** The Message-IDs of each talk, as sets that can be compared. */
const talks = (): string[] =>
  ['first customer', 'second customer', "Anna's"]
    .map((talk) =>
      filed
        .filter((mail) => mail.talk === talk)
        .map(({ messageId }) => bare(messageId))
        .sort()
        .join(' '),
    )
    .sort()

test('the morning that the programs read holds answers, reports and two talks between which others lie', () => {
  assert.deepEqual(filed.map(({ talk }) => talk).slice(0, 4), [
    'first customer',
    'second customer',
    'first customer',
    'first customer',
  ])
  assert.equal(filed.length, 8)
})

interface NotmuchPart {
  readonly 'content-type': string
  readonly content?: string | readonly NotmuchPart[]
}

/** notmuch with a database of its own beside the mails in `folder`. */
async function openNotmuch(folder: string) {
  const file = join(folder, '..', 'notmuch.conf')
  await writeFile(
    file,
    `[database]\npath=${folder}\n[user]\nprimary_email=anna@office.example\n[new]\ntags=\n`,
  )
  const notmuch = (...args: readonly string[]) =>
    runWith('notmuch', args, { home: scratch.folder, env: { NOTMUCH_CONFIG: file } })
  await notmuch('new', '--quiet')
  const ids = async (query: string): Promise<string[]> =>
    (JSON.parse(await notmuch('search', '--output=messages', '--format=json', query)) as string[]).sort()
  /** The mail's parts, flat. */
  const partsOf = async (id: string): Promise<NotmuchPart[]> => {
    const shown = JSON.parse(
      await notmuch('show', '--format=json', '--part=0', '--include-html', `id:"${id}"`),
    ) as { body: NotmuchPart[] }
    const flat = (part: NotmuchPart): NotmuchPart[] => [
      part,
      ...(Array.isArray(part.content) ? part.content.flatMap(flat) : []),
    ]
    return shown.body.flatMap(flat)
  }
  return { notmuch, ids, partsOf }
}

test('notmuch sees three threads, each with the mails of its talk, and knows the parts of a report', async () => {
  const { notmuch, ids, partsOf } = await openNotmuch(maildir)
  const threads = JSON.parse(await notmuch('search', '--output=threads', '--format=json', '*')) as string[]
  const found = await Promise.all(threads.map(async (thread) => (await ids(`thread:${thread}`)).join(' ')))
  assert.deepEqual(found.sort(), talks())
  const types = (await partsOf('report.0@office.example')).map((part) => part['content-type'])
  assert.deepEqual(types, [
    'multipart/report',
    'text/plain',
    'message/delivery-status',
    'text/rfc822-headers',
  ])
  assert.deepEqual(await ids('subject:fehlgeschlagen and subject:Tür'), [
    'report.0@office.example',
    'report.1@office.example',
  ])
})

test('mu sees the same threads, and knows the parts of a report', async () => {
  const home = join(scratch.folder, 'mu')
  const mu = (...args: readonly string[]) => runWith('mu', args, { home: scratch.folder })
  await mu('init', `--muhome=${home}`, `--maildir=${maildir}`, '--my-address=anna@office.example')
  await mu('index', `--muhome=${home}`, '--quiet')
  const lines = await mu('find', `--muhome=${home}`, '--threads', '--nocolor', '--fields=i', '')
  // What answers another mail stands below it behind an arrow.
  const threads: string[][] = []
  for (const line of lines.split('\n').filter((one) => one !== '')) {
    const id = line.replace(/^[^\p{L}\p{N}]+/u, '')
    if (id === line) threads.push([id])
    else threads.at(-1)?.push(id)
  }
  assert.deepEqual(threads.map((thread) => thread.sort().join(' ')).sort(), talks())
  const report = filed.findIndex(({ messageId }) => messageId === '<report.0@office.example>')
  const parts = await mu('extract', '--nocolor', fileOf(report))
  assert.match(parts, /text\/plain[\s\S]*message\/delivery-status[\s\S]*text\/rfc822-headers/)
})

/** Runs a program on a terminal at which nobody types. */
const onTerminal = 'import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))'

test('mutt shows the same threads, one after the other, and the words of every mail', async () => {
  const [rc, shown] = [join(scratch.folder, 'muttrc'), join(scratch.folder, 'shown')]
  const settings = [
    ...['sort=threads', 'strict_threads=yes', 'pipe_decode=yes', 'wait_key=no', 'charset=utf-8'],
    // Without a folder it asks whether it may make one.
    ...['mbox_type=Maildir', 'read_inc=0', `folder="${maildir}"`],
  ]
  const fields = ['ignore *', 'unignore from subject message-id']
  await writeFile(rc, [...settings.map((one) => `set ${one}`), ...fields, ''].join('\n'))
  const keys = `<tag-pattern>~A<enter><tag-prefix-cond><pipe-message>cat >> ${shown}<enter><end-cond><exit>`
  const mutt = ['mutt', '-n', '-R', '-F', rc, '-f', maildir, '-e', `push "${keys}"`]
  await runWith('python3', ['-c', onTerminal, ...mutt], {
    env: { TERM: 'xterm', LINES: '24', COLUMNS: '80' },
  })
  const text = await readFile(shown, 'utf8')
  const ids = new Set([...text.matchAll(/^Message-ID: <(.*)>$/gm)].map((found) => found[1] ?? ''))
  const talkOf = (id: string) => filed.find(({ messageId }) => bare(messageId) === id)?.talk
  const order = [...ids].map(talkOf)
  assert.equal(order.length, filed.length)
  assert.equal(order.filter((talk, index) => talk !== order[index - 1]).length, 3, order.join())
  for (const words of [
    'Ist die Tür offen?',
    '几点开门？',
    'Danke! 👍',
    'Ja, ab neun.',
    'Im Büro.',
    'Nicht angekommen.',
  ])
    assert.ok(text.includes(`\n${words}\n`), words)
  assert.match(text, /^Action: failed\nStatus: 5\.1\.1\n/m)
  assert.match(text, /^From: .*Müller, .*Bob[\s\S]*王芳 😀 \(\+4917012345678\)[\s\S]*<sms@office\.example>/m)
})

test('notmuch reads the text of everything that SMS and calls become', async () => {
  const folder = join(scratch.folder, 'all', 'mail')
  for (const name of ['cur', 'new', 'tmp']) await mkdir(join(folder, name), { recursive: true })
  for (const [index, { raw }] of others.entries())
    await writeFile(join(folder, 'cur', `17000000${10 + index}.M1P1.box:2,S`), raw)
  const { partsOf } = await openNotmuch(folder)
  for (const { what, draft } of others) {
    const [part, ...more] = await partsOf(bare(draft.messageId))
    assert.deepEqual([part?.['content-type'], more.length], ['text/plain', 0], what)
    assert.equal(String(part?.content).replaceAll('\r\n', '\n'), draft.text, what)
  }
})
