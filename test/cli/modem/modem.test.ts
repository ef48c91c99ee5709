// `simpost modem ...` as a process, against the simulated modem on a pty: with the running service, and without.

import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseTranscript } from '../../../src/domain/transcript.ts'
import { createDevice } from '../../../src/simulator/modem/device-profile.ts'
import { startBench } from '../../modem/bench.ts'
import { buildProgram, eventually, type Program } from '../../scenario/program.ts'
import { openPty } from '../../support/pty.ts'
import { type ModemBox, openModemBox } from './modem-box.ts'

let program: Program
before(async () => {
  program = await buildProgram()
})
after(() => program.remove())

async function inBox(
  options: Parameters<typeof openModemBox>[1],
  work: (box: ModemBox) => Promise<void>,
  pinLine = '',
): Promise<void> {
  const box = await openModemBox(program, options, pinLine)
  try {
    await work(box)
  } finally {
    await box.remove()
  }
}

const menu = {
  '*100#': 'Your balance is 12.34 EUR',
  '*101#': { text: '1 Balance\n2 Bonus', mode: 1 },
  '1': '7.50 EUR left',
}

interface Listed {
  readonly storage: string
  readonly messages: { readonly index: number; readonly state: string; readonly message: { text: string } }[]
}

for (const served of [false, true]) {
  const way = served ? 'through the running service' : 'without a service'
  describe(way, () => {
    const open = async (box: ModemBox): Promise<void> => {
      if (served) await box.serve()
    }

    test(`modem info tells modem, network and settings, and no number in full, ${way}`, async () => {
      await inBox({ identity: { manufacturer: 'Quectel', model: 'EC25' } }, async (box) => {
        await open(box)
        const facts = await box.json<Record<string, unknown>>('modem', 'info')
        assert.equal(facts.manufacturer, 'Quectel')
        assert.equal(facts.quirk, 'quectel')
        assert.equal(facts.through, served ? 'service' : 'port')
        assert.equal(facts.operator, 'Simnet')
        assert.equal(facts.technology, 'LTE')
        assert.equal(facts.imei, '49015**********')
        assert.equal(facts.sim, 'READY')
        assert.equal(facts.signal_dbm, -73)
        assert.equal(facts.smsc, '+491710760000')
        assert.equal(facts.pin_tries, 3)
        assert.ok(Math.abs(Number(facts.clock_off_s)) <= 5)
        const full = await box.json<Record<string, unknown>>('modem', 'info', '--full')
        assert.equal(full.imei, '490154203237518')
        const page = await box.run('modem', 'info')
        assert.equal(page.status, 0)
        assert.match(page.stdout, /registration \(CEREG\) +registered at home/)
        assert.doesNotMatch(page.stdout, /490154203237518|89492990000000000012|262990000000001/)
      })
    })

    test(`modem at prints answers, and fails for an error with its meaning, ${way}`, async () => {
      await inBox({}, async (box) => {
        await open(box)
        const good = await box.run('modem', 'at', 'AT+CSQ')
        assert.deepEqual([good.status, good.stdout], [0, '+CSQ: 20,99\nOK\n'])
        box.sim.override('+CSCA?', () => ['+CME ERROR: 10'])
        const bad = await box.run('modem', 'at', 'AT+CSCA?', 'AT+CSQ')
        assert.equal(bad.status, 1)
        assert.match(bad.stdout, /> AT\+CSCA\?\n\+CME ERROR: 10\n> AT\+CSQ\n\+CSQ: 20,99\nOK/)
        assert.match(bad.stderr, /SIM/)
      })
    })

    test(`modem at sends nothing that costs a PIN try, a message or the port, ${way}`, async () => {
      await inBox({}, async (box) => {
        await open(box)
        for (const line of [
          'AT+CPIN="1234"',
          'AT+CMGD=1,4',
          'atd+49123;',
          'AT+CSQ;+CFUN=0',
          'AT&F',
          'AT+CMGS=12',
          'hello',
        ]) {
          const { status, stderr } = await box.run('modem', 'at', line)
          assert.equal(status, 2, line)
          assert.match(stderr, /Try: /, line)
        }
        const sent = box.sim.commands().join('\n')
        assert.doesNotMatch(sent, /CPIN=|CMGD|atd|CFUN=|&F|CMGS|hello/i)
        assert.match((await box.run('modem', 'at', 'hello')).stderr, /^a command starts with AT .*\nTry: /)
      })
    })

    test(`modem ussd prints the answer, and goes through a menu with --answer, ${way}`, async () => {
      await inBox({ ussd: menu }, async (box) => {
        await open(box)
        const balance = await box.run('modem', 'ussd', '*100#')
        assert.deepEqual([balance.status, balance.stdout], [0, 'Your balance is 12.34 EUR\n'])
        const talk = await box.json<{ sent: string; text: string }[]>(
          'modem',
          'ussd',
          '*101#',
          '--answer',
          '1',
        )
        assert.deepEqual(
          talk.map(({ sent, text }) => [sent, text]),
          [
            ['*101#', '1 Balance\n2 Bonus'],
            ['1', '7.50 EUR left'],
          ],
        )
      })
    })

    test(`modem ussd closes a menu that nobody answers, ${way}`, async () => {
      await inBox({ ussd: menu }, async (box) => {
        await open(box)
        assert.equal((await box.run('modem', 'ussd', '*101#')).status, 0)
        assert.equal(box.sim.commands().at(-1), 'AT+CUSD=2')
      })
    })
  })
}

