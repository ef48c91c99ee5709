// Asks a mail server for its greeting and what it can do: IMAP CAPABILITY (RFC 9051 6.1.1), SMTP EHLO (RFC 5321 4.1.1.1), after STARTTLS
// where that is how it is secured. Nobody signs in.
// Invariant: a server that answers here has shown a valid certificate for its name.

import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { Clock } from '../../domain/ports.ts'
import { certificateTrouble } from '../sign-in/certificate-trouble.ts'
import { within } from './lookups.ts'
import { openLine, type ServerLine } from './server-line.ts'
import type { ServerPlace } from './srv-servers.ts'

const probeTimeoutMs = 10_000
const linesMax = 100

export type ServerKind = 'imap' | 'smtp'

export interface ServerAnswer {
  /** Its first words, for people. */
  readonly greeting: string
  /** What it offers before the sign-in, upper case: "IDLE", "MOVE"; of SMTP the keywords of EHLO. */
  readonly capabilities: readonly string[]
  /** SASL mechanisms, upper case: "PLAIN", "XOAUTH2". */
  readonly mechanisms: readonly string[]
}

interface ProbeOptions {
  readonly clock: Clock
  /** Certificates in PEM to trust instead of the well-known ones. */
  readonly ca?: string | undefined
}

/**
 * @throws GatewayError IMAP_UNAVAILABLE, SMTP_UNAVAILABLE with the reason in words (out of reach, not such a server, a certificate that
 * does not hold)
 */
export async function probeServer(
  kind: ServerKind,
  place: ServerPlace,
  { clock, ca }: ProbeOptions,
): Promise<ServerAnswer> {
  const { host, port, security } = place
  try {
    return await within({ clock, ms: probeTimeoutMs }, async (signal) => {
      const line = await openLine(place, { ca, signal })
      try {
        return await dialogues[kind](line, security === 'starttls')
      } finally {
        line.close()
      }
    })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? ''
    const trouble = certificateTrouble(code, host, clock.now())
    throw new GatewayError(
      codes[kind],
      trouble?.said ?? `${host}:${port}: ${networkWords[code] ?? messageOf(error)}`,
      {
        retry: 'temporary',
        cause: error,
        hint: trouble?.hint ?? 'check the network, and that no firewall blocks the port',
      },
    )
  }
}

const codes = { imap: 'IMAP_UNAVAILABLE', smtp: 'SMTP_UNAVAILABLE' } as const

const networkWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the DNS does not answer',
  EHOSTUNREACH: 'no way leads there',
  ENETUNREACH: 'no way leads there',
  ECONNRESET: 'the server cut the connection',
}

const dialogues = { imap: imapDialogue, smtp: smtpDialogue }

async function imapDialogue(first: ServerLine, upgrade: boolean): Promise<ServerAnswer> {
  const greeting = await first.read()
  if (!/^\* (?:OK|PREAUTH)\b/i.test(greeting))
    throw new Error(`it does not greet like IMAP: ${shown(greeting)}`)
  const line = upgrade ? await startTls(first, 's STARTTLS', /^s OK\b/i) : first
  line.write('c CAPABILITY')
  const words = (await taggedAnswer(line, 'c'))
    .filter((said) => /^\* CAPABILITY /i.test(said))
    .flatMap((said) => said.toUpperCase().split(' ').slice(2))
  const isMechanism = (word: string): boolean => word.startsWith('AUTH=')
  const mechanisms = words.filter(isMechanism).map((word) => word.slice('AUTH='.length))
  line.write('l LOGOUT')
  return {
    greeting: shown(greeting.replace(/^\* \S+ (?:\[[^\]]*\] ?)?/, '')),
    capabilities: words.filter((word) => word !== '' && !isMechanism(word)),
    mechanisms,
  }
}

/** All lines up to the tagged one, which is the last. */
async function taggedAnswer(line: ServerLine, tag: string): Promise<readonly string[]> {
  const lines: string[] = []
  while (lines.length < linesMax) {
    const said = await line.read()
    lines.push(said)
    if (said.startsWith(`${tag} `)) return lines
  }
  throw new Error('it does not come to the end of an answer')
}

async function smtpDialogue(first: ServerLine, upgrade: boolean): Promise<ServerAnswer> {
  const greeting = await reply(first)
  if (greeting.code !== '220')
    throw new Error(`it does not greet like SMTP: ${shown(greeting.lines.join(' '))}`)
  // An address literal: the name of this machine is nobody's business and may be none.
  const hello = 'EHLO [127.0.0.1]'
  let line = first
  if (upgrade) {
    first.write(hello)
    await reply(first)
    line = await startTls(first, 'STARTTLS', /^220\b/)
  }
  line.write(hello)
  const offers = await reply(line)
  if (offers.code !== '250') throw new Error(`it refuses EHLO: ${shown(offers.lines.join(' '))}`)
  const words = offers.lines.slice(1).map((each) => each.toUpperCase().split(/[ =]/))
  const isMechanisms = ([keyword]: readonly string[]): boolean => keyword === 'AUTH'
  const mechanisms = [...new Set(words.filter(isMechanisms).flatMap(([, ...names]) => names))]
  line.write('QUIT')
  return {
    greeting: shown(greeting.lines[0] ?? ''),
    capabilities: words.filter((each) => !isMechanisms(each)).flatMap(([keyword = '']) => keyword || []),
    mechanisms,
  }
}

async function startTls(line: ServerLine, command: string, accepted: RegExp): Promise<ServerLine> {
  line.write(command)
  const said = await line.read()
  if (!accepted.test(said)) throw new Error(`it refuses STARTTLS: ${shown(said)}`)
  return line.secured()
}

async function reply(
  line: ServerLine,
): Promise<{ readonly code: string; readonly lines: readonly string[] }> {
  const lines: string[] = []
  while (lines.length < linesMax) {
    const [, code, more, text = ''] = /^(\d{3})([ -]?)(.*)$/.exec(await line.read()) ?? []
    if (code === undefined) throw new Error('it does not answer like SMTP')
    lines.push(text)
    if (more !== '-') return { code, lines }
  }
  throw new Error('it does not come to the end of an answer')
}

const shown = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 120)
