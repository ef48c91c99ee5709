// SMS keep arriving while the line to the SMTP server is cut, also after the final dot (RFC 1047: the mail may have been taken), and
// while the server is away. Every SMS reaches the office; a mail that comes twice is the same mail, by Message-ID and octets.
// Each cut meets a service that has just started, so that no test waits for the pauses between attempts.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Cut } from '../support/cut-proxy.ts'
import { inMailboxWorld, type MailboxWorld } from './mailbox-world.ts'
import { buildProgram, eventually, type Program } from './program.ts'
import { bodyOf, field } from './world.ts'

/** An attempt whose outcome is in doubt is repeated after a minute or two (domain/delivery.ts). */
const arrivedLimitMs = 200_000
/** What a second delivery adds on its way. */
const traceFields =
  /^(Return-Path|Delivered-To|Received|Envelope-to|Delivery-date|Authentication-Results):.*\n([ \t].*\n)*/gim

let program: Program

before(async () => {
  program = await buildProgram()
})
after(() => program?.remove())

interface Place extends Cut {
  readonly name: string
  /** True if Exim has the mail then, so that it comes a second time. */
  readonly taken: boolean
}

const places: readonly Place[] = [
  { name: 'greeting', direction: 'to-client', mark: /^220 /, octets: 2, taken: false },
  { name: 'recipient', direction: 'to-server', mark: /RCPT TO:[^\r]*\r\n/, octets: 0, taken: false },
  { name: 'text', direction: 'to-server', mark: /Message-ID: /, octets: 20, taken: false },
  { name: 'dot', direction: 'to-server', mark: /\r\n\.\r\n/, octets: 0, taken: true },
  { name: 'answer', direction: 'to-client', mark: /250 OK id=/, octets: 3, taken: true },
]

interface Got {
  readonly text: string
  readonly messageId: string
  readonly original: string
}

async function arrived({ people }: MailboxWorld): Promise<Got[]> {
  const mails = await people.mails('anna')
  return mails.map((raw) => ({
    text: bodyOf(raw).trim(),
    messageId: field(raw, 'Message-ID'),
    original: raw.replace(traceFields, ''),
  }))
}

test('every SMS becomes one mail, wherever the line to the SMTP server breaks', () =>
  inMailboxWorld(program, {}, async (world) => {
    const { modem, smtpLine, exim } = world
    const texts: string[] = []
    const send = (text: string): void => {
      texts.push(text)
      modem.network.phoneSends(`+4917055${String(60_000 + texts.length)}`, text)
    }
    for (const { name, ...cut } of places) {
      await world.restartService()
      const happened = smtpLine.plan(cut)
      for (const number of [1, 2, 3]) send(`${name} ${number}`)
      await happened
    }
    await exim.halt()
    smtpLine.cutNow()
    await world.restartService()
    send('while it was away')
    await world.service().logged(/mail-attempt-failed .*SMTP_UNAVAILABLE/)
    await exim.restart()
    await world.restartService()
    send('afterwards')

    const all = async () => {
      const there = new Set((await arrived(world)).map(({ text }) => text))
      return texts.every((text) => there.has(text)) ? true : undefined
    }
    await eventually('every SMS in the office', all, arrivedLimitMs)
    // The queue is empty: nothing is on its way any more.
    await eventually(
      'an empty queue',
      async () => ((await waiting(world)) === 0 ? true : undefined),
      arrivedLimitMs,
    )
    const mails = await arrived(world)
    const once = new Set(mails.map(({ messageId }) => messageId))
    assert.deepEqual(
      mails
        .map(({ text }) => text)
        .filter((text, at, them) => them.indexOf(text) === at)
        .sort(),
      [...texts].sort(),
    )
    assert.equal(once.size, texts.length, 'one Message-ID for each SMS')
    assert.equal(
      new Set(mails.map(({ original }) => original)).size,
      texts.length,
      'the same octets each time',
    )
    assert.ok(
      mails.length - texts.length <= places.filter(({ taken }) => taken).length,
      `${mails.length} mails`,
    )
  }))

interface Entry {
  readonly deliveries: readonly { readonly state: string }[]
}

async function waiting(world: MailboxWorld): Promise<number> {
  const entries = await world.json<Entry[]>('message', 'list', '--limit', '200')
  return entries.flatMap(({ deliveries }) => deliveries).filter(({ state }) => state !== 'sent').length
}
