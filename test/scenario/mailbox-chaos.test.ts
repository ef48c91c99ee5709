// Everything at once, from one seed: mails and SMS keep arriving while the lines to both mail servers are cut at random octets, Dovecot
// and Exim are restarted, the mailbox is numbered anew and the service is killed. Afterwards every mail was bridged once, every SMS is
// in the office. SIMPOST_CHAOS_SEED repeats the plan (which octet is cut is up to the machine), SIMPOST_CHAOS_ROUNDS makes it longer.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CutProxy, Direction } from '../support/cut-proxy.ts'
import { createRandom, type Random } from '../support/random.ts'
import { forgetNumbers, putBack } from './mailbox-files.ts'
import { idOf, inMailboxWorld, letter, type MailboxWorld } from './mailbox-world.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { bodyOf } from './world.ts'

const seed = Number(process.env.SIMPOST_CHAOS_SEED ?? 1 + Math.floor(Math.random() * 2 ** 31))
const rounds = Number(process.env.SIMPOST_CHAOS_ROUNDS ?? 8)
/** A cut that nothing fulfils is left for the next round. */
const roundMs = 1_500
const cutOctetsMax = 4_000
const directions: readonly Direction[] = ['to-server', 'to-client']
/** An attempt whose outcome is in doubt is repeated after a minute or two (domain/delivery.ts). */
const arrivedLimitMs = 240_000

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

type Trouble = (world: MailboxWorld, random: Random) => Promise<unknown>

function cut(line: CutProxy, random: Random): Promise<unknown> {
  const happened = line.plan({ direction: random.pick(directions), octets: random.below(cutOctetsMax) })
  return Promise.race([happened, sleep(roundMs)])
}

const troubles: Readonly<Record<string, Trouble>> = {
  'imap cut': ({ imapLine }, random) => cut(imapLine, random),
  'imap cut again': ({ imapLine }, random) => cut(imapLine, random),
  'smtp cut': ({ smtpLine }, random) => cut(smtpLine, random),
  'Dovecot restarted': ({ dovecot }) => dovecot.restart(),
  'Exim restarted': ({ exim }) => exim.restart(),
  'Dovecot away': async ({ dovecot }, random) => {
    await dovecot.halt()
    await sleep(random.below(roundMs))
    await dovecot.restart()
  },
  'numbered anew': async ({ dovecot }) => {
    await dovecot.halt()
    await forgetNumbers(dovecot.maildir('sms'))
    await dovecot.restart()
  },
  restored: async ({ dovecot }) => {
    await dovecot.halt()
    await putBack(dovecot.maildir('sms'), 'Simpost')
    await forgetNumbers(dovecot.maildir('sms'))
    await dovecot.restart()
  },
  'service killed': (world) => world.restartService('SIGKILL'),
  'service stopped': (world) => world.restartService(),
}

/**
 * Delivers mails one after the other, as soon as Dovecot is there. One whose answer was lost may be in the mailbox or not, and what a
 * server that shuts down has written may be taken back: only a Dovecot that is up again tells.
 */
async function deliver({ arrive, dovecot }: MailboxWorld, ids: readonly string[]): Promise<void> {
  const worked = (attempt: Promise<unknown>): Promise<boolean> =>
    attempt.then(
      () => true,
      () => false,
    )
  const isThere = async (id: string): Promise<boolean> => {
    const folders = await Promise.all(['INBOX', 'Simpost'].map((folder) => dovecot.mails('sms', folder)))
    return folders.flat().map(idOf).includes(id)
  }
  for (const id of ids) {
    if (await worked(arrive(id))) continue
    await eventually(`the delivery of ${id}`, async () => {
      const isUp = await worked(
        dovecot.deliver(letter('probe'), 'anna@office.example', 'anna@office.example'),
      )
      if (!isUp) return undefined
      return (await isThere(id).catch(() => false)) || (await worked(arrive(id))) ? true : undefined
    })
  }
}

