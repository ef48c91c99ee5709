// A self-signed certificate for the servers of the tests, valid for localhost and 127.0.0.1 (RFC 5280 4.2.1.6 subjectAltName).
// It never leaves the test run: a client trusts it by getting `certificate` as its `ca`.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, runProgram } from './server-process.ts'

/** Both in PEM. */
export interface Certificate {
  readonly key: string
  readonly certificate: string
}

/** `days` of validity from now. Throws with the cure if openssl is missing. */
export async function makeCertificate(days = 2): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'simpost-certificate-'))
  const keyFile = join(folder, 'key.pem')
  const certificateFile = join(folder, 'certificate.pem')
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const files = ['-days', String(days), '-keyout', keyFile, '-out', certificateFile]
  try {
    await runProgram(findProgram('openssl'), [...request, ...names, ...files])
    return { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
