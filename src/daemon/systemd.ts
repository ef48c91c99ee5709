// Tells systemd that the service is ready, alive and what it does (sd_notify(3)). Node has no unix datagram socket, so the program
// systemd-notify speaks for us; the unit therefore says NotifyAccess=all. Without NOTIFY_SOCKET nothing happens.

import { execFile } from 'node:child_process'
import { log } from '../log.ts'

/** Sends one message, such as "READY=1"; a failure is logged and changes nothing. */
export function notifySystemd(...assignments: readonly string[]): void {
  if (process.env.NOTIFY_SOCKET === undefined) return
  execFile('systemd-notify', [`--pid=${process.pid}`, ...assignments], (error) => {
    if (error !== null) log.warn('systemd-notify-failed', { error: error.message })
  })
}
