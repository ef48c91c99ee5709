// `simpost config check`: reads the config file and its secrets and says what is wrong.

import { type Config, readConfig } from '../../config/config.ts'
import { exposedFiles } from '../../config/exposed-files.ts'
import { signInPlace } from '../../daemon/sign-in.ts'
import { GatewayError } from '../../domain/errors.ts'
import { print } from '../output.ts'

export function configCheck(options: { readonly config: string }): void {
  const config = readConfig(options.config)
  config.modem.pin()
  if (signInPlace(config) !== null) config.mail.oauth?.clientSecret()
  else if (config.mail.imap.password() === null) throw noPassword(config)
  config.mail.smtp.password()
  config.trust.secrets()
  for (const { problem, hint } of exposedFiles(config))
    process.stderr.write(`warning: ${problem}\nTry: ${hint}\n`)
  print(`${config.file}: fine`)
}

/** The service would start and wait in vain for the mailbox. */
function noPassword({ file, mail }: Config): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `${file}: mail.imap has neither password nor password_file, so the box cannot sign in as ${mail.imap.user}`,
    {
      hint: 'add password_file = "/etc/simpost/mail" to [mail.imap], and put the password alone into that file',
    },
  )
}
