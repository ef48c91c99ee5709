// Was a mail written by a program, and which kind of program? (RFC 3834, RFC 2919, RFC 2369, RFC 6522, RFC 5321 4.5.5)
// Pure. X-Auto-Response-Suppress alone is no sign, since Exchange puts it on what people write; nor is a subject, since people write
// "Out of office" too: two of such hints together are one.
// Invariant: our own mark and returned reports are found before anything else, since they are what loops are made of.

import type { Automatic } from '../../domain/message.ts'
import { isOwnMark, markSign, marksIn } from '../header/bridge-mark.ts'
import { every, type HeaderField, topmost } from '../header/mail-headers.ts'

/** RFC 5321 6.3: a mail that passed more servers runs in a circle. */
const receivedMax = 50

const reportSubtypes = /^(?:(?:global-)?(?:delivery-status|disposition-notification)|feedback-report)$/

/** Fields that only programs which answer by themselves write. */
const replyFields = [
  'X-Autoreply',
  'X-Autorespond',
  'X-Autoresponder',
  'X-Auto-Reply',
  'X-Autoreply-From',
  'X-Mail-Autoreply',
]

/** Precedence as RFC 2076 has it, and two spellings of old programs. */
const precedenceFields = ['Precedence', 'X-Precedence', 'Preference']

/** How out-of-office programs begin a subject: en, de, fr, es, it, nl, zh. An answer by a person begins with Re: instead. */
const replySubject =
  /^(?:auto(?:matic|mated)?[ -]?(?:reply|response)|(?:i am |i'm )?out of (?:the )?office(?: auto-?reply| reply| message)?|oof|automatische antwort|abwesenheits(?:notiz|nachricht|meldung|benachrichtigung|assistent)|abwesend|réponse automatique|(?:absence|absent)(?:e)? du bureau|message d'absence|respuesta automática|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)|automatisch(?:e)? antwoord|afwezigheids(?:bericht|assistent)|niet aanwezig|自动回复|自動回覆|自動回復|自动答复)\s*(?:[:：].*)?$/i

export interface AutomaticSigns {
  readonly fields: readonly HeaderField[]
  /** Content-Type of the mail in lower case. */
  readonly type: string
  /** report-type parameter of the Content-Type; '' if there is none. */
  readonly reportType: string
  /** Header section of the mail that a report returns, '' if there is none. */
  readonly returned: string
  /** '' for the null sender, null if unknown. */
  readonly returnPath: string | null
  /** Address of the author; null if there is not exactly one. */
  readonly from: string | null
  readonly subject: string
  /** Our instance id in X-SMS-Bridge. */
  readonly ownInstance: string
}

function ownSign({ fields, ownInstance }: AutomaticSigns): string | null {
  for (const value of every(fields, 'x-sms-bridge')) {
    const mark = markSign(value, ownInstance)
    if (mark !== null) return mark
  }
  const received = every(fields, 'received').length
  return received > receivedMax ? `${received} Received fields` : null
}

function reportSign({ type, reportType, returned, ownInstance }: AutomaticSigns): string | null {
  if (type !== 'multipart/report' && !reportSubtypes.test(type.replace('message/', ''))) return null
  const isOurs = marksIn(returned).some((mark) => isOwnMark(mark, ownInstance))
  const about = isOurs ? ', about our own mail' : ''
  return `${type}${reportType === '' ? '' : ` ${reportType}`}${about}`
}

function replySign(signs: AutomaticSigns): string | null {
  const { fields, subject } = signs
  const submitted = topmost(fields, 'auto-submitted')?.toLowerCase() ?? ''
  if (/^\s*auto-replied\b/.test(submitted)) return 'Auto-Submitted: auto-replied'
  for (const name of replyFields) {
    const value = topmost(fields, name.toLowerCase())
    if (value !== null && !/^\s*(?:no|false|0)\s*$/i.test(value)) return name
  }
  for (const name of precedenceFields)
    if (/^\s*auto[_-]?reply\s*$/i.test(topmost(fields, name.toLowerCase()) ?? ''))
      return `${name}: auto_reply`
  return replySubject.test(subject) && hasHint(signs) ? 'Subject of an out-of-office reply' : null
}

/** What a mail with such a subject shows as well if a program wrote it: it answers a mail, or wants no answer itself. */
function hasHint({ fields, returnPath }: AutomaticSigns): boolean {
  const submitted = topmost(fields, 'auto-submitted') ?? 'no'
  const hints = ['in-reply-to', 'references', 'x-auto-response-suppress', 'precedence']
  return (
    returnPath === '' || !/^\s*no\b/i.test(submitted) || hints.some((name) => topmost(fields, name) !== null)
  )
}

function bounceSign({ returnPath, from }: AutomaticSigns): string | null {
  if (returnPath === '') return 'Return-Path: <>'
  const local = from?.slice(0, from.lastIndexOf('@')).toLowerCase() ?? ''
  return local === 'mailer-daemon' || local === 'postmaster' ? `From: ${local}` : null
}

/** Alarm programs like to add `Precedence: bulk` to `Auto-Submitted: auto-generated`; that pair is an alarm, not a list. */
function listSign({ fields }: AutomaticSigns): string | null {
  if (topmost(fields, 'list-id') !== null) return 'List-Id'
  if (topmost(fields, 'list-unsubscribe') !== null) return 'List-Unsubscribe'
  const precedence = (topmost(fields, 'precedence') ?? '').trim().toLowerCase()
  const alarm = /^\s*auto-generated\b/i.test(topmost(fields, 'auto-submitted') ?? '')
  if (precedence === 'list' || (/^(?:bulk|junk)$/.test(precedence) && !alarm))
    return `Precedence: ${precedence}`
  return null
}

function generatedSign({ fields }: AutomaticSigns): string | null {
  const submitted = (topmost(fields, 'auto-submitted') ?? '').trim().toLowerCase()
  const keyword = /^[a-z-]*/.exec(submitted)?.[0] ?? ''
  return submitted === '' || keyword === 'no' ? null : `Auto-Submitted: ${keyword || 'unreadable'}`
}

/** Kind and sign of an automatic mail; null if a person wrote it, as far as one can see. */
export function automaticOf(signs: AutomaticSigns): Automatic | null {
  const checks = [
    ['own', ownSign],
    ['report', reportSign],
    ['replied', replySign],
    ['report', bounceSign],
    ['list', listSign],
    ['generated', generatedSign],
  ] as const
  for (const [kind, check] of checks) {
    const sign = check(signs)
    if (sign !== null) return { kind, sign }
  }
  return null
}
