// Takes missed calls from the modem side, on the way of an SMS: decide, commit, send. Invariants: on return the call is committed; the
// same call handed over twice, or ringing on over a restart, is one message.

import { parseNetworkNumber } from '../../domain/address.ts'
import type { IncomingSms, MissedCall } from '../../domain/message.ts'
import { oneAtATime } from '../../domain/one-at-a-time.ts'
import type { CallIntake } from '../../domain/ports.ts'
import { log } from '../../log.ts'
import { createServiceState } from '../../store/service-state.ts'
import { answerKey, decideCall } from '../decide/call.ts'
import type { Decision } from '../decide/decision.ts'
import { type Desk, worldOf } from '../desk.ts'
import { commitOrHold, decideOrHold, wakeFor } from '../outcome.ts'
import { prepareSms } from '../record.ts'

/** A call that was cut, and rings again within this, is the same: a phone rings for a minute at most, and the service starts in less. */
const sameCallMs = 90_000

/** The last call, under this name in the service's state. */
const lastCall = 'last-call'

export function createCallIntake(desk: Desk): CallIntake {
  const serial = oneAtATime()
  return { receive: (call) => serial(() => receive(desk, call)) }
}

async function receive(desk: Desk, call: MissedCall): Promise<void> {
  const state = createServiceState(desk.store)
  if (isSame(call, state.read<MissedCall>(lastCall)?.value)) {
    log.info('call-again', { rings: call.rings })
    // It may be cut once more.
    state.save(lastCall, call, desk.now())
    return
  }
  const sms = callAsSms(desk, call)
  const first = decideOrHold('sms', () => decideCall(sms, worldOf(desk)))
  const decision = await commitOrHold(first, async (now) => {
    const commit = await prepareSms(desk, { sms, decision: now, key: `call\n${call.number}\n${call.at}` })
    desk.store.transaction(() => {
      commit()
      if (answers(now)) desk.spending.remember(answerKey(sms.from, desk.now()), desk.now())
      state.save(lastCall, call, desk.now())
    })
  })
  log.info('call-in', { judgement: decision.judgement, reason: decision.reason, rings: call.rings })
  wakeFor(desk, decision)
}

const answers = ({ deliveries }: Decision): boolean => deliveries.some(({ rule }) => rule === 'call-answer')

function isSame(call: MissedCall, last: MissedCall | undefined): boolean {
  if (last === undefined || last.number !== call.number) return false
  const apart = Math.abs(call.at - last.at)
  return apart === 0 || (last.cut && apart <= sameCallMs)
}

/** A call in the shape of an SMS without a text, so that it goes the way of one. */
function callAsSms({ settings, now }: Desk, { number, at, rings }: MissedCall): IncomingSms {
  const parsed = number === null ? null : parseNetworkNumber(number, settings.country)
  return {
    medium: 'sms',
    from: parsed?.ok === true ? parsed.value : (number ?? 'unknown'),
    canAnswer: parsed?.ok === true,
    to: settings.ownNumber,
    text: '',
    flagElement: null,
    timestamp: null,
    receivedAt: Math.min(at, now()),
    parts: 1,
    missing: [],
    smsc: null,
    messageClass: null,
    special: 'call',
    details: { call: { rings, withheld: number === null } },
  }
}
