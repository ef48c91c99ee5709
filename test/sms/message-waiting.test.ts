// Which messages the network says wait: special message indication and enhanced voice mail (TS 23.040 9.2.3.24.2 and .13), TP-DCS.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readWaiting } from '../../src/sms/message-waiting.ts'
import { parseHeader } from '../../src/sms/udh.ts'

const waiting = (header: string, coding: Parameters<typeof readWaiting>[1] = null) =>
  readWaiting(parseHeader(Uint8Array.from(Buffer.from(header, 'hex'))).elements, coding).map(
    ({ kind, active, count }) => `${kind} ${active ? 'waits' : 'over'} ${count}`,
  )

/** User data headers in hex, and what they say. The first octet of an indication: store, profile, extended type, type. */
const headers: readonly (readonly [string, string, string[]])[] = [
  ['voice, stored', '0401028003', ['voice waits 3']],
  ['voice, to be discarded', '0401020003', ['voice waits 3']],
  ['none any more', '0401020000', ['voice over 0']],
  ['fax', '0401028101', ['fax waits 1']],
  ['mail', '0401028202', ['email waits 2']],
  ['another kind', '0401028307', ['other waits 7']],
  ['video, the extended type 1', '0401028701', ['video waits 1']],
  ['a reserved extended type', '0401029f01', ['other waits 1']],
  ['the mailbox of the second profile', '040102a005', ['voice waits 5']],
  ['more than can be counted', '04010280ff', ['voice waits 255']],
  ['two kinds', '080102800301028101', ['voice waits 3', 'fax waits 1']],
  ['one kind twice: the last counts', '080102800301028000', ['voice over 0']],
  ['enhanced voice mail with the number of its mailbox', '082306100481331104', ['voice waits 4']],
  ['enhanced voice mail with an empty address', '06230410008102', ['voice waits 2']],
  ['a deletion of voice mail, nothing left', '082306110481331100', ['voice over 0']],
  ['an indication of one octet', '03010180', []],
  ['an enhanced one that ends in its address', '052303100481', []],
  ['nothing', '0003000201', []],
]

for (const [what, header, expected] of headers)
  test(`an element for ${what} says: ${expected.join(', ') || 'nothing'}`, () =>
    assert.deepEqual(waiting(header), expected))

test('an element goes before the DCS of the same kind, and beside one of another kind', () => {
  const voice = { kind: 'voice', active: true, count: null } as const
  assert.deepEqual(waiting('00', voice), ['voice waits null'])
  assert.deepEqual(waiting('0401020000', voice), ['voice over 0'])
  assert.deepEqual(waiting('0401028103', voice), ['voice waits null', 'fax waits 3'])
})

test('no element makes it throw, and each kind is said once', () => {
  const element = fc.record({ id: fc.constantFrom(0x01, 0x23), data: fc.uint8Array({ maxLength: 12 }) })
  fc.assert(
    fc.property(fc.array(element), (elements) => {
      const said = readWaiting(elements, null)
      assert.equal(new Set(said.map(({ kind }) => kind)).size, said.length)
      for (const { active, count } of said) assert.equal(active, (count ?? 0) > 0)
    }),
  )
})
