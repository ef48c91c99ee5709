// `simpost modem forget-pin`: a person has opened the SIM, or knows that the PIN is right, so that Simpost may enter it again. Works
// beside the running service, which looks into the same database before each try.

import { createServiceState } from '../store/service-state.ts'
import { withOffice } from './context.ts'
import { print } from './output.ts'

export async function forgetPin(options: { readonly config: string }): Promise<void> {
  await withOffice(options.config, { readOnly: false }, ({ desk }) => {
    const known = createServiceState(desk.store).forgetPins()
    print(
      known === 0
        ? 'No refused PIN and no lost try was known.'
        : 'Forgotten. Within a minute, or at its start, Simpost enters the configured PIN again, unless the modem says that tries are missing.',
    )
  })
}
