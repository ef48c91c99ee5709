// The simulated devices: every transcript under test/fixtures/at/, each named after its file.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseTranscript, type Transcript } from '../../src/domain/transcript.ts'

const folder = join(import.meta.dirname, '../fixtures/at')
const ending = '.transcript'

interface Device {
  /** "huawei-e173". */
  readonly name: string
  readonly transcript: Transcript
}

/** All profiles, by name. Throws GatewayError for one that cannot be read. */
export function allDevices(): readonly Device[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .sort()
    .map((file) => ({
      name: file.slice(0, -ending.length),
      transcript: parseTranscript(readFileSync(join(folder, file), 'utf8')),
    }))
}
