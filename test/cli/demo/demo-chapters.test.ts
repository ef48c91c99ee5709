// Each row of README's table "The patent, row by row" is shown by one command, and that command checks itself.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { chapters } from '../../../src/cli/demo/demo-chapters.ts'
import { buildProgram, type Program } from '../../scenario/program.ts'

let program: Program
before(async () => {
  program = await buildProgram()
})
after(async () => {
  await program?.remove()
})

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
const ofThePatent = chapters.filter(({ name }) => !['money', 'ask'].includes(name))

test('README names every chapter, and no other', () => {
  const table = readme.split('## The patent, row by row')[1]?.split('\n## ')[0] ?? ''
  const named = [...table.matchAll(/demo --show ([a-z-]+)/g)].map(([, name]) => name)
  assert.deepEqual(
    named,
    ofThePatent.map(({ name }) => name),
  )
  for (const name of ['money', 'ask']) assert.ok(table.includes(`\`--show ${name}\``), name)
})

test('--show list names every chapter', async () => {
  const { stdout, status } = await program.run(['demo', '--show', 'list'])
  assert.equal(status, 0)
  for (const { name, title } of chapters)
    assert.match(stdout, new RegExp(`^${name} +${title.slice(0, 20)}`, 'm'))
})

test('a chapter that does not exist is refused with the way to the list', async () => {
  const { stderr, status } = await program.run(['demo', '--show', 'nothing'])
  assert.equal(status, 2)
  assert.match(stderr, /there is no chapter "nothing"\nTry: simpost demo --show list/)
})

for (const { name, title } of chapters)
  test(`demo --show ${name}: ${title}`, async () => {
    const { stdout, stderr, status } = await program.run(['demo', '--show', name])
    assert.equal(stderr, '')
    assert.equal(status, 0, stdout)
    assert.ok(stdout.includes(title))
  })
