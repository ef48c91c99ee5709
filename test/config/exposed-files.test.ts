// Who else can read the password: real files with real modes.

import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { parseConfig } from '../../src/config/config.ts'
import { exposedFiles } from '../../src/config/exposed-files.ts'
import { changed, smallest } from './smallest.ts'

let top: string
let password: string
let file: string

before(() => {
  top = mkdtempSync(join(tmpdir(), 'simpost-exposed-'))
  chmodSync(top, 0o755)
  mkdirSync(join(top, 'etc'))
  password = join(top, 'etc/mail')
  file = join(top, 'etc/simpost.toml')
  for (const path of [password, file]) writeFileSync(path, 'x')
})
after(() => rmSync(top, { recursive: true }))
beforeEach(() => {
  chmodSync(dirname(file), 0o755)
  chmodSync(file, 0o644)
  chmodSync(password, 0o640)
})

const exposed = (secretFiles: readonly string[] = [password]) => exposedFiles({ file, secretFiles })

test('the documented layout is fine, and so is a config without secrets that everybody can read', () => {
  assert.deepEqual(exposed(), [])
  for (const path of [password, file]) chmodSync(path, 0o640)
  chmodSync(dirname(file), 0o750)
  assert.deepEqual(exposed([password, file]), [])
})

test('a secret that everybody can read is named, with what to do', () => {
  chmodSync(password, 0o644)
  assert.deepEqual(exposed(), [
    {
      path: password,
      problem: `every user of this machine can read ${password}`,
      hint: `sudo chmod o-rwx ${password}`,
    },
  ])
})

test('a config that holds a secret, or that everybody can change, is named', () => {
  assert.match(exposed([file])[0]?.problem ?? '', /can read .*simpost\.toml$/)
  chmodSync(file, 0o666)
  assert.match(exposed()[0]?.problem ?? '', /can change .*simpost\.toml$/)
  assert.match(exposed([file])[0]?.problem ?? '', /can read and change .*simpost\.toml$/)
})

test('what lies behind a closed folder is nobody else’s', () => {
  chmodSync(password, 0o666)
  chmodSync(dirname(file), 0o750)
  assert.deepEqual(exposed(), [])
})

test('a file that is not there is another fault', () => {
  assert.deepEqual(exposed([join(top, 'etc/none')]), [])
})

test('every file that the config names for a secret counts, and the config itself if one stands in it', () => {
  const files = parseConfig(smallest, '/etc/simpost/simpost.toml').secretFiles
  assert.deepEqual(files, ['/etc/simpost/pin', '/etc/simpost/mail'])
  const inline = changed('modem', 'pin_file', 'pin = "1234"')
  const more = inline.replace('[trust]', '[trust]\nsecrets_file = "words"')
  assert.deepEqual(parseConfig(more, '/etc/simpost/simpost.toml').secretFiles, [
    '/etc/simpost/simpost.toml',
    '/etc/simpost/mail',
    '/etc/simpost/words',
  ])
})
