// A phone that talks with several people: the policies line, latest and ask.

import type { Row } from './decision-rows.ts'

const withTwo = [
  { phone: 'Bob', with: 'Anna' },
  { phone: 'Bob', with: 'Carol' },
]
const ask = { ambiguous: 'ask' } as const

export const smsAskRows: readonly Row[] = [
  {
    title: 'the phone is asked whom it means, and the text waits',
    sms: { text: 'yes' },
    settings: ask,
    talks: withTwo,
    is: 'hold: ambiguous',
    notices: ['Bob: ambiguous'],
  },
  {
    title: 'it is asked once',
    sms: { text: 'hello?' },
    settings: ask,
    talks: withTwo,
    waits: ['yes'],
    is: 'hold: ambiguous',
  },
  {
    title: 'a name alone sends what waited',
    sms: { text: '@anna' },
    settings: ask,
    talks: withTwo,
    waits: ['yes', 'at noon'],
    is: 'convert: flagged',
    flag: '1 alias',
    goesTo: ['Anna by conversation'],
    takesAlong: 2,
    shows: 'yes\n\nat noon\n',
  },
  {
    title: 'a name with a text sends both',
    sms: { text: '@Carol and tomorrow' },
    settings: ask,
    talks: withTwo,
    waits: ['yes'],
    is: 'convert: flagged',
    goesTo: ['Carol by conversation'],
    takesAlong: 1,
    shows: 'yes\n\nand tomorrow\n',
  },
  {
    title: 'a name that was not offered is text',
    sms: { text: '@eve' },
    settings: ask,
    talks: withTwo,
    waits: ['yes'],
    is: 'hold: ambiguous',
  },
  {
    title: 'a phone may say at once whom it means',
    sms: { text: '@anna yes' },
    settings: ask,
    talks: withTwo,
    is: 'convert: flagged',
    goesTo: ['Anna by conversation'],
    shows: 'yes\n',
  },
  {
    title: 'a name with nothing to send is refused',
    sms: { text: '@anna' },
    settings: ask,
    talks: withTwo,
    is: 'refuse: no-text',
  },
  {
    title: 'with one conversation nobody is asked',
    sms: { text: 'yes' },
    settings: ask,
    talks: [{ phone: 'Bob', with: 'Anna' }],
    is: 'convert: answer',
    goesTo: ['Anna by conversation'],
  },
  {
    title: 'without a budget for the question the text goes to the line',
    sms: { text: 'yes' },
    settings: {
      ...ask,
      limits: {
        box: { perDay: 5, perMonth: null },
        sender: { perDay: null, perMonth: null },
        binding: { perDay: null, perMonth: null },
      },
      urgentReserve: 0,
    },
    spent: { box: 5 },
    talks: withTwo,
    is: 'convert: policy',
    goesTo: ['Office by line'],
  },
  {
    title: 'a name that nobody can answer is not asked',
    sms: { from: 'BANK', text: 'code 1234', canAnswer: false },
    settings: ask,
    talks: [
      { phone: 'BANK', with: 'Anna' },
      { phone: 'BANK', with: 'Carol' },
    ],
    is: 'convert: policy',
    goesTo: ['Office by line'],
  },
  {
    title: 'a number that may not be texted is not asked',
    sms: { from: '+499001234567', text: 'yes' },
    settings: ask,
    talks: [
      { phone: '+499001234567', with: 'Anna' },
      { phone: '+499001234567', with: 'Carol' },
    ],
    is: 'convert: policy',
    goesTo: ['Office by line'],
  },
  {
    title: 'a text of only a tag has nothing to send',
    sms: { text: '[mail carol@office.example]' },
    is: 'refuse: no-text',
  },
]
