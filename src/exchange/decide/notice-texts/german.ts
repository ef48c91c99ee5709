// The notices in German.

import { germanAlarms } from './alarms/german.ts'
import { asWritten, fieldForms, paragraphs, smsForms, subjectForms, type Words } from './words.ts'

const nameThePhone =
  'Schreiben Sie eine neue Mail, die das Telefon am Anfang des Betreffs nennt: [sms +4917012345678] …'

const notRead = (why: string, cure: string): string =>
  paragraphs(`Ihre Mail wurde nicht als SMS gesendet: ${why}`, cure)

const mails: Words['mails'] = {
  'tag-malformed': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet, weil die Angabe dazu nicht zu verstehen war ({detail}).',
    `Am Anfang des Betreffs sind diese Formen möglich:\n${subjectForms('m, h, d oder w; höchstens vier Wochen', 'nie als SMS')}`,
    `Programme können stattdessen Kopfzeilen schreiben:\n${fieldForms}`,
  ),
  'no-receiving-address': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Zu ihrer Empfängeradresse gehört kein Telefon ({detail}).',
    'Nennen Sie das Telefon am Anfang des Betreffs, [sms +4917012345678] …, oder lassen Sie die Adresse vom Betreuer des SMS-Gateways mit einem Telefon verbinden.',
  ),
  'token-unknown': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Die Adresse, an die Sie geantwortet haben, gilt nicht oder nicht mehr ({detail}).',
    nameThePhone,
  ),
  'conversation-expired': paragraphs(
    'Ihre Antwort wurde nicht als SMS gesendet: Sie kam zu spät, das Gespräch ist beendet ({detail}).',
    nameThePhone,
  ),
  'answer-disagrees': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie führt zu zwei verschiedenen Telefonen ({detail}), und niemand soll bekommen, was für andere bestimmt ist.',
    'Antworten Sie auf die letzte Mail von dem Telefon, das Sie meinen, und nennen Sie keine andere Nummer.',
  ),
  'cannot-answer': paragraphs(
    'Ihre Antwort wurde nicht gesendet: Die SMS kam von einem Namen oder einer Kurzwahl ({detail}); darauf kann niemand antworten.',
    'Sehen Sie nach, ob in der SMS eine Telefonnummer oder Adresse für Antworten steht.',
  ),
  'number-own': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: {detail} ist die Nummer des SMS-Gateways selbst.',
    'Nennen Sie das Telefon der Person, die Sie erreichen möchten: [sms +4917012345678] … am Anfang des Betreffs.',
  ),
  'number-denied': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: An diese Nummer darf das SMS-Gateway nichts senden ({detail}).',
    'Prüfen Sie, ob die Nummer vollständig ist und mit + und der Landesvorwahl beginnt. Wenn sie stimmt, bitten Sie den Betreuer des SMS-Gateways, sie freizugeben.',
  ),
  'country-denied': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: In das Land dieser Nummer sendet das SMS-Gateway nicht ({detail}).',
    'Prüfen Sie die Landesvorwahl. Wenn sie stimmt, bitten Sie den Betreuer des SMS-Gateways, das Land freizugeben (exchange.allowed_countries).',
  ),
  'too-old': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie ist älter als zwei Tage ({detail}).',
    'Wenn sie noch wichtig ist, senden Sie sie als neue Mail noch einmal.',
  ),
  'not-addressed': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie kam beim SMS-Gateway an, ohne an es adressiert zu sein ({detail}).',
    'Schreiben Sie die Adresse des SMS-Gateways oder die der Nummer in „An“ oder „Cc“.',
    'Steht sie schon dort, so unterschreibt Ihr Mailsystem dieses Feld nicht: Schreiben Sie stattdessen [sms +4917012345678] … an den Anfang des Betreffs.',
  ),
  encrypted: paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie ist verschlüsselt, und das SMS-Gateway kann sie nicht lesen.',
    'Senden Sie sie unverschlüsselt. Bedenken Sie, dass eine SMS so offen ist wie eine Postkarte.',
  ),
  packed: paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Outlook hat ihren Text in eine Datei namens winmail.dat gepackt, die das SMS-Gateway nicht lesen kann.',
    'Senden Sie sie noch einmal als HTML oder als Nur-Text. Beides finden Sie in Outlook unter „Text formatieren“.',
  ),
  'charset-refused': notRead(
    'Sie ist in UTF-7 geschrieben, das verbergen kann, was da steht; das SMS-Gateway liest es nicht.',
    'Senden Sie sie in UTF-8, das jedes Mailprogramm kann.',
  ),
  'mail-too-large': notRead(
    'Sie ist zu groß, und an ihrem Anfang steht kein Text.',
    'Senden Sie sie ohne die großen Dateien.',
  ),
  'mail-too-slow': notRead(
    'Sie zu lesen brauchte mehr Zeit oder Speicher, als das SMS-Gateway für eine Mail hat.',
    'Senden Sie sie als Nur-Text.',
  ),
  'header-too-large': notRead(
    'Ihr Kopf ist zu groß.',
    'Senden Sie sie als neue Mail, nicht als Antwort und nicht weitergeleitet.',
  ),
  'field-too-large': notRead(
    'Ihr Betreff oder die Liste ihrer Empfänger ist zu groß.',
    'Kürzen Sie den Betreff, und senden Sie sie an weniger Empfänger.',
  ),
  'too-many-addresses': notRead('Sie hat mehr als 200 Empfänger.', 'Senden Sie sie an weniger Empfänger.'),
  'too-many-encoded-words': notRead(
    'Ihr Betreff oder der Name des Absenders ist viel zu lang.',
    'Kürzen Sie ihn.',
  ),
  'parts-too-deep': notRead(
    'Sie enthält zu viele ineinander gepackte Mails und davor keinen Text.',
    'Senden Sie den Text selbst statt einer weitergeleiteten Mail.',
  ),
  'too-many-parts': notRead(
    'Sie enthält zu viele Dateien und davor keinen Text.',
    'Senden Sie sie mit weniger Dateien.',
  ),
  'text-too-large': notRead('Ihr Text steht hinter zu viel Formatierung.', 'Senden Sie sie als Nur-Text.'),
  'no-text': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie enthält keinen Text.',
    'Schreiben Sie etwas hinein und senden Sie sie noch einmal.',
  ),
  'too-long': paragraphs(
    'Ihre Mail wurde nicht als SMS gesendet: Sie ist zu lang ({detail}).',
    'Kürzen Sie sie und senden Sie sie noch einmal. In eine SMS passen 160 Zeichen, mit Emoji oder anderen Schriften 70.',
  ),
  cut: paragraphs(
    'Ihre Mail ist zu lang für eine SMS, deshalb fehlt darin ihr Ende ({detail}). Die SMS endet mit „ ...“.',
    'Wenn das Ende wichtig ist, senden Sie es als zweite Mail.',
  ),
  'address-not-allowed': paragraphs(
    'Eine SMS wurde nicht als Mail weitergegeben: Darin steht als Empfänger eine Adresse, an die das SMS-Gateway nicht schreiben darf ({detail}).',
    'Soll das erlaubt sein, verbindet der Betreuer des SMS-Gateways die Adresse oder trägt sie in trust.senders ein. Die SMS selbst: simpost message list --inbox',
  ),
  'sms-failed': paragraphs(
    'Ihre Mail konnte nicht als SMS zugestellt werden ({detail}).',
    'Prüfen Sie die Nummer und senden Sie die Mail noch einmal, oder rufen Sie an.',
  ),
  'sms-delayed': paragraphs(
    'Ihre Mail ist noch nicht als SMS auf dem Telefon angekommen ({detail}). Es wird weiter versucht.',
    'Sie müssen sie nicht noch einmal senden. Wenn es endgültig misslingt, erfahren Sie es; wenn es nicht warten kann, rufen Sie an.',
  ),
  'sms-delivered': paragraphs(
    'Ihre Mail ist als SMS auf dem Telefon angekommen ({detail}).',
    'Es ist nichts zu tun. Sie bekommen diese Nachricht, weil Bestätigungen gewünscht sind.',
  ),
  'sms-relayed': paragraphs(
    'Ihre Mail wurde dem Netz als SMS übergeben, und das Netz hat nicht gemeldet, ob sie angekommen ist ({detail}).',
    'Meistens ist sie es. Wenn es wichtig ist, fragen Sie nach.',
  ),
  'delivery-report': paragraphs(
    'Ein Mailserver hat der Box etwas über eine ihrer Mails geschrieben, in einer Form, die nur ein Mensch lesen kann ({detail}). Vielleicht ist diese Mail nicht angekommen.',
    'Lesen Sie es: Es liegt im Postfach der Box. Um welche SMS es geht: simpost message list',
  ),
  'sms-uncertain': paragraphs(
    'Es ist nicht festzustellen, ob Ihre Mail als SMS auf dem Telefon angekommen ist: Das Netz hat keine klare Antwort gegeben ({detail}).',
    'Sie wird nicht von selbst wiederholt, damit niemand sie doppelt bekommt. Fragen Sie nach, oder senden Sie sie noch einmal.',
  ),
  'pair-paused': paragraphs(
    'Zwischen diesen beiden ging so viel oder so oft dasselbe hin und her, dass es nach einer Schleife aussieht. Deshalb hat das SMS-Gateway sie angehalten ({detail}). Was jetzt für sie kommt, wartet; nichts geht verloren.',
    'Meist antwortet ein Programm oder eine Weiterleitung von selbst: Finden Sie es und schalten Sie es ab. Danach gibt der Betreuer des SMS-Gateways die Nachrichten frei: simpost message list, simpost message release N',
  ),
  'budget-used-up': paragraphs(
    'Eine SMS wartet, weil zurzeit keine weiteren gesendet werden dürfen ({detail}). Sie ist nicht verloren: Sie geht hinaus, sobald das Budget erneuert ist und für sie ausreicht.',
    'Wenn sie nicht warten kann, kann der Betreuer des SMS-Gateways sie sofort senden, simpost message release N, oder die Grenze im Abschnitt [budget] der Konfiguration erhöhen.',
  ),
  'budget-warning': paragraphs(
    'Vier Fünftel des SMS-Budgets sind verbraucht ({detail}). Ist es aufgebraucht, warten SMS, bis es erneuert ist.',
    'Wenn mehr hinausgehen muss, erhöhen Sie die Grenze im Abschnitt [budget] der Konfiguration. Die Zahlen von heute: simpost status',
  ),
  'binding-made': paragraphs(
    'Diese Mailadresse und dieses Telefon gehören nun für eine Weile zusammen: {detail}',
    'Bis dahin vermittelt das Gateway zwischen beiden. Das endet von selbst. Soll es früher enden, wenden Sie sich an den Betreuer des SMS-Gateways: simpost binding remove ADRESSE --temporary',
  ),
  'binding-taken': paragraphs(
    'Ihre Nachricht geht ihren Weg, aber Mailadresse und Telefon wurden nicht für eine Weile verbunden, weil eines von beiden schon verbunden ist: {detail}',
    'Warten Sie, bis das endet, und senden Sie die Angabe noch einmal, oder lassen Sie es vom Betreuer des SMS-Gateways beenden: simpost binding remove ADRESSE',
  ),
  'balance-low': paragraphs(
    'Das Guthaben der SIM-Karte geht zur Neige: {detail}.',
    'Laden Sie es auf: Ohne Guthaben kann das SMS-Gateway keine SMS senden. Der letzte Stand: simpost status',
  ),
  'balance-unreadable': paragraphs(
    'Dreimal nacheinander hat das Netz das Guthaben der SIM-Karte nicht so genannt, dass es zu lesen war. Es hat geantwortet: {detail}',
    'Vergleichen Sie das mit balance.code und balance.pattern in der Konfiguration. Von Hand fragen Sie so: simpost modem ussd CODE',
  ),
}

