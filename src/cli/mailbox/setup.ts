// `simpost setup`: finds the servers of a mailbox by its address, tries them, and prints what belongs into the config file.
// Invariants: nothing is written; a password goes only to a server whose certificate holds, and where the DNS named a server outside of
// the mail domain only when the caller has confirmed it.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { systemClock } from '../../daemon/system-clock.ts'
import { parseMailAddress } from '../../domain/address.ts'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import {
  type Attempt,
  type DiscoveryStep,
  discoverServers,
  type FoundServer,
  type FoundServers,
} from '../../mail/providers/discover-servers.ts'
import { createLookups, type Lookups } from '../../mail/providers/lookups.ts'
import { probeServer, type ServerAnswer, type ServerKind } from '../../mail/providers/probe-server.ts'
import { closedProviderOf, wantsTokens } from '../../mail/providers/provider-table.ts'
import { print, printable, printJson, styled } from '../output.ts'
import { printLines } from '../wrap.ts'
import { signInProblem } from './login-servers.ts'
import { mailSections } from './setup-config.ts'

interface SetupOptions {
  readonly address: string
  readonly passwordFile?: string
  readonly caFile?: string
  readonly dnsServer?: string
  readonly confirm?: boolean
  readonly json?: boolean
}

/** One server, tried. */
interface Tried {
  readonly kind: ServerKind
  readonly server: FoundServer
  /** The sign-in name that was taken, or is to be tried first. */
  readonly user: string
  readonly signedIn: boolean
  readonly answer: ServerAnswer | null
  readonly problem: GatewayError | null
}

export async function setup(options: SetupOptions): Promise<void> {
  const address = addressOf(options.address)
  const ca = options.caFile === undefined ? undefined : fileOf(options.caFile)
  const password = options.passwordFile === undefined ? null : passwordOf(options.passwordFile)
  const probe = (kind: ServerKind, place: FoundServer | Parameters<typeof probeServer>[1]) =>
    probeServer(kind, place, { clock: systemClock, ca })
  const { found, attempts } = await discoverServers(address, { lookups: lookupsOf(options, ca), probe })
  if (found === null) return nothingFound(address, attempts, options.json === true)
  const refusal = password === null ? null : passwordRefusal(found, options.confirm === true)
  const secret = refusal === null ? password : null
  const tried = await Promise.all([
    tryServer('imap', found.imap, { ca, password: secret }),
    tryServer('smtp', found.smtp, { ca, password: secret }),
  ])
  const [imap, smtp] = tried
  const config = mailSections({
    ...{ address, found, passwordFile: whole(options.passwordFile), caFile: whole(options.caFile) },
    users: { imap: imap.user, smtp: smtp.user },
  })
  const outcome = { address, found, attempts, tried, refusal, config }
  if (options.json === true) printJson(forPrograms(outcome))
  else printOutcome(outcome)
  if (refusal !== null || tried.some(({ problem }) => problem !== null)) process.exitCode = 1
}

function addressOf(text: string): string {
  const parsed = parseMailAddress(text)
  if (!parsed.ok)
    throw new GatewayError('ADDRESS_INVALID', `"${text}" is no mail address: ${parsed.reason}`, {
      hint: 'simpost setup --address sms@office.example',
    })
  const closed = closedProviderOf(parsed.value)
  if (closed !== null)
    throw new GatewayError('IMAP_UNAVAILABLE', `${closed.name} has no IMAP server`, { hint: closed.hint })
  return parsed.value
}

/** The config reads a path from its own folder on, and not from where the command was called. */
const whole = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : resolve(path)

function fileOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new GatewayError('USAGE', `${path} cannot be read: ${messageOf(cause)}`, {
      hint: 'name a file that this user can read',
      cause,
    })
  }
}

/** As the config reads it. */
function passwordOf(path: string): string {
  const password = fileOf(path).replace(/\r?\n$/, '')
  if (password !== '') return password
  throw new GatewayError('USAGE', `${path} holds no password`, { hint: 'write the password alone into it' })
}

function lookupsOf({ dnsServer }: SetupOptions, ca: string | undefined): Lookups {
  try {
    const dnsServers = dnsServer === undefined ? {} : { dnsServers: [dnsServer] }
    return createLookups({ clock: systemClock, ca, ...dnsServers })
  } catch (cause) {
    throw new GatewayError('USAGE', `"${dnsServer}" is no address of a DNS server`, {
      hint: 'write an IP address, or one with a port: 192.0.2.53, 127.0.0.1:5353, [2001:db8::1]:53',
      cause,
    })
  }
}

/** Why the password is shown to nobody; null: it may be. */
function passwordRefusal(found: FoundServers, confirmed: boolean): GatewayError | null {
  const { provider, confidence, imap, smtp } = found
  if (provider !== null && wantsTokens(provider))
    return new GatewayError('IMAP_AUTH', `${provider.name} takes no password from programs`, {
      hint: 'put the sections below into the config file, then simpost login',
    })
  if (confidence !== 'unconfirmed' || confirmed) return null
  return new GatewayError(
    'IMAP_AUTH',
    `the password was not sent: ${imap.host} and ${smtp.host} are named by the DNS alone`,
    {
      hint: 'compare them with what the provider of the mailbox says, then call it again with --confirm',
    },
  )
}

