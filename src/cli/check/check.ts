// `simpost check`: everything that stops messages or soon will, one line each, with its cure. A finding is made by a small function in the
// list below; another subject is another function. Invariants: no PIN is entered, no message read, sent or deleted; exit 1 if
// something stops messages now.

import { type Config, readConfig } from '../../config/config.ts'
import { exposedFiles } from '../../config/exposed-files.ts'
import { GatewayError, isStoreTrouble } from '../../domain/errors.ts'
import { configureLog } from '../../log.ts'
import type { ModemState } from '../../modem/gsm-modem.ts'
import { isServiceRunning } from '../../store/database/database.ts'
import { createServiceState } from '../../store/service-state.ts'
import { asTyped } from '../config-option.ts'
import { withOffice } from '../context.ts'
import { printable, printJson, styled } from '../output.ts'
import { printLines } from '../wrap.ts'
import { type CheckScene, type Finding, fine, problem, warning } from './check-finding.ts'
import { modemFindings } from './check-modem.ts'
import { storeFindings } from './check-store.ts'

const checks: readonly ((scene: CheckScene) => Promise<readonly Finding[]> | readonly Finding[])[] = [
  serviceFindings,
  modemFindings,
]

function serviceFindings({ running }: CheckScene): readonly Finding[] {
  if (running) return [fine('service', 'the service runs')]
  const hint = 'sudo systemctl start simpost; why it stopped says: journalctl -u simpost -n 30'
  return [problem('service', 'the service does not run', hint)]
}

/** A failure of a check is a finding as well. */
function findingOf(area: Finding['area'], error: unknown): Finding {
  if (!(error instanceof GatewayError)) throw error
  return problem(area, error.message, error.hint ?? null)
}

async function findAll(file: string): Promise<readonly Finding[]> {
  let config: Config
  try {
    config = readConfig(file)
    config.modem.pin()
  } catch (error) {
    return [findingOf('config', error)]
  }
  const findings = [
    fine('config', `${file} is fine`),
    ...exposedFiles(config).map((exposed) => warning('config', exposed.problem, exposed.hint)),
  ]
  const store = storeFindings(config, Date.now())
  try {
    const scene = await withOffice(file, { readOnly: true }, ({ desk }) => ({
      config,
      running: isServiceRunning(config.store.path),
      modem: createServiceState(desk.store).read<ModemState>('modem')?.value ?? null,
    }))
    for (const check of checks) findings.push(...(await check(scene)))
  } catch (error) {
    // What is wrong with the database was found already, where it was looked at.
    const known = isStoreTrouble(error) && store.some(({ level }) => level === 'problem')
    if (!known) findings.push(findingOf('service', error))
  }
  return [...findings, ...store]
}

const colours = { ok: 'green', warning: 'yellow', problem: 'red' } as const

export async function check(options: { readonly config: string; readonly json?: boolean }): Promise<void> {
  // What the start-up of the modem would log is a finding here.
  configureLog('error')
  const findings = await findAll(options.config)
  const stopped = findings.some(({ level }) => level === 'problem')
  if (options.json === true) printJson({ ok: !stopped, findings })
  else
    printLines(
      findings.flatMap(({ area, level, message, hint }) => [
        `${styled(colours[level], level.padEnd(8))} ${area.padEnd(8)} ${printable(asTyped(message))}`,
        ...(hint === null ? [] : [`${' '.repeat(18)}Try: ${printable(asTyped(hint))}`]),
      ]),
    )
  if (stopped) process.exitCode = 1
}
