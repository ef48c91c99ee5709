// `npm run bench`: measures the built service as a child process between the simulated modem and mail servers, from outside: times from
// the simulators' logs, memory and processor time from /proc, commits from the write-ahead log. Prints a table, or JSON with --json.
// Machines differ: compare figures of one run. Some parts only: npm run bench -- latency idle

import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { measureBindings } from './bindings.ts'
import { measureCost } from './cost.ts'
import type { Figure } from './figure.ts'
import { measureIdle } from './idle.ts'
import { measureLatency } from './latency.ts'
import { measureMail } from './mail-rates.ts'
import { measureMemory } from './memory.ts'
import { measureRates } from './modem-rates.ts'
import { measureScale } from './scale.ts'

const parts: Readonly<Record<string, (program: string) => Promise<Figure[]>>> = {
  latency: measureLatency,
  cost: measureCost,
  idle: measureIdle,
  memory: measureMemory,
  scale: measureScale,
  rates: measureRates,
  mail: measureMail,
  bindings: measureBindings,
}

const rounded = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1)

function lineOf({ name, unit, median, p95, aim }: Figure): string {
  const spread = p95 === null ? '' : `(95 %: ${rounded(p95)})`
  const wanted = aim === '' ? '' : `aim: ${aim}`
  return `${name.padEnd(70)} ${rounded(median).padStart(8)} ${unit.padEnd(4)} ${spread.padEnd(16)} ${wanted}`.trimEnd()
}

const program = join(resolve(dirname(fileURLToPath(import.meta.url)), '../..'), 'dist/simpost.cjs')
const words = process.argv.slice(2)
const json = words.includes('--json')
const wanted = words.filter((word) => word !== '--json')
const unknown = wanted.find((word) => !(word in parts))
if (unknown !== undefined) throw new Error(`"${unknown}" is none of ${Object.keys(parts).join(', ')}`)

const figures: Figure[] = []
for (const [name, measure] of Object.entries(parts)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const found = await measure(program)
  figures.push(...found)
  if (!json) process.stdout.write(`${found.map(lineOf).join('\n')}\n`)
}
if (json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`)
