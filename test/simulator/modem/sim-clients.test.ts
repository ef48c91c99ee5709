// Programs from elsewhere use the simulated modem through a pseudo terminal: gammu, picocom, socat. They must believe it.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSimModem, type SimModem } from '../../../src/simulator/modem/sim-modem.ts'
import type { PhoneSms } from '../../../src/simulator/modem/sim-phones.ts'
import { openPty, type Pty } from '../../support/pty.ts'

const programTimeoutMs = 60_000

interface Bench {
  readonly modem: SimModem
  readonly pty: Pty
  /** Runs gammu on the tty; resolves with what it printed, both streams. Fails unless it exits 0. */
  gammu(...args: string[]): Promise<string>
}

async function run(
  program: string,
  args: readonly string[],
  input?: () => AsyncIterable<string>,
): Promise<string> {
  const child = spawn(program, args, {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
    timeout: programTimeoutMs,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (input !== undefined) for await (const text of input()) child.stdin.write(text)
  child.stdin.end()
  const code = await exited
  assert.equal(code, 0, `${program} ${args.join(' ')} exits ${code}: ${output}`)
  return output
}

async function withBench(use: (bench: Bench) => Promise<void>): Promise<void> {
  const modem = createSimModem()
  const port = await modem.listen()
  let pty = await openPty(port)
  const folder = await mkdtemp(join(tmpdir(), 'gammu-'))
  const config = join(folder, 'gammurc')
  const gammu = async (...args: string[]): Promise<string> => {
    // gammu leaves TIOCEXCL on the tty, so that nobody but root can open it again: a tty for each run.
    await pty.close()
    pty = await openPty(port)
    await writeFile(config, `[gammu]\nport=${pty.path}\nconnection=at115200\nsynchronizetime=no\n`)
    return run('gammu', ['-c', config, ...args])
  }
  try {
    await use({ modem, pty, gammu })
  } finally {
    await pty.close()
    await modem.close()
    await rm(folder, { recursive: true })
  }
}

const stories: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  'gammu identifies the modem and reads the service centre': async ({ gammu, modem }) => {
    const identity = await gammu('identify')
    assert.match(identity, /Manufacturer +: Simpost\n/)
    assert.match(identity, /SIM-1/)
    assert.match(identity, /Firmware +: SIM1R01A01\n/)
    assert.match(identity, /IMEI +: 490154203237518\n/)
    assert.match(identity, /SIM IMSI +: 262990000000001\n/)
    assert.match(await gammu('getsmsc'), /Number +: "\+491710760000"\n/)
    assert.ok(modem.commands().includes('AT+CSCA?'))
  },

  'gammu reads GSM 7 bit, Unicode, alphanumeric and long messages as they were written': async ({
    gammu,
    modem,
  }) => {
    const at = new Date(Date.UTC(2026, 10, 23, 14, 5, 9))
    modem.network.phoneSends('+4915112345678', 'Grüße, 5 € [ok] {~}', { at })
    modem.network.phoneSends('Bank', 'Привет 😀', { at, zone: -20 })
    modem.network.phoneSends('+4917099', `${'0123456789'.repeat(16)}END`, { flag: 1, reference: 77 })
    const listing = await gammu('getallsms')
    assert.match(listing, /Remote number +: "\+4915112345678"\nStatus +: UnRead\n\nGrüße, 5 € \[ok\] \{~\}\n/)
    assert.match(listing, /Sent +: Mon Nov 23 15:05:09 2026 \+0100\n/)
    assert.match(listing, /Sent +: Mon Nov 23 09:05:09 2026 -0500\n/)
    assert.match(listing, /Coding +: Unicode.*\nRemote number +: "Bank"\nStatus +: UnRead\n\nПривет 😀\n/)
    assert.match(listing, /4 SMS parts/)
    assert.equal(listing.match(/User Data Header/g)?.length, 2)
    const body = [...listing.matchAll(/^(?=.*\d{5})[0-9]+(?:END)?$/gm)].map(([text]) => text).join('')
    assert.equal(body, `${'0123456789'.repeat(16)}END`)
  },

  'gammu sends a long text with reports and deletes a message': async ({ gammu, modem }) => {
    const phone: PhoneSms[] = []
    modem.network.onPhoneSms((sms) => phone.push(sms))
    const text = 'Viele Grüße aus dem Büro für 5 €. '.repeat(8).trim()
    const output = await gammu('sendsms', 'TEXT', '+4917099', '-report', '-len', '400', '-text', text)
    assert.match(output, /Sending SMS 2\/2.*OK, message reference=1/)
    assert.deepEqual(
      phone.map(({ to, text: shown, parts }) => ({ to, shown, parts })),
      [{ to: '+4917099', shown: text, parts: 2 }],
    )
    assert.ok(modem.network.sent.every(({ statusReport }) => statusReport))
    modem.network.phoneSends('+4917099', 'gone soon')
    await gammu('deletesms', '1', '1')
    assert.equal(modem.storage().list().length, 0)
  },

  'gammu monitors battery, signal and network, and notices an arriving message': async ({ gammu, modem }) => {
    const watching = gammu('monitor', '1')
    const listens = (): boolean => modem.commands().some((line) => /^AT\+CNMI=[123]/.test(line))
    for (let tries = 0; tries < 500 && !listens(); tries += 1) await sleep(20)
    modem.network.phoneSends('+4917099', 'while watching')
    const output = await watching
    assert.match(output, /Signal strength +: -73 dBm/)
    assert.match(output, /Battery level +: 100 percent/)
    assert.match(output, /SIM SMS status +: [01] used, [01] unread, 50 locations/)
    assert.match(output, /Network state +: home network/)
    assert.match(output, /Name in phone +: "Simnet"/)
    assert.match(output, /SMS message received/)
  },

  'picocom shows what the modem answers to typed commands': async ({ pty }) => {
    const output = await run('picocom', ['-q', '-b', '115200', '-x', '1000', pty.path], async function* () {
      await sleep(300)
      yield 'AT\r'
      await sleep(100)
      yield 'AT+CSQ\r'
      await sleep(100)
    })
    assert.match(output, /AT\r+\n?\r?\nOK\r\n/)
    assert.match(output, /\+CSQ: 20,99\r\n\r\nOK\r\n/)
  },

  'socat types a whole message exchange': async ({ pty, modem }) => {
    const output = await run('socat', ['-t', '0.3', 'STDIO', `${pty.path},raw,echo=0`], async function* () {
      yield 'ATE0+CMGF=1\r'
      await sleep(50)
      yield 'AT+CMGS="+4917099"\r'
      await sleep(50)
      yield 'Hello\u001a'
    })
    assert.equal(output, 'ATE0+CMGF=1\r\r\nOK\r\n\r\n> \r\n+CMGS: 0\r\n\r\nOK\r\n')
    assert.equal(modem.network.sent[0]?.text, 'Hello')
  },
}

describe('programs from elsewhere', { concurrency: true }, () => {
  for (const [title, story] of Object.entries(stories)) test(title, () => withBench(story))
})

test('a tty vanishes with the modem, and none opens while it is unplugged', async () => {
  const modem = createSimModem()
  const port = await modem.listen()
  const pty = await openPty(port)
  modem.unplug()
  await pty.gone
  await pty.close()
  await modem.close()
  await assert.rejects(openPty(port), /socat made no tty.*refused/is)
})
