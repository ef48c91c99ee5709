// Sends one SMS-SUBMIT with AT+CMGS (TS 27.005 3.5.1, 4.3) and says exactly what is known afterwards. Invariants: success only after
// `+CMGS: <mr>` and then OK; before Ctrl-Z a failure means surely not sent; after it everything but a clear refusal
// is SMS_UNCERTAIN and is never repeated here.

import { GatewayError } from '../domain/errors.ts'
import type { Clock, PduToSend } from '../domain/ports.ts'
import { numberOf, responseOf, valuesOf } from './at/at-answers.ts'
import { type AtCommand, atCommand } from './at/at-command.ts'
import type { AtAnswer, AtDialogue } from './at/at-dialogue.ts'
import { attemptsMaxOf, submitMeaning } from './at/at-errors.ts'
import { pduFits } from './at/at-line.ts'
import { timeLimits } from './at/time-limits.ts'

export interface Submitter {
  /** @throws GatewayError as SmsTransport.submit says, without NOT_REGISTERED for lack of registration */
  submit(sms: PduToSend): Promise<{ readonly messageReference: number }>
  /** The TP-MR of a `+CMGS: <mr>` that no running command asked for; null if there is none. */
  late(values: string): number | null
  /** Milliseconds until the link need no longer be kept open (AT+CMMS=0); null: it is not kept. */
  linkReleaseMs(): number | null
  releaseLink(): Promise<void>
}

/** With AT+CMMS=2 the modem itself drops the link 1-5 s after the last message (TS 27.005 3.5.6); then the setting is taken back. */
const linkIdleMs = 2_000

const ctrlZ = '\u001a'

class SmsSubmitter implements Submitter {
  readonly #dialogue: AtDialogue
  readonly #clock: Clock
  readonly #keepsLink: () => boolean
  #linkKept = false
  #running = 0
  #lastEndAt = 0

  constructor(dialogue: AtDialogue, clock: Clock, keepsLink: () => boolean) {
    this.#dialogue = dialogue
    this.#clock = clock
    this.#keepsLink = keepsLink
  }

  async submit({ pdu, tpduLength, moreToCome }: PduToSend): Promise<{ readonly messageReference: number }> {
    if (!pduFits(pdu, tpduLength))
      throw new GatewayError('PDU_MALFORMED', 'the PDU does not have the length that is stated for it')
    this.#running += 1
    try {
      if (moreToCome && !this.#linkKept && this.#keepsLink()) {
        this.#linkKept = true
        await this.#dialogue.execute(atCommand('AT+CMMS=2'))
      }
      const answer = await this.#dialogue.execute(submitCommand(pdu, tpduLength))
      if (answer.kind !== 'ok') throw this.#failure(answer)
      const messageReference = referenceOf(answer.lines)
      if (messageReference === null)
        throw this.#unclear('the modem answered +CMGS without a message reference', answer)
      return { messageReference }
    } finally {
      this.#running -= 1
      this.#lastEndAt = this.#clock.monotonic()
    }
  }

  late(values: string): number | null {
    return referenceOf([`+CMGS: ${values}`])
  }

  linkReleaseMs(): number | null {
    if (!this.#linkKept || this.#running > 0) return null
    return Math.max(0, this.#lastEndAt + linkIdleMs - this.#clock.monotonic())
  }

  async releaseLink(): Promise<void> {
    this.#linkKept = false
    await this.#dialogue.execute(atCommand('AT+CMMS=0'))
  }

  #unclear(message: string, { lines }: AtAnswer): GatewayError {
    return new GatewayError('SMS_UNCERTAIN', message, {
      retry: 'ambiguous',
      hint: 'Ask the receiver, or wait for the status report, before it is sent again.',
      context: { messageReference: referenceOf(lines) },
    })
  }

  #failure(answer: AtAnswer): GatewayError {
    const { kind } = answer
    if (kind === 'error') return this.#refusal(answer)
    if (kind === 'timeout' || kind === 'lost') {
      if (answer.payloadSent) {
        const what = kind === 'lost' ? 'the modem was lost' : 'the modem gave no final result code'
        return this.#unclear(`${what} after Ctrl-Z`, answer)
      }
      return kind === 'lost'
        ? new GatewayError('MODEM_UNAVAILABLE', 'the modem was lost; nothing was sent', {
            retry: 'temporary',
          })
        : new GatewayError('MODEM_SILENT', 'the modem gave no prompt; nothing was sent', {
            retry: 'temporary',
          })
    }
    return this.#unclear('the modem answered OK without +CMGS', answer)
  }

  #refusal(answer: Extract<AtAnswer, { kind: 'error' }>): GatewayError {
    const { error, payloadSent, elapsedMs } = answer
    const { meaning, code, retry, hint } = submitMeaning(error, payloadSent ? elapsedMs : null)
    const message = `the modem answered ${error.text} to AT+CMGS: ${meaning}`
    if (retry === 'ambiguous') return this.#unclear(message, answer)
    return new GatewayError(code, message, {
      retry,
      ...(hint === null ? {} : { hint }),
      context: {
        error: error.text,
        number: error.number,
        afterPayload: payloadSent,
        attemptsMax: attemptsMaxOf(error),
      },
    })
  }
}

function submitCommand(pdu: string, tpduLength: number): AtCommand {
  const payload = `${pdu}${ctrlZ}`
  return atCommand(`AT+CMGS=${tpduLength}`, { payload, requires: '+CMGS', limitMs: timeLimits.submitMs })
}

/** @param keepsLink false for models that must not get AT+CMMS; asked before each use, for the model is known only after the start */
export function createSubmitter(dialogue: AtDialogue, clock: Clock, keepsLink: () => boolean): Submitter {
  return new SmsSubmitter(dialogue, clock, keepsLink)
}

/** TP-MR of `+CMGS: <mr>[,<ackpdu>]`; null if there is none or it is no octet. */
function referenceOf(lines: readonly string[]): number | null {
  const number = numberOf(valuesOf(responseOf(lines, '+CMGS') ?? '')[0])
  return number !== null && number >= 0 && number <= 255 ? number : null
}
