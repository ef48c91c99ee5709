// What `simpost login` says of a sign-in: what was granted, for how long, and whether both mail servers take the token.

import type { GatewayError } from '../../domain/errors.ts'
import { missingScopes, type OauthAccess } from '../../mail/sign-in/oauth-providers.ts'
import type { StoredSignIn } from '../../mail/sign-in/token-file.ts'
import { asTyped } from '../config-option.ts'
import { localTime, printable, printJson, styled } from '../output.ts'
import { printLines } from '../wrap.ts'
import type { ServerTest } from './login-servers.ts'

/** A sign-in, or why there is none. */
export interface LoginReport {
  readonly access: OauthAccess
  readonly signIn: StoredSignIn | null
  readonly servers: readonly ServerTest[]
  readonly problem: GatewayError | null
}

const iso = (epochMs: number): string => new Date(epochMs).toISOString()

const wordsOf = (error: GatewayError | null) =>
  error === null ? null : { code: error.code, message: error.message, hint: error.hint ?? null }

/** True if mail can come and go. */
export const isWell = ({ signIn, servers, problem }: LoginReport): boolean =>
  signIn !== null && problem === null && servers.every((server) => server.problem === null)

/** Prints it; no token and no secret is in it. */
export function printReport(report: LoginReport, json: boolean): void {
  if (json) printJson(asJson(report))
  else printLines(asLines(report))
}

function asJson({ access, signIn, servers, problem }: LoginReport) {
  return {
    well: isWell({ access, signIn, servers, problem }),
    provider: access.name,
    flow: signIn?.flow ?? access.flow,
    granted: signIn === null ? null : (signIn.scopes ?? access.scopes),
    missing: signIn === null ? null : missingScopes(access.scopes, signIn.scopes),
    signed_in_at: signIn === null ? null : iso(signIn.signedInAt),
    renewed_at: signIn === null ? null : iso(signIn.refreshedAt),
    token_seconds: signIn === null ? null : Math.round(signIn.accessTokenLifeMs / 1000),
    ends_at: signIn === null || signIn.refreshTokenEndsAt === null ? null : iso(signIn.refreshTokenEndsAt),
    servers: servers.map(({ server, host, user, problem: refusal }) => ({
      ...{ server, host, user, problem: wordsOf(refusal) },
    })),
    problem: wordsOf(problem),
  }
}

const head = (word: string): string => styled('bold', word.padEnd(10))

function asLines({ access, signIn, servers, problem }: LoginReport): string[] {
  const lines: string[] = []
  if (signIn !== null) {
    const granted = signIn.scopes ?? access.scopes
    const missing = missingScopes(access.scopes, signIn.scopes)
    lines.push(
      `${head('signed in')}at ${access.name} since ${localTime(signIn.signedInAt)}, flow "${signIn.flow}"`,
    )
    lines.push(`${head('granted')}${printable(granted.join(' ')) || 'what the application may'}`)
    if (missing.length > 0)
      lines.push(
        `${head('missing')}${styled('red', printable(missing.join(' ')))}`,
        `${head('')}Try: let the application have this permission at ${access.name}, consent to it, then: ${asTyped('simpost login')}`,
      )
    lines.push(`${head('lasts')}${lastsText(signIn)}`)
  }
  for (const { server, host, user, problem: refusal } of servers)
    lines.push(
      refusal === null
        ? `${head(server)}${styled('green', 'signed in')} at ${host} as ${printable(user)}`
        : `${head(server)}${styled('red', printable(refusal.message))}`,
      ...cure(refusal),
    )
  if (problem !== null)
    lines.push(`${head('trouble')}${styled('red', printable(problem.message))}`, ...cure(problem))
  return lines
}

function cure(problem: GatewayError | null): string[] {
  return problem?.hint === undefined ? [] : [`${head('')}Try: ${printable(asTyped(problem.hint))}`]
}

function lastsText({
  refreshToken,
  refreshTokenEndsAt,
  accessTokenLifeMs,
  refreshedAt,
}: StoredSignIn): string {
  const token = `a token lasts ${Math.round(accessTokenLifeMs / 60_000)} minutes (this one from ${localTime(refreshedAt)}) and is renewed by itself`
  if (refreshToken === null) return `${token}, as long as the secret of the application is good`
  return refreshTokenEndsAt === null
    ? `${token}; the provider names no end`
    : `${token}, until ${localTime(refreshTokenEndsAt)}`
}