async function tryServer(
  kind: ServerKind,
  server: FoundServer,
  { ca, password }: { readonly ca: string | undefined; readonly password: string | null },
): Promise<Tried> {
  const [first = ''] = server.users
  const outcome = { kind, server, user: first, signedIn: false, answer: null, problem: null }
  let answer: ServerAnswer
  try {
    answer = await probeServer(kind, server, { clock: systemClock, ca })
  } catch (problem) {
    if (!(problem instanceof GatewayError)) throw problem
    return { ...outcome, problem }
  }
  if (password === null) return { ...outcome, answer }
  let problem: GatewayError | null = null
  for (const user of server.users) {
    const place = { ...server, user, ca: () => ca ?? null }
    const refusal = await signInProblem(kind, place, { kind: 'password', password })
    if (refusal === null) return { ...outcome, answer, user, signedIn: true }
    problem ??= refusal
    // Another name helps only where the name was refused.
    if (!refusal.code.endsWith('_AUTH')) break
  }
  return { ...outcome, answer, problem }
}

const stepWords: Readonly<Record<DiscoveryStep, string>> = {
  domain: 'known by its domain',
  exchanger: "known by the domain's mail exchanger (MX)",
  srv: 'found by the service records of the domain (RFC 6186)',
  autoconfig: 'found in the Mail Autoconfig file of the domain',
  directory: 'found in the public directory of Thunderbird',
  guess: 'guessed by the usual names, where they answer',
}

interface Outcome {
  readonly address: string
  readonly found: FoundServers
  readonly attempts: readonly Attempt[]
  readonly tried: readonly Tried[]
  readonly refusal: GatewayError | null
  readonly config: string
}

const placeOf = ({ host, port, security }: FoundServer): string =>
  `${host}:${port}, ${security === 'tls' ? 'TLS' : 'STARTTLS'}`

function triedLines({ kind, server, user, signedIn, answer, problem }: Tried): string[] {
  const name = `  ${kind.toUpperCase()}  `
  const as = answer === null ? '' : ` (as ${user})`
  if (problem !== null)
    return [
      name + styled('red', printable(problem.message + as)),
      ...(problem.hint === undefined ? [] : [`        Try: ${problem.hint}`]),
    ]
  const mechanisms = answer?.mechanisms.join(', ') || 'no way to sign in'
  const state = signedIn ? `signed in as ${user}` : `answers, its certificate holds; takes ${mechanisms}`
  return [`${name}${placeOf(server)}: ${styled('green', printable(state))}`]
}

function printOutcome({ address, found, tried, refusal, config }: Outcome): void {
  const { provider, step, confidence, imap, smtp } = found
  const advice: string[] = []
  if (confidence === 'unconfirmed')
    advice.push(
      `To confirm: ${imap.host} and ${smtp.host} lie outside of the domain, and the DNS can be forged.`,
    )
  if (refusal !== null) advice.push(refusal.message, `Try: ${refusal.hint ?? ''}`)
  if (provider !== null) {
    advice.push(`First, at ${provider.name}: ${provider.first}.`)
    if (provider.note !== null) advice.push(`To know: ${provider.note}.`)
    if (provider.mailsPerDay !== null) advice.push(`It sends ${provider.mailsPerDay} mails a day at most.`)
  }
  advice.push(trustAdvice(found))
  printLines([
    `${address}: ${provider === null ? '' : `${provider.name}, `}${stepWords[step]}`,
    '',
    ...tried.flatMap(triedLines),
    '',
    ...advice,
    '',
    'For the config file; nothing was written:',
    '',
  ])
  print(config)
}

/** What [trust] needs beside the senders. */
function trustAdvice({ provider }: FoundServers): string {
  if (provider === null)
    return 'In [trust] set authserv_id to the first word of Authentication-Results in a mail that arrived there, or method = "dkim".'
  return provider.authservId === null
    ? 'In [trust] set method = "dkim": what the provider writes about senders names no server that stays the same.'
    : `In [trust] authserv_id is "${provider.authservId}" by itself.`
}

function nothingFound(address: string, attempts: readonly Attempt[], asJson: boolean): void {
  if (asJson) printJson({ address, found: null, attempts })
  else
    printLines([
      `${address}: no servers found`,
      '',
      ...attempts.map(({ asked, outcome }) => `  ${printable(asked)}: ${printable(outcome)}`),
      '',
      'Try: ask the provider of the mailbox for its IMAP and SMTP servers, and write them into [mail.imap] and [mail.smtp]',
    ])
  process.exitCode = 1
}

function forPrograms({ address, found, attempts, tried, refusal, config }: Outcome) {
  const { step, confidence, provider, signIn } = found
  return {
    ...{ address, step, confidence, signIn },
    provider:
      provider === null
        ? null
        : {
            ...{ name: provider.name, first: provider.first, note: provider.note },
            ...{ mailsPerDay: provider.mailsPerDay, authservId: provider.authservId },
          },
    servers: tried.map(({ kind, server, user, signedIn, answer, problem }) => ({
      ...{ kind, host: server.host, port: server.port, security: server.security, user, signedIn },
      ...{ greeting: answer?.greeting ?? null, capabilities: answer?.capabilities ?? [] },
      ...{
        mechanisms: answer?.mechanisms ?? [],
        problem: problem?.message ?? null,
        hint: problem?.hint ?? null,
      },
    })),
    refusal: refusal === null ? null : { message: refusal.message, hint: refusal.hint ?? null },
    ...{ config, attempts },
  }
}
