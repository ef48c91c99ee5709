// `simpost backup FILE`: the database as one file, beside the running service.

import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { readConfig } from '../../config/config.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import { backUp } from '../../store/backup/backup.ts'
import { print, printJson } from '../output.ts'
import { showProgress } from '../progress.ts'
import { octetsText } from './octets-text.ts'

interface BackupOptions {
  readonly config: string
  readonly force?: boolean
  readonly json?: boolean
}

export async function backup(name: string, options: BackupOptions): Promise<void> {
  const { path } = readConfig(options.config).store
  const file = resolve(name)
  refuse(path, file, options.force === true)
  const progress = showProgress('%', { terminal: 1, plain: 25 })
  let shown = 0
  const onStep = (done: number): void => {
    const percent = Math.floor(done * 100)
    if (percent > shown) progress.at('of the database copied', percent)
    shown = percent
  }
  const facts = await backUp(path, file, { at: systemClock.now(), onStep }).finally(() => progress.end())
  if (options.json === true)
    return printJson({ file, octets: facts.octets, schema: facts.schema, at: isoTime(facts.at) })
  print(`${file}: ${octetsText(facts.octets)}, read through and good`)
  print('Not in it: the config, passwords, and the sign-in of "simpost login".')
}

function refuse(database: string, file: string, force: boolean): void {
  if (database === ':memory:')
    throw new GatewayError('USAGE', 'a database in memory cannot be copied', {
      hint: 'set store.path to a file',
    })
  if (!existsSync(file)) return
  if (existsSync(database) && realpathSync(file) === realpathSync(database))
    throw new GatewayError('USAGE', `${file} is the database itself`, { hint: 'name another file' })
  if (!force)
    throw new GatewayError('USAGE', `${file} is there already`, { hint: 'another name, or --force' })
}

const isoTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())
