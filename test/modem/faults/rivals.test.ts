// Another program on the port (ModemManager): it eats lines of our answers, and what it sends has answers that come to
// us. Invariants: no message is lost or deleted unread, no submit is called sent that was not, and the dialogue finds its step again.

import assert from 'node:assert/strict'
import { hello } from '../bench.ts'
import { exactlyOnce, freshText, phone, storesAreEmpty, textsOf, wait } from './evidence.ts'
import { type FaultCase, faultMatrix, type Rig } from './matrix.ts'

/** Lines of one arrival and one submit, up to which each is stolen once. */
const linesMax = 12

async function allArrive(rig: Rig, texts: readonly string[]): Promise<void> {
  await wait(
    () => texts.every((text) => textsOf(rig).includes(text)) && storesAreEmpty(rig),
    `${texts.join(', ')}, empty stores`,
  )
}

/** What a submit ended with, true to what the network has: `sent` only if it has it, a sure failure only if it has not. */
async function honestSubmit(rig: Rig): Promise<void> {
  const before = rig.sim.network.sent.length
  const outcome = await rig.bench.modem.submit(hello).then(
    () => 'sent',
    (error) => error.code,
  )
  const taken = rig.sim.network.sent.length - before
  if (outcome === 'sent') assert.equal(taken, 1)
  else if (outcome !== 'SMS_UNCERTAIN') assert.equal(taken, 0, `${outcome}, but the network has it`)
  assert.ok(taken <= 1)
}

const cases: FaultCase[] = [
  ...(['+CMGL', '+CMGR', '+CMGD', '+CPMS'] as const).map(
    (command): FaultCase => ({
      title: `OK after AT${command} that another program has read: the message is handed over and deleted all the same`,
      async run(rig) {
        let eaten = 0
        rig.override(command, () => {
          eaten += 1
          // Half carried out is the worst: nothing at all is answered, nothing is done.
          return eaten === 1 ? [] : undefined
        })
        const text = freshText()
        rig.sim.faults.add({ kind: 'indication-lost' })
        rig.sim.network.phoneSends(phone, text)
        await exactlyOnce(rig, [text])
        assert.ok(eaten > 0)
      },
    }),
  ),
  ...(['AT', 'AT+CREG?', 'AT+NONSENSE'] as const).map(
    (line): FaultCase => ({
      title: `${line} of another program before each of our commands in turn: its answer is taken for no message and no success`,
      async run(rig) {
        const texts: string[] = []
        for (let nth = 1; nth <= 4; nth += 1) {
          const text = freshText()
          texts.push(text)
          rig.sim.faults.add({ kind: 'foreign-command', line }, { nth })
          rig.sim.network.phoneSends(phone, text)
          await honestSubmit(rig)
          await allArrive(rig, texts)
        }
        rig.sim.faults.clear()
        await rig.idle()
        await honestSubmit(rig)
        const text = freshText()
        rig.sim.network.phoneSends(phone, text)
        await allArrive(rig, [...texts, text])
      },
    }),
  ),
  {
    title:
      'the n-th line of an arrival and a submit is read by another program, for each n: nothing is lost, nothing is called sent that is not',
    async run(rig) {
      // Every line, spread over the combinations: each device and chunk takes its own third.
      const texts: string[] = []
      for (let nth = 1; nth <= linesMax; nth += 3) {
        const text = freshText()
        texts.push(text)
        rig.sim.faults.add({ kind: 'line-stolen' }, { nth: nth + rig.turn })
        rig.sim.network.phoneSends(phone, text)
        await honestSubmit(rig)
        await allArrive(rig, texts)
      }
    },
  },
]

faultMatrix(cases)
