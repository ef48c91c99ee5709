// `simpost config check`: reads the config file and its secrets and says what is wrong.

import { readConfig } from '../config/config.ts'
import { print } from './output.ts'

export function configCheck(options: { readonly config: string }): void {
  const config = readConfig(options.config)
  config.modem.pin()
  config.mail.imap.password()
  config.mail.smtp.password()
  print(`${config.file}: fine`)
}
