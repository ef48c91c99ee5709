// Whether the file system of a folder takes no write, whoever asks: mounted so (access(2): EROFS), or made so by the kernel after an error.
// For the latter ext4 has a state of its own since Linux 6.15, "emergency_ro", of which access(2) knows nothing; proc_pid_mountinfo(5) does.

import { accessSync, constants, readFileSync, statSync } from 'node:fs'

export function isReadOnly(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EROFS'
  }
  return superOptions(folder).some((option) => option === 'ro' || option === 'emergency_ro')
}

/** Options of the file system, as far as the kernel tells. */
function superOptions(folder: string): readonly string[] {
  try {
    const { dev } = statSync(folder)
    // As glibc's major() and minor() take st_dev apart, below 2^32.
    const device = `${(dev >>> 8) & 0xfff}:${(dev & 0xff) | ((dev >>> 12) & 0xfff00)}`
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
    const line = lines.find((each) => each.split(' ')[2] === device)
    return line?.split(' - ')[1]?.split(' ')[2]?.split(',') ?? []
  } catch {
    return []
  }
}
