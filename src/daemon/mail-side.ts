// The mail side: the mailbox that is watched, life after life, and the server that takes our mails. Both ask for their credential
// before every sign-in.

import type { Config } from '../config/config.ts'
import { type ErrorCode, isStoreTrouble } from '../domain/errors.ts'
import type { Clock, MailTransport } from '../domain/ports.ts'
import type { Alarms } from '../exchange/alarm.ts'
import type { Desk } from '../exchange/desk.ts'
import { createMailIntake } from '../exchange/intake/mail-intake.ts'
import type { OpenImap } from '../mail/imap/imap-connection.ts'
import { createImapInbox, createInboxMemory, type InboxState } from '../mail/imap/imap-inbox.ts'
import { createSmtpSender, type SmtpSenderOptions } from '../mail/smtp/smtp-sender.ts'
import { type ServiceState, show } from '../store/service-state.ts'
import { mailReader } from './desk.ts'
import { createMemory } from './hold-memory.ts'
import { createMailAlarms, type MailAlarms } from './mail-alarms.ts'
import { createSignIn, type ServerSignIn, watchfulTransport } from './sign-in.ts'
import { type Backoff, keepRunning, type Supervised } from './supervisor.ts'

/** Servers and networks want patience; an account that is refused again and again gets locked: three tries, then 1, 2, 4, 8, 12 hours. */
const mailBackoff: Backoff = {
  firstMs: 1000,
  maxMs: 300_000,
  holdMs: 3_600_000,
  holdMaxMs: 43_200_000,
  jitter: 0.2,
}

/** What the alarms of the sign-in tell. */
const signInCodes: ReadonlySet<ErrorCode> = new Set(['IMAP_AUTH', 'OAUTH_REFUSED', 'OAUTH_UNAVAILABLE'])

/** What stands for the servers in a simulation. */
export interface MailServers {
  readonly openImap: OpenImap
  readonly createSender: (options: SmtpSenderOptions) => MailTransport
}

interface MailSideOptions {
  readonly config: Config
  readonly desk: Desk
  readonly state: ServiceState
  readonly clock: Clock
  /** Default: real ones. */
  readonly servers?: MailServers | undefined
  readonly onState?: ((state: InboxState) => void) | undefined
  /** Rung for a sign-in that is refused, or that the provider ends soon, and for mails that are not taken. */
  readonly alarms: Alarms
}

export interface MailSide {
  readonly transport: MailTransport
  /** Watches the mailbox until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createMailSide(options: MailSideOptions): MailSide {
  const { config, clock, state, desk } = options
  const alarms = createMailAlarms(
    options.alarms,
    createMemory(state, 'sign-in-refusals', () => desk.now()),
  )
  const signIn = createSignIn(config, clock, alarms.provider)
  const createSender = options.servers?.createSender ?? createSmtpSender
  const sender = createSender({
    ...config.mail.smtp,
    credential: signIn.smtp.ask,
    clock,
    onAccountTrouble: alarms.submission,
  })
  const parts = { ...options, alarms, signIn: signIn.imap }
  return {
    transport: watchfulTransport(sender, signIn.smtp),
    run: async (signal) => {
      await Promise.all([keepRunning(mailboxLives(parts), signal), signIn.keepFresh(signal)])
    },
  }
}

interface MailboxParts extends Omit<MailSideOptions, 'alarms'> {
  readonly alarms: MailAlarms
  readonly signIn: ServerSignIn
}

function mailboxLives(parts: MailboxParts): Supervised {
  const { clock, desk, state, alarms, signIn } = parts
  return {
    name: 'mailbox',
    clock,
    backoff: mailBackoff,
    live: inboxLife(parts),
    memory: createMemory(state, 'mailbox-refusals', () => desk.now()),
    cause: signIn.mark,
    onDown: (error) => {
      const { code, message } = error
      // The file of the password cannot be read, so that no server was asked.
      if (code === 'CONFIG_INVALID') alarms.signIn('imap', { message, mailBroken: false })
      // Of the database the operator hears from store-watch.ts.
      else if (!signInCodes.has(code) && !isStoreTrouble(error)) alarms.mailbox(error)
    },
  }
}

function inboxLife({ config, desk, state, clock, servers, onState, alarms, signIn }: MailboxParts) {
  const { imap } = config.mail
  const memory = createInboxMemory()
  const reader = mailReader(config, desk)
  const intake = createMailIntake(desk, reader, `${imap.user}@${imap.host}`)
  return (signal: AbortSignal, accepted: () => void): Promise<void> =>
    createImapInbox({
      ...imap,
      credential: signIn.ask,
      rescanMs: imap.rescan,
      maxBytes: config.mail.size_max_mb * 1_048_576,
      clock,
      openImap: servers?.openImap,
      intake,
      memory,
      onSignIn: (refusal) => {
        if (refusal === null) accepted()
        else signIn.refused()
        alarms.signIn('imap', refusal === null ? null : { message: refusal.message, mailBroken: false })
      },
      onState: (now) => {
        onState?.(now)
        const { phase, problem, uidValidity } = now
        if (phase === 'watching') alarms.mailbox(null)
        // A scan is over in an instant and says nothing to the operator.
        if (phase !== 'scanning') show(state, 'mailbox', { phase, problem, uidValidity }, desk.now())
      },
    }).run(signal)
}
