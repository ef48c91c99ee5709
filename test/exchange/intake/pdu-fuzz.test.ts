// 100,000 damaged PDUs go the whole way from hex to the decision: nothing but PDU_MALFORMED comes out, each ends within its time,
// and memory stays flat. Every kind of PDU is damaged: bits flipped, octets cut, put in and taken away, headers made up, two spliced.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { GatewayError } from '../../../src/domain/errors.ts'
import type { IncomingSms } from '../../../src/domain/message.ts'
import { decideSms } from '../../../src/exchange/decide/sms-to-mail.ts'
import { worldOf } from '../../../src/exchange/desk.ts'
import { assemble } from '../../../src/exchange/intake/assemble-sms.ts'
import { segmentText } from '../../../src/sms/segment.ts'
import { type DeliverTpdu, decodePdu, encodeSubmit, type Tpdu } from '../../../src/sms/tpdu.ts'
import { airDeliver, airStatusReport, utf16 } from '../../sms/air.ts'
import { notification, push, pushPdus } from '../../sms/push-makers.ts'
import { createRandom, type Random } from '../../support/random.ts'
import { bob, carol, officeLine } from '../decide/decision-rows.ts'
import { day, newDesk, noon } from '../world.ts'

const pdusMin = 100_000
/** Milliseconds that one PDU may take; thousands of times what it needs, so that only a hang reaches it. */
const eachMaxMs = 1000
const warmUp = 20_000
/** Octets that the process may grow by after the warm-up. One octet kept of each PDU's objects would be far more. */
const growthMax = 64 * 1_048_576

const sender = { typeOfAddress: 0x91, digits: '4917012345678' }
const text = { sender, dcs: 0, units: [...Buffer.from('When do you open? [mail] @carol')], septets: true }
const data = { sender, dcs: 4, units: [1, 2, 0xff, 0x80], septets: false }

/** One of every kind. */
const samples: readonly string[] = [
  airDeliver(text),
  airDeliver({ ...text, header: '0003070201' }),
  airDeliver({ ...text, header: '080401070302' + '8003530101' }),
  airDeliver({ ...text, header: '240101250101' }),
  airDeliver({ ...text, sender: { typeOfAddress: 0xd0, name: [0x42, 0x41, 0x4e, 0x4b] } }),
  airDeliver({ ...text, units: [...Buffer.from('bob@office.example(Hi)text')] }),
  airDeliver({ ...text, dcs: 0xc8 }),
  airDeliver({ ...text, dcs: 0xd1, header: '01028003' }),
  airDeliver({ ...text, header: '23061004813311' + '04' }),
  ...[0x40, 0x43, 0x5f, 0x7f].map((pid) => airDeliver({ ...text, pid })),
  airDeliver({ sender, dcs: 8, units: utf16('Grüße 花园 🌻'), septets: false }),
  airDeliver({ sender, dcs: 0xe8, header: '0003070202', units: utf16('中'), septets: false }),
  airDeliver(data),
  airDeliver({ ...data, dcs: 0x24 }),
  airDeliver({ ...data, pid: 0x7f, dcs: 0xf6, header: '7000' }),
  airDeliver({ ...data, header: '050423f40000', units: [...Buffer.from('BEGIN:VCARD\nN:Ann')] }),
  ...pushPdus(push(notification())),
  ...pushPdus(push(notification({ subject: 'ü'.repeat(120) }))),
  ...pushPdus(push([1, 2, 3], [0xb6])),
  airStatusReport({ reference: 1, recipient: sender, status: 0, tail: '070000024131' }),
  ...segmentText('Grüße', { reference: 1, flag: 1 }).parts.map(
    (part) => encodeSubmit({ to: '+4917012345678', part, encoding: 'gsm7' }).pdu,
  ),
]

