// Ready-made faults for the demo IMAP server: what real servers and lines do wrong, as handlers for SimImapServer.override().
// Example: server.override('UID MOVE', answer('NO', '[OVERQUOTA] Full'), 1)

import type { ImapOverride } from './imap-session.ts'
import type { SimMailbox } from './sim-mailbox.ts'

/** Answers NO, BAD or OK and does nothing. */
export function answer(status: 'OK' | 'NO' | 'BAD', text: string): ImapOverride {
  return (call) => call.send(`${call.tag} ${status} ${text}\r\n`)
}

/** Says BYE and closes, as a server does that shuts down or has enough of this client. */
export function bye(text: string): ImapOverride {
  return (call) => {
    call.send(`* BYE ${text}\r\n`)
    call.cut()
  }
}

/** For LOGIN and AUTHENTICATE: the refusal after a changed password (RFC 5530). */
export const authenticationFailed = answer('NO', '[AUTHENTICATIONFAILED] Invalid credentials')

/** For IDLE: the server takes it and never tells anything; DONE still works. */
export const silentIdle: ImapOverride = async (call) => {
  call.mute()
  await call.run()
}

/** The line is dead without being closed: no answer to this command nor to any later one. */
export const deadLine: ImapOverride = (call) =>
  new Promise((resolve) => {
    call.mute()
    call.signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** For IDLE: the server takes it, then the line is dead without being closed; DONE is not answered either. */
export const deadIdle: ImapOverride = (call) => {
  call.send('+ idling\r\n')
  return deadLine(call)
}

/** For IDLE: the server takes it and says only that it is still there, every `ms`; DONE still works. */
export function stillHere(ms: number): ImapOverride {
  return async (call) => {
    call.mute()
    let over = false
    const speak = async (): Promise<void> => {
      for (; !over; await call.wait(ms)) call.send('* OK Still here\r\n')
    }
    speak().catch(() => undefined)
    await call.run().finally(() => {
      over = true
    })
  }
}

/** The server goes on talking and never answers this command nor any later one. */
export function talksOn(ms: number): ImapOverride {
  return async (call) => {
    call.mute()
    if (call.name === 'IDLE') call.send('+ idling\r\n')
    for (; !call.signal.aborted; await call.wait(ms).catch(() => undefined)) call.send('* OK Still here\r\n')
  }
}

/** The right answer under another tag. */
export const wrongTag: ImapOverride = async (call) => {
  const response = await call.capture()
  call.send(response.replace(new RegExp(`^${call.tag} `, 'm'), 'ZZZ9 '))
}

/** Does the work and answers late. */
export function slow(ms: number): ImapOverride {
  return async (call) => {
    await call.wait(ms)
    await call.run()
  }
}

/** Sends octets that are no IMAP in front of the right answer. */
export function garbage(octets = '\x00\xff garbage {\r\n'): ImapOverride {
  return async (call) => {
    call.send(octets)
    await call.run()
  }
}

/** Closes the line without an answer; the work is done or not. */
export function cutConnection(work: 'done' | 'not done'): ImapOverride {
  return async (call) => {
    if (work === 'done') await call.capture()
    call.cut()
  }
}

/** For FETCH and UID FETCH: closes the line when so many octets of the first literal are sent. */
export function cutInLiteral(octets: number): ImapOverride {
  return async (call) => {
    const response = await call.capture()
    const literal = /\{(\d+)\}\r\n/.exec(response)
    if (literal === null || Number(literal[1]) <= octets) return call.send(response)
    call.send(response.slice(0, literal.index + literal[0].length + octets))
    call.cut()
  }
}

/** For MOVE and COPY: the work is done, but the answer names no UIDs. */
export const withoutCopyUid: ImapOverride = async (call) => {
  const response = await call.capture()
  call.send(response.replace(/\[COPYUID [^\]]*\] ?/g, ''))
}

/** Announces a mail with EXISTS that is gone before anybody can fetch it. @returns its UID. */
export function phantomMail(mailbox: SimMailbox, folder: string, raw: Buffer): number {
  const uid = mailbox.append(folder, raw)
  mailbox.expunge(folder, [uid], { quiet: true })
  return uid
}
