// The mail side: the mailbox that is watched, life after life, and the server that takes our mails. Both ask for their credential
// before every sign-in.

import type { Config } from '../config/config.ts'
import type { GatewayError } from '../domain/errors.ts'
import type { Clock, MailTransport } from '../domain/ports.ts'
import type { Desk } from '../exchange/desk.ts'
import { createMailIntake } from '../exchange/mail-intake.ts'
import { createImapInbox, createInboxMemory, type InboxState } from '../mail/imap/imap-inbox.ts'
import { passwordCredential } from '../mail/sign-in/credential.ts'
import { createSmtpSender } from '../mail/smtp/smtp-sender.ts'
import { type ServiceState, show } from '../store/service-state.ts'
import { mailReader } from './desk.ts'
import { createHoldMemory, passwordMark } from './hold-memory.ts'
import { type Backoff, keepRunning, type Supervised } from './supervisor.ts'

/** Servers and networks want patience; an account that is refused again and again gets locked: three tries, then 1, 2, 4, 8, 12 hours. */
const mailBackoff: Backoff = {
  firstMs: 1000,
  maxMs: 300_000,
  holdMs: 3_600_000,
  holdMaxMs: 43_200_000,
  jitter: 0.2,
}

interface MailSideOptions {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly clock: Clock
  readonly onState?: ((state: InboxState) => void) | undefined
  /** After every sign-in at the IMAP server: null when it worked, else why it was refused. */
  readonly onImapSignIn?: ((refusal: GatewayError | null) => void) | undefined
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
    run: (signal) => keepRunning(mailboxLives(options), signal),
  }
}

function mailboxLives(options: MailSideOptions): Supervised {
  const { imap } = options.config.mail
  const { clock, desk, state } = options
  const account = `${imap.user}@${imap.host}`
  return {
    name: 'mailbox',
    clock,
    backoff: mailBackoff,
    live: inboxLife(options),
    memory: createHoldMemory(state, 'mailbox-refusals', () => desk.now()),
    cause: () => passwordMark(account, imap.password),
  }
}

function inboxLife({ config, desk, state, clock, onState, onImapSignIn }: MailSideOptions) {
  const { imap } = config.mail
  const memory = createInboxMemory()
  const reader = mailReader(config, desk)
  const intake = createMailIntake(desk, reader, `${imap.user}@${imap.host}`)
  return (signal: AbortSignal, accepted: () => void): Promise<void> =>
    createImapInbox({
      ...imap,
      credential: passwordCredential(imap.password),
      rescanMs: imap.rescan,
      maxBytes: config.mail.size_max_mb * 1_048_576,
      clock,
      intake,
      memory,
      onSignIn: (refusal) => {
        if (refusal === null) accepted()
        onImapSignIn?.(refusal)
      },
      onState: (now) => {
        onState?.(now)
        const { phase, problem, uidValidity } = now
        // A scan is over in an instant and says nothing to the operator.
        if (phase !== 'scanning') show(state, 'mailbox', { phase, problem, uidValidity }, desk.now())
      },
    }).run(signal)
}
