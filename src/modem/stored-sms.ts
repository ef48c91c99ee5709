// The message stores as a person looks at them: list all, delete one (TS 27.005 3.1, 3.4, 3.5.4). Nothing is handed to the exchange.
// Invariants: a message is deleted only while its index still shows the PDU that was looked at; afterwards the store that receives is
// selected again. AT+CMGL turns "unread" into "read"; the service looks at messages of both kinds.

import { GatewayError } from '../domain/errors.ts'
import { listedSms, numberOf, valuesOf } from './at/at-answers.ts'
import { atCommand } from './at/at-command.ts'
import { meaningOf } from './at/at-errors.ts'
import { timeLimits } from './at/time-limits.ts'
import { type Execute, type SmsStorage, selectStorage } from './sms-settings.ts'

/** Where a message lies. */
export interface SmsPlace {
  /** "SM", "ME", ... */
  readonly storage: string
  readonly index: number
  /** SMSC field and TPDU in upper-case hex, as the modem told it; shorter or empty where it is damaged. */
  readonly pdu: string
}

export interface StoredSms extends SmsPlace {
  /** 0 unread, 1 read, 2 not sent, 3 sent; null: the modem does not say. */
  readonly stat: number | null
  /** False: the PDU is missing or its length is not what the modem states. */
  readonly whole: boolean
}

export interface StoreContents {
  readonly storage: string
  /** Null: the modem did not list it. */
  readonly messages: readonly StoredSms[] | null
}

/** The form of AT+CMGL in which our own start-up leaves the modem; here in case another program came between. */
const pduMode = atCommand('AT+CMGF=0')

async function withStore<Result>(
  execute: Execute,
  { main, cpmsArguments }: SmsStorage,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | null> {
  if (name === main.name) return work()
  try {
    const answer = await execute(selectStorage(name, cpmsArguments, main.name))
    return answer.kind === 'ok' ? await work() : null
  } finally {
    await execute(selectStorage(main.name, cpmsArguments))
  }
}

/** Everything in all stores. @throws GatewayError when the line is lost */
export async function listStores(execute: Execute, storage: SmsStorage): Promise<StoreContents[]> {
  await execute(pduMode)
  const found: StoreContents[] = []
  for (const name of [storage.main.name, ...storage.others]) {
    const messages = await withStore(execute, storage, name, () => listOne(execute, name))
    found.push({ storage: name, messages })
  }
  return found
}

async function listOne(execute: Execute, storage: string): Promise<StoredSms[] | null> {
  const answer = await execute(atCommand('AT+CMGL=4', { pduLines: true, limitMs: timeLimits.listMs }))
  if (answer.kind !== 'ok') return null
  const headers = answer.lines.filter((line) => /^\+CMGL:/i.test(line))
  return listedSms(answer.lines, '+CMGL').flatMap(({ index, pdu, raw }, at) => {
    if (index === null) return []
    const stat = numberOf(valuesOf((headers[at] ?? '').slice('+CMGL:'.length))[1])
    return [{ storage, index, pdu: pdu ?? raw, stat, whole: pdu !== null }]
  })
}

/**
 * Deletes one message.
 * @throws GatewayError MODEM_REFUSED when another message lies there now, or the modem does not delete it
 */
export async function deleteStored(execute: Execute, storage: SmsStorage, place: SmsPlace): Promise<void> {
  await execute(pduMode)
  const { index, storage: name } = place
  const done = await withStore(execute, storage, name, async () => {
    const read = atCommand(`AT+CMGR=${index}`, { pduLines: true, limitMs: timeLimits.storeMs })
    const now = listedSms((await execute(read)).lines, '+CMGR')[0]
    if ((now?.pdu ?? now?.raw) !== place.pdu)
      throw new GatewayError('MODEM_REFUSED', `index ${index} of ${name} holds another message now`, {
        hint: 'simpost modem storage list',
      })
    const answer = await execute(atCommand(`AT+CMGD=${index}`, { limitMs: timeLimits.storeMs }))
    if (answer.kind === 'ok') return true
    const said =
      answer.kind === 'error' ? `${answer.error.text}: ${meaningOf(answer.error).meaning}` : 'nothing'
    throw new GatewayError('MODEM_REFUSED', `the modem does not delete it: ${said}`, {
      hint: 'try the SIM in a phone and delete the message there',
    })
  })
  if (done === null)
    throw new GatewayError('MODEM_REFUSED', `the modem does not let the store ${name} be selected`)
}
