// What happens to a mailbox on the server's disk, behind the back of every client: a restore from a backup, a lost index, a folder that
// somebody deletes. Works on a Maildir (new, cur, .Folder) whose files belong to the account of the server.

import { chown, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const filesAtOnce = 64
const secondMs = 1_010
let written = 0

/** Puts mails into a folder of a Maildir without the server: many in a short time. The first is the oldest. */
export async function putMails(maildir: string, mails: Iterable<string>): Promise<void> {
  const { uid, gid } = await stat(maildir)
  const seconds = Math.floor(Date.now() / 1000)
  const some: Promise<void>[] = []
  for (const mail of mails) {
    written += 1
    const name = `${seconds}.M${String(written).padStart(9, '0')}P1.office:2,S`
    some.push(writeOne(join(maildir, 'cur', name), mail, { uid, gid }))
    if (some.length === filesAtOnce) await Promise.all(some.splice(0))
  }
  await Promise.all(some)
}

async function writeOne(
  file: string,
  mail: string,
  { uid, gid }: { uid: number; gid: number },
): Promise<void> {
  await writeFile(file, mail)
  await chown(file, uid, gid)
}

/** Makes Dovecot number all mails anew (new UIDVALIDITY) the next time it opens the folders; it must be halted. */
export async function forgetNumbers(maildir: string): Promise<void> {
  // Dovecot takes the second of the clock; the same UIDVALIDITY for other numbers is what no server may give (RFC 9051 2.3.1.1).
  await sleep(secondMs)
  const folders = (await readdir(maildir))
    .filter((name) => name.startsWith('.'))
    .map((name) => join(maildir, name))
  for (const folder of [maildir, ...folders])
    for (const name of await readdir(folder)) if (/^dovecot[-.]/.test(name)) await rm(join(folder, name))
}

/** Puts all mails of a folder back into the INBOX, as a restore from a backup does. */
export async function putBack(maildir: string, folder: string): Promise<void> {
  for (const part of ['new', 'cur'])
    for (const name of await readdir(join(maildir, `.${folder}`, part)))
      await rename(join(maildir, `.${folder}`, part, name), join(maildir, 'cur', name))
}

/** The Maildir with all that is in it is gone, and an empty one is there. */
export async function emptyMaildir(maildir: string): Promise<void> {
  const { uid, gid } = await stat(maildir)
  await rename(maildir, `${maildir}.old`)
  await rm(`${maildir}.old`, { recursive: true })
  for (const folder of [maildir, ...['new', 'cur', 'tmp'].map((part) => join(maildir, part))]) {
    await mkdir(folder, { mode: 0o700 })
    await chown(folder, uid, gid)
  }
}
