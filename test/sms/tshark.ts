// The second opinion on TPDUs: tshark (Wireshark), which nobody here wrote. TPDUs are put into RP-DATA (TS 24.011 7.3.1), which
// gives them a direction, and those into a pcap file of link type 147 that tshark is told to read as RP.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface AirPdu {
  readonly direction: 'to-network' | 'from-network'
  /** Hex behind an empty SMSC field `00`. */
  readonly pdu: string
}

/** Field name -> its values in the order of the frame. */
export type DissectedFrame = Readonly<Record<string, readonly string[]>>

const linkType = 147

/** One run for all PDUs. Throws an error that says what to do if tshark is not installed. */
export function dissect(pdus: readonly AirPdu[], fields: readonly string[]): DissectedFrame[] {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-oracle-'))
  try {
    const file = join(folder, 'tpdus.pcap')
    writeFileSync(file, pcapOf(pdus.map(rpData)))
    const output = execFileSync(
      'tshark',
      [
        ...['-r', file, '-T', 'json'],
        ...['-o', `uat:user_dlts:"User 0 (DLT=${linkType})","gsm_a_rp","0","","0",""`],
        ...['-o', 'gsm_sms.reassemble:FALSE'],
        ...fields.flatMap((field) => ['-e', field]),
      ],
      { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024, stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const frames = JSON.parse(output) as { _source: { layers: DissectedFrame } }[]
    return frames.map((frame) => frame._source.layers)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw new Error('tshark, the second opinion on TPDUs, is not installed. Try: scripts/test.sh', {
        cause,
      })
    throw cause
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** RP-DATA with an address on the side that the direction asks for, none on the other. */
function rpData({ direction, pdu }: AirPdu): Buffer {
  const tpdu = Buffer.from(pdu.slice(2), 'hex')
  const serviceCentre = [0x04, 0x91, 0x94, 0x71, 0xf0]
  const head =
    direction === 'to-network' ? [0x00, 0x01, 0x00, ...serviceCentre] : [0x01, 0x01, ...serviceCentre, 0x00]
  return Buffer.concat([Buffer.from([...head, tpdu.length]), tpdu])
}

function pcapOf(packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24)
  header.writeUInt32LE(0xa1b2c3d4, 0)
  header.writeUInt16LE(2, 4)
  header.writeUInt16LE(4, 6)
  header.writeUInt32LE(0xffff, 16)
  header.writeUInt32LE(linkType, 20)
  const records = packets.map((packet) => {
    const record = Buffer.alloc(16)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([header, ...records])
}
