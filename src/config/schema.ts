// Every option of the config file, once: its type, default and meaning in words of the error. README.md shows the same table and
// test/config/schema.test.ts compares the two.

import * as v from 'valibot'
import { isCountry } from '../domain/address.ts'
import { languages } from '../domain/binding.ts'
import { patternFault } from '../domain/bounded-pattern.ts'
import { senderPatternFault } from '../domain/sender-list.ts'
import {
  count,
  duration,
  internationalNumber,
  keeping,
  mailAddress,
  money,
  oneOf,
  policy,
  quietHours,
  text,
  whole,
} from './option-values.ts'

/** One budget: of the whole box, of each sender, of each phone. */
const limits = {
  parts_per_month: v.optional(count(1, 10_000_000)),
  money_per_day: v.optional(money),
  money_per_month: v.optional(money),
}
const eachLimits = { parts_per_day: v.optional(count(1, 1_000_000)), ...limits }

const server = {
  host: text,
  security: v.optional(oneOf('tls', 'starttls', 'none'), 'tls'),
  password: v.optional(text),
  password_file: v.optional(text),
  ca_file: v.optional(text),
  insecure: v.optional(v.boolean('must be true or false'), false),
}

/** The shape of the file; the keys are settled and explained in README.md, "Options". */
export const schema = v.strictObject({
  modem: v.strictObject({
    port: v.optional(
      v.pipe(
        text,
        v.regex(
          /^(|auto|\/.+|tcp:\/\/.+:\d+)$/,
          'must be "auto", a path such as "/dev/serial/by-id/...", or "tcp://host:port"',
        ),
      ),
      'auto',
    ),
    number: internationalNumber,
    country: v.optional(v.pipe(text, v.toUpperCase(), v.check(isCountry, 'must be a country such as "DE"'))),
    pin: v.optional(v.pipe(text, v.regex(/^\d{4,8}$/, 'must be 4 to 8 digits in quotes'))),
    pin_file: v.optional(text),
    baud_rate: whole(300, 4_000_000, 115_200),
    sweep: duration('30s', '1s', '1d'),
    recover: v.optional(oneOf('reset', 'usb', 'power', 'reboot'), 'usb'),
    sms_per_minute: whole(0, 600, 30),
  }),
  mail: v.strictObject({
    address: mailAddress,
    name: v.optional(text, 'SMS'),
    plus_addresses: v.optional(v.boolean('must be true or false'), false),
    recipient_fields: v.optional(v.array(text), ['Delivered-To', 'X-Original-To', 'Envelope-To']),
    size_max_mb: whole(1, 100, 10),
    imap: v.strictObject({
      ...server,
      port: whole(1, 65_535, 993),
      user: text,
      folder: v.optional(text, 'INBOX'),
      done_folder: v.optional(text, 'Simpost'),
      rescan: duration('5m', '1s', '1d'),
      // What is older is refused as too old in any case.
      since: duration('0s', '0s', '2d'),
    }),
    smtp: v.strictObject({
      ...server,
      port: whole(1, 65_535, 465),
      user: v.optional(v.string('must be text in quotes')),
    }),
    oauth: v.optional(
      v.strictObject({
        provider: v.pipe(
          text,
          v.regex(
            /^(microsoft|google|https:\/\/\S+|http:\/\/(localhost|127\.0\.0\.1)(:\d+)?(\/\S*)?)$/,
            'must be "microsoft", "google", or the https:// address of an OpenID provider (its issuer)',
          ),
        ),
        client_id: text,
        client_secret: v.optional(text),
        client_secret_file: v.optional(text),
        tenant: v.optional(
          v.pipe(text, v.regex(/^[\w.-]+$/, 'must be a tenant id or a domain such as "office.example"')),
        ),
        flow: v.optional(oneOf('device', 'code', 'client-credentials')),
        scopes: v.optional(v.array(text)),
        redirect_uri: v.optional(
          v.pipe(text, v.url('must be an address such as "http://localhost"')),
          'http://localhost',
        ),
      }),
    ),
  }),
  exchange: v.optional(
    v.strictObject({
      mail_to_sms: v.optional(policy, 'flagged'),
      sms_to_mail: v.optional(policy, 'always'),
      fallback_mailbox: v.optional(mailAddress),
      number_domain: v.optional(v.pipe(text, v.toLowerCase())),
      parts_max: whole(1, 255, 6),
      too_long: v.optional(oneOf('cut', 'refuse'), 'cut'),
      subject: v.optional(oneOf('empty-body', 'always', 'never'), 'empty-body'),
      reply_window: duration('7d', '1m', '52w'),
      ambiguous: v.optional(oneOf('line', 'ask', 'latest'), 'line'),
      ask_wait: duration('4h', '1m', '7d'),
      pass_mail: v.optional(oneOf('stay', 'redirect'), 'stay'),
      pass_sms: v.optional(oneOf('keep', 'forward'), 'keep'),
      automatic: v.optional(oneOf('allow', 'drop'), 'allow'),
      quiet_hours: v.optional(quietHours),
      digest: v.optional(v.boolean('must be true or false'), false),
      urgent_words: v.optional(v.array(text), ['urgent', 'dringend', 'eilt', '紧急', 'urgente']),
      language: v.optional(oneOf(...languages), 'en'),
      plain_letters: v.optional(v.boolean('must be true or false'), false),
      national_tables: v.optional(v.array(oneOf('turkish', 'spanish', 'portuguese')), [
        'turkish',
        'spanish',
        'portuguese',
      ]),
      repeat_max: whole(1, 1000, 5),
      pair_max: whole(1, 100_000, 30),
      auto_submitted: v.optional(v.boolean('must be true or false'), false),
      allowed_countries: v.optional(
        v.array(v.pipe(text, v.toUpperCase(), v.check(isCountry, 'must be a country such as "DE"'))),
      ),
      uncertain: v.optional(oneOf('notify', 'resend'), 'notify'),
      report: v.optional(oneOf('failed', 'all'), 'failed'),
      missing_part: duration('4h', '1m', '7d'),
      // What TP-VP can say (3GPP TS 23.040 9.2.3.12.1).
      validity: duration('24h', '5m', '63w'),
      denied_numbers: v.optional(
        v.array(v.pipe(text, v.regex(/^\+\d{1,15}$/, 'must start with + and a country code'))),
        [
          '+49900',
          '+49137',
          '+491180',
          '+43900',
          '+43930',
          '+41900',
          '+41901',
          '+41906',
          '+33899',
          '+449',
          '+1900',
          '+870',
          '+881',
          '+882',
          '+883',
          '+979',
        ],
      ),
    }),
    {},
  ),
  trust: v.strictObject({
    senders: v.array(
      v.pipe(
        text,
        v.check(
          (entry) => senderPatternFault(entry) === null,
          ({ input }) => senderPatternFault(input) ?? '',
        ),
      ),
      'must be a list of mail addresses and "@domain"s',
    ),
    method: v.optional(oneOf('authentication-results', 'dkim', 'from'), 'authentication-results'),
    authserv_id: v.optional(text),
    secrets_file: v.optional(text),
  }),
  operator: v.optional(
    v.strictObject({ mailbox: v.optional(mailAddress), number: v.optional(internationalNumber) }),
    {},
  ),
  budget: v.optional(
    v.strictObject({
      ...limits,
      parts_per_day: whole(1, 1_000_000, 200),
      sender: v.optional(v.strictObject(eachLimits), {}),
      binding: v.optional(v.strictObject(eachLimits), {}),
      urgent_reserve: whole(0, 100, 10),
      price_per_part: v.optional(money),
      currency: v.optional(text, 'EUR'),
    }),
    {},
  ),
  calls: v.optional(
    v.strictObject({
      mail: v.optional(v.boolean('must be true or false'), true),
      hang_up: v.optional(v.boolean('must be true or false'), false),
      answer: v.optional(v.string('must be text in quotes'), ''),
      answer_unknown: v.optional(v.boolean('must be true or false'), false),
    }),
    {},
  ),
  balance: v.optional(
    v.strictObject({
      code: v.optional(v.pipe(text, v.regex(/^[0-9*#]{1,182}$/, 'must be a USSD code such as "*100#"'))),
      every: duration('1d', '1h', '30d'),
      pattern: v.optional(
        v.pipe(
          text,
          v.check(
            (pattern) => patternFault(pattern) === null,
            ({ input }) => patternFault(input) ?? '',
          ),
        ),
        // No date: what stands between other digits and marks is none.
        '(?<![0-9][.,]?)(-?[0-9]+(?:[.,][0-9]{3})*[.,][0-9]{2})(?![.,]?[0-9])',
      ),
      warn_below: v.optional(money, 5),
    }),
    {},
  ),
  store: v.optional(
    v.strictObject({
      path: v.optional(text, '/var/lib/simpost/simpost.db'),
      backups: whole(0, 100, 3),
      backup_every: duration('1d', '1h', '24d'),
      backup_folder: v.optional(text),
      // A mail that comes back within a week still finds its words, a PDU that a SIM cannot delete its fingerprint.
      keep_texts: keeping('365d', '7d'),
      keep_rows: keeping('1095d', '90d'),
    }),
    {},
  ),
  log: v.optional(v.strictObject({ level: v.optional(oneOf('error', 'warn', 'info', 'debug'), 'info') }), {}),
})

export type RawConfig = v.InferOutput<typeof schema>

/** All keys of the schema in dotted form, sections included, with their default values (undefined: none). */
export function optionDefaults(): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  const visit = (node: unknown, path: string): void => {
    const entries = (node as { entries?: Record<string, unknown> }).entries
    const wrapped =
      (node as { wrapped?: unknown }).wrapped ?? (node as { pipe?: readonly unknown[] }).pipe?.[0]
    const inner = (wrapped as { entries?: Record<string, unknown> } | undefined)?.entries ?? entries
    if (inner !== undefined)
      for (const [key, child] of Object.entries(inner)) visit(child, path === '' ? key : `${path}.${key}`)
    else
      found.set(
        path,
        (node as { default?: unknown }).default ?? (wrapped as { default?: unknown } | undefined)?.default,
      )
  }
  visit(schema, '')
  return found
}
