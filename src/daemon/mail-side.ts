// The mail side: the mailbox that is watched, life after life, and the server that takes our mails. Both ask for their credential
// before every sign-in.

import type { Config } from '../config/config.ts'
import type { Clock, MailTransport } from '../domain/ports.ts'
import type { Desk } from '../exchange/desk.ts'
import { createMailIntake } from '../exchange/mail-intake.ts'
import { createImapInbox, type InboxState } from '../mail/imap/imap-inbox.ts'
import { passwordCredential } from '../mail/sign-in/credential.ts'
import { createSmtpSender } from '../mail/smtp/smtp-sender.ts'
import { type ServiceState, show } from '../store/service-state.ts'
import { mailReader } from './desk.ts'
import { type Backoff, keepRunning } from './supervisor.ts'

/** Servers and networks want patience; an account that is refused again and again gets locked. */
const mailBackoff: Backoff = { firstMs: 1000, maxMs: 300_000, holdMs: 1_800_000 }

interface MailSideOptions {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly clock: Clock
  readonly onState?: ((state: InboxState) => void) | undefined
}

export interface MailSide {
  readonly transport: MailTransport
  /** Watches the mailbox until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createMailSide(options: MailSideOptions): MailSide {
  const { config, clock } = options
  const { smtp } = config.mail
  return {
    transport: createSmtpSender({ ...smtp, credential: passwordCredential(smtp.password), clock }),
    run: (signal) =>
      keepRunning({ name: 'mailbox', clock, backoff: mailBackoff, live: inboxLife(options) }, signal),
  }
}

function inboxLife({ config, desk, state, clock, onState }: MailSideOptions) {
  const { imap } = config.mail
  const reader = mailReader(config, desk)
  const intake = createMailIntake(desk, reader, `${imap.user}@${imap.host}`)
  return (signal: AbortSignal): Promise<void> =>
    createImapInbox({
      ...imap,
      credential: passwordCredential(imap.password),
      rescanMs: imap.rescan,
      maxBytes: config.mail.size_max_mb * 1_048_576,
      clock,
      intake,
      onState: (now) => {
        onState?.(now)
        const { phase, problem, uidValidity } = now
        // A scan is over in an instant and says nothing to the operator.
        if (phase !== 'scanning') show(state, 'mailbox', { phase, problem, uidValidity }, desk.now())
      },
    }).run(signal)
}
