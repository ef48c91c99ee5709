// Does the Dovecot of the tests behave as a mail server in an office does? Real IMAP and LMTP, nothing simulated.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ImapFlow, type ImapFlowOptions } from 'imapflow'
import { makeCertificate } from './certificate.ts'
import { type Dovecot, startDovecot } from './dovecot.ts'
import { dovecotConfig } from './dovecot-config.ts'
import { findProgram, removeServerFolder } from './server-process.ts'

const users = [
  { name: 'sms', password: 'a:b {c} "d" ü' },
  { name: 'anna', password: 'anna-1' },
]

function client(
  port: number,
  login: { user: string; pass: string },
  more: Partial<ImapFlowOptions> = {},
): ImapFlow {
  const imap = new ImapFlow({
    host: '127.0.0.1',
    port,
    secure: false,
    doSTARTTLS: false,
    auth: login,
    logger: false,
    ...more,
  })
  imap.on('error', () => undefined)
  return imap
}

const sms = { user: 'sms', pass: users[0]?.password ?? '' }
const text = (subject: string) => `From: eve@example.com\r\nSubject: ${subject}\r\n\r\nHello.\r\n`

async function refuses(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port })
  try {
    await once(socket, 'connect')
    return false
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
  } finally {
    socket.destroy()
  }
}

async function isAlive(pid: number): Promise<boolean> {
  const end = performance.now() + 5_000
  while (performance.now() < end) {
    if (!existsSync(`/proc/${pid}`)) return false
    await sleep(20)
  }
  return true
}

describe('a running Dovecot', () => {
  let dovecot: Dovecot
  before(async () => {
    dovecot = await startDovecot({ users })
  })
  after(() => dovecot.stop())

  it('tells an idling client about a delivered mail within three seconds', async () => {
    const imap = client(dovecot.imapPort, sms)
    await imap.connect()
    const lock = await imap.getMailboxLock('INBOX')
    try {
      const pushed = once(imap, 'exists', { signal: AbortSignal.timeout(3_000) })
      const idle = imap.idle()
      await dovecot.deliver(text('push'), 'eve@example.com', 'sms@office.example')
      const [{ count, prevCount }] = await pushed
      assert.equal(count, prevCount + 1)
      await imap.noop()
      await idle
    } finally {
      lock.release()
      await imap.logout()
    }
  })

  it('delivers user+detail to the user and keeps the detail in Delivered-To', async () => {
    await dovecot.deliver(text('detail'), 'eve@example.com', 'anna+tok3n@office.example')
    const [raw] = (await dovecot.mails('anna')).slice(-1)
    assert.match(
      raw ?? '',
      /^Return-Path: <eve@example\.com>\r?\nDelivered-To: anna\+tok3n@office\.example\r?$/m,
    )
    assert.match(raw ?? '', /^Subject: detail\r?$/m)
  })

  it('takes a mail with an empty sender, as a DSN has one', async () => {
    await dovecot.deliver(text('report'), '', 'anna@office.example')
    assert.match((await dovecot.mails('anna')).at(-1) ?? '', /^Return-Path: <>\r?$/m)
  })

  it('refuses an unknown user with 550 5.1.1', async () => {
    await assert.rejects(
      dovecot.deliver(text('lost'), 'eve@example.com', 'nobody@office.example'),
      /550 5\.1\.1/,
    )
  })

  it('rejects a mail that Dovecot refuses only after its text', async () => {
    const folder = join(dovecot.maildir('sms'), 'tmp')
    await dovecot.deliver(text('before'), 'eve@example.com', 'sms')
    await chmod(folder, 0)
    try {
      await assert.rejects(dovecot.deliver(text('refused'), 'eve@example.com', 'sms'), /^Error: 4\d\d /)
    } finally {
      await chmod(folder, 0o700)
    }
    assert.equal((await dovecot.mails('sms')).filter((raw) => raw.includes('Subject: refused')).length, 0)
  })

  it('lets a client create a folder and move a mail there', async () => {
    await dovecot.deliver(text('to be moved'), 'eve@example.com', 'sms@office.example')
    const imap = client(dovecot.imapPort, sms)
    await imap.connect()
    const lock = await imap.getMailboxLock('INBOX')
    try {
      await imap.mailboxCreate('Simpost')
      const found = await imap.search({ subject: 'to be moved' }, { uid: true })
      assert.ok(Array.isArray(found) && found.length === 1)
      const moved = await imap.messageMove(found, 'Simpost', { uid: true })
      assert.ok(moved !== false && moved.uidMap?.size === 1)
    } finally {
      lock.release()
      await imap.logout()
    }
    const [mail, ...others] = await dovecot.mails('sms', 'Simpost')
    assert.match(mail ?? '', /^Subject: to be moved\r?$/m)
    assert.deepEqual(others, [])
  })

  it('ends connections in a restart and comes back with the same ports, UIDVALIDITY and mail', async () => {
    await dovecot.deliver(text('stays'), 'eve@example.com', 'sms@office.example')
    const look = async () => {
      const imap = client(dovecot.imapPort, sms)
      await imap.connect()
      return { imap, seen: await imap.status('INBOX', { messages: true, uidValidity: true }) }
    }
    const first = await look()
    const closed = once(first.imap, 'close', { signal: AbortSignal.timeout(3_000) })
    await dovecot.restart()
    await closed
    const second = await look()
    assert.deepEqual(second.seen, first.seen)
    assert.ok(first.seen !== false && first.seen.uidValidity !== undefined && first.seen.messages !== 0)
    await second.imap.logout()
  })

  it('refuses connections while it is halted', async () => {
    await dovecot.halt()
    assert.deepEqual(await Promise.all([refuses(dovecot.imapPort), refuses(dovecot.lmtpPort)]), [true, true])
    await dovecot.restart()
    assert.equal(await refuses(dovecot.imapPort), false)
  })

  it('accepts only the new password after each change', async () => {
    for (const password of ['anna-2', 'anna-3']) {
      await dovecot.setPassword('anna', password)
      const old = client(dovecot.imapPort, { user: 'anna', pass: 'anna-1' })
      await assert.rejects(old.connect(), { authenticationFailed: true })
      const imap = client(dovecot.imapPort, { user: 'anna', pass: password })
      await imap.connect()
      await imap.logout()
    }
  })
})

