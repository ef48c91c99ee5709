// Holds scripts/build.mjs to what the program relies on: import() stays lazy in the one CommonJS file, the version is built in,
// licences of the bundled packages are written out, and a package that may not be bundled stops the build.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A program of three modules and one package, in a folder of its own. */
function withProgram(licence: string, work: (folder: string) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'simpost-build-'))
  const write = (name: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  write(
    'main.ts',
    `declare const __SIMPOST_VERSION__: string
    console.log('start', __SIMPOST_VERSION__)
    if (process.argv[2] === 'more') import('./lazy.ts').then(({ answer }) => console.log(answer))`,
  )
  write('lazy.ts', `import { word } from 'bundled'\nconsole.log('lazy')\nexport const answer = word`)
  write('node_modules/bundled/index.js', `console.log('bundled'); exports.word = 'forty-two'`)
  write(
    'node_modules/bundled/package.json',
    JSON.stringify({ name: 'bundled', version: '1.2.3', license: licence, main: 'index.js' }),
  )
  write('node_modules/bundled/LICENSE.md', 'Do what is right with this package.')
  try {
    work(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function build(folder: string) {
  const args = [path.join(root, 'scripts/build.mjs'), path.join(folder, 'main.ts'), path.join(folder, 'dist')]
  return spawnSync(process.execPath, args, { encoding: 'utf8', cwd: tmpdir() })
}

function run(bundle: string, ...args: readonly string[]): readonly string[] {
  const done = spawnSync(bundle, args, { encoding: 'utf8' })
  assert.equal(done.status, 0, done.stderr)
  return done.stdout.trim().split('\n')
}

test('a module behind import() runs only when it is asked for, and the version is built in', () => {
  withProgram('MIT', (folder) => {
    assert.equal(build(folder).status, 0)
    const bundle = path.join(folder, 'dist/simpost.cjs')
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string
    }
    assert.equal(statSync(bundle).mode & 0o111, 0o111, 'the bundle is executable')
    assert.deepEqual(run(bundle), [`start ${version}`])
    assert.deepEqual(run(bundle, 'more'), [`start ${version}`, 'bundled', 'lazy', 'forty-two'])
  })
})

test('the licences of all bundled packages are written beside the bundle, the free choice of two first', () => {
  withProgram('(MIT OR EUPL-1.1+)', (folder) => {
    assert.equal(build(folder).status, 0)
    const text = readFileSync(path.join(folder, 'dist/THIRD-PARTY-LICENSES.txt'), 'utf8')
    assert.match(text, /^bundled 1\.2\.3\nLicence: MIT\n\nDo what is right with this package\.$/m)
  })
})

test('a package under a licence that does not go with ours stops the build', () => {
  withProgram('GPL-2.0-only', (folder) => {
    const failed = build(folder)
    assert.equal(failed.status, 1)
    assert.match(failed.stderr, /bundled has the licence "GPL-2\.0-only"/)
  })
})
