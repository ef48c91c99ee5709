// Takes secrets out of the words of others: a server that refuses a sign-in may repeat what it was sent, as it was or in the coding of
// SASL PLAIN, LOGIN or XOAUTH2 (base64, RFC 4616), of HTTP Basic and forms (RFC 6749 2.3.1), or in hex.
// Pure. Invariant: a secret that stands whole in one of these codings is gone, with the coded word around it.

const instead = '***'
/** A coded word shorter than this holds nothing that is worth a look. */
const base64Words = /[A-Za-z0-9+/_-]{4,}={0,2}/g
const hexWords = /[0-9a-f]{8,}/gi
/** RFC 3986 2.1; a form writes a blank as `+`. */
const percentWords = /[^\s"'<>&=]*%[0-9a-f]{2}[^\s"'<>&=]*/gi

/** As typed, in a quoted string of IMAP or JSON, percent-encoded with either blank. */
function formsOf(secret: string): string[] {
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  return [secret, secret.replace(/["\\]/g, '\\$&'), form, form.replaceAll('+', '%20')]
}

function decoded(word: string): string[] {
  // Where the coded octets begin is not known: letters may stand before them.
  return [0, 1, 2, 3].map((offset) => Buffer.from(word.slice(offset), 'base64').toString('utf8'))
}

function fromHex(word: string): string[] {
  return [0, 1].flatMap((offset) => {
    const octets = Buffer.from(word.slice(offset), 'hex')
    // UCS-2 has the high octet first.
    const swapped = Buffer.from(octets.subarray(0, octets.length & ~1)).swap16()
    return [octets.toString('utf8'), swapped.toString('utf16le')]
  })
}

const fromPercent = (word: string): string[] => [
  word.replaceAll('+', ' ').replace(/(?:%[0-9a-f]{2})+/gi, (octets) => fromHexWord(octets)),
]

const fromHexWord = (octets: string): string =>
  Buffer.from(octets.replaceAll('%', ''), 'hex').toString('utf8')

/** Puts `***` in the place of every secret; empty ones are none. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = [...new Set(secrets.filter((secret) => secret !== '').flatMap(formsOf))]
  if (forms.length === 0) return text
  // A secret may be the beginning of another.
  forms.sort((one, other) => other.length - one.length)
  const holdsOne = (inside: string): boolean => forms.some((form) => inside.includes(form))
  const without = (words: RegExp, read: (word: string) => string[]) => (shown: string) =>
    shown.replace(words, (word) => (read(word).some(holdsOne) ? instead : word))
  const plain = forms.reduce((shown, form) => shown.replaceAll(form, instead), text)
  return [
    without(percentWords, fromPercent),
    without(hexWords, fromHex),
    without(base64Words, decoded),
  ].reduce((shown, step) => step(shown), plain)
}
