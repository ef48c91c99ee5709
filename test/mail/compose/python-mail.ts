// How a mail program of another make reads our mails: Python's email package, in one process for as many mails as there are.

import { execFileSync } from 'node:child_process'

const script = `
import sys, json, email
from email import policy
out = []
for raw in json.load(sys.stdin):
    mail = email.message_from_bytes(raw.encode('latin-1'), policy=policy.default)
    parts = [p for p in mail.walk()]
    defects = [repr(d) for p in parts for d in p.defects]
    defects += [repr(d) for p in parts for v in p.values() for d in getattr(v, 'defects', [])]
    def text(p):
        if p.get_content_maintype() == 'text':
            return p.get_payload(decode=True).decode('utf-8')
        return None
    status = [[[k.lower(), str(v)] for k, v in b.items()] for p in parts if p.get_content_type() == 'message/delivery-status' for b in p.get_payload()]
    out.append({'defects': defects, 'types': [p.get_content_type() for p in mail.iter_parts()] if mail.is_multipart() else [],
      'params': dict(mail['Content-Type'].params), 'header': [[k.lower(), str(v)] for k, v in mail.items()],
      'texts': [text(p) for p in mail.iter_parts()] if mail.is_multipart() else [text(mail)], 'status': status})
json.dump(out, sys.stdout)
`

type Pairs = readonly (readonly [string, string])[]

export interface PythonMail {
  /** Whatever the package found wrong, in the structure or in a header field. */
  readonly defects: readonly string[]
  /** Content types of the parts of a multipart. */
  readonly types: readonly string[]
  readonly params: Readonly<Record<string, string>>
  readonly header: Pairs
  /** Of each part, decoded; null where it is no text. */
  readonly texts: readonly (string | null)[]
  /** The blocks of message/delivery-status. */
  readonly status: readonly Pairs[]
}

/** Reads mails with Python's email package (policy "default"). */
export function readWithPython(mails: readonly Buffer[]): PythonMail[] {
  const input = JSON.stringify(mails.map((raw) => raw.toString('latin1')))
  const output = execFileSync('python3', ['-c', script], { input, maxBuffer: 64 * 1024 * 1024 })
  return JSON.parse(output.toString()) as PythonMail[]
}
