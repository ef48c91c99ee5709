// Two boxes that face each other (RFC 3834 2, RFC 5321 6.3): each knows the other's SIM as a phone, and a rule in Anna's mail program
// sends whatever comes from one back to it, under her name and without a field of ours. Two real services, one mail server, one network.
// It must end by itself: few SMS, the two paused, one notice of each pause, and everybody else goes on being served.

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSimModem, type SimModem } from '../../src/simulator/modem/sim-modem.ts'
import { anna, asAnna, headerFields, type Office, startOffice } from '../support/office.ts'
import { buildProgram, eventually, type Program, type Service } from './program.ts'
import { bodyOf } from './world.ts'

const annaMailbox = 'anna@office.example'
const operator = 'world@office.example'
const limitMs = 90_000

interface Box {
  readonly user: string
  readonly number: string
  readonly domain: string
  readonly modem: SimModem
  readonly service: Service
  readonly config: string
}

let program: Program
let office: Office
let folder: string
const boxes: Box[] = []
let forwarding: Promise<void>
const end = new AbortController()

async function startBox(user: string, number: string): Promise<Box> {
  const domain = `${user}.example`
  const modem = createSimModem({ number })
  const config = join(folder, `${user}.toml`)
  await writeFile(
    config,
    `[modem]
port = "tcp://127.0.0.1:${await modem.listen()}"
number = "${number}"
sms_per_minute = 0
[mail]
address = "${user}@office.example"
[mail.imap]
host = "127.0.0.1"
port = ${office.dovecot.imapPort}
security = "none"
user = "${user}"
password = "${user}"
[mail.smtp]
host = "127.0.0.1"
port = ${office.exim.port}
security = "none"
[exchange]
fallback_mailbox = "${annaMailbox}"
number_domain = "${domain}"
[operator]
mailbox = "${operator}"
[trust]
senders = ["@office.example"]
authserv_id = "${office.exim.authservId}"
[store]
path = "${user}.db"
`,
    { mode: 0o600 },
  )
  const service = program.start(['run', '--config', config])
  await service.logged(/modem-started/)
  await service.logged(/mailbox-open/)
  return { user, number, domain, modem, service, config }
}

const inbox = async (user: string): Promise<string[]> => office.dovecot.mails(user)
const mailOf = (box: Box): string => `${box.user}@office.example`
const other = (box: Box): Box => boxes.find((one) => one !== box) ?? box

/** Anna's rule: what a box writes goes back to that box, for the other one's number. */
async function forwardAll(): Promise<void> {
  const seen = new Set<string>()
  while (!end.signal.aborted) {
    for (const raw of await inbox('anna')) {
      const id = headerFields(raw, 'Message-ID')[0] ?? raw
      const from = headerFields(raw, 'From')[0] ?? ''
      const box = boxes.find((one) => from.includes(mailOf(one)))
      if (seen.has(id) || box === undefined) continue
      seen.add(id)
      const to = `${other(box).number}@${box.domain}`
      await office.submit({ from: annaMailbox, to, subject: 'Fwd', text: bodyOf(raw) }, asAnna)
    }
    await sleep(50)
  }
}

before(async () => {
  program = await buildProgram()
  folder = await mkdtemp(join(tmpdir(), 'simpost-two-'))
  const [east, west] = ['east', 'west'].map((name) => ({ name, password: name }))
  assert.ok(east && west)
  office = await startOffice({
    authUsers: [anna, east, west],
    boxes: [east, west],
    catchAll: { 'east.example': 'east', 'west.example': 'west' },
  })
  boxes.push(await startBox('east', '+4917000000001'), await startBox('west', '+4917000000002'))
  for (const box of boxes)
    box.modem.network.onPhoneSms(({ to, text }) => {
      const target = boxes.find(({ number }) => number === to)
      target?.modem.network.phoneSends(box.number, text)
    })
  forwarding = forwardAll()
})

after(async () => {
  end.abort()
  await forwarding
  for (const { service, modem } of boxes) {
    await service.stop()
    await modem.close()
  }
  await office?.stop()
  await program?.remove()
  if (folder !== undefined) await rm(folder, { recursive: true, force: true })
})

const sent = (): number => boxes.reduce((count, { modem }) => count + modem.network.sent.length, 0)

async function pausesOf(box: Box): Promise<number> {
  const { stdout } = await program.run([
    'message',
    'list',
    '--json',
    '--limit',
    '200',
    '--config',
    box.config,
  ])
  const entries = JSON.parse(stdout) as { reason: string }[]
  return entries.some(({ reason }) => reason === 'pair-paused') ? 1 : 0
}

const notices = async (): Promise<string[]> =>
  (await inbox('world')).filter((raw) => headerFields(raw, 'X-SMS-Reason')[0] === 'pair-paused')

test('two boxes and a rule that brings everything back end by a pause, with one notice, after few SMS', async (t) => {
  const [east, west] = boxes
  assert.ok(east && west)
  try {
    const letter = {
      from: annaMailbox,
      to: `${west.number}@${east.domain}`,
      subject: 'Lunch',
      text: 'At noon?',
    }
    await office.submit(letter, asAnna)
    await eventually('a pause', async () => ((await notices()).length > 0 ? true : undefined), limitMs)
    // What is under way when the first pair is paused goes round at most once more; then another phone is served, and nothing else.
    const bystander = '+4915112345678'
    let quiet = -1
    await eventually(
      'no more SMS',
      async () => {
        const before = sent()
        await office.submit({ ...letter, to: `${bystander}@${east.domain}`, text: `hello ${before}` }, asAnna)
        await eventually('an SMS of a bystander', () =>
          east.modem.network.sent.some(({ text }) => text === `hello ${before}`) ? true : undefined,
        )
        const loops = sent() - east.modem.network.sent.filter(({ to }) => to === bystander).length
        if (loops === quiet) return true
        quiet = loops
        return undefined
      },
      limitMs,
    )
    assert.ok(quiet >= 6 && quiet <= 24, `${quiet} SMS`)
    const pauses = (await pausesOf(east)) + (await pausesOf(west))
    t.diagnostic(`${quiet} SMS, ${pauses} boxes paused the two`)
    assert.ok(pauses >= 1)
    assert.equal((await notices()).length, pauses)
  } catch (error) {
    for (const { service } of boxes) t.diagnostic(service.log())
    throw error
  }
})
