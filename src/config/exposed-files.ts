// Which files of the config every user of the machine can read or change (inode(7)). The documented layout, root:simpost 0640 in a folder
// of 0750, is fine: a group is somebody's choice.
// Invariant: a file counts only if its folders let everybody through; what cannot be looked at is not exposed by this.

import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { RawConfig } from './schema.ts'

export interface ExposedFile {
  readonly path: string
  readonly problem: string
  /** A command that mends it. */
  readonly hint: string
}

interface ConfigFiles {
  /** The config file, absolute. */
  readonly file: string
  /** The files that hold secrets, absolute; the config itself is one if a secret stands in it. */
  readonly secretFiles: readonly string[]
}

const othersRead = 0o004
const othersWrite = 0o002
const othersPass = 0o001

function modeOf(path: string): number {
  try {
    return statSync(path).mode
  } catch {
    return 0
  }
}

function everybodyReaches(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((modeOf(folder) & othersPass) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** The files with secrets that are exposed, and the config itself: who may change it spends the money of the SIM. */
export function exposedFiles({ secretFiles, file }: ConfigFiles): ExposedFile[] {
  return [...new Set([file, ...secretFiles])].flatMap((path) => {
    const mode = everybodyReaches(path) ? modeOf(path) : 0
    const can = [
      ...((mode & othersRead) !== 0 && secretFiles.includes(path) ? ['read'] : []),
      ...((mode & othersWrite) !== 0 ? ['change'] : []),
    ]
    if (can.length === 0) return []
    const problem = `every user of this machine can ${can.join(' and ')} ${path}`
    return [{ path, problem, hint: `sudo chmod o-rwx ${path}` }]
  })
}

/** @param file the config file, absolute */
export function secretFilesOf({ modem, mail, trust }: RawConfig, file: string): string[] {
  const { imap, smtp, oauth } = mail
  const own = [modem.pin, imap.password, smtp.password, oauth?.client_secret]
  const files = [modem.pin_file, imap.password_file, smtp.password_file, oauth?.client_secret_file]
  return [
    ...(own.some((secret) => secret !== undefined) ? [file] : []),
    ...[...files, trust.secrets_file].flatMap((path) =>
      path === undefined ? [] : [resolve(dirname(file), path)],
    ),
  ]
}
