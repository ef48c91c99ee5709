// Under which address a mail goes out (RFC 5321 4.4): reports with the null sender (RFC 3464 2), other mails with an address that names the
// delivery where the mailbox takes plus addresses, so that a report that returns nothing of the mail still finds it. Many submission
// servers take the account's own address only. Invariant: a server that refused a sender is not asked again for a month.

import type { GatewayError } from '../../domain/errors.ts'
import { log } from '../../log.ts'
import type { ClaimedMail } from '../../store/outbox/outbox.ts'
import { createServiceState, show } from '../../store/service-state.ts'
import type { Desk } from '../desk.ts'

/** `null`: MAIL FROM:<>. `token`: an address of the delivery. `own`: the box's mailbox. */
type RefusableKind = 'null' | 'token'
type SenderKind = RefusableKind | 'own'

/** What MAIL FROM says; `address` is '' for the null sender. */
export interface EnvelopeSender {
  readonly kind: SenderKind
  readonly address: string
}

/** When the server refused a kind of sender, ms since 1970. */
type Refused = Readonly<Partial<Record<RefusableKind, number>>>

/** Where it stands in the service's state. */
const stateKey = 'refused-senders'
/** A provider may change its mind, and the operator the provider. */
const rememberedMs = 30 * 86_400_000
/** RFC 5321 4.5.3.1.1 */
const localPartOctetsMax = 64

/** The kinds of sender that the server does not take, as far as is known. */
export function refusedSenders({ store, now }: Pick<Desk, 'store' | 'now'>) {
  const refused = createServiceState(store).read<Refused>(stateKey)?.value ?? {}
  return (['null', 'token'] as const).flatMap((kind) => {
    const at = refused[kind]
    // A clock that ran ahead must not make it for ever.
    return at === undefined || at > now() || now() - at >= rememberedMs ? [] : [{ kind, at }]
  })
}

/** Chooses the sender of each mail, and remembers which kinds the server refused. */
export function createEnvelopeSenders(desk: Desk) {
  const isRefused = (wanted: SenderKind): boolean => refusedSenders(desk).some(({ kind }) => kind === wanted)
  const own: EnvelopeSender = { kind: 'own', address: desk.settings.ownMailbox }
  return {
    own,
    senderOf: ({
      deliveryId,
      nullSender,
    }: Pick<ClaimedMail, 'deliveryId' | 'nullSender'>): EnvelopeSender => {
      if (nullSender) return isRefused('null') ? own : { kind: 'null', address: '' }
      const address = addressOf(desk.settings.ownMailbox, desk.outbox.envelopeId(deliveryId))
      if (!desk.plusAddresses || address === null || isRefused('token')) return own
      return { kind: 'token', address }
    },
    /** Another sender was taken for the same mail: it was the sender that the server refused. */
    remember: (kind: SenderKind): void => {
      log.warn('mail-sender-refused', { kind })
      const known = refusedSenders(desk).map((one) => [one.kind, one.at])
      const now = desk.now()
      // The mail has left: a full disk must not make it leave again.
      show(createServiceState(desk.store), stateKey, { ...Object.fromEntries(known), [kind]: now }, now)
    },
  }
}

function addressOf(ownMailbox: string, envelopeId: string): string | null {
  const at = ownMailbox.lastIndexOf('@')
  const local = `${ownMailbox.slice(0, at)}+b${envelopeId}`
  return Buffer.byteLength(local) <= localPartOctetsMax ? `${local}${ownMailbox.slice(at)}` : null
}

/** True if a refusal may be meant for the sender: it says so, or it is one for good of a mail without a sender. */
export function mayBeSender({ code, retry, context }: GatewayError, { kind }: EnvelopeSender): boolean {
  if (kind === 'own' || code !== 'SMTP_REFUSED') return false
  return context.about === 'sender' || (kind === 'null' && retry === 'permanent')
}