export const german: Words = {
  typeset: asWritten,
  subjects: {
    notSent: 'Nicht als SMS gesendet',
    notMail: 'Nicht als Mail gesendet',
    cut: 'Für SMS gekürzt',
    delayed: 'SMS verzögert',
    delivered: 'SMS angekommen',
    relayed: 'SMS übergeben',
    undelivered: 'Mail nicht zugestellt',
    uncertain: 'Vielleicht nicht als SMS gesendet',
    waits: 'SMS wartet',
    budget: 'SMS-Budget',
    bound: 'Für eine Weile verbunden',
    notBound: 'Nicht verbunden',
    credit: 'Guthaben der SIM-Karte',
    attention: 'Achtung',
    over: 'Vorbei',
  },
  colon: ': ',
  mails,
  tagInSms: paragraphs(
    'Eine SMS wurde nicht als Mail weitergegeben, weil die Angabe dazu nicht zu verstehen war ({detail}).',
    `Am Anfang einer SMS sind diese Formen möglich:\n${smsForms('m, h, d oder w; höchstens vier Wochen', 'nie als Mail')}`,
    'Sie muss in einer dieser Formen noch einmal gesendet werden; das Telefon hat keine Nachricht darüber bekommen. Die SMS selbst: simpost message list --inbox',
  ),
  otherwise: paragraphs(
    'Ihre Nachricht wurde nicht weitergegeben ({detail}).',
    'Fragen Sie den Betreuer des SMS-Gateways; er findet sie mit: simpost message list',
  ),
  reasonLine: '(Grund: {reason})',
  question: {
    full: 'Für wen ist das? Ihr Text wartet. Bitte antworten Sie mit {names}',
    bare: 'Für wen ist das? Ihr Text wartet. Bitte antworten Sie mit @ und dem Namen der Person.',
  },
  alarms: germanAlarms,
  or: ' oder ',
  remarks: {
    waiting: 'Das Netz meldet wartende Nachrichten: {kinds}.',
    waitingOver: 'Das Netz meldet, dass hiervon nichts mehr wartet: {kinds}.',
    waitingKinds: {
      voice: 'Sprachnachrichten',
      fax: 'Faxe',
      email: 'E-Mails',
      video: 'Videonachrichten',
      other: 'andere Nachrichten',
    },
    mms: 'Eine MMS (Bildnachricht) wurde angekündigt. Das SMS-Gateway kann sie nicht abrufen oder zeigen.',
    mmsFacts: {
      from: 'Von: {value}',
      subject: 'Betreff: {value}',
      size: 'Größe: {value}',
      expiresAt: 'Abrufbar bis: {value}',
      messageClass: 'Art: {value}',
      host: 'Liegt auf: {value}',
    },
    mmsClasses: {
      personal: 'persönlich',
      advertisement: 'Werbung',
      informational: 'Information',
      auto: 'automatisch',
    },
    data: 'Eine Datennachricht für ein Programm ist gekommen. Sie ist kein Text.',
    dataText: 'Eine Nachricht für ein Programm ist gekommen. Als Text gelesen:',
    compressed: 'Ein komprimierter Text ist gekommen. Das SMS-Gateway kann ihn nicht entpacken. Im Original:',
    push: 'Es ist ein WAP-Push mit diesem Inhalt: {type}.',
    port: 'Empfänger ist ein Programm, kein Mensch; Port: {port}.',
    provisioning:
      'Damit würden die Einstellungen eines Telefons geändert. Das SMS-Gateway übernimmt nichts davon. Hat niemand darum gebeten, fragen Sie beim Netzbetreiber nach.',
    undecodable: 'Eine SMS ist gekommen, die nicht zu entschlüsseln ist. Im Original:',
    cannotAnswer: 'Der Absender ist ein Name oder eine Kurzwahl; antworten kann man ihm nicht.',
    replaces: 'Diese SMS ersetzt eine frühere desselben Absenders, falls es eine gab.',
    returnCall: 'Der Absender bittet um Rückruf.',
    missedCall: 'Verpasster Anruf von {caller}, {time}',
    missedCallWithheld: 'Verpasster Anruf, Nummer unterdrückt oder unbekannt, {time}',
    rings: 'Es hat geklingelt: {rings}-mal',
    headerDamaged: 'Am Kopf dieser SMS stimmt etwas nicht: {header}.',
    severalPeople: 'Dieses Telefon spricht mit mehreren: {names}. Wem es antwortet, ist nicht festzustellen.',
    partsMissing: 'Von dieser SMS sind {missing} von {parts} Teilen nicht angekommen.',
  },
}