it('without plus addresses user+detail is an unknown user', async (t) => {
  const dovecot = await startDovecot({ users, plusAddresses: false })
  t.after(() => dovecot.stop())
  await assert.rejects(
    dovecot.deliver(text('lost'), 'eve@example.com', 'sms+x@office.example'),
    /550 5\.1\.1/,
  )
})

it('speaks imaps and STARTTLS with the certificate it was given, which nobody trusts unasked', async (t) => {
  const certificate = await makeCertificate()
  const dovecot = await startDovecot({ users, tls: certificate })
  t.after(() => dovecot.stop())
  const tls = { ca: certificate.certificate }
  for (const imap of [
    client(dovecot.imapsPort ?? 0, sms, { secure: true, doSTARTTLS: undefined, tls }),
    client(dovecot.imapPort, sms, { doSTARTTLS: true, tls }),
  ]) {
    await imap.connect()
    assert.equal(imap.secureConnection, true)
    await imap.logout()
  }
  const stranger = client(dovecot.imapsPort ?? 0, sms, { secure: true, doSTARTTLS: undefined })
  await assert.rejects(stranger.connect(), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

it('two servers at the same time have their own ports and mail', async (t) => {
  const both = await Promise.all([startDovecot({ users }), startDovecot({ users })])
  t.after(() => Promise.all(both.map((each) => each.stop())))
  const [one, other] = both
  await one.deliver(text('only here'), 'eve@example.com', 'sms@office.example')
  assert.equal((await one.mails('sms')).length, 1)
  assert.equal((await other.mails('sms')).length, 0)
  assert.equal(new Set(both.flatMap((each) => [each.imapPort, each.lmtpPort])).size, 4)
})

it('leaves neither listener nor folder behind', async () => {
  const dovecot = await startDovecot({ users })
  const folder = dovecot.maildir('sms').replace(/\/mail\/.*/, '')
  assert.ok(existsSync(folder))
  await dovecot.stop()
  assert.equal(existsSync(folder), false)
  assert.equal(await refuses(dovecot.imapPort), true)
})

it('ends by itself when its test process is killed', async () => {
  const script = `
    import { startServerProcess, findAccount, makeServerFolder } from ${JSON.stringify(new URL('./server-process.ts', import.meta.url).href)}
    const account = await findAccount()
    const folder = await makeServerFolder('killed', account)
    const start = { program: '/usr/bin/sleep', args: ['60'], account, greetings: [], folder, logFile: folder + '/log' }
    const { pid } = await startServerProcess(start)
    console.log(JSON.stringify({ pid, folder }))
    setInterval(() => {}, 1000)`
  const child = execFile(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  const [line] = await once(child.stdout ?? child, 'data', { signal: AbortSignal.timeout(20_000) })
  const { pid, folder } = JSON.parse(String(line))
  assert.ok(existsSync(`/proc/${pid}`))
  child.kill('SIGKILL')
  assert.equal(await isAlive(pid), false)
  await removeServerFolder(folder)
})

it('a missing program is an error that says what to do', () => {
  assert.throws(
    () => findProgram('no-such-mail-server'),
    /no-such-mail-server is not installed\. Try: scripts\/test\.sh$/,
  )
})

it('a configuration is written for 2.3 and 2.4 and for nothing else', () => {
  const account = { uid: 1, gid: 1, user: 'u', group: 'g' }
  const settings = {
    folder: '/f',
    account,
    imapPort: 1,
    lmtpPort: 2,
    imapsPort: null,
    plusAddresses: true,
    quotaMails: null,
    introspectionUrl: null,
    imapCapability: null,
  }
  assert.match(dovecotConfig('2.3.19.1 (9b53102964)', settings), /^mail_location = maildir:/m)
  assert.match(dovecotConfig('2.4.1-4 (7d8c0e5759)', settings), /^dovecot_config_version = 2\.4\.0\n/)
  assert.throws(() => dovecotConfig('2.2.36', settings), /2\.2\.36 is not known/)
})
