// The file of the sign-in on a disk where others were before: open to all, a link, a folder of the user of the service.

import assert from 'node:assert/strict'
import {
  chownSync,
  lstatSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { readSignIn, type StoredSignIn, writeSignIn } from '../../../src/mail/sign-in/token-file.ts'

const signIn: StoredSignIn = {
  ...{ version: 1, issuer: 'https://login.example', clientId: 'box', flow: 'device' },
  ...{ refreshToken: 'refresh', refreshTokenEndsAt: null, refreshTokenLifeMs: null },
  ...{ accessToken: 'access', accessTokenLifeMs: 3_600_000, scopes: null, signedInAt: 1, refreshedAt: 1 },
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'simpost-token-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('a file that all could read is replaced by one for its owner alone, whatever the umask', async (t) => {
  const file = join(folder(t), 'sign-in')
  writeFileSync(file, 'old', { mode: 0o644 })
  const umask = process.umask(0)
  t.after(() => process.umask(umask))
  await writeSignIn(file, signIn)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(await readSignIn(file), signIn)
})

test('a link in the place of the file, or of the one beside it, is never written through', async (t) => {
  const place = folder(t)
  const [file, victim] = [join(place, 'sign-in'), join(place, 'victim')]
  writeFileSync(victim, 'mine')
  symlinkSync(victim, file)
  symlinkSync(victim, `${file}.new`)
  await writeSignIn(file, signIn)
  assert.equal(readFileSync(victim, 'utf8'), 'mine')
  assert.ok(lstatSync(file).isFile())
})

test('what root writes belongs to the owner of the folder, who is the user of the service', {
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const place = folder(t)
  chownSync(place, 65_534, 65_534)
  const file = join(place, 'sign-in')
  await writeSignIn(file, signIn)
  const { uid, gid, mode } = statSync(file)
  assert.deepEqual([uid, gid, mode & 0o777], [65_534, 65_534, 0o600])
})
