// Hands a mail to an SMTP server byte for byte, as a forger's own program would: nodemailer would put its fields in order first.

import { createTransport } from 'nodemailer'
import { asAnna } from '../../support/office.ts'

export interface RawMail {
  readonly from: string
  readonly to: string
  readonly raw: string | Buffer
  /** True: Anna signs in first. */
  readonly login?: boolean
}

/** Rejects with the server's reply if it refuses the mail. */
export async function sendMail(port: number, { from, to, raw, login = false }: RawMail): Promise<void> {
  const transport = createTransport({
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    ...(login ? { auth: asAnna } : {}),
  })
  try {
    await transport.sendMail({ envelope: { from, to }, raw })
  } finally {
    transport.close()
  }
}
