// Reads the file of a secret. It is read at every use, so that a changed password needs no restart.
// Invariant: no message shows what is in it.

import { readFileSync } from 'node:fs'
import { GatewayError, messageOf } from '../domain/errors.ts'

/**
 * The secret that is alone in its file. An editor may be writing it: who reads it again finds it whole.
 * @throws GatewayError CONFIG_INVALID, also for an empty file
 */
export function filled(path: string): string {
  const text = readSecret(path)
  if (text !== '') return text
  throw new GatewayError('CONFIG_INVALID', `the secret file ${path} is empty`, {
    hint: 'write the secret alone into it',
    retry: 'hold',
  })
}

/** The whole file without its last line end. @throws GatewayError CONFIG_INVALID */
export function readSecret(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    const readable = `sudo sh -c 'chown root:simpost ${path} && chmod 0640 ${path}'`
    const missing = code === 'ENOENT'
    const what = missing
      ? `there is no secret file ${path}`
      : code === 'EACCES'
        ? `the secret file ${path} is not readable for this user`
        : `the secret file ${path} cannot be read: ${code ?? messageOf(cause)}`
    throw new GatewayError('CONFIG_INVALID', what, {
      hint: missing
        ? `write the secret alone into it, then ${readable}`
        : `run the command as the user of the service: sudo -u simpost simpost …; if that is refused too: ${readable}`,
      retry: 'hold',
      cause,
    })
  }
}
