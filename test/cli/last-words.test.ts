// What a defect makes the program say, as a user sees it: a real process, and an error as libraries throw it.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

function dying(code: string) {
  const program = `
    import { neverShow } from './src/log.ts'
    import { speakToJournal } from './src/cli/last-words.ts'
    import { keepPrivate } from './src/cli/private-process.ts'
    keepPrivate()
    neverShow('hunter2-longer')
    ${code}`
  const run = spawnSync(process.execPath, ['--import', 'tsx', '-e', program], { cwd: root, encoding: 'utf8' })
  return { status: run.status, said: run.stdout + run.stderr }
}

const likeALibrary = `
  const auth = { user: 'sms', pass: 'hunter2-longer' }
  const inner = Object.assign(new Error('535 AUTH PLAIN AHNtcwBodW50ZXIyLWxvbmdlcg=='), { response: 'text of a mail' })
  const error = new Error('no answer for +4917012345678 of anna@office.example with hunter2-longer', { cause: inner })
  Object.assign(error, { auth, command: 'AUTH PLAIN', text: 'text of a mail' })`

for (const [how, code] of [
  ['is thrown where nobody catches it', 'setTimeout(() => { throw error }, 1)'],
  ['is a promise that nobody awaits', 'void Promise.reject(error)'],
] as const)
  test(`an error that ${how} ends the program with its name and place, without properties and secrets`, () => {
    const { status, said } = dying(`${likeALibrary}\n${code}`)
    assert.equal(status, 1)
    assert.match(said, /^simpost has a defect and ends \(INTERNAL\)$/m)
    assert.match(said, /^Error: no answer for \+49170…78 of a…@office\.example with \*\*\*$/m)
    assert.match(said, /^caused by Error: 535 AUTH PLAIN \*\*\*$/m)
    assert.match(said, /^ +at /m)
    assert.match(said, /^Try: report this defect/m)
    assert.doesNotMatch(said, /hunter2|AHNtcw|text of a mail|pass|<3>/)
  })

test('the journal gets every line as an error', () => {
  const { said } = dying('speakToJournal()\nvoid Promise.reject(new Error("x"))')
  assert.ok(said.length > 0)
  for (const line of said.trimEnd().split('\n')) assert.match(line, /^<3>/)
})

test('what is thrown and is no error is not shown', () => {
  const { status, said } = dying('setTimeout(() => { throw { pass: "hunter2" } }, 1)')
  assert.equal(status, 1)
  assert.match(said, /something that is no error was thrown/)
  assert.doesNotMatch(said, /hunter2/)
})
