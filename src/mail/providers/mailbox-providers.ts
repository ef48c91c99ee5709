// The providers that give people mailboxes under their own domains. From their documentation and public directories, not tried:
// "db" is chatmail/provider-db with the year it was last checked, "ispdb" thunderbird/autoconfig, "results" what stood in the
// Authentication-Results of mails that arrived there (test data of the same people's mail program, 2022, or a public archive).

import { imaps, names, type Provider, provider, submission, submissions } from './provider.ts'

const appPassword = 'switch on two-step verification there and make an app password for the box'
const switchOn = 'switch on IMAP in the settings of its web page'

export const mailboxProviders: readonly Provider[] = [
  // db 2024; support.google.com answers 185833, 22839 (500 a day); results: mx.google.com.
  provider({
    name: 'Gmail',
    domains: names('gmail.com googlemail.com'),
    imap: imaps('imap.gmail.com'),
    smtp: submissions('smtp.gmail.com'),
    signIn: ['app-password', 'oauth2'],
    oauth: 'google',
    first: appPassword,
    mailsPerDay: 500,
    plusAddresses: true,
    authservId: 'mx.google.com',
    note: 'labels look like folders, and the done folder appears as a label',
  }),
  // ispdb hotmail.com: OAuth2 only. Microsoft has ended password sign-in there (db: app passwords dead since November 2024); IMAP is off
  // in new mailboxes. results: the field has no authserv-id at all.
  provider({
    name: 'Outlook.com',
    domains: names(`outlook.com hotmail.com live.com msn.com windowslive.com livemail.tw
      outlook.at outlook.be outlook.cl outlook.co.id outlook.co.il outlook.co.th outlook.com.ar outlook.com.au outlook.com.br
      outlook.com.gr outlook.com.tr outlook.com.vn outlook.cz outlook.de outlook.dk outlook.es outlook.fr outlook.hu outlook.ie
      outlook.in outlook.it outlook.jp outlook.kr outlook.lv outlook.my outlook.ph outlook.pt outlook.sa outlook.sg outlook.sk
      hotmail.be hotmail.ca hotmail.cl hotmail.co.id hotmail.co.il hotmail.co.in hotmail.co.jp hotmail.co.kr
      hotmail.co.th hotmail.co.uk hotmail.co.za hotmail.com.ar hotmail.com.au hotmail.com.br hotmail.com.hk hotmail.com.tr
      hotmail.com.tw hotmail.com.vn hotmail.cz hotmail.de hotmail.dk hotmail.es hotmail.fi hotmail.fr hotmail.gr hotmail.hu
      hotmail.it hotmail.lt hotmail.lv hotmail.my hotmail.nl hotmail.no hotmail.ph hotmail.rs hotmail.se hotmail.sg hotmail.sk
      live.at live.be live.ca live.cl live.cn live.co.jp live.co.kr live.co.uk live.co.za live.com.ar live.com.au live.com.mx
      live.com.my live.com.ph live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp
      live.nl live.no live.ru live.se`),
    mx: names('*.olc.protection.outlook.com'),
    imap: imaps('outlook.office365.com'),
    smtp: submission('smtp-mail.outlook.com'),
    signIn: ['oauth2'],
    oauth: 'microsoft',
    first: 'let programs use IMAP in the settings of its web page (Mail, Forwarding and IMAP)',
    plusAddresses: true,
    note: 'it takes no password from programs, and writes Authentication-Results without the name of a server',
  }),
  // db 2024; support.apple.com 102525 (user: the local part first), 102198 (1000 a day); results: one field for each method.
  provider({
    name: 'iCloud',
    domains: names('icloud.com me.com mac.com'),
    imap: imaps('imap.mail.me.com', 'local-part'),
    smtp: submission('smtp.mail.me.com'),
    signIn: ['app-password'],
    first: 'make an app-specific password for the box at account.apple.com',
    mailsPerDay: 1000,
    authservId: 'dmarc.icloud.com',
  }),
  // db 2025, ispdb yahoo.com; help.yahoo.com SLN4075. OAuth only by contract. results: another server name every time.
  provider({
    name: 'Yahoo',
    domains:
      names(`yahoo.com ymail.com rocketmail.com myyahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.se yahoo.co.uk
      yahoo.co.in yahoo.co.nz yahoo.com.ar yahoo.com.au yahoo.com.br yahoo.com.mx`),
    imap: imaps('imap.mail.yahoo.com'),
    smtp: submissions('smtp.mail.yahoo.com'),
    signIn: ['app-password'],
    first: 'make an app password for the box in the account security of its web page',
    note: 'about five connections at a time; its Authentication-Results name another server every time',
  }),
  // db 2020; results as Yahoo's.
  provider({
    name: 'AOL',
    domains: names('aol.com'),
    imap: imaps('imap.aol.com'),
    smtp: submissions('smtp.aol.com'),
    signIn: ['app-password'],
    first: 'make an app password for the box in the account security of its web page',
    note: 'its Authentication-Results name another server every time',
  }),
  // ispdb gmx.net; hilfe.gmx.net "POP3 & IMAP" and "Anwendungsspezifisches Passwort"; results: gmx.net.
  provider({
    name: 'GMX',
    domains: names(
      'gmx.net gmx.de gmx.at gmx.ch gmx.eu gmx.org gmx.biz gmx.info mein.gmx mail.gmx email.gmx',
    ),
    mx: names('*.gmx.net'),
    imap: imaps('imap.gmx.net'),
    smtp: submissions('mail.gmx.net'),
    signIn: ['password', 'app-password'],
    first: `${switchOn}; with two-factor sign-in also make an app password`,
    authservId: 'gmx.net',
    note: 'at most 20 folders in a free mailbox, and a busy one may be locked',
  }),
  // ispdb gmx.com; support.gmx.com "POP3 & IMAP". Same company, servers of their own.
  provider({
    name: 'GMX International',
    domains:
      names(`gmx.com gmx.us gmx.co.uk gmx.es gmx.fr gmx.ca gmx.cn gmx.co.in gmx.com.br gmx.com.my gmx.hk gmx.ie gmx.ph
      gmx.pt gmx.ru gmx.se gmx.sg gmx.tw gmx.com.tr gmx.it gmx.li gmx.tm`),
    imap: imaps('imap.gmx.com'),
    smtp: submissions('mail.gmx.com'),
    signIn: ['password', 'app-password'],
    first: `${switchOn}; with two-factor sign-in also make an app password`,
    note: 'at most 20 folders in a free mailbox, and a busy one may be locked',
  }),
  // ispdb web.de, db 2020 (user: the local part); hilfe.web.de "POP3 & IMAP".
  provider({
    name: 'WEB.DE',
    domains: names('web.de email.de'),
    mx: names('*.web.de'),
    imap: imaps('imap.web.de', 'local-part'),
    smtp: submissions('smtp.web.de', 'local-part'),
    signIn: ['password', 'app-password'],
    first: `${switchOn}; with two-factor sign-in also make an app password`,
    note: 'set its spam protection so that mail of unknown senders stays in the inbox',
  }),
  // www.fastmail.com help "Server names and ports"; db 2022 (its list of domains, shortened). results: mx1 to mx9 and others in turn.
  provider({
    name: 'Fastmail',
    domains:
      names(`fastmail.com fastmail.fm fastmail.net fastmail.org fastmail.de fastmail.fr fastmail.es fastmail.nl fastmail.se
      fastmail.uk fastmail.us fastmail.co.uk fastmail.com.au fastmail.in fastmail.jp fastmail.mx fastmail.im fastmail.to fastmail.tw
      fastmail.cn sent.com sent.as sent.at mm.st eml.cc fea.st imap.cc f-m.fm 123mail.org airpost.net mailbolt.com mailcan.com
      myfastmail.com speedymail.org warpmail.net xsmail.com`),
    mx: names('*.messagingengine.com'),
    imap: imaps('imap.fastmail.com'),
    smtp: submissions('smtp.fastmail.com'),
    signIn: ['app-password'],
    first: 'make an app password for mail (Settings, Privacy & Security)',
    plusAddresses: true,
    note: 'its Authentication-Results name another server in turn; with a domain of your own the user is your Fastmail address',
  }),
  // ispdb mailbox.org (kb.mailbox.org "E-Mail-Konfiguration").
  provider({
    name: 'mailbox.org',
    domains: names('mailbox.org'),
    mx: names('*.mailbox.org'),
    imap: imaps('imap.mailbox.org'),
    smtp: submissions('smtp.mailbox.org'),
    signIn: ['password', 'app-password'],
    first: 'with two-factor sign-in make an application password, else nothing',
    plusAddresses: true,
    note: 'the user is always the main address of the mailbox, not an alias',
  }),
  // db 2026; posteo.de/en/help; results: posteo.de.
  provider({
    name: 'Posteo',
    domains:
      names(`posteo.de posteo.net posteo.org posteo.eu posteo.com posteo.at posteo.ch posteo.be posteo.co.uk posteo.uk
      posteo.dk posteo.es posteo.it posteo.nl posteo.pl posteo.se posteo.us posteo.me posteo.ie posteo.lu posteo.li`),
    imap: imaps('posteo.de'),
    smtp: submissions('posteo.de'),
    signIn: ['app-password', 'password'],
    first: 'make an app password in its settings',
    plusAddresses: true,
    authservId: 'posteo.de',
  }),
  // db 2020; telekom.de "Passwort für E-Mail-Programme".
  provider({
    name: 'T-Online',
    domains: names('t-online.de magenta.de'),
    imap: imaps('secureimap.t-online.de'),
    smtp: submissions('securesmtp.t-online.de'),
    signIn: ['app-password'],
    first: 'set a password for e-mail programs in its web page (Einstellungen, Passwörter)',
  }),
  // db 2024.
  provider({
    name: 'freenet',
    domains: names('freenet.de'),
    imap: imaps('mx.freenet.de'),
    smtp: submissions('mx.freenet.de'),
    signIn: ['password'],
    first: switchOn,
  }),
  // db 2024; support.mail.com "POP3 & IMAP": premium only.
  provider({
    name: 'mail.com',
    domains: names('mail.com email.com usa.com europe.com post.com engineer.com consultant.com'),
    mx: names('*.mail.com'),
    imap: imaps('imap.mail.com'),
    smtp: submissions('smtp.mail.com'),
    signIn: ['password', 'app-password'],
    first: `${switchOn}; that needs a premium mailbox`,
  }),
  // db 2020; yandex.com/support/mail "Other mail clients": app password.
  provider({
    name: 'Yandex',
    domains: names('yandex.com yandex.ru yandex.by yandex.kz yandex.ua ya.ru narod.ru'),
    mx: names('mx.yandex.net mx.yandex.ru'),
    imap: imaps('imap.yandex.com'),
    smtp: submissions('smtp.yandex.com'),
    signIn: ['app-password'],
    first: `${switchOn}, and make an app password for mail`,
    plusAddresses: true,
  }),
  // db 2021; service.mail.qq.com.
  provider({
    name: 'QQ',
    domains: names('qq.com foxmail.com'),
    imap: imaps('imap.qq.com'),
    smtp: submissions('smtp.qq.com'),
    signIn: ['app-password'],
    first: `${switchOn}; the code that it shows then is the password`,
  }),
  // db 2024; mail.163.com help. 126.com from the same help.
  ...['163.com', '126.com'].map((domain) =>
    provider({
      name: `NetEase ${domain}`,
      domains: [domain],
      imap: imaps(`imap.${domain}`),
      smtp: submissions(`smtp.${domain}`),
      signIn: ['app-password'],
      first: `${switchOn}; the code that it shows then is the password`,
      note: 'it serves only programs that say their name (IMAP ID), as this one does',
    }),
  ),
]
