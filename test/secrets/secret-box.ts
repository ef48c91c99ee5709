// A box whose every trace is kept: a home, a folder for temporary files and a database folder of its own, a stand-in for systemd-notify
// that writes down what a child is given, and a lever that makes the program die of an error as libraries throw it.
// Invariant: what the test wrote itself is no evidence; everything else in the box is.

import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { buildProgram, type Program, type Service } from '../scenario/program.ts'
import { Evidence, type Kind } from './traces.ts'

/** Loaded into the program by NODE_OPTIONS: SIGUSR2 throws what crash.json says. */
const lever = `const { readFileSync } = require('node:fs')
process.on('SIGUSR2', () => {
  const { message, properties, rejects } = JSON.parse(readFileSync(__dirname + '/crash.json', 'utf8'))
  const cause = Object.assign(new Error(message), properties)
  const error = Object.assign(new TypeError(message, { cause }), properties)
  if (rejects) void Promise.reject(error)
  else throw error
})
`
const witness = `#!/bin/sh
{ echo "$@"; env; } >>"$CHILD_LOG"
`

export interface SecretBox {
  readonly folder: string
  readonly evidence: Evidence
  /** Writes a file of the test's own into the box. @returns its path */
  input(name: string, text: string): string
  /** Starts the service; what it says is collected when it has ended. */
  serve(config: string): Service
  /** Runs a command to its end. @returns what it said */
  run(kind: Kind, ...args: string[]): Promise<string>
  /** Files outside of the box that this process holds open for writing. */
  strayFiles(pid: number): string[]
  /** Takes what lies in the box, and what the services said, as evidence. */
  collect(): Promise<void>
  remove(): Promise<void>
}

export async function openSecretBox(): Promise<SecretBox> {
  const program: Program = await buildProgram()
  const folder = mkdtempSync(join(tmpdir(), 'simpost-secret-'))
  const evidence = new Evidence()
  const inputs = new Set<string>()
  const services: { readonly service: Service; readonly name: string }[] = []
  const input = (name: string, text: string): string => {
    const path = join(folder, name)
    inputs.add(path)
    writeFileSync(path, text, { mode: 0o600 })
    return path
  }
  for (const name of ['home', 'tmp', 'bin']) mkdirSync(join(folder, name))
  chmodSync(input('bin/systemd-notify', witness), 0o755)
  const environment = {
    HOME: join(folder, 'home'),
    TMPDIR: join(folder, 'tmp'),
    PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
    NOTIFY_SOCKET: join(folder, 'nobody-hears'),
    CHILD_LOG: join(folder, 'children'),
    NODE_OPTIONS: `--require ${input('lever.cjs', lever)}`,
  }
  return {
    ...{ folder, evidence, input },
    serve(config) {
      const service = program.start(['run', '--config', config], environment)
      services.push({ service, name: `service ${services.length + 1}` })
      return service
    },
    async run(kind, ...args) {
      const command = program.start(args, environment)
      await command.ended
      evidence.add(kind, `simpost ${args.slice(0, 3).join(' ')}`, command.log())
      return command.log()
    },
    strayFiles: (pid) => writable(pid).filter((path) => !path.startsWith(folder)),
    async collect() {
      for (const { service, name } of services) {
        await service.stop()
        evidence.add('log', name, service.log())
      }
      for (const path of filesIn(folder).filter((each) => !inputs.has(each)))
        evidence.add(kindOf(path), path.slice(folder.length), readFileSync(path))
    },
    async remove() {
      for (const { service } of services) await service.stop()
      await program.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const kinds: readonly (readonly [RegExp, Kind])[] = [
  [/\.sign-in$/, 'token-file'],
  [/\.db(-wal|-shm)?$/, 'database'],
  [/^children$/, 'child'],
  [/\.transcript$/, 'transcript'],
  [/\.csv$/, 'export'],
]

const kindOf = (path: string): Kind =>
  kinds.find(([pattern]) => pattern.test(basename(path)))?.[1] ?? 'other-file'

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : []
  })
}

/** Regular files that are open for writing (proc(5)). */
function writable(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    const path = readlinkSync(`/proc/${pid}/fd/${fd}`)
    const flags = Number.parseInt(
      /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0',
      8,
    )
    return path.startsWith('/') && !path.startsWith('/dev/') && (flags & 3) !== 0 ? [path] : []
  })
}
