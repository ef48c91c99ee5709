// A simulated modem on a pty with a config that names it, and the built program: for the tests of `simpost modem ...`, with the service
// or without it.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createSimModem,
  type SimModem,
  type SimModemOptions,
} from '../../../src/simulator/modem/sim-modem.ts'
import { smallest } from '../../config/smallest.ts'
import type { Finished, Program, Service } from '../../scenario/program.ts'
import { openPty, type Pty } from '../../support/pty.ts'

export interface ModemBox {
  readonly sim: SimModem
  readonly folder: string
  readonly configFile: string
  readonly storePath: string
  run(...args: string[]): Promise<Finished>
  /** The same with --json; it must end well. */
  json<T>(...args: string[]): Promise<T>
  /** Starts the service and waits until its modem is ready. */
  serve(): Promise<Service>
  remove(): Promise<void>
}

export async function openModemBox(
  program: Program,
  options: SimModemOptions = {},
  pinLine = '',
): Promise<ModemBox> {
  const sim = createSimModem(options)
  const port = await sim.listen()
  const pty: Pty = await openPty(port)
  const folder = mkdtempSync(join(tmpdir(), 'simpost-modem-'))
  const storePath = join(folder, 'simpost.db')
  const configFile = join(folder, 'simpost.toml')
  writeFileSync(
    configFile,
    smallest
      .replace(/^path = .*$/m, `path = "${storePath}"`)
      .replace(/^port = .*$/m, `port = "${pty.path}"`)
      .replace(/^pin_file = .*$/m, pinLine)
      .replace(/^password_file = .*$/m, 'password = "secret"')
      .replace(/^(host = )"[^"]*"/gm, '$1"127.0.0.1"')
      .replace(/^port = (993|465)/gm, 'port = 9')
      .replace(/^security = "tls"/gm, 'security = "none"'),
  )
  const services: Service[] = []
  const run = (...args: string[]): Promise<Finished> => program.run([...args, '--config', configFile])
  return {
    ...{ sim, folder, configFile, storePath, run },
    async json(...args) {
      const { status, stdout, stderr } = await run(...args, '--json')
      assert.equal(status, 0, stderr)
      return JSON.parse(stdout)
    },
    async serve() {
      const service = program.start(['run', '--config', configFile])
      services.push(service)
      await service.logged(/modem-started/)
      return service
    },
    async remove() {
      for (const service of services) await service.stop()
      await pty.close()
      await sim.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
