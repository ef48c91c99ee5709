// The service centre of the soak as far as status reports go: prompt ones come from the simulator; here are those that come up to two hours later,
// with the number in another form, or with "still trying" before "delivered" (TS 23.040 9.2.3.15).

import type { Network } from '../../src/simulator/modem/sim-network.ts'
import { toHex } from '../../src/simulator/modem/sim-octets.ts'
import { encodeReport } from '../../src/simulator/modem/sim-pdu.ts'
import type { SentSms } from '../../src/simulator/modem/sim-phones.ts'
import type { Random } from '../support/random.ts'
import type { JumpingClock } from './jumping-clock.ts'
import type { Phone } from './soak-plan.ts'

const minute = 60_000
const lateMs = 2 * 60 * minute
const status = { delivered: 0x00, trying: 0x30, gaveUp: 0x46 } as const

export interface NetworkReports {
  /** Looks for messages that the network has taken since the last look. */
  look(): void
}

export function makeReports(
  network: Network,
  phones: readonly Phone[],
  clock: JumpingClock,
  random: Random,
): NetworkReports {
  const habits = new Map(phones.map(({ number, reports }) => [number, reports]))
  for (const { number, reports } of phones) if (reports !== 'prompt') network.setReport(number, 'none')
  const report = async (sms: SentSms, afterMs: number, st: number, to = sms.to): Promise<void> => {
    await clock.sleep(afterMs)
    const { messageReference, at: submittedAt } = sms
    const fields = { messageReference, to, submittedAt, dischargedAt: clock.now(), zone: 4, status: st }
    network.deliverPdu(toHex(encodeReport(fields)))
  }
  const answer = (sms: SentSms): void => {
    const national = `0${sms.to.slice(3)}`
    switch (habits.get(sms.to)) {
      case 'late':
        return void report(sms, minute + random.below(lateMs), status.delivered)
      case 'odd':
        return void report(sms, random.below(minute), status.delivered, national)
      case 'pending-first':
        void report(sms, random.below(minute), status.trying)
        return void report(sms, 2 * minute + random.below(lateMs), status.delivered)
      case 'undelivered':
        return void report(sms, random.below(lateMs), status.gaveUp)
      default:
    }
  }
  let known = 0
  return {
    look() {
      for (; known < network.sent.length; known += 1) {
        const sms = network.sent[known]
        if (sms === undefined) continue
        // Reading in a string that was made letter by letter joins the letters (V8): a twentieth of the memory.
        for (const text of [sms.text, sms.pdu]) text.charCodeAt(0)
        if (sms.statusReport) answer(sms)
      }
    },
  }
}