test('a message in the store is listed and shown without being taken out, and deleted only with --force while the database does not hold it', async () => {
  await inBox({ slots: { SM: 10, ME: 10 } }, async (box) => {
    box.sim.network.phoneSends('+4917012345678', 'hello')
    const stores = await box.json<Listed[]>('modem', 'storage', 'list')
    assert.deepEqual(stores.map(({ storage }) => storage).sort(), ['ME', 'SM'])
    const [sms] = stores.flatMap(({ messages }) => messages)
    assert.equal(sms?.message.text, 'hello')
    const index = String(sms?.index)
    const shown = await box.run('modem', 'storage', 'show', index)
    assert.match(shown.stdout, /\+4917012345678/)
    const refused = await box.run('modem', 'storage', 'delete', index, '--yes')
    assert.equal(refused.status, 2)
    assert.match(refused.stderr, /not in the database[\s\S]*Try: .*--force/)
    const unasked = await box.run('modem', 'storage', 'delete', index, '--force')
    assert.equal(unasked.status, 2)
    assert.match(unasked.stderr, /Try: add --yes/)
    assert.equal(box.sim.commands().filter((line) => /CMGD/.test(line)).length, 0)
    assert.equal((await box.run('modem', 'storage', 'delete', index, '--force', '--yes')).status, 0)
    const empty = await box.json<Listed[]>('modem', 'storage', 'list')
    assert.equal(empty.flatMap(({ messages }) => messages).length, 0)
    assert.equal((await box.run('modem', 'storage', 'show', index)).status, 1)
  })
})

test("beside the service a listing takes its turn: the service goes on in its own store, and what it could not delete is deleted from the database's word", async () => {
  await inBox({ slots: { SM: 10, ME: 10 } }, async (box) => {
    const end = box.sim.override('+CMGD', () => ['+CMS ERROR: 500'])
    const service = await box.serve()
    box.sim.network.phoneSends('+4917012345678', 'kept by a modem that does not delete')
    await service.logged(/sms-not-deleted/)
    const stores = await box.json<Listed[]>('modem', 'storage', 'list')
    const found = stores.flatMap(({ storage, messages }) => messages.map(({ index }) => ({ storage, index })))
    assert.equal(found.length, 1)
    assert.match(
      box.sim
        .commands()
        .filter((line) => /CPMS=/.test(line))
        .at(-1) ?? '',
      /^AT\+CPMS="SM"/,
    )
    // The service itself deletes it as well, at its next look.
    end()
    const deleted = await box.run('modem', 'storage', 'delete', String(found[0]?.index), '--yes')
    assert.equal(deleted.status, 0, deleted.stderr)
    box.sim.network.phoneSends('+4917012345678', 'and the next one')
    await service.logged(/event|sms/, 1)
    await eventually('the store is empty', () =>
      box.sim.storage('SM').list().length === 0 ? true : undefined,
    )
  })
})

test('no PIN is entered without the service, and info still tells what a locked SIM tells', async () => {
  await inBox(
    { pin: '1234' },
    async (box) => {
      const facts = await box.json<Record<string, unknown>>('modem', 'info')
      assert.equal(facts.sim, 'SIM PIN')
      assert.equal(facts.pin_tries, 3)
      assert.equal(box.sim.card.pinTriesLeft(), 3)
      assert.ok(!box.sim.commands().some((line) => /CPIN=/.test(line)))
    },
    'pin = "1234"',
  )
})

test('while the service waits for a locked SIM, its modem can be asked all the same', async () => {
  await inBox(
    { pin: '1234' },
    async (box) => {
      const service = program.start(['run', '--config', box.configFile])
      try {
        await service.logged(/modem-down/, 1)
        const facts = await eventually('an answer', async () => {
          const { status, stdout } = await box.run('modem', 'info', '--json')
          return status === 0 ? (JSON.parse(stdout) as Record<string, unknown>) : undefined
        })
        assert.equal(facts.sim, 'SIM PIN')
      } finally {
        await service.stop()
      }
    },
    'pin = "9999"',
  )
})

