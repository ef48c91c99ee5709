// What counts for one phone: the rules of its binding, where the binding says nothing those of the config. Pure.

import type { Binding, Language, Policy } from '../../domain/binding.ts'
import { parseDuration } from '../../domain/duration.ts'
import { parseQuietHours, type QuietHours } from '../../domain/quiet-hours.ts'
import type { ExchangeSettings, World } from './decision.ts'

export interface Rules {
  readonly mailToSms: Policy
  readonly smsToMail: Policy
  /** null: the phone may ring at any time. */
  readonly quietHours: QuietHours | null
  readonly digest: boolean
  readonly urgent: boolean
  readonly partsMax: number
  readonly tooLong: 'cut' | 'refuse'
  readonly automatic: 'allow' | 'drop'
  readonly plainLetters: boolean
  /** Text in front of and behind each SMS; '' for none. */
  readonly before: string
  readonly after: string
  /** SMS parts a day, null: what the config says of each phone. */
  readonly partsPerDay: number | null
  /** How long the network keeps trying, in ms. */
  readonly validityMs: number
  readonly language: Language
  /** What a sender hears: `failed` includes that it takes long, `all` also that it arrived. */
  readonly report: 'failed' | 'all'
}

/** The rules for a phone with this binding, or without one. */
export function rulesOf(binding: Binding | null | undefined, settings: ExchangeSettings): Rules {
  const quiet = binding?.quietHours ?? null
  return {
    mailToSms: binding?.mailToSms ?? settings.mailToSms,
    smsToMail: binding?.smsToMail ?? settings.smsToMail,
    quietHours: quiet === null ? settings.quietHours : parseQuietHours(quiet),
    digest: binding?.digest ?? settings.digest,
    urgent: binding?.urgent ?? false,
    partsMax: binding?.partsMax ?? settings.partsMax,
    tooLong: binding?.tooLong ?? settings.tooLong,
    automatic: binding?.automatic ?? settings.automatic,
    plainLetters: binding?.plainLetters ?? settings.plainLetters,
    before: binding?.before ?? '',
    after: binding?.after ?? '',
    partsPerDay: binding?.partsPerDay ?? null,
    validityMs: parseDuration(binding?.validity ?? '') ?? settings.validityMs,
    language: binding?.language ?? settings.language,
    report: binding?.report ?? settings.report,
  }
}

/**
 * The rules for a phone: those that the operator set for it. What a message binds for a while leads elsewhere and changes no rule, or
 * a tag could make any phone urgent, and take Carol's quiet hours from her.
 */
export function rulesOfPhone(
  number: string,
  { bindings, settings, now }: Pick<World, 'bindings' | 'settings' | 'now'>,
): Rules {
  return rulesOf(bindings.ofOperator(number, now), settings)
}

/** The language in which somebody with this mailbox is spoken to. */
export function languageOf(mailbox: string, world: Pick<World, 'bindings' | 'settings' | 'now'>): Language {
  return rulesOf(world.bindings.ofMailbox(mailbox, world.now), world.settings).language
}
