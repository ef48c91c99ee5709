// Makes a runnable Exim out of an installed package or of packages that were only unpacked (dpkg -x).
// It is looked for at SIMPOST_EXIM, in .cache/exim (unpacked there by scripts/test.sh) and in PATH; libraries unpacked beside it are used.
// Debian's binary refuses to start where no account `Debian-exim` exists; libnss_wrapper (cwrap.org) tells it that this is our account.
// Invariant: what runs is a copy without the set-user-id bit, so Exim is never root.

import { existsSync } from 'node:fs'
import { chmod, chown, copyFile, mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Account, findProgram, writeForServer } from './server-process.ts'

const unpackedExim = fileURLToPath(new URL('../../.cache/exim/usr/sbin/exim4', import.meta.url))

export interface EximBinary {
  readonly program: string
  /** What Exim must find in its environment, and keep there. */
  readonly env: Readonly<Record<string, string>>
}

/** Path of the installed or unpacked binary. Throws with the cure if there is none. */
export function findExim(): string {
  const named = process.env.SIMPOST_EXIM
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named
    throw new Error(`SIMPOST_EXIM names ${named}, which does not exist. Try: scripts/test.sh`)
  }
  return findProgram('exim4', [unpackedExim])
}

/** Copies the binary, and the libraries that were unpacked with it, into the server's folder, where the account can read them. */
export async function copyExim(source: string, folder: string, account: Account): Promise<EximBinary> {
  const program = join(folder, 'exim')
  await copyFile(source, program)
  await chmod(program, 0o755)
  await mkdir(join(folder, 'lib'))
  await chown(join(folder, 'lib'), account.uid, account.gid)
  const root = dirname(dirname(dirname(source)))
  const unpacked = root === '/' ? [] : await findLibraries(root, /\.so(\.|$)/)
  for (const library of unpacked) await copyFile(library, join(folder, 'lib', basename(library)))
  const wrapper = [...unpacked, ...(await findLibraries('/', /^libnss_wrapper\.so$/))].find((path) =>
    path.endsWith('/libnss_wrapper.so'),
  )
  const env: Record<string, string> = { LD_LIBRARY_PATH: join(folder, 'lib') }
  if (wrapper !== undefined) {
    const { uid, gid } = account
    env.LD_PRELOAD = unpacked.includes(wrapper) ? join(folder, 'lib', basename(wrapper)) : wrapper
    env.NSS_WRAPPER_PASSWD = join(folder, 'accounts')
    env.NSS_WRAPPER_GROUP = join(folder, 'groups')
    await writeForServer(env.NSS_WRAPPER_PASSWD, `Debian-exim:x:${uid}:${gid}::/:/bin/false\n`, account)
    await writeForServer(env.NSS_WRAPPER_GROUP, `Debian-exim:x:${gid}:\n`, account)
  } else if (!/^Debian-exim:/m.test(await readFile('/etc/passwd', 'utf8'))) {
    throw new Error('Exim needs libnss_wrapper.so or an account Debian-exim. Try: scripts/test.sh')
  }
  return { program, env }
}

/** Files in `root`/lib, `root`/usr/lib and their folders for this architecture whose name fits. */
async function findLibraries(root: string, name: RegExp): Promise<string[]> {
  const bases = [join(root, 'lib'), join(root, 'usr', 'lib')]
  const inFolders = async (folders: string[], fits: RegExp) => {
    const listings = folders.map(async (folder) => {
      const names = await readdir(folder).catch(() => [])
      return names.filter((each) => fits.test(each)).map((each) => join(folder, each))
    })
    return (await Promise.all(listings)).flat()
  }
  return inFolders([...bases, ...(await inFolders(bases, /-linux-gnu/))], name)
}
