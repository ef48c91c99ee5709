// Keeps what the process holds and writes to its owner. Its memory holds passwords and texts: no core dump (core(5)), no diagnostic
// report, and no inspector, which SIGUSR1 would open on a port of loopback for every user of the machine (Node.js documentation,
// "Signal events"). Node 20 has no option for the last: a listener takes the place of its own.
// Who sets NODE_OPTIONS or starts node with such an option means it; the service says so in its log.

import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { log } from '../log.ts'
import { endByDefect } from './last-words.ts'

const dumpOptions = /--(inspect|heapsnapshot|heap-prof|cpu-prof|report-|prof\b)[\w-]*/g

/** For every command, before it reads or writes anything. */
export function keepPrivate(): void {
  // A file is 0600 and a folder 0700, whoever makes it: a library too.
  process.umask(0o077)
  process.on('uncaughtException', endByDefect)
  process.on('SIGUSR1', () => log.warn('signal-ignored', { signal: 'SIGUSR1', reason: 'no debugger' }))
  const { report } = process
  if (report === undefined) return
  report.reportOnFatalError = false
  report.reportOnSignal = false
  report.reportOnUncaughtException = false
}

/** RLIMIT_CORE of this process; true if the kernel would write a dump, or hand it on. */
function dumpsCore(): boolean {
  return !/^Max core file size +0 /m.test(readFileSync('/proc/self/limits', 'utf8'))
}

/** For the service. systemd/simpost.service and scripts/simpost have set the limit; this is for every other way to start it. */
export async function forbidCoreDumps(): Promise<void> {
  const open = [...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' ').match(dumpOptions)
  if (open !== null)
    log.warn('memory-can-be-read', { options: open.join(' '), hint: 'leave out these options of Node.js' })
  if (!dumpsCore()) return
  // Node cannot set a limit of its own; util-linux is an essential package of Debian.
  const limit = ['--pid', String(process.pid), '--core=0:0']
  const failure = await new Promise<Error | null>((resolve) => execFile('prlimit', limit, resolve))
  if (failure !== null)
    log.warn('core-dumps-possible', { error: failure.message, hint: 'start the service under: ulimit -c 0' })
}
