// scripts/audit.mjs with a stand-in for npm. The report with findings is written from npm's documentation (npm-audit(1), "auditReportVersion"
// 2) and not tried with a real registry; the refusal is what a registry without audit answers to npm 11.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('../../scripts/audit.mjs', import.meta.url))
const checksum = 'sha512-kqZUFvX6/aYQOmzfn'

let folder: string
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'simpost-audit-'))
  mkdirSync(join(folder, 'bin'))
  const npm = '#!/bin/sh\ncat "$(dirname "$0")/answer"\nexit 1\n'
  writeFileSync(join(folder, 'bin/npm'), npm, { mode: 0o755 })
})
after(() => rmSync(folder, { recursive: true }))

interface Locked {
  readonly integrity?: string
  readonly optional?: boolean
  readonly os?: readonly string[]
  readonly hasInstallScript?: boolean
}

/** @param answer what npm prints; an object becomes JSON */
function audit(answer: unknown, packages: Readonly<Record<string, Locked>> = {}) {
  writeFileSync(join(folder, 'bin/answer'), typeof answer === 'string' ? answer : JSON.stringify(answer))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ allowScripts: { known: false } }))
  writeFileSync(
    join(folder, 'package-lock.json'),
    JSON.stringify({ packages: { '': {}, 'node_modules/fine': { integrity: checksum }, ...packages } }),
  )
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` }
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, folder], { encoding: 'utf8', env })
  return { status, stdout, stderr }
}

const vulnerable = (severity: string) => ({
  auditReportVersion: 2,
  vulnerabilities: {
    lib: {
      name: 'lib',
      severity,
      isDirect: true,
      via: [{ source: 1, name: 'lib', title: 'Reads beyond', url: 'https://x.example/GHSA-1', severity }],
      effects: ['user'],
      range: '<2.0.1',
      nodes: ['node_modules/lib'],
      fixAvailable: true,
    },
    user: {
      ...{ name: 'user', severity, isDirect: false, via: ['lib'], effects: [], range: '*', nodes: [] },
      fixAvailable: false,
    },
  },
  metadata: { vulnerabilities: { info: 0, low: 0, moderate: 0, high: 2, critical: 0, total: 2 } },
})
const clean = { auditReportVersion: 2, vulnerabilities: {}, metadata: { vulnerabilities: { total: 0 } } }
const refused = (statusCode: number, words: string) => ({
  message: `${statusCode} ${words} - POST https://registry.example/-/npm/v1/security/advisories/bulk`,
  method: 'POST',
  uri: 'https://registry.example/-/npm/v1/security/advisories/bulk',
  statusCode,
  body: '',
  error: { summary: '', detail: '' },
})

test('dependencies without known vulnerabilities are fine', () => {
  const { status, stdout } = audit(clean)
  assert.equal(status, 0)
  assert.match(stdout, /^what is shipped: 0 known vulnerabilities, 0 of them severe$/m)
})

for (const severity of ['high', 'critical'])
  test(`a vulnerability of severity ${severity} is named with its cause, and ends the audit with 1`, () => {
    const { status, stderr } = audit(vulnerable(severity))
    assert.equal(status, 1)
    assert.ok(
      stderr.includes(`what is shipped: lib <2.0.1: ${severity}: Reads beyond, https://x.example/GHSA-1\n`),
    )
    assert.ok(stderr.includes(`what is shipped: user *: ${severity}: through lib\n`))
  })

test('a moderate vulnerability is counted and ends nothing', () => {
  const { status, stdout, stderr } = audit(vulnerable('moderate'))
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(stdout, /2 known vulnerabilities, 0 of them severe/)
})

test('a registry that offers no audit is no finding, and is named without its address', () => {
  const { status, stdout, stderr } = audit(refused(405, 'Method Not Allowed'))
  assert.deepEqual([status, stderr], [0, ''])
  assert.match(
    stdout,
    /^what is shipped: not audited: the registry offers no audit \(405 Method Not Allowed\)$/m,
  )
  assert.doesNotMatch(stdout, /registry\.example/)
})

for (const [what, answer, words] of [
  ['a registry in trouble', refused(503, 'Service Unavailable'), '503 Service Unavailable'],
  ['a line that is down', { error: { code: 'ENOTFOUND', summary: 'request failed' } }, 'request failed'],
  ['words that are no JSON', 'npm error', 'npm audit printed no JSON'],
] as const)
  test(`${what} is said, and is not taken for a registry without audit`, () => {
    const { status, stdout } = audit(answer)
    assert.equal(status, 0)
    assert.ok(stdout.includes(`what is shipped: not audited: ${words}\n`), stdout)
  })

for (const [what, packages, words] of [
  ['no checksum', { 'node_modules/@a/b': {} }, '@a/b: package-lock.json has no checksum'],
  [
    'a weak checksum',
    { 'node_modules/x/node_modules/c': { integrity: 'sha1-x' } },
    'c: its checksum is no SHA-512',
  ],
  [
    'a script at installation that nobody allowed or forbade',
    { 'node_modules/new': { integrity: checksum, hasInstallScript: true } },
    'new: it wants to run a script at installation',
  ],
] as const)
  test(`a package with ${what} is a finding where no registry is asked`, () => {
    const { status, stderr } = audit(refused(405, 'Method Not Allowed'), packages)
    assert.equal(status, 1)
    assert.ok(stderr.startsWith(words), stderr)
  })

test('an optional package for another system may lack its checksum, and a known script is fine', () => {
  const { status, stdout } = audit(clean, {
    'node_modules/far': { optional: true, os: ['win32'] },
    'node_modules/known': { integrity: checksum, hasInstallScript: true },
  })
  assert.equal(status, 0)
  assert.match(stdout, /3 packages, 1 optional ones for other systems without a checksum/)
})
