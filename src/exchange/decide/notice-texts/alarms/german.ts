// What the operator hears, in German: by mail, and by SMS where no mail can leave.

import { type AlarmWords, paragraphs } from '../words.ts'

export const germanAlarms: AlarmWords = {
  mails: {
    'sign-in-refused': paragraphs(
      'Der Mailserver lässt die Box nicht mehr anmelden; Mails und SMS erreichen einander so lange nicht: {detail}',
      'Melden Sie die Box neu an, oder tragen Sie das neue Passwort in seine Datei ein. Was bis dahin ankommt, wartet und geht nicht verloren. Die Box versucht es von selbst wieder: simpost status',
    ),
    'sign-in-ending': paragraphs(
      'Die Anmeldung der Box beim Mailanbieter läuft bald ab, oder sie ließ sich nicht erneuern: {detail}',
      'Melden Sie die Box vorher neu an: simpost login. Bis dahin gehen Mails und SMS weiter.',
    ),
    'mailbox-out-of-reach': paragraphs(
      'Seit einer halben Stunde erreicht die Box ihr Postfach nicht; aus Mails werden so lange keine SMS: {detail}',
      'Meist sind Netz oder Mailserver gestört und kommen von selbst wieder; die Box versucht es weiter, und keine Mail geht verloren. Wenn es dauert: simpost status',
    ),
    'mail-not-taken': paragraphs(
      'Der Mailserver nimmt keine Mails der Box an; SMS kommen so lange nicht als Mail an: {detail}',
      'Fragen Sie den Anbieter des Postfachs: Meist ist die Zahl der Mails am Tag begrenzt, oder die Box darf nicht von ihrer Adresse schreiben. Was wartet, geht von selbst hinaus: simpost status',
    ),
    'mail-undelivered': paragraphs(
      'Eine Mail, mit der die Box eine Nachricht weitergab, ist nicht angekommen ({detail}).',
      'Die Nachricht ist nicht verloren. Eine SMS ist auf der Box zu lesen und lässt sich noch einmal senden, sobald die Adresse stimmt: simpost message list, simpost message show N, simpost message retry N. Eine weitergeleitete Mail liegt im Postfach der Box, bei den erledigten.',
    ),
    'disk-nearly-full': paragraphs(
      'Die Platte der Box ist fast voll: {detail}',
      'Schaffen Sie Platz, bevor sie voll ist: Danach nimmt die Box nichts mehr an, SMS warten auf der SIM-Karte und Mails im Postfach. Was sie füllt: sudo du -xh / | sort -h | tail',
    ),
    'database-out-of-use': paragraphs(
      'Die Box kann ihre Datenbank nicht benutzen und gibt nichts weiter: {detail}',
      'Nichts geht verloren: SMS warten auf der SIM-Karte und Mails im Postfach, bis es behoben ist. Was zu tun ist, sagt: sudo simpost check',
    ),
    'alarm-over': paragraphs(
      'Was die Box Ihnen gemeldet hat, ist vorbei: {detail}',
      'Was gewartet hat, geht von selbst weiter. Es ist nichts zu tun.',
    ),
  },
  sms: {
    'sign-in-refused':
      'Simpost: Der Mailserver lehnt die Anmeldung ab, keine Mail geht oder kommt. Siehe: simpost status. {detail}',
    'sign-in-ending': 'Simpost: Die Anmeldung beim Mailanbieter läuft bald ab: simpost login. {detail}',
    'mailbox-out-of-reach':
      'Simpost: Das Postfach ist nicht zu erreichen, aus Mails werden keine SMS. Siehe: simpost status. {detail}',
    'mail-not-taken': 'Simpost: Der Mailserver nimmt keine Mails der Box an. Siehe: simpost status. {detail}',
    'mail-undelivered':
      'Simpost: Mails an Sie kommen zurück, SMS bleiben vielleicht ungelesen. Siehe: simpost status. {detail}',
    'disk-nearly-full': 'Simpost: Die Platte ist fast voll. Siehe: simpost check. {detail}',
    'database-out-of-use':
      'Simpost: Die Datenbank ist nicht benutzbar, nichts wird weitergegeben. Siehe: simpost check. {detail}',
    'alarm-over': 'Simpost: vorbei. {detail}',
  },
}
