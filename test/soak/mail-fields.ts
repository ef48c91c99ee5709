// Header fields as people, programs and attackers write them, one at random.

import type { Random } from '../support/random.ts'

const encodedWords = [
  '=?utf-8?Q?Gr=C3=BC=C3=9Fe?=',
  '=?utf-8?B?w?= =?utf-8?B?6Q==?=',
  '=?iso-2022-jp?B?GyRCMnE=?=\n =?iso-2022-jp?B?NUQbKEI=?=',
  '=?gb18030?B?xOM=?= =?gb18030?B?usM=?=',
  '=?koi8-r*ru?B?8NLJ18XU?=',
  '=?hz-gb-2312?Q?~{VPND~}?=',
  '=?utf-7?Q?+AGE-?=',
  '=?utf-8?Q?=0D=0ABcc:_evil?=',
  '=?utf-8?Q?=E2=80=AEgnp.exe?=',
  '=?utf-8?Q?=',
  '=?x?y?z?=',
  '=?utf-8?B?////?=',
  'plain',
  'Gr\u00fc\u00dfe',
  'Gr\u00c3\u00bc\u00c3\u009fe',
  '\u0000\u0007',
]
const addresses = [
  'bob@office.example',
  'Bob <bob@office.example>',
  '"Muster, Bob" <bob@office.example>',
  'bob@office.example (Bob)',
  'friends: a@x.example, b@x.example;',
  '+4917012345678@sms.office.example',
  '"boss@office.example" <x@evil.example>',
  '<@relay.example:a@x.example>',
  '<',
  '"',
  '((((',
  'a@b@c',
  '',
]
const plain = [
  'Date: Mon, 23 Nov 2026 10:00:00 +0100',
  'Date: 1 Jan 26 1:02 EST',
  'Date: Mon, 99 Foo 2026 99:99',
  'Message-ID: <1@x.example>',
  'Message-ID: no brackets',
  'In-Reply-To: <sms.1@box.example>',
  'References: <a> <b> <\n <c>',
  'Return-Path: <>',
  'Return-Path: anna@office.example',
  'Delivered-To: bob@office.example',
  'X-Original-To: +4917012345678@sms.office.example',
  'Auto-Submitted: auto-replied (vacation)',
  'Auto-Submitted: auto-generated',
  'Precedence: bulk',
  'List-Id: <l.x.example>',
  'X-SMS-Bridge: box; hop=1',
  'X-SMS-Bridge: other; hop=99',
  'X-SMS-Convert: 1',
  'X-SMS-To: +49 170 1234567',
  'X-SMS-Secret: word',
  'Authentication-Results: mx; dmarc=pass header.from=office.example',
  'Authentication-Results: mx; dkim=pass (',
  'DKIM-Signature: v=1; a=rsa-sha256; d=office.example; s=k; h=from:to; bh=x; b=y',
  'Content-Type: text/plain; charset',
  'MIME-Version: 1.0',
  ': no name',
  'no colon',
  'Na me: x',
  '\tfolded at the start',
  'X-Cr: a\rSubject: hidden',
  'X-Nul: \u0000\u0000',
  '',
]

/** One field, folded or not, without the line end. */
export function mailField(random: Random): string {
  const some = (from: readonly string[], most: number): string[] =>
    Array.from({ length: random.below(most) }, () => random.pick(from))
  switch (random.below(8)) {
    case 0:
      return `Subject: ${random.pick(['', 'Re: ', '[sms] ', '[sms +4917012345678 2h] ', 'Fwd: '])}${some(encodedWords, 6).join(random.pick([' ', '', '\n ']))}`
    case 1:
      return `${random.pick(['From', 'To', 'Cc', 'FROM', 'Reply-To'])}: ${some(addresses, random.below(60) === 0 ? 400 : 4).join(', ')}`
    case 2:
      return `From: ${random.pick(encodedWords)} <anna@office.example>`
    case 3:
      return random.below(40) === 0
        ? `X-Huge: ${'x'.repeat(random.below(90_000))}`
        : `Received: from x by y; ${random.below(9)}`
    case 4:
      return random.below(60) === 0
        ? Array.from({ length: random.below(2_500) }, (_, i) => `X-${i}: y`).join('\n')
        : random.pick(plain)
    default:
      return random.pick(plain)
  }
}
