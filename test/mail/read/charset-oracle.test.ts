// Charsets and encoded names against decoders that we did not write: Python's codecs and its email package.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { decodeHeaderText, decodeText } from '../../../src/mail/header/charset.ts'
import { defaultRecordedFields, readMail } from '../../../src/mail/read/read-mail.ts'
import { findProgram } from '../../support/server-process.ts'

const seed = Number(process.env.SEED ?? 1 + Math.floor(Math.random() * 2 ** 31))

function python<Answer>(program: string, input: unknown): Answer {
  const done = spawnSync(findProgram('python3'), ['-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  })
  assert.equal(done.status, 0, done.stderr)
  return JSON.parse(done.stdout) as Answer
}

const numbered = (name: string, numbers: readonly number[]): [string, string][] =>
  numbers.map((number) => [`${name}${number}`, `${name}${number}`])

/** The label in the mail and the codec of Python that is the same table. */
const charsets: readonly (readonly [label: string, codec: string])[] = [
  ['utf-8', 'utf-8'],
  ['utf-16', 'utf-16'],
  ['utf-16be', 'utf-16-be'],
  ['utf-16le', 'utf-16-le'],
  ['gb18030', 'gb18030'],
  ['gbk', 'gbk'],
  ['gb2312', 'gb2312'],
  ['hz-gb-2312', 'hz'],
  ['big5', 'cp950'],
  ['big5-hkscs', 'big5hkscs'],
  ['shift_jis', 'cp932'],
  ['windows-31j', 'cp932'],
  ['iso-2022-jp', 'iso2022_jp'],
  ['euc-jp', 'euc_jp'],
  ['euc-kr', 'cp949'],
  ['ks_c_5601-1987', 'cp949'],
  ['iso-2022-kr', 'iso2022_kr'],
  ['koi8-r', 'koi8_r'],
  ['koi8-u', 'koi8_u'],
  ...numbered('iso-8859-', [2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16]),
  ...numbered('windows-', [1250, 1251, 1252, 1253, 1254, 1255, 1256, 1257, 1258]),
  // What calls itself so is the larger table of Windows in practice.
  ['iso-8859-1', 'cp1252'],
  ['iso-8859-9', 'cp1254'],
  ['iso-8859-11', 'cp874'],
]

/**
 * Letters that two tables of the same name disagree about, as a range for a regular expression: signs such as ¢ ‖ − 〜 that Windows put
 * elsewhere, the middle dots of GB 2312, and cells that only one of them has.
 */
const disputed =
  '\u00a2\u00a3\u00a5\u00a6\u00ac\u00af\u00b7\u2014-\u2016\u2022\u2027\u203e\u2212\u2215\u223c\u2225\u2295\u2299\u2609\u2641\u301c\u30fb\u3164\uff0d\uff0f\uff3c\uff5e\uff64\uffe0-\uffe5\u1e3f\u01f9\u2550-\u2570'
/** Kana and Cyrillic of Big5 stand in two places, one of ETEN and one of Hong Kong. */
const disputedInBig5 = `${disputed}\u0400-\u045f\u3041-\u30ff`

const encode = `
import sys, json, random, base64, re
asked = json.load(sys.stdin)
random.seed(asked['seed'])
ranges = [(0x20, 0x7e), (0xa1, 0x24f), (0x370, 0x52f), (0x5d0, 0x64a), (0xe01, 0xe5b), (0x2010, 0x22ff), (0x3041, 0x30f6), (0x4e00, 0x9fa5), (0xac00, 0xd7a3)]
letters = [chr(code) for first, last in ranges for code in range(first, last + 1)]
out = []
for label, codec in asked['charsets']:
    known = []
    disputed = re.compile('[' + asked['big5' if label == 'big5' else 'all'] + ']')
    for letter in letters:
        try:
            if not disputed.match(letter) and letter.encode(codec).decode(codec) == letter: known.append(letter)
        except UnicodeError: pass
    texts = [''.join(known[i:i + 300]) for i in range(0, len(known), 300)]
    texts += [''.join(random.choice(known) for _ in range(random.randrange(1, 60))) for _ in range(40)]
    for text in texts: out.append([label, base64.b64encode(text.encode(codec)).decode(), text])
json.dump(out, sys.stdout)
`

test('every charset of mail is read as Python reads it, each of its letters and random ones', () => {
  const rows = python<[label: string, octets: string, text: string][]>(encode, {
    ...{ seed, charsets },
    ...{ all: disputed, big5: disputedInBig5 },
  })
  assert.ok(rows.length > 2_000)
  const wrong = rows.flatMap(([label, octets, text]) => {
    const read = [...decodeText(Buffer.from(octets, 'base64'), label)]
    const letters = [...text]
    const at = letters.findIndex((letter, i) => letter !== read[i])
    return at < 0 && read.length === letters.length ? [] : [`${label}: ${letters[at]} is read as ${read[at]}`]
  })
  assert.deepEqual(wrong, [], `seed ${seed}`)
})

const decodeWords = `
import sys, json
from email.header import decode_header, make_header
json.dump([str(make_header(decode_header(value))) for value in json.load(sys.stdin)], sys.stdout)
`
const codecs = ['utf-8', 'iso-8859-15', 'koi8-r', 'gb18030', 'big5', 'shift_jis', 'euc-kr', 'windows-1251']
const makeWords = `
import sys, json, random, base64
random.seed(json.load(sys.stdin))
texts = ['Gr\\u00fc\\u00dfe \\u20ac', '\\u041f\\u0440\\u0438\\u0432\\u0435\\u0442', '\\u4f60\\u597d \\u4e2d\\u6587', '\\u4f1a\\u8b70', '\\uc548\\ub155', 'plain _=?', '\\U0001f600']
out = []
while len(out) < 400:
    codec = random.choice(${JSON.stringify(codecs)})
    words = []
    for _ in range(random.randrange(1, 5)):
        try: octets = random.choice(texts).encode(codec)
        except UnicodeError: continue
        label = codec.upper() if random.random() < .5 else codec
        if random.random() < .5: words.append('=?%s?B?%s?=' % (label, base64.b64encode(octets).decode()))
        else: words.append('=?%s?q?%s?=' % (label, ''.join('=%02X' % o if o > 126 or chr(o) in '=?_ ' else chr(o) for o in octets)))
        if random.random() < .3: words.append('ascii')
    if words: out.append(' '.join(words))
json.dump(out, sys.stdout)
`

test('encoded words, alone, in rows and between other words, are read as Python reads them', () => {
  const values = python<string[]>(makeWords, seed)
  const expected = python<string[]>(decodeWords, values)
  values.forEach((value, i) => {
    assert.equal(
      decodeHeaderText(value),
      expected[i]?.trim().replace(/ {2,}/g, ' '),
      `${value} (seed ${seed})`,
    )
  })
})

const names: readonly (readonly [field: string, name: string])[] = [
  ['attachment; filename=plain.pdf', 'plain.pdf'],
  ['attachment; filename="with blank.pdf"', 'with blank.pdf'],
  ['attachment; filename="a\\"b.pdf"', 'a"b.pdf'],
  ["attachment; filename*=utf-8''B%C3%BCro.pdf", 'Büro.pdf'],
  ["attachment; filename*=iso-8859-1'de'B%FCro.pdf", 'Büro.pdf'],
  ["attachment; filename*=gb18030''%C4%E3%BA%C3.txt", '你好.txt'],
  ["attachment; filename*0*=utf-8''B%C3%BCr; filename*1*=o%20x; filename*2=.pdf", 'Büro x.pdf'],
  ['attachment; filename*1=b.pdf; filename*0=a', 'ab.pdf'],
  ['attachment; filename*0*=utf-8\'en\'a%20; filename*1="b.pdf"', 'a b.pdf'],
]
const fileNames = `
import sys, json, email, email.policy
out = []
for field in json.load(sys.stdin):
    mail = email.message_from_string('Content-Type: application/pdf\\nContent-Disposition: ' + field + '\\n\\nx')
    name = mail.get_filename()
    out.append(email.utils.collapse_rfc2231_value(name) if name else None)
json.dump(out, sys.stdout)
`

async function fileName(field: string): Promise<string | undefined> {
  const head =
    'From: a@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n--b\r\n'
  const raw = `${head}Content-Type: application/pdf\r\nContent-Disposition: ${field}\r\n\r\nx\r\n--b--\r\n`
  const { attachments } = await readMail(Buffer.from(raw), {
    ...{ ownInstance: 'box', authservId: null, trustMethod: 'from' as const },
    recordedFields: defaultRecordedFields,
    truncated: false,
  })
  return attachments[0]?.name
}

test('names of files are read as the table says, and as Python reads them', async () => {
  const theirs = python<(string | null)[]>(
    fileNames,
    names.map(([field]) => field),
  )
  for (const [i, [field, name]] of names.entries()) {
    assert.equal(await fileName(field), name, field)
    assert.equal(theirs[i], name, `Python: ${field}`)
  }
})
