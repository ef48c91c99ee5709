// `simpost modem storage …`: the message stores of SIM and modem, for a person. Nothing is taken out on the way.
// Invariant: one message is deleted at a time, one that the database holds, unless the person insists.

import { createInterface } from 'node:readline/promises'
import { GatewayError } from '../../domain/errors.ts'
import type { StoreContents, StoredSms } from '../../modem/stored-sms.ts'
import { decodePdu, type Tpdu } from '../../sms/tpdu.ts'
import { openStore } from '../../store/database/database.ts'
import { createPdus } from '../../store/pdus.ts'
import { print, printable, printJson, styled, table } from '../output.ts'
import { tpduJson } from '../pdu.ts'
import { withModem } from './modem-link.ts'

interface Options {
  readonly config: string
  readonly json?: boolean
  /** The store meant, where an index is used in several. */
  readonly in?: string
}

interface DeleteOptions extends Options {
  readonly yes?: boolean
  readonly force?: boolean
}

/** <stat> of AT+CMGL. */
const stats = ['unread', 'read', 'not sent', 'sent']

const statWords = (stat: number | null): string => (stat === null ? '' : (stats[stat] ?? String(stat)))

/** Null: no TPDU that can be read. */
function decoded({ pdu }: StoredSms): Tpdu | null {
  try {
    return decodePdu(pdu)
  } catch (error) {
    if (error instanceof GatewayError) return null
    throw error
  }
}

export async function storageList(options: Options): Promise<void> {
  const stores = await withModem(options.config, {}, (link) => link.stores())
  if (options.json === true) return printJson(stores.map(storeJson))
  const messages = stores.flatMap((store) => store.messages ?? [])
  for (const { storage, messages: list } of stores)
    print(
      list === null
        ? `${styled('bold', storage)}  the modem does not list it`
        : `${styled('bold', storage)}  ${list.length === 1 ? '1 message' : `${list.length} messages`}`,
    )
  if (messages.length > 0)
    print(table(['store', 'index', 'state', 'from or to', 'time', 'part', 'text'], messages.map(rowOf)))
}

function rowOf(sms: StoredSms): string[] {
  const place = [sms.storage, String(sms.index), statWords(sms.stat)]
  const tpdu = decoded(sms)
  if (tpdu === null) return [...place, '', '', '', sms.whole ? 'cannot be read' : 'damaged']
  const time = tpdu.type === 'submit' ? '' : (tpdu.timestamp?.iso ?? '')
  if (tpdu.type === 'status-report')
    return [...place, tpdu.address.text, time, '', `status report ${tpdu.messageReference}`]
  const part = tpdu.concat === null ? '' : `${tpdu.concat.seq}/${tpdu.concat.total}`
  return [...place, tpdu.address.text, time, part, tpdu.text]
}

const storeJson = ({ storage, messages }: StoreContents) => ({
  storage,
  messages: messages?.map(smsJson) ?? null,
})

function smsJson(sms: StoredSms) {
  const tpdu = decoded(sms)
  const { storage, index, stat, whole, pdu } = sms
  return {
    ...{ storage, index, state: stat === null ? null : statWords(stat), whole, pdu },
    message: tpdu === null ? null : tpduJson(tpdu),
  }
}

/** @throws GatewayError USAGE when the index is no number, MESSAGE_UNKNOWN when nothing lies there or it lies in several stores */
function messageAt(stores: readonly StoreContents[], index: string, options: Options): StoredSms {
  if (!/^\d{1,5}$/.test(index))
    throw new GatewayError('USAGE', `"${index}" is no index`, { hint: 'simpost modem storage list' })
  const found = stores
    .flatMap(({ messages }) => messages ?? [])
    .filter((sms) => sms.index === Number(index))
    .filter(({ storage }) => options.in === undefined || storage === options.in.toUpperCase())
  const [sms, another] = found
  if (sms === undefined)
    throw new GatewayError(
      'MESSAGE_UNKNOWN',
      `no message lies at index ${index}${options.in === undefined ? '' : ` of ${options.in.toUpperCase()}`}`,
      {
        hint: 'simpost modem storage list',
      },
    )
  if (another !== undefined) {
    const names = found.map(({ storage }) => storage)
    throw new GatewayError('USAGE', `index ${index} is used in ${names.join(' and ')}`, {
      hint: `say which one is meant: --in ${names[0]}`,
    })
  }
  return sms
}

export async function storageShow(index: string, options: Options): Promise<void> {
  const sms = await withModem(options.config, {}, async (link) =>
    messageAt(await link.stores(), index, options),
  )
  if (options.json === true) return printJson(smsJson(sms))
  const tpdu = decoded(sms)
  const fields = tpdu === null ? {} : tpduJson(tpdu)
  const rows = Object.entries({
    ...{ store: sms.storage, index: sms.index, state: statWords(sms.stat) },
    ...fields,
    pdu: sms.pdu,
  })
  const shown = (value: unknown): string =>
    value !== null && typeof value === 'object' ? JSON.stringify(value) : printable(String(value ?? ''))
  print(
    table(
      ['field', 'value'],
      rows.map(([key, value]) => [key.replaceAll('_', ' '), shown(value)]),
      1000,
    ),
  )
}

export async function storageDelete(index: string, options: DeleteOptions): Promise<void> {
  await withModem(options.config, {}, async (link, config) => {
    const sms = messageAt(await link.stores(), index, options)
    const place = `index ${sms.index} of ${sms.storage}`
    if (options.force !== true && !isStored(config.store.path, sms.pdu))
      throw new GatewayError('USAGE', `the message at ${place} is not in the database: it would be lost`, {
        hint: 'let the service take it (simpost run), or delete it all the same with --force',
      })
    if (!(await confirmed(sms, options))) return print('nothing was deleted')
    await link.deleteStored(sms)
    if (options.json === true) printJson({ deleted: { storage: sms.storage, index: sms.index } })
    else print(`deleted: ${place}`)
  })
}

function isStored(path: string, pdu: string): boolean {
  const store = openStore(path, { readOnly: true })
  try {
    return createPdus(store).isKnown(pdu)
  } finally {
    store.close()
  }
}

/** @throws GatewayError USAGE when nobody can be asked */
async function confirmed(sms: StoredSms, { yes, json }: DeleteOptions): Promise<boolean> {
  if (yes === true) return true
  if (json === true || process.stdin.isTTY !== true)
    throw new GatewayError('USAGE', 'deleting a message has to be confirmed', { hint: 'add --yes' })
  print(table(['store', 'index', 'state', 'from or to', 'time', 'part', 'text'], [rowOf(sms)]))
  const reader = createInterface({ input: process.stdin, output: process.stderr })
  const gone = new Promise<string>((resolve) => reader.once('close', () => resolve('')))
  const typed = await Promise.race([reader.question('Delete this message? (y/N): '), gone])
  reader.close()
  return /^y(es)?$/i.test(typed.trim())
}
