// `simpost modem forget-pin`: a person has opened the SIM, or knows that the PIN is right, so that Simpost may enter it again. Works
// beside the running service, which looks into the same database before each try.

import { createServiceState } from '../../store/service-state.ts'
import { withOffice } from '../context.ts'
import { print, printJson } from '../output.ts'

export async function modemForgetPin(options: {
  readonly config: string
  readonly json?: boolean
}): Promise<void> {
  await withOffice(options.config, { readOnly: false }, ({ desk }) => {
    const known = createServiceState(desk.store).forgetPins()
    if (options.json === true) return printJson({ forgotten: known })
    print(
      known === 0
        ? 'No refused PIN and no lost try was known.'
        : 'Forgotten. Within a minute, or at its start, Simpost enters the configured PIN again, unless the modem says that tries are missing.',
    )
  })
}
