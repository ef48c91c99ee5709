#!/usr/bin/env node
// Prints the test files in the order in which they are best started: those that take minutes first, so that at the end no core waits for
// one of them.

import { readdirSync } from 'node:fs'

/** Folders and files whose tests take minutes. */
const slow = ['test/crash/', 'test/world/', 'test/soak/', 'test/power-cut/', 'test/modem/faults/']

const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => `test/${file}`)
const rank = (file) => slow.findIndex((folder) => file.startsWith(folder))
const order = (file) => (rank(file) < 0 ? slow.length : rank(file))
files.sort((one, other) => order(one) - order(other) || one.localeCompare(other, 'en'))
process.stdout.write(`${files.join('\n')}\n`)
