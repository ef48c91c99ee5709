// A database in a temporary folder for one test file, and a second process that works on it.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { NewBinding } from '../../src/store/bindings.ts'
import { openStore, type Store } from '../../src/store/database/database.ts'

/** 2026-11-22T12:00:00Z */
export const now = Date.UTC(2026, 10, 22, 12)

/** A folder that is removed when the tests of the file have ended. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-store-'))
  after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Stores that are closed when the tests of the file have ended. */
export function storeKeeper(): (path?: string) => Store {
  const open: Store[] = []
  after(() => {
    for (const store of open) store.close()
  })
  return (path = ':memory:') => {
    const store = openStore(path)
    open.push(store)
    return store
  }
}

export function newBinding(change: Partial<NewBinding> = {}): NewBinding {
  return {
    mailbox: 'bob@office.example',
    number: '+4917012345678',
    alias: null,
    name: null,
    line: false,
    origin: 'cli',
    createdAt: now,
    expiresAt: null,
    ...change,
  }
}

/** Starts other-process.ts with a command; the answer is its first line. */
export function otherProcess(...words: readonly string[]): {
  readonly child: ChildProcess
  readonly firstLine: Promise<string>
  readonly ended: Promise<void>
} {
  const script = fileURLToPath(new URL('./other-process.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...words], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const firstLine = new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
    child.once('exit', () => reject(new Error(`the other process said only: ${text}`)))
  })
  return { child, firstLine, ended }
}