function damaged(random: Random): string {
  let octets = [...Buffer.from(random.pick(samples), 'hex')]
  const place = () => random.below(octets.length + 1)
  for (let wounds = 1 + random.below(3); wounds > 0; wounds--) {
    const at = place()
    switch (random.below(7)) {
      case 0:
        for (let bits = 1 + random.below(4); bits > 0; bits--) {
          const hit = random.below(octets.length || 1)
          octets[hit] = (octets[hit] ?? 0) ^ (1 << random.below(8))
        }
        break
      case 1:
        octets = octets.slice(0, at)
        break
      case 2:
        octets.splice(at, 0, ...random.octets(1 + random.below(4)))
        break
      case 3:
        octets.splice(at, 1 + random.below(4))
        break
      case 4:
        octets[at] = random.pick([0, 0x7f, 0x80, 0xff, random.below(256)])
        break
      case 5:
        octets = [...octets.slice(0, at), ...Buffer.from(random.pick(samples), 'hex').subarray(at)]
        break
      default:
        return madeUp(random)
    }
  }
  return Buffer.from(octets).toString('hex')
}

/** A sound frame around a header and data that mean nothing. */
function madeUp(random: Random): string {
  const header = random.octets(random.below(30))
  const known = () => [random.pick([0, 1, 4, 5, 8, 0x23, 0x24, 0x25, 0x70, 0x80]), random.below(6)]
  const elements = random.below(2) === 0 ? header : [...known(), ...header, ...known()]
  return airDeliver({
    sender,
    pid: random.pick([0, 0x40, 0x41, 0x47, 0x5f, 0x7d, 0x7f, random.below(256)]),
    dcs: random.below(256) & ~0x2c,
    scts: Buffer.from(random.octets(7)).toString('hex'),
    header: Buffer.from(elements).toString('hex'),
    units: random.octets(random.below(90)).map((octet) => octet & 0x7f),
    septets: true,
  })
}

function decoded(hex: string): Tpdu | null {
  try {
    return decodePdu(hex)
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'PDU_MALFORMED') return null
    throw error
  }
}

test('100,000 damaged PDUs are decided or refused, each in time, and leave nothing behind in memory', () => {
  const seed = randomInt(2 ** 31)
  console.log(`PDU fuzz, seed ${seed}`)
  const random = createRandom(seed)
  const desk = newDesk({ bound: [bob, carol, officeLine], now: () => noon + day })
  const world = worldOf(desk)
  const seen = new Map<string, number>()
  const count = (what: string): void => {
    seen.set(what, (seen.get(what) ?? 0) + 1)
  }
  let former: DeliverTpdu | null = null
  let slowest = { ms: 0, hex: '' }
  let rssBefore = 0

  const run = (hex: string): void => {
    const tpdu = decoded(hex)
    if (tpdu === null || tpdu.type !== 'deliver') return count(tpdu?.type ?? 'malformed')
    const pairs = former === null || random.below(4) > 0 ? [tpdu] : [tpdu, former]
    former = tpdu
    const sms: IncomingSms | null = assemble(desk, pairs, tpdu.concat?.total ?? 1)
    assert.ok(sms !== null)
    const decision = decideSms(sms, world)
    count(sms.special ?? 'text')
    count(decision.judgement)
    for (const { to } of decision.deliveries) assert.match(to, /@office\.example$/)
  }

  for (let number = 0; number < pdusMin + warmUp; number++) {
    if (number === warmUp) rssBefore = process.memoryUsage.rss()
    const hex = damaged(random)
    const start = performance.now()
    try {
      run(hex)
    } catch (cause) {
      throw new Error(`seed ${seed}, PDU ${number}: ${hex}`, { cause })
    }
    const ms = performance.now() - start
    if (ms > slowest.ms) slowest = { ms, hex }
  }
  const growth = process.memoryUsage.rss() - rssBefore
  assert.ok(slowest.ms < eachMaxMs, `seed ${seed}: ${slowest.ms} ms for ${slowest.hex}`)
  assert.ok(growth < growthMax, `seed ${seed}: the process grew by ${growth} octets`)
  const kinds = ['text', 'waiting', 'mms', 'data', 'sim-data', 'silent', 'undecodable', 'malformed']
  for (const kind of [...kinds, 'status-report', 'submit', 'convert', 'ignore'])
    assert.ok((seen.get(kind) ?? 0) > 100, `seed ${seed}: ${kind} only ${seen.get(kind)} times`)
})
