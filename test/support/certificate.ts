// A self-signed certificate for the servers of the tests, valid for localhost and 127.0.0.1 (RFC 5280 4.2.1.6 subjectAltName).
// It never leaves the test run: a client trusts it by getting `certificate` as its `ca`.

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, runProgram } from './server-process.ts'

/** Both in PEM. */
export interface Certificate {
  readonly key: string
  readonly certificate: string
}

/** What a certificate of a test can have wrong. */
interface Odd {
  /** Another name than localhost and 127.0.0.1. */
  readonly host?: string
  /** Days from now until it begins to be valid. */
  readonly startsIn?: number
}

/** `days` of validity from its start; -1: it was valid for one day, two days ago. Throws with the cure if openssl is missing. */
export async function makeCertificate(days = 2, { host, startsIn = 0 }: Odd = {}): Promise<Certificate> {
  const alternativeNames = `subjectAltName=${host === undefined ? 'DNS:localhost,IP:127.0.0.1' : `DNS:${host}`}`
  const folder = await mkdtemp(join(tmpdir(), 'simpost-certificate-'))
  const keyFile = join(folder, 'key.pem')
  const certificateFile = join(folder, 'certificate.pem')
  const request = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
  const openssl = findProgram('openssl')
  try {
    if (days > 0 && startsIn === 0) {
      const rest = [
        '-subj',
        subject,
        '-addext',
        alternativeNames,
        '-days',
        String(days),
        '-out',
        certificateFile,
      ]
      await runProgram(openssl, ['req', '-x509', ...request, ...rest])
    } else {
      const validity = days > 0 ? [startsIn, startsIn + days] : [-2, -1]
      await signFor(validity, openssl, folder, { request, keyFile, certificateFile, alternativeNames })
    }
    return { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const subject = '/CN=localhost'
const dayMs = 86_400_000

interface Files {
  readonly request: readonly string[]
  readonly keyFile: string
  readonly certificateFile: string
  readonly alternativeNames: string
}

/** Only `openssl ca` takes any time of validity, here in days from now, and it wants its files. */
async function signFor(
  [from = 0, to = 0]: readonly number[],
  openssl: string,
  folder: string,
  { request, keyFile, certificateFile, alternativeNames }: Files,
): Promise<void> {
  const [asked, config, index] = ['asked.pem', 'ca.conf', 'index'].map((name) => join(folder, name))
  if (asked === undefined || config === undefined || index === undefined) return
  await runProgram(openssl, ['req', '-new', ...request, '-subj', subject, '-out', asked])
  await writeFile(index, '')
  await writeFile(
    config,
    `[ca]\ndefault_ca = own\n[own]\nnew_certs_dir = ${folder}\ndatabase = ${index}\nrand_serial = yes\ndefault_md = sha256\n` +
      `policy = any\nx509_extensions = names\n[any]\ncommonName = supplied\n[names]\nbasicConstraints = CA:TRUE\n${alternativeNames}\n`,
  )
  const time = (days: number): string =>
    `${new Date(Date.now() + days * dayMs).toISOString().replace(/[-:T]|\.\d+/g, '')}`
  const validity = ['-startdate', time(from), '-enddate', time(to)]
  const files = ['-config', config, '-in', asked, '-keyfile', keyFile, '-out', certificateFile]
  await runProgram(openssl, ['ca', '-batch', '-selfsign', '-notext', ...validity, ...files])
}
