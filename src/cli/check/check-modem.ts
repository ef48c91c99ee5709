// What `simpost check` finds about the modem: its port, who else is there, and what it says. While the service runs, its last words count, for
// it has the port; else the modem is asked here (modem/look.ts), without a PIN.

import { access, constants } from 'node:fs/promises'
import { systemClock } from '../../daemon/system-clock.ts'
import type { ModemState } from '../../modem/gsm-modem.ts'
import { lookAtModem } from '../../modem/look.ts'
import { findRivals } from '../../modem/port/find-rival.ts'
import { listModemPorts, listUnreadySticks } from '../../modem/port/usb-ports.ts'
import { type CheckScene, type Finding, fine, problem, warning } from './check-finding.ts'

/** Below this, SMS get lost on the way to the network (TS 27.007 8.5 ends at -113). */
const weakDbm = -105

/** From this share on the store of the SIM may soon be full, and then the modem is deaf. */
const fillWarning = 0.6

export async function modemFindings(scene: CheckScene): Promise<readonly Finding[]> {
  const port = await portFindings(scene)
  if (scene.running) return [...port, ...stateFindings(scene.modem)]
  if (port.some(({ level }) => level === 'problem')) return port
  const { config } = scene
  const look = { baudRate: config.modem.baud_rate, clock: systemClock, signal: new AbortController().signal }
  const state = await lookAtModem({ ...look, port: config.modem.port })
  return [...port, ...(wantsPin(state) ? pinFindings(scene) : stateFindings(state))]
}

async function portFindings({ config, running }: CheckScene): Promise<readonly Finding[]> {
  const { port } = config.modem
  if (port.startsWith('tcp://')) return [fine('port', `${port} is a modem behind a serial server`)]
  if (port !== 'auto') return pathFindings(port, port, running)
  const [best] = (await listModemPorts()).filter(({ rank }) => rank < 3)
  if (best !== undefined) return pathFindings(best.path, `${best.path} (${best.product})`, running)
  const sticks = await listUnreadySticks()
  if (sticks.length > 0) return sticks.map(({ what, hint }) => problem('port', what, hint))
  const rivals = await findRivals('/dev/no-modem')
  const hint =
    'Plug the modem in and wait half a minute; lsusb shows whether it is seen at all. See hardware.md.'
  return [
    problem('port', 'no USB modem is there', hint),
    ...rivals.map((rival) => warning('port', rival.what, rival.hint)),
  ]
}

async function pathFindings(path: string, name: string, running: boolean): Promise<readonly Finding[]> {
  const failure = await access(path, constants.R_OK | constants.W_OK).then(
    () => null,
    (error: NodeJS.ErrnoException) => error.code ?? '',
  )
  const others = (await findRivals(path)).filter((rival) => !(running && rival.name === 'simpost'))
  const rivals = others.map(({ how, what, hint }) =>
    how === 'known' ? warning('port', what, hint) : problem('port', `${path}: ${what}`, hint),
  )
  if (failure === null)
    return [...(rivals.some(isProblem) ? [] : [fine('port', `${name} is there`)]), ...rivals]
  if (failure === 'ENOENT') {
    const hint = 'Plug the modem in, or correct modem.port: ls -l /dev/serial/by-id shows what is there.'
    return [problem('port', `${path} is not there`, hint), ...rivals]
  }
  const hint =
    'sudo simpost check, or join the group of the port and log in again: sudo usermod -aG dialout $USER'
  // The service has rights of its own.
  const refused = running ? warning : problem
  return [refused('port', `you may not open ${path}`, hint), ...rivals]
}

const isProblem = ({ level }: Finding): boolean => level === 'problem'

const wantsPin = ({ problem: trouble }: ModemState): boolean =>
  trouble?.code === 'SIM_LOCKED' && trouble.message === 'the SIM wants its PIN'

/** The PIN is the service's to enter: it alone counts the tries. */
function pinFindings({ config, modem }: CheckScene): readonly Finding[] {
  if (modem?.problem?.code === 'SIM_LOCKED')
    return [problem('sim', modem.problem.message, modem.problem.hint)]
  const hint = 'Set modem.pin_file or modem.pin, or switch the PIN off in a phone.'
  if (config.modem.pin() === null) return [problem('sim', 'the SIM wants its PIN', hint)]
  return [fine('sim', 'the SIM wants its PIN; the service enters it at its start, this check does not')]
}

function stateFindings(state: ModemState | null): readonly Finding[] {
  if (state === null)
    return [warning('modem', 'the service has not said anything of the modem yet', 'Wait a minute.')]
  const model = [state.manufacturer, state.model, state.firmware].filter(
    (word) => word !== null && word !== '',
  )
  const what = `${model.length === 0 ? 'the modem' : model.join(' ')}: ${phaseWords[state.phase]}`
  const trouble = state.problem
  // What lets messages pass all the same is no problem yet.
  const passes = state.phase === 'ready' && state.smsc !== null
  const found: Finding[] = []
  if (trouble === null) found.push(fine('modem', what))
  else found.push((passes ? warning : problem)('modem', trouble.message, trouble.hint))
  return [...found, ...networkFindings(state), ...simFindings(state)]
}

const phaseWords: Readonly<Record<ModemState['phase'], string>> = {
  opening: 'its port is being opened',
  starting: 'it is starting',
  'waiting-for-network': 'it looks for its network',
  ready: 'it is ready',
  closed: 'its port is closed',
}

function networkFindings({ registered, operator, signalDbm }: ModemState): readonly Finding[] {
  if (!registered) return []
  const signal = signalDbm === null ? '' : `, signal about ${signalDbm} dBm`
  const message = `registered${operator === null || operator === '' ? '' : ` with ${operator}`}${signal}`
  if (signalDbm === null || signalDbm >= weakDbm) return [fine('network', message)]
  return [warning('network', message, 'The signal is weak: move the antenna or the modem.')]
}

function simFindings({ smsc, storage, problem: trouble }: ModemState): readonly Finding[] {
  const centre = smsc === null ? [] : [fine('sim', `service centre ${smsc}`)]
  if (storage === null || storage.total === 0) return centre
  const message = `the message store ${storage.name} holds ${storage.used} of ${storage.total}`
  // Said already as what troubles the modem most.
  if (trouble?.message === message) return centre
  const full = storage.used >= fillWarning * storage.total
  return [
    ...centre,
    full ? warning('sim', message, 'Delete old messages of the SIM in a phone.') : fine('sim', message),
  ]
}
