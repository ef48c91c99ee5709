// Whether the service grows: resident memory after 100, 1,000 and 10,000 messages, half of them mails and half SMS, as fast as they go
// through. Before each look the service rests, so that what is garbage has a chance to go.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Figure, single } from './figure.ts'
import { type BenchOffice, box, customer, letter, startOffice } from './office.ts'
import { residentMib, until } from './process.ts'

const looks = (process.env.SIMPOST_BENCH_GROWTH ?? '100,1000,10000').split(',').map(Number)
const atOnce = 25
const restMs = 5000

/** @param program the built bundle */
export async function measureMemory(program: string): Promise<Figure[]> {
  const office = await startOffice(program)
  const figures: Figure[] = []
  const sizes: number[] = []
  let done = 0
  try {
    for (const look of looks) {
      for (; done < look; done += 2 * atOnce) await sendBoth(office, done)
      await sleep(restMs)
      const mib = residentMib(office.child)
      sizes.push(mib)
      figures.push(single(`resident memory after ${done} messages`, 'MiB', mib, 'under 80'))
    }
  } finally {
    await office.close()
  }
  const growth = (sizes.at(-1) ?? Number.NaN) - (sizes[0] ?? Number.NaN)
  return [...figures, single(`growth from ${looks[0]} to ${done} messages`, 'MiB', growth, 'flat')]
}

/** As many mails as SMS, all handled. */
async function sendBoth({ world, modem, accepted, mails }: BenchOffice, done: number): Promise<void> {
  const [sms, mail] = [accepted.length + atOnce, mails.length + atOnce]
  for (let index = 0; index < atOnce; index += 1) {
    world.mailbox(box).append('INBOX', letter(`grow${done + index}`, `hello ${done + index}`))
    modem.network.phoneSends(customer, `question ${done + index}`)
  }
  await until(() => accepted.length >= sms && mails.length >= mail, 'the messages')
}
