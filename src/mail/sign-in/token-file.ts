// The sign-in of the box in a file beside the database: what the provider gave, and when.
// Invariants: readable for its owner only; a power cut leaves the old file or the new one, whole: written beside, fsync, rename, fsync of
// the folder. It is written under the lock of access-token.ts, for a command may stand beside the service.

import { readFileSync } from 'node:fs'
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { GatewayError, messageOf } from '../../domain/errors.ts'
import type { OauthFlow } from './oauth-providers.ts'

/** Times in milliseconds since 1970, as this box's clock had them. */
export interface StoredSignIn {
  readonly version: 1
  /** Whose it is: a changed config makes it worthless. */
  readonly issuer: string
  readonly clientId: string
  readonly flow: OauthFlow
  /** null: client credentials need none. */
  readonly refreshToken: string | null
  /** null: the provider did not say. */
  readonly refreshTokenEndsAt: number | null
  /** The longest life that a refresh token of this sign-in was given, milliseconds; null: the provider did not say. */
  readonly refreshTokenLifeMs: number | null
  readonly accessToken: string
  readonly accessTokenLifeMs: number
  /** null: as asked for. */
  readonly scopes: readonly string[] | null
  /** When a person signed in. */
  readonly signedInAt: number
  /** When the access token was given. */
  readonly refreshedAt: number
}

/** Where the sign-in is kept; null: a database in memory has no place for it. */
export function tokenFileOf(databasePath: string): string | null {
  return databasePath === ':memory:' ? null : `${databasePath}.sign-in`
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException).code

function trouble(path: string, cause: unknown): GatewayError {
  const denied = ['EACCES', 'EPERM'].includes(String(codeOf(cause)))
  return new GatewayError('STORE_FAILED', `the file of the sign-in ${path}: ${messageOf(cause)}`, {
    retry: 'temporary',
    hint: denied
      ? 'run it as the user of the service: sudo -u simpost simpost …'
      : 'look at free disk space: df -h',
    cause,
  })
}

function isSignIn(value: unknown): value is StoredSignIn {
  if (typeof value !== 'object' || value === null) return false
  const { version, issuer, clientId, accessToken, accessTokenLifeMs, refreshToken, signedInAt, refreshedAt } =
    value as Partial<Record<keyof StoredSignIn, unknown>>
  return (
    version === 1 &&
    [issuer, clientId, accessToken].every((text) => typeof text === 'string') &&
    [accessTokenLifeMs, signedInAt, refreshedAt].every(Number.isFinite) &&
    (refreshToken === null || typeof refreshToken === 'string')
  )
}

/**
 * Reads the sign-in; null: nobody has signed in.
 * @throws GatewayError STORE_FAILED if the file cannot be read; OAUTH_REFUSED if it holds something else
 */
export async function readSignIn(path: string): Promise<StoredSignIn | null> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null
    throw trouble(path, cause)
  }
  try {
    const value: unknown = JSON.parse(text)
    if (isSignIn(value)) return value
  } catch {
    // Said below; the text itself may be a token and is not shown.
  }
  throw new GatewayError('OAUTH_REFUSED', `the file of the sign-in ${path} holds something else`, {
    retry: 'hold',
    hint: 'simpost login',
  })
}

/** A mark that is another for each sign-in of a person; the same for none and for a file that cannot be read. Never throws. */
export function signInMark(path: string): string {
  try {
    const { signedInAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<StoredSignIn>
    return String(signedInAt)
  } catch {
    return 'none'
  }
}

/**
 * Writes the sign-in; it is on the disk when this resolves.
 * @throws GatewayError STORE_FAILED
 */
export async function writeSignIn(path: string, signIn: StoredSignIn): Promise<void> {
  const fresh = `${path}.new`
  try {
    await rm(fresh, { force: true })
    const file = await open(fresh, 'wx', 0o600)
    try {
      await keepOwner(file, path)
      await file.writeFile(`${JSON.stringify(signIn, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(fresh, path)
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (cause) {
    throw trouble(path, cause)
  }
}

/**
 * A command run by root must not take the file away from the user of the service, who owns the folder; and the open file is given, not
 * its name, in whose place that user could have put a link to a file of others.
 */
async function keepOwner(file: FileHandle, path: string): Promise<void> {
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dirname(path))
  await file.chown(uid, gid)
}
