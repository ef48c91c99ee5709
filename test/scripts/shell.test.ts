// Holds the shell scripts to shellcheck, and the decisions in them that cannot be tried on one machine to tables:
// which Node.js fits, and what happens to an archive from nodejs.org. A stand-in for curl serves the archive; no network.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const linter = 'shellcheck'
const sourced = ['scripts/lib.sh', 'scripts/node.sh']
const scripts = readdirSync(path.join(root, 'scripts'))
  .filter((name) => name.endsWith('.sh'))
  .map((name) => `scripts/${name}`)
const programs = ['.ci/run', ...scripts.filter((name) => !sourced.includes(name))]

/** Runs bash with the shared functions loaded; `top` is what they take for the checkout. */
function bash(top: string, code: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = process.env) {
  const load = `set -euo pipefail; root="$1"; shift; . '${root}/scripts/lib.sh'; . '${root}/scripts/node.sh'; ${code}`
  return spawnSync('bash', ['-c', load, 'bash', top, ...args], { encoding: 'utf8', env })
}

function withFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'simpost scripts '))
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('shellcheck finds nothing in any script', () => {
  const run = spawnSync(linter, ['-x', ...scripts, '.ci/run'], { cwd: root, encoding: 'utf8' })
  assert.equal(run.error, undefined, `${linter} is there`)
  assert.equal(run.stdout + run.stderr, '')
})

test('every script that is run by name is executable and stops at the first error', () => {
  assert.ok(programs.includes('scripts/demo.sh') && programs.includes('scripts/test.sh'))
  for (const name of programs) {
    accessSync(path.join(root, name), constants.X_OK)
    assert.match(readFileSync(path.join(root, name), 'utf8'), /^#!\/usr\/bin\/env bash\n/)
    if (name !== '.ci/run') assert.match(readFileSync(path.join(root, name), 'utf8'), /^set -euo pipefail$/m)
  }
})

for (const [version, fits] of [
  ['18.20.4', false],
  ['20.9.0', false],
  ['20.18.3', false],
  ['20.19', true],
  ['20.19.2+dfsg-1', true],
  ['22.23.3', true],
  ['24.18.1', true],
  ['24.19.0', false],
  ['26.0.0', false],
  ['100.0.0', false],
  ['', false],
] as const)
  test(`Node.js "${version}" ${fits ? 'fits' : 'does not fit'}`, () => {
    assert.equal(bash(root, 'version_fits "$1"', [version]).status, fits ? 0 : 1)
  })

/** A checkout with an archive "from nodejs.org" that holds a Node.js and npm which only say what they are. */
function archiveMachine(folder: string, sum: (archive: Buffer) => string): NodeJS.ProcessEnv {
  const name = 'node-v22.99.1-linux-armv7l'
  const bin = path.join(folder, 'served', name, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(path.join(bin, 'node'), '#!/bin/sh\necho 22.99.1\n', { mode: 0o755 })
  writeFileSync(path.join(bin, 'npm'), '#!/bin/sh\necho 10.9.9\n', { mode: 0o755 })
  const served = path.join(folder, 'served')
  assert.equal(spawnSync('tar', ['-czf', `${name}.tar.gz`, name], { cwd: served }).status, 0)
  const digest = sum(readFileSync(path.join(served, `${name}.tar.gz`)))
  const other = 'node-v22.99.1-linux-armv7l.tar.xz'
  writeFileSync(
    path.join(served, 'SHASUMS256.txt'),
    `${'0'.repeat(64)}  ${other}\n${digest}  ${name}.tar.gz\n`,
  )
  const tools = path.join(folder, 'tools')
  mkdirSync(tools)
  const curl = '#!/bin/sh\n# curl -fsSL --retry 3 URL -o FILE\nexec cp "$SERVED/$(basename "$4")" "$6"\n'
  writeFileSync(path.join(tools, 'curl'), curl, { mode: 0o755 })
  return { ...process.env, PATH: `${tools}:${process.env.PATH}`, SERVED: served }
}

const fetchForPi = 'node_platform() { echo linux-armv7l; }; fetch_node; command -v node; npm --version'

test('an archive from nodejs.org whose sum is right becomes the Node.js of this checkout', () => {
  withFolder((folder) => {
    const env = archiveMachine(folder, (archive) => createHash('sha256').update(archive).digest('hex'))
    const run = bash(folder, fetchForPi, [], env)
    assert.equal(run.status, 0, run.stderr)
    assert.equal(run.stdout, `${folder}/.cache/node/bin/node\n10.9.9\n`)
  })
})

test('an archive from nodejs.org whose sum is wrong is refused and never run', () => {
  withFolder((folder) => {
    const run = bash(
      folder,
      fetchForPi,
      [],
      archiveMachine(folder, () => 'a'.repeat(64)),
    )
    assert.equal(run.status, 1)
    assert.match(run.stderr, /does not match its published sum/)
    assert.equal(run.stdout, '')
  })
})
