// `simpost pdu …`: looks inside a TPDU, needs no config.

import { segmentText } from '../sms/segment.ts'
import { decodePdu, encodeSubmit, type Tpdu } from '../sms/tpdu.ts'
import { print, printable, printJson, table } from './output.ts'

interface Options {
  readonly json?: boolean
  readonly flag?: boolean
}

export function decode(hex: string, options: Options): void {
  const shown = tpduJson(decodePdu(hex.replace(/\s/g, '').toUpperCase()))
  if (options.json === true) return printJson(shown)
  const rows = Object.entries(shown).map(([key, value]) => [
    key.replaceAll('_', ' '),
    value !== null && typeof value === 'object' ? JSON.stringify(value) : printable(String(value ?? '')),
  ])
  print(table(['field', 'value'], rows, 1000))
}

export function encode(number: string, words: readonly string[], options: Options): void {
  const { encoding, parts } = segmentText(words.join(' '), {
    reference: 1,
    ...(options.flag === true ? { flag: 1 as const } : {}),
  })
  const pdus = parts.map((part) => ({ ...encodeSubmit({ to: number, part, encoding }), text: part.text }))
  if (options.json === true)
    return printJson({
      encoding,
      parts: pdus.map(({ pdu, tpduLength, text }) => ({ pdu, tpdu_length: tpduLength, text })),
    })
  for (const { pdu, tpduLength } of pdus) print(`AT+CMGS=${tpduLength}\n${pdu}`)
}

/** What `pdu decode --json` prints. */
export function tpduJson(tpdu: Tpdu) {
  const common = {
    type: tpdu.type,
    smsc: tpdu.smsc,
    address: tpdu.address.text,
    address_kind: tpdu.address.kind,
  }
  if (tpdu.type === 'status-report')
    return {
      ...common,
      message_reference: tpdu.messageReference,
      status: tpdu.status,
      text: '',
      encoding: null,
      parts: null,
      timestamp: tpdu.timestamp?.iso ?? null,
      discharged_at: tpdu.dischargedAt?.iso ?? null,
    }
  return {
    ...common,
    text: tpdu.text,
    encoding: tpdu.encoding,
    parts:
      tpdu.concat === null ? null : { ref: tpdu.concat.ref, total: tpdu.concat.total, seq: tpdu.concat.seq },
    timestamp: tpdu.timestamp?.iso ?? null,
    message_class: tpdu.messageClass,
    pid: tpdu.pid,
    ...(tpdu.compressed ? { compressed: true } : {}),
    ...(tpdu.waiting.length === 0 ? {} : { waiting: tpdu.waiting }),
    ...(tpdu.flag === null ? {} : { flag: tpdu.flag }),
    ...(tpdu.ports === null ? {} : { ports: tpdu.ports }),
    ...(tpdu.encoding === '8bit' || tpdu.headerDamaged
      ? { user_data: Buffer.from(tpdu.userData).toString('hex') }
      : {}),
    ...(tpdu.type === 'submit'
      ? { message_reference: tpdu.messageReference, status_report_requested: tpdu.statusReportRequested }
      : {}),
  }
}