test('a port that is not there is an error with a cure', async () => {
  await inBox({}, async (box) => {
    const toml = readFileSync(box.configFile, 'utf8').replace(
      /^port = "\/.*$/m,
      'port = "/dev/no-such-modem"',
    )
    writeFileSync(box.configFile, toml)
    const { status, stderr } = await box.run('modem', 'at', 'AT')
    assert.equal(status, 1)
    assert.match(stderr, /\/dev\/no-such-modem[\s\S]*Try: /)
  })
})

const secrets =
  /490154203237518|262990000000001|89492990000000000012|710760000|12345678|Hannelore|Lindau|12\.34|1A2B|01C3D4E5/

for (const served of [false, true])
  test(`modem record ${served ? 'beside the service' : 'alone'} writes a masked transcript that plays as a device on which our modem side starts`, async () => {
    await inBox({ slots: { SM: 10, ME: 10 } }, async (box) => {
      const file = join(box.folder, 'modem.txt')
      if (served) await box.serve()
      else box.sim.network.phoneSends('+4917012345678', 'Hannelore waits in Lindau')
      const recording = box.run('modem', 'record', file, '--for', '3s')
      await eventually('the questions', () => (box.sim.commands().includes('AT+CTZU?') ? true : undefined))
      await new Promise((resolve) => setTimeout(resolve, 500))
      box.sim.network.phoneSends('+4917012345678', 'Hannelore called from Lindau')
      box.sim.urc(
        '+CLIP: "+4917012345678",145,"",,"Hannelore",0',
        '+CUSD: 0,"You have 12.34 EUR',
        'Hannelore",15',
        '+CREG: 1,"1A2B","01C3D4E5",7',
      )
      const { status, stderr } = await recording
      assert.equal(status, 0, stderr)
      const text = readFileSync(file, 'utf8')
      assert.doesNotMatch(text, secrets)
      assert.match(text, /^! \+CMTI: "/m)
      assert.match(text, /^! \+CLIP: "\+4900000000000",145,"",,"xxxxxxxxx",0$/m)
      assert.match(text, /^< \+CNMI: /m)
      const transcript = parseTranscript(text)
      const device = createDevice(transcript)
      const pty = await openPty(await device.listen())
      const bench = startBench(pty.path)
      try {
        await bench.reach('ready')
      } finally {
        await bench.stop()
        await pty.close()
        await device.close()
      }
    })
  })

test('modem record of a modem whose SIM is locked enters no PIN and tells what it answers all the same', async () => {
  await inBox(
    { pin: '1234' },
    async (box) => {
      const file = join(box.folder, 'locked.txt')
      const { status, stderr } = await box.run('modem', 'record', file, '--for', '0s')
      assert.equal(status, 0, stderr)
      assert.match(stderr, /wants its PIN/)
      const text = readFileSync(file, 'utf8')
      assert.match(text, /^< \+CPIN: SIM PIN$/m)
      assert.match(text, /^< \+CPINR: SIM PIN,3,3$/m)
      assert.doesNotMatch(text, /CPIN=/)
      assert.equal(box.sim.card.pinTriesLeft(), 3)
    },
    'pin = "1234"',
  )
})

test('modem record of a modem that vanishes writes what was said until then, and fails', async () => {
  await inBox({}, async (box) => {
    const file = join(box.folder, 'gone.txt')
    box.sim.override('+GCAP', () => {
      box.sim.unplug()
      return []
    })
    const { status, stderr } = await box.run('modem', 'record', file)
    assert.equal(status, 1)
    assert.match(stderr, /lines until then in/)
    const transcript = parseTranscript(readFileSync(file, 'utf8'))
    assert.ok(transcript.lines.some(({ text }) => text === 'AT+CGMM'))
  })
})

test('modem record does not overwrite a file', async () => {
  await inBox({}, async (box) => {
    const file = join(box.folder, 'mine.txt')
    writeFileSync(file, 'mine')
    const { status, stderr } = await box.run('modem', 'record', file)
    assert.equal(status, 2)
    assert.match(stderr, /exists already[\s\S]*Try: /)
    assert.equal(readFileSync(file, 'utf8'), 'mine')
  })
})

test('modem record asks nothing for a file that it cannot write, and leaves no empty one', async () => {
  await inBox({}, async (box) => {
    const { status, stderr } = await box.run('modem', 'record', join(box.folder, 'none', 'mine.txt'))
    assert.equal(status, 2)
    assert.match(stderr, /^cannot write .*\nTry: /)
    assert.deepEqual(box.sim.commands(), [])
    box.sim.unplug()
    const file = join(box.folder, 'mine.txt')
    assert.equal((await box.run('modem', 'record', file)).status, 1)
    assert.equal(existsSync(file), false)
  })
})
