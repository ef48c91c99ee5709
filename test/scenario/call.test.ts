// A missed call, end to end: the modem rings, a mail tells who called, and the answer to it is an SMS to the caller.

import assert from 'node:assert/strict'
import { after, before } from 'node:test'
import { buildProgram, eventually, type Program } from './program.ts'
import { bodyOf, field, startWorld, story, type World } from './world.ts'

let program: Program
let shared: World

before(async () => {
  program = await buildProgram()
  shared = await startWorld(program)
})
after(async () => {
  await shared?.close()
  await program?.remove()
})

story(
  'a missed call is a mail in the office, and the answer to it reaches the caller as an SMS',
  () => shared,
  async () => {
    const caller = '+4917055500002'
    // The service is ready when it has asked for the name of the network.
    await eventually('the modem', async () => shared.modem.commands().includes('AT+COPS?') || undefined)
    shared.modem.ring(caller, 50)
    const entry = await shared.journal('the call', ({ from }) => from === caller)
    assert.deepEqual([entry.judgement, entry.reason], ['convert', 'missed-call'])
    const mail = await eventually('the mail about the call', async () =>
      (await shared.office.dovecot.mails('anna')).find((raw) => field(raw, 'Subject').includes(caller)),
    )
    assert.match(field(mail, 'Subject'), /^Missed call from \+4917055500002, \d\d:\d\d$/)
    assert.match(bodyOf(mail), /^Missed call from \+4917055500002, \d\d:\d\d, \d{4}-\d\d-\d\d\n/)
    assert.equal(field(mail, 'X-SMS-Call'), 'missed')
    const to = field(mail, 'Reply-To').replace(/[<>]/g, '')
    await shared.annaWrites({
      to,
      subject: `Re: ${field(mail, 'Subject')}`,
      text: 'You called? I am here until five.\n',
    })
    assert.equal((await shared.phoneGot(caller)).text, 'You called? I am here until five.')
  },
)
