// The world of `simpost demo`: a simulated modem with its network, a mail server in memory, and between them the real service with a
// real database in a temporary folder. Nothing listens outside of loopback.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../../config/config.ts'
import { createDesk } from '../../daemon/desk.ts'
import { runGateway } from '../../daemon/gateway.ts'
import { systemClock } from '../../daemon/system-clock.ts'
import { GatewayError } from '../../domain/errors.ts'
import { passwordCredential } from '../../mail/sign-in/credential.ts'
import { createSmtpSender } from '../../mail/smtp/smtp-sender.ts'
import { createMailWorld, type MailWorld } from '../../simulator/mail/mail-world.ts'
import { createSimModem, type SimModem } from '../../simulator/modem/sim-modem.ts'
import { openStore } from '../../store/database/database.ts'

export const anna = 'anna@office.example'
export const bob = { mailbox: 'bob@office.example', number: '+4917012345678', name: 'Bob' }
export const box = { mailbox: 'sms@office.example', number: '+4917000000001' }

export const carol = { mailbox: 'carol@office.example', number: '+4917023456789', name: 'Carol' }
export const numberDomain = 'sms.office.example'

const password = 'demo'
const authservId = 'mx.office.example'
/** The service is up within a second; on a slow and busy machine it may take longer. */
const readyTimeoutMs = 60_000

/** The start-up dialogue is over when the modem line was quiet for so long. */
const quietMs = 200

type Trace = (direction: 'to' | 'from', text: string) => void

export interface DemoWorld {
  readonly configFile: string
  readonly mails: MailWorld
  readonly modem: SimModem
  /** Anna's mail program hands a mail to the mail server; resolves when the server has it. */
  annaSends(mail: { readonly to: string; readonly raw: Buffer }): Promise<void>
  close(): Promise<void>
}

/** Further lines for sections of the config. */
export interface ConfigLines {
  readonly exchange?: readonly string[]
  readonly budget?: readonly string[]
}

interface Place {
  readonly folder: string
  readonly ports: { readonly modem: number; readonly imap: number; readonly smtp: number }
  readonly lines: ConfigLines
}

function configText({ folder, ports, lines }: Place): string {
  return `[modem]
port = "tcp://127.0.0.1:${ports.modem}"
number = "${box.number}"

[mail]
address = "${box.mailbox}"
plus_addresses = true
[mail.imap]
host = "127.0.0.1"
port = ${ports.imap}
security = "none"
user = "${box.mailbox}"
password = "${password}"
[mail.smtp]
host = "127.0.0.1"
port = ${ports.smtp}
security = "none"

[exchange]
fallback_mailbox = "${anna}"
number_domain = "${numberDomain}"
${(lines.exchange ?? []).join('\n')}

[trust]
senders = ["@office.example"]
authserv_id = "${authservId}"

[budget]
price_per_part = 0.09
${(lines.budget ?? []).join('\n')}

[store]
path = "${join(folder, 'simpost.db')}"
`
}

/**
 * Starts everything and resolves when the modem is registered and the mailbox is watched.
 * @param trace sees every AT line from then on
 * @throws GatewayError if the service does not come up
 */
export async function startDemoWorld(trace: Trace, lines: ConfigLines = {}): Promise<DemoWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'simpost-demo-'))
  const modem = createSimModem({ number: box.number })
  const mails = createMailWorld({
    accounts: [anna, bob.mailbox, carol.mailbox, box.mailbox].map((address) => ({ address, password })),
    authservId,
    catchAll: { domain: numberDomain, address: box.mailbox },
  })
  const modemPort = await modem.listen()
  const { imapPort, smtpPort } = await mails.listen()
  const configFile = join(folder, 'simpost.toml')
  const ports = { modem: modemPort, imap: imapPort, smtp: smtpPort }
  writeFileSync(configFile, configText({ folder, ports, lines }), { mode: 0o600 })
  bindBob(configFile)

  const service = await startService(configFile, trace)
  const smtp = createSmtpSender({
    host: '127.0.0.1',
    port: smtpPort,
    security: 'none',
    user: anna,
    credential: passwordCredential(() => password),
    clock: systemClock,
  })
  return {
    configFile,
    mails,
    modem,
    annaSends: async ({ to, raw }) => {
      await smtp.send({ from: anna, to, raw })
    },
    close: async () => {
      await service.stop()
      await Promise.all([modem.close(), mails.close()])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Runs the real service; resolves when it is up and the start-up dialogue with the modem is over. */
async function startService(configFile: string, trace: Trace): Promise<{ stop(): Promise<void> }> {
  const stop = new AbortController()
  const up = { modem: false, mailbox: false }
  let lastLineAt = systemClock.monotonic()
  let told = false
  const quiet = (): boolean => systemClock.monotonic() - lastLineAt >= quietMs
  const service = runGateway(
    readConfig(configFile),
    {
      clock: systemClock,
      traceModem: (direction, text) => {
        lastLineAt = systemClock.monotonic()
        if (told) trace(direction, text)
      },
      onModemState: ({ phase }) => {
        up.modem = phase === 'ready'
      },
      onInboxState: ({ phase }) => {
        up.mailbox = phase === 'watching'
      },
    },
    stop.signal,
  )
  const deadline = systemClock.monotonic() + readyTimeoutMs
  const watch = async (): Promise<void> => {
    while (!(up.modem && up.mailbox && quiet())) {
      if (systemClock.monotonic() > deadline)
        throw new GatewayError('INTERNAL', 'the service did not come up in time', {
          hint: 'run the demo again on a machine with less load',
        })
      await systemClock.sleep(quietMs / 8)
    }
  }
  await Promise.race([watch(), service])
  told = true
  return {
    stop: async () => {
      stop.abort()
      await service
    },
  }
}

function bindBob(configFile: string): void {
  const config = readConfig(configFile)
  const store = openStore(config.store.path)
  const { bindings } = createDesk(config, store, systemClock, () => {})
  const bound = { ...bob, alias: 'bob', line: false, origin: 'cli', expiresAt: null } as const
  bindings.add({ ...bound, createdAt: systemClock.now() })
  store.close()
}