interface Entry {
  readonly subject: string
  readonly deliveries: readonly { readonly medium: string; readonly state: string }[]
}

/**
 * Waits until each mail is an SMS or in doubt. @returns those in doubt that no phone got: their SMS was with the modem when the service
 * was killed, and is never sent again by itself
 */
async function doubtfulOf(world: MailboxWorld, ids: readonly string[]): Promise<string[]> {
  return eventually(
    'an end for each mail',
    async () => {
      const entries = await world.json<Entry[]>('message', 'list', '--limit', '100000')
      const isUncertain = ({ deliveries }: Entry): boolean =>
        deliveries.some(({ medium, state }) => medium === 'sms' && state === 'uncertain')
      const uncertain = entries.filter(isUncertain).map(({ subject }) => subject.split(' ').at(-1) ?? '')
      const bridged = new Set(world.bridged())
      const left = ids.filter((id) => !bridged.has(id))
      return left.every((id) => uncertain.includes(id)) ? left : undefined
    },
    arrivedLimitMs,
  )
}

/** Waits until the sender of each of these has heard of it. */
async function told({ people }: MailboxWorld, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await eventually(
      `a notice about ${id}`,
      async () =>
        (await people.mails('anna')).some((raw) => raw.includes(`In-Reply-To: <${id}@office.example>`)) ||
        undefined,
      arrivedLimitMs,
    )
}

test(`chaos of ${rounds} rounds loses nothing and doubles nothing (SIMPOST_CHAOS_SEED=${seed})`, async (t) => {
  const random = createRandom(seed)
  await inMailboxWorld(program, {}, async (world) => {
    const mails: string[] = ['begin']
    const texts: string[] = []
    const log: string[] = []
    await world.arrive('begin')
    await world.onceEach(mails)
    await world.tidied(mails)
    for (let round = 0; round < rounds; round += 1) {
      const some = Array.from({ length: 1 + random.below(5) }, (_, index) => `r${round}m${index}`)
      mails.push(...some)
      const name = random.pick(Object.keys(troubles))
      log.push(name)
      const delivered = deliver(world, some)
      for (let index = random.below(4); index > 0; index -= 1) {
        texts.push(`r${round}s${index}`)
        world.modem.network.phoneSends(`+49170556${1000 + texts.length}`, `r${round}s${index}`)
      }
      await Promise.all([delivered, troubles[name]?.(world, random)])
      await sleep(random.below(roundMs))
    }
    t.diagnostic(`rounds: ${log.join(', ')}`)
    t.diagnostic(
      `${world.imapLine.connections()} IMAP lines, ${world.imapLine.cuts()} cut; ${world.smtpLine.connections()} SMTP lines, ${world.smtpLine.cuts()} cut`,
    )
    // No pause of the past delays the end.
    await world.restartService()
    const doubtful = await doubtfulOf(world, mails)
    const kills = log.filter((name) => name === 'service killed').length
    assert.ok(doubtful.length <= kills, `${doubtful} were not sent after ${kills} kills`)
    await world.onceEach(mails.filter((id) => !doubtful.includes(id)))
    await world.tidied(mails)
    await told(world, doubtful)
    const arrived = async () => {
      const all = (await world.people.mails('anna')).map((raw) => bodyOf(raw).trim())
      const bodies = all.filter((body) => /^r\d+s\d+$/.test(body))
      return texts.every((text) => bodies.includes(text)) ? bodies : undefined
    }
    const bodies = await eventually('every SMS in the office', arrived, arrivedLimitMs)
    // One more only where the answer to the final dot was lost.
    assert.ok(
      bodies.length - texts.length <=
        world.smtpLine.cuts() +
          log.filter((name) => name.startsWith('service') || name.startsWith('Exim')).length,
    )
    assert.deepEqual([...new Set(bodies)].sort(), [...texts].sort())
  })
})
