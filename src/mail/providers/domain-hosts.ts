// The providers behind domains that people own, known by their mail exchangers (MX), and Zoho, which has one row a region.
// From their documentation and public directories, not tried; the abbreviations are those of mailbox-providers.ts.

import { imaps, names, type Provider, provider, submission, submissions } from './provider.ts'

const ownAddress = 'nothing; the password is that of the mailbox'

/** Region, its host name, domains of personal mailboxes, name in Authentication-Results (results; null: not seen). */
const zohoRegions = [
  ['United States', 'zoho.com', 'zoho.com zohomail.com', 'mx.zohomail.com'],
  ['Europe', 'zoho.eu', 'zoho.eu zohomail.eu', 'mx.zohomail.eu'],
  ['India', 'zoho.in', 'zoho.in zohomail.in', 'mx.zohomail.in'],
  ['Australia', 'zoho.com.au', 'zoho.com.au zohomail.com.au', null],
  ['Japan', 'zoho.jp', 'zoho.jp zohomail.jp', null],
] as const

/** www.zoho.com/mail/help "IMAP access", ispdb zoho.com: personal mailboxes at imap., customers' own domains at imappro. */
const zoho: readonly Provider[] = zohoRegions.flatMap(([region, host, domains, authservId]) => {
  const shared = {
    signIn: ['app-password', 'password'] as const,
    first:
      'switch on IMAP in its settings (Mail accounts); with two-factor sign-in also make an app password',
    plusAddresses: true,
    authservId,
    note: 'about three connections at a time',
  }
  return [
    provider({
      ...shared,
      name: `Zoho (${region})`,
      domains: names(domains),
      imap: imaps(`imap.${host}`),
      smtp: submissions(`smtp.${host}`),
    }),
    provider({
      ...shared,
      name: `Zoho with a domain of your own (${region})`,
      mx: [`mx.${host}`, `mx2.${host}`, `mx3.${host}`, `smtpin.${host}`, `smtpin2.${host}`],
      imap: imaps(`imappro.${host}`),
      smtp: submissions(`smtppro.${host}`),
    }),
  ]
})

export const domainHosts: readonly Provider[] = [
  // support.google.com/a answers 9003945 (IMAP), 166852 (2000 a day), 174125 (MX); plain passwords ended in 2025; results: mx.google.com.
  provider({
    name: 'Google Workspace',
    mx: names('aspmx.l.google.com *.aspmx.l.google.com smtp.google.com *.googlemail.com'),
    imap: imaps('imap.gmail.com'),
    smtp: submissions('smtp.gmail.com'),
    signIn: ['app-password', 'oauth2'],
    oauth: 'google',
    first:
      'make an app password (two-step verification is needed, and an administrator may have switched app passwords off), or use simpost login',
    mailsPerDay: 2000,
    plusAddresses: true,
    authservId: 'mx.google.com',
    note: 'labels look like folders, and the done folder appears as a label',
  }),
  // learn.microsoft.com "Authenticate an IMAP, POP or SMTP connection using OAuth", "Exchange Online limits" (10000 recipients a day),
  // "How SMTP DANE works" (mx.microsoft); results: the field has no authserv-id at all.
  provider({
    name: 'Microsoft 365',
    domains: names('*.onmicrosoft.com'),
    mx: names('*.mail.protection.outlook.com *.mx.microsoft'),
    imap: imaps('outlook.office365.com'),
    smtp: submission('smtp.office365.com'),
    signIn: ['oauth2'],
    oauth: 'microsoft',
    first:
      'an administrator has to leave IMAP and "Authenticated SMTP" on for the mailbox (Manage email apps)',
    mailsPerDay: 10_000,
    plusAddresses: true,
    note: 'it takes no password for IMAP, 30 mails a minute, and writes Authentication-Results without the name of a server',
  }),
  // support.apple.com 102525; db 2024: the user is the iCloud address, not that of the domain.
  provider({
    name: 'iCloud with a domain of your own',
    mx: names('*.mail.icloud.com'),
    imap: imaps('imap.mail.me.com'),
    smtp: submission('smtp.mail.me.com'),
    signIn: ['app-password'],
    first: 'make an app-specific password for the box at account.apple.com',
    mailsPerDay: 1000,
    authservId: 'dmarc.icloud.com',
    note: 'put your iCloud name as the user in place of the address',
  }),
  ...zoho,
  // ispdb ionos.*; www.ionos.de/hilfe: imap.ionos.de, smtp.ionos.de. A mailbox belongs to one country's servers, all of them take it.
  provider({
    name: 'IONOS',
    mx: names('*.ionos.de *.kundenserver.de'),
    imap: imaps('imap.ionos.de'),
    smtp: submissions('smtp.ionos.de'),
    signIn: ['password'],
    first: ownAddress,
  }),
  ...['com', 'co.uk', 'fr', 'es', 'it', 'mx'].map((country) =>
    provider({
      name: `IONOS (${country})`,
      mx: [`*.ionos.${country}`],
      imap: imaps(`imap.ionos.${country}`),
      smtp: submissions(`smtp.ionos.${country}`),
      signIn: ['password'],
      first: ownAddress,
    }),
  ),
  // www.strato.de/faq "E-Mail einrichten".
  provider({
    name: 'STRATO',
    mx: names('smtpin.rzone.de'),
    imap: imaps('imap.strato.de'),
    smtp: submissions('smtp.strato.de'),
    signIn: ['password'],
    first: ownAddress,
  }),
  // help.ovhcloud.com "MX Plan": ssl0.ovh.net for both.
  provider({
    name: 'OVHcloud',
    mx: names('*.mail.ovh.net'),
    imap: imaps('ssl0.ovh.net'),
    smtp: submissions('ssl0.ovh.net'),
    signIn: ['password'],
    first: ownAddress,
  }),
  // db 2021; www.infomaniak.com FAQ 2427; results: mx.infomaniak.com.
  provider({
    name: 'Infomaniak',
    domains: names('ik.me'),
    mx: names('*.infomaniak.ch *.infomaniak.com'),
    imap: imaps('mail.infomaniak.com'),
    smtp: submissions('mail.infomaniak.com'),
    signIn: ['app-password', 'password'],
    first: 'make a device password for the mailbox in its manager',
    authservId: 'mx.infomaniak.com',
  }),
  // db 2023, ispdb migadu.com.
  provider({
    name: 'Migadu',
    mx: names('*.migadu.com'),
    imap: imaps('imap.migadu.com'),
    smtp: submissions('smtp.migadu.com'),
    signIn: ['password'],
    first: ownAddress,
    plusAddresses: true,
  }),
]
