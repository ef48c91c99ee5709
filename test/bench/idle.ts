// What the service costs while nothing happens: processor time, wake-ups of all its threads, octets written. Measured from outside over
// two minutes, after it has settled: the first look at everything is over by then.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Figure, single } from './figure.ts'
import { startOffice } from './office.ts'
import { diskOctets, octetsWritten, runningMs, wakeUps } from './process.ts'

/** After work V8 tidies up some times, the last time after some ten seconds. */
const settleMs = 30_000
const idleMs = Number(process.env.SIMPOST_BENCH_IDLE_S ?? 120) * 1000
const hourMs = 3_600_000

/** @param program the built bundle */
export async function measureIdle(program: string): Promise<Figure[]> {
  const office = await startOffice(program)
  const { child } = office
  try {
    await office.mailToSms('before')
    await office.smsToMail('before')
    await sleep(settleMs)
    const counted = () => [runningMs(child), wakeUps(child), diskOctets(child), octetsWritten(child)] as const
    const [processor, wakes, disk, octets] = counted()
    const begun = performance.now()
    await sleep(idleMs)
    const [processorThen, wakesThen, diskThen, octetsThen] = counted()
    const tookMs = performance.now() - begun
    const seconds = (tookMs / 1000).toFixed(0)
    return [
      single(
        `idle over ${seconds} s: processor time an hour`,
        's',
        ((processorThen - processor) / 1000 / tookMs) * hourMs,
        'under 2',
      ),
      single(
        `idle over ${seconds} s: wake-ups a second, all threads`,
        '',
        ((wakesThen - wakes) / tookMs) * 1000,
      ),
      single(`idle over ${seconds} s: octets written to disk`, 'B', diskThen - disk, '0'),
      single(`idle over ${seconds} s: octets written in all, sockets included`, 'B', octetsThen - octets),
    ]
  } finally {
    await office.close()
  }
}
