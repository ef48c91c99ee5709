// What a person wrote in a mail, without the quoted mail, the signature and legal footers; only: email-reply-parser.
// That library's expressions backtrack without bound (its issue #39), so it only sees texts that passed the guard below.
// Invariant: never cuts to nothing; a mail that answers nothing keeps sentences like "On Monday she wrote:".

import EmailReplyParser from 'email-reply-parser'

/** Characters of an answer that are looked at: twenty long SMS. */
const answerCharsMax = 20_000
/** A longer line is no quote header; the library sees a token in its place. */
const lineCharsMax = 200
/** Estimated steps of the library's worst expressions; about 0.1 s on a Raspberry Pi. */
const stepsMax = 2_000_000

/** Expressions of the library that run over several lines: how a match begins, and the word it looks for. */
const runaways: readonly (readonly [RegExp, RegExp])[] = [
  [/^\s*Op\s/gm, /schreef/g],
  [/^\s*(?:W\sdniu|Dnia)\s/gm, /pisze|napisał/g],
  [/^在/gm, /写道/g],
  [/^\s*[a-z]{3,4}\.\s/gm, /\sskrev\s/g],
]

/** First lines of quoted mails that no `>` marks, in the words of the common mail programs. */
const quoteRules = [
  /^-{2,}\s*(?:original message|ursprüngliche nachricht|message d['’]origine|mensaje original|messaggio originale|oorspronkelijk bericht|originalnachricht|mensagem original|原始邮件|原始郵件|邮件原件)\s*-{2,}$/i,
  /^_{20,}$/,
]
const headerFrom = /^\*?(?:From|Von|De|Van|Da|Fra|Från|Od|Lähettäjä|发件人|寄件者|差出人)\*?\s?[:：]/
const headerNext =
  /^\*?(?:Sent|Date|To|Gesendet|Datum|An|Envoyé|À|Enviado(?: el)?|Fecha|Para|Verzonden|Aan|Inviato|Data|A|Sendt|Til|Skickat|Till|Wysłano|Do|发送时间|发件日期|日\s?期|收件人|收件者|寄件日期|送信日時|宛先)\*?\s?[:：]/

/** Lines before a quote that the library does not know: 163.com in English, Gmail, Apple Mail and Thunderbird in Chinese. */
const wroteLine =
  /^(?:At \d{4}-\d{2}-\d{2} .{0,160} wrote|.{1,160}[于於]\s?\d{4}年.{0,80}[写寫]道|在 ?\d{4}.{0,160}[写寫]道|\d{4}年\d{1,2}月\d{1,2}日.{0,160}[写寫]道)\s?[:：]$/

const mobileSignature =
  /^(?:Sent from (?:my|Mail for|Outlook|Yahoo Mail)|Sent via the Samsung|(?:Get|Holen Sie sich|Obtenir|Obtenez|Télécharger|Obtener|Descargar|Ottieni|Scarica|获取|下载) ?Outlook\b|Outlook (?:für|for) (?:iOS|Android)\S* (?:beziehen|herunterladen)|Von meinem .{1,60} gesendet|Gesendet (?:von|mit|aus) |Diese Nachricht wurde von .{1,60} gesendet|Envoyé (?:de(?:puis)? mon|à partir d)|Enviado (?:desde mi|do meu)|Inviato da(?:l mio)? |Verzonden vanaf|Verstuurd vanaf|发自我的|發自我的|从我的.{1,30}发送|發送自我的|发送自 ?Windows|iPhoneから送信)/i

const disclaimer =
  /^\W{0,3}(?:This (?:e-?mail|message|communication)(?: and any| may| is| contains|,? including)|The information (?:contained )?in this (?:e-?mail|message)|CONFIDENTIALITY|Diese (?:E-?Mail|Nachricht) (?:und|enthält|kann|ist)|Der Inhalt dieser E-?Mail|Ce (?:message|courriel|mail) (?:et|est|peut|contient)|Este (?:mensaje|correo)|Il presente messaggio|Le informazioni contenute|Dit (?:bericht|e-mailbericht)|De informatie in dit)/i
/** A legal footer is long; a person's sentence that begins alike is not. */
const disclaimerCharsMin = 120

function isRunaway(text: string): boolean {
  return runaways.some(([start, word]) => {
    const starts = text.match(start)?.length ?? 0
    const words = text.match(word)?.length ?? 0
    return starts * text.length * (1 + words) > stepsMax
  })
}

/** Lines before the one at which `isCut` holds, if they hold text; else all. */
function before(
  lines: readonly string[],
  isCut: (line: string, index: number) => boolean,
): readonly string[] {
  const at = lines.findIndex(isCut)
  return at > 0 && lines.slice(0, at).some((line) => line.trim() !== '') ? lines.slice(0, at) : lines
}

function isOutlookBlock(lines: readonly string[], index: number): boolean {
  if (!headerFrom.test(lines[index] ?? '')) return false
  return lines.slice(index + 1, index + 4).filter((line) => headerNext.test(line)).length >= 1
}

/** How many lines at `index` are the line before a quote: 0, 1, or 2 where the program broke it. */
function wroteLinesAt(lines: readonly string[], index: number): 0 | 1 | 2 {
  const [line = '', next = ''] = lines.slice(index, index + 2)
  if (wroteLine.test(line)) return 1
  if (line === '' || next === '' || wroteLine.test(next)) return 0
  return wroteLine.test(`${line} ${next}`) || wroteLine.test(line + next) ? 2 : 0
}

/** Drops the lines before quotes; where no `>` marks the quote, all that follows is one. */
function withoutWroteLines(lines: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < lines.length; i++) {
    const count = wroteLinesAt(lines, i)
    if (count === 0) {
      kept.push(lines[i] ?? '')
      continue
    }
    const quote = lines.slice(i + count).find((line) => line.trim() !== '')
    if (quote !== undefined && !quote.startsWith('>') && kept.some((line) => line.trim() !== '')) break
    i += count - 1
  }
  return kept
}

/** Runs the library over a text in which long lines are tokens of private use characters. */
function visibleText(text: string): string {
  const lines = text.replace(/[\ue000\ue001]/g, '').split('\n')
  const short = lines.map((line, i) =>
    line.length <= lineCharsMax ? line : `${line.startsWith('>') ? '>' : ''}\ue000${i}\ue001`,
  )
  const safe = short.join('\n')
  const visible = isRunaway(safe)
    ? short.filter((line) => !line.startsWith('>')).join('\n')
    : new EmailReplyParser().parseReply(safe)
  return visible.replace(/\ue000(\d+)\ue001/g, (_, i) => lines[Number(i)] ?? '')
}

function cutQuotes(text: string): string {
  const guarded = text
    .slice(0, answerCharsMax)
    .split('\n')
    .map((line) => line.trimEnd().replace(/[ \t]{2,}/g, ' '))
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
  const lines = guarded.split('\n')
  const own = before(
    lines,
    (line, i) => isOutlookBlock(lines, i) || quoteRules.some((rule) => rule.test(line)),
  )
  return visibleText(withoutWroteLines(own).join('\n'))
}

/** The signature separator of RFC 3676 4.3; programs that trim lines leave "--". */
function cutSignature(text: string): string {
  return before(text.split('\n'), (line) => /^--\s*$/.test(line)).join('\n')
}

function cutFooters(text: string): string {
  const lines = text.split('\n')
  const body = before(lines, (line, i) => {
    if (mobileSignature.test(line))
      return lines.slice(i + 1).every((later) => later.trim() === '' || later.length > 200)
    return disclaimer.test(line) && lines.slice(i).join(' ').length >= disclaimerCharsMin
  })
  return body.join('\n')
}

/**
 * Cuts what the person did not write in this mail.
 * @param text with line feeds as line ends
 * @param answers true if the mail answers another one, so that it may hold quotes
 * @returns the rest, trimmed; the whole text if nothing would be left
 */
export function ownWords(text: string, answers: boolean): string {
  const whole = text.trim()
  const unsigned = cutSignature(whole)
  const words = cutFooters(cutSignature(answers ? cutQuotes(unsigned) : unsigned)).trim()
  if (words !== '') return words
  return cutFooters(unsigned).trim() || whole
}
