// The notices in French. Written with plain blanks before the double punctuation marks and inside guillemets; `typeset` makes them
// unbreakable. The short ones use only letters of the GSM 7-bit default alphabet: no ç, no circumflex, no À.

import { frenchAlarms } from './alarms/french.ts'
import { fieldForms, paragraphs, smsForms, subjectForms, type Words } from './words.ts'

const nameThePhone =
  'Écrivez un nouvel e-mail qui nomme le téléphone au début de l’objet : [sms +4917012345678] …'

const notRead = (why: string, cure: string): string =>
  paragraphs(`Votre e-mail n’a pas été envoyé par SMS : ${why}`, cure)

const mails: Words['mails'] = {
  'tag-malformed': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : l’indication d’envoi n’a pas été comprise ({detail}).',
    `Au début de l’objet, voici ce qui est possible :\n${subjectForms('m, h, d ou w ; quatre semaines au plus', 'jamais par SMS')}`,
    `Les programmes peuvent écrire des champs d’en-tête à la place :\n${fieldForms}`,
  ),
  'no-receiving-address': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : aucun téléphone n’est associé à l’adresse du destinataire ({detail}).',
    'Nommez le téléphone au début de l’objet, [sms +4917012345678] …, ou demandez au responsable de la passerelle SMS d’associer l’adresse à un téléphone.',
  ),
  'token-unknown': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : l’adresse à laquelle vous avez répondu n’est pas valable, ou ne l’est plus ({detail}).',
    nameThePhone,
  ),
  'conversation-expired': paragraphs(
    'Votre réponse n’a pas été envoyée par SMS : elle est arrivée trop tard, la conversation est terminée ({detail}).',
    nameThePhone,
  ),
  'answer-disagrees': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il mène à deux téléphones différents ({detail}), et personne ne doit recevoir ce qui est destiné à quelqu’un d’autre.',
    'Répondez au dernier e-mail venu du téléphone que vous visez, sans nommer d’autre numéro.',
  ),
  'cannot-answer': paragraphs(
    'Votre réponse n’a pas été envoyée : le SMS venait d’un nom ou d’un numéro court ({detail}), auxquels on ne peut pas répondre.',
    'Cherchez dans le SMS un numéro de téléphone ou une adresse où répondre.',
  ),
  'number-own': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : {detail} est le numéro de la passerelle SMS elle-même.',
    'Nommez le téléphone de la personne à joindre : [sms +4917012345678] … au début de l’objet.',
  ),
  'number-denied': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : la passerelle n’a pas le droit d’écrire à ce numéro ({detail}).',
    'Vérifiez qu’il est complet et commence par + et l’indicatif du pays. S’il est juste, demandez au responsable de la passerelle SMS de l’autoriser.',
  ),
  'country-denied': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : la passerelle n’écrit pas vers le pays de ce numéro ({detail}).',
    'Vérifiez l’indicatif du pays. S’il est juste, demandez au responsable de la passerelle SMS d’autoriser ce pays (exchange.allowed_countries).',
  ),
  'too-old': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il date de plus de deux jours ({detail}).',
    'S’il a encore de l’importance, renvoyez-le dans un nouvel e-mail.',
  ),
  'not-addressed': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il est arrivé à la passerelle SMS sans lui être adressé ({detail}).',
    'Écrivez l’adresse de la passerelle, ou celle du numéro, dans « À » ou « Cc ».',
    'Si elle y figure déjà, votre système de messagerie ne signe pas ce champ : écrivez plutôt [sms +4917012345678] … au début de l’objet.',
  ),
  encrypted: paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il est chiffré, et la passerelle ne peut pas le lire.',
    'Envoyez-le sans chiffrement. N’oubliez pas qu’un SMS est aussi ouvert qu’une carte postale.',
  ),
  packed: paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : Outlook a mis son texte dans un fichier nommé winmail.dat, que la passerelle ne peut pas lire.',
    'Renvoyez-le en HTML ou en texte brut. Dans Outlook, les deux se trouvent sous « Format du texte ».',
  ),
  'charset-refused': notRead(
    'il est écrit en UTF-7, qui peut cacher ce qui est écrit ; la passerelle ne le lit pas.',
    'Envoyez-le en UTF-8, ce que fait tout logiciel de messagerie.',
  ),
  'mail-too-large': notRead(
    'il est trop volumineux et ne commence par aucun texte.',
    'Envoyez-le sans les gros fichiers.',
  ),
  'mail-too-slow': notRead(
    'sa lecture demandait plus de temps ou de mémoire que la passerelle n’en a pour un e-mail.',
    'Envoyez-le en texte brut.',
  ),
  'header-too-large': notRead(
    'son en-tête est trop volumineux.',
    'Envoyez-le comme nouvel e-mail, sans répondre ni transférer.',
  ),
  'field-too-large': notRead(
    'son objet ou la liste de ses destinataires est trop volumineux.',
    'Raccourcissez l’objet et envoyez-le à moins de destinataires.',
  ),
  'too-many-addresses': notRead('il a plus de 200 destinataires.', 'Envoyez-le à moins de destinataires.'),
  'too-many-encoded-words': notRead(
    'son objet ou le nom de son expéditeur est beaucoup trop long.',
    'Raccourcissez-le.',
  ),
  'parts-too-deep': notRead(
    'il contient trop d’e-mails imbriqués et aucun texte avant eux.',
    'Envoyez le texte lui-même plutôt qu’un e-mail transféré.',
  ),
  'too-many-parts': notRead(
    'il contient trop de fichiers et aucun texte avant eux.',
    'Envoyez-le avec moins de fichiers.',
  ),
  'text-too-large': notRead('son texte vient après trop de mise en forme.', 'Envoyez-le en texte brut.'),
  'no-text': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il ne contient aucun texte.',
    'Écrivez un texte et renvoyez-le.',
  ),
  'too-long': paragraphs(
    'Votre e-mail n’a pas été envoyé par SMS : il est trop long ({detail}).',
    'Raccourcissez-le et renvoyez-le. Un SMS contient 160 caractères, ou 70 avec des émojis, certaines lettres accentuées ou une autre écriture.',
  ),
  cut: paragraphs(
    'Votre e-mail est trop long pour un SMS : la fin n’y figure pas ({detail}). Le SMS se termine par « ... ».',
    'Si la fin est importante, envoyez-la dans un second e-mail.',
  ),
  'address-not-allowed': paragraphs(
    'Un SMS n’a pas été transmis par e-mail : son auteur a indiqué une adresse à laquelle la passerelle SMS n’a pas le droit d’écrire ({detail}).',
    'Pour l’autoriser, le responsable de la passerelle SMS associe l’adresse à un téléphone ou l’ajoute à trust.senders. Le SMS lui-même : simpost message list --inbox',
  ),
  'sms-failed': paragraphs(
    'Votre e-mail n’a pas pu être remis par SMS ({detail}).',
    'Vérifiez le numéro, puis renvoyez-le, ou téléphonez.',
  ),
  'sms-delayed': paragraphs(
    'Votre e-mail n’est pas encore arrivé par SMS sur le téléphone ({detail}). Les essais continuent.',
    'Inutile de le renvoyer. S’il échoue pour de bon, vous en serez averti ; s’il ne peut pas attendre, appelez.',
  ),
  'sms-delivered': paragraphs(
    'Votre e-mail est arrivé par SMS sur le téléphone ({detail}).',
    'Il n’y a rien à faire. Vous recevez ce message parce que des confirmations ont été demandées.',
  ),
  'sms-relayed': paragraphs(
    'Votre e-mail a été remis au réseau par SMS, et le réseau n’a pas dit s’il est arrivé ({detail}).',
    'Le plus souvent, il l’est. Si c’est important, demandez à la personne.',
  ),
  'delivery-report': paragraphs(
    'Un serveur de messagerie a écrit au boîtier au sujet d’un de ses e-mails, sous une forme que seule une personne peut lire ({detail}). Peut-être cet e-mail n’est-il pas arrivé.',
    'Lisez ce qu’il dit : le message est dans la boîte aux lettres du boîtier. De quel SMS il s’agit : simpost message list',
  ),
  'sms-uncertain': paragraphs(
    'Impossible de savoir si votre e-mail est arrivé par SMS sur le téléphone : le réseau n’a pas donné de réponse claire ({detail}).',
    'Il n’est pas renvoyé automatiquement, afin que personne ne le reçoive deux fois. Demandez à la personne, ou renvoyez-le.',
  ),
  'pair-paused': paragraphs(
    'Tant de messages, ou si souvent le même, circulaient entre ces deux correspondants que cela ressemble à une boucle ; la passerelle SMS les a donc mis en pause ({detail}). Ce qui arrive pour eux attend ; rien n’est perdu.',
    'Le plus souvent, un programme ou une règle de transfert répond tout seul : trouvez-le et arrêtez-le. Ensuite, le responsable de la passerelle libère les messages : simpost message list, simpost message release N',
  ),
  'budget-used-up': paragraphs(
    'Un SMS attend, car il n’est plus permis d’en envoyer pour le moment ({detail}). Il n’est pas perdu : il partira dès que le budget sera renouvelé et suffira.',
    'S’il ne peut pas attendre, le responsable de la passerelle SMS peut l’envoyer tout de suite, simpost message release N, ou relever la limite dans la section [budget] de la configuration.',
  ),
  'budget-warning': paragraphs(
    'Les quatre cinquièmes du budget SMS sont utilisés ({detail}). Une fois le budget épuisé, les SMS attendront son renouvellement.',
    'S’il faut en envoyer davantage, relevez la limite dans la section [budget] de la configuration. Les chiffres du jour : simpost status',
  ),
  'binding-made': paragraphs(
    'Cette adresse e-mail et ce téléphone sont maintenant associés pour un temps : {detail}',
    'Jusque-là, la passerelle échange les messages entre les deux. Cela se termine tout seul. Pour y mettre fin plus tôt, adressez-vous au responsable de la passerelle SMS : simpost binding remove ADRESSE --temporary',
  ),
  'binding-taken': paragraphs(
    'Votre message suit son chemin, mais l’adresse e-mail et le téléphone n’ont pas été associés, car l’un des deux l’est déjà : {detail}',
    'Attendez la fin de cette association et renvoyez l’indication, ou demandez au responsable de la passerelle SMS d’y mettre fin : simpost binding remove ADRESSE',
  ),
  'balance-low': paragraphs(
    'Le crédit de la carte SIM s’épuise : {detail}.',
    'Rechargez-le : sans crédit, la passerelle SMS ne peut plus envoyer de SMS. Le dernier montant connu : simpost status',
  ),
  'balance-unreadable': paragraphs(
    'Trois fois de suite, le réseau n’a pas indiqué le crédit de la carte SIM sous une forme lisible. Il a répondu : {detail}',
    'Comparez cette réponse avec balance.code et balance.pattern dans la configuration. Pour demander à la main : simpost modem ussd CODE',
  ),
}

/** U+00A0 before a colon and inside guillemets, U+202F before the other double marks. */
function typeset(text: string): string {
  return text
    .replace(/ (?=[:»])/g, '\u00a0')
    .replace(/(?<=«) /g, '\u00a0')
    .replace(/ (?=[;!?])/g, '\u202f')
}

export const french: Words = {
  typeset,
  subjects: {
    notSent: 'Non envoyé par SMS',
    notMail: 'Non envoyé par e-mail',
    cut: 'Raccourci pour le SMS',
    delayed: 'SMS retardé',
    delivered: 'SMS arrivé',
    relayed: 'SMS remis au réseau',
    undelivered: 'E-mail non remis',
    uncertain: 'Peut-être pas envoyé par SMS',
    waits: 'SMS en attente',
    budget: 'Budget SMS',
    bound: 'Associés pour un temps',
    notBound: 'Non associés',
    credit: 'Crédit de la carte SIM',
    attention: 'Alerte',
    over: 'Terminé',
  },
  colon: ' : ',
  mails,
  tagInSms: paragraphs(
    'Un SMS n’a pas été transmis par e-mail : l’indication d’envoi n’a pas été comprise ({detail}).',
    `Au début d’un SMS, voici ce qui est possible :\n${smsForms('m, h, d ou w ; quatre semaines au plus', 'jamais par e-mail')}`,
    'Il faut le renvoyer sous l’une de ces formes ; le téléphone n’a pas été prévenu. Le SMS lui-même : simpost message list --inbox',
  ),
  otherwise: paragraphs(
    'Votre message n’a pas été transmis ({detail}).',
    'Demandez au responsable de la passerelle SMS, qui le trouvera avec : simpost message list',
  ),
  reasonLine: '(motif : {reason})',
  question: {
    full: 'Pour qui est ce message ? Il attend. Répondez par {names}',
    bare: 'Pour qui est ce message ? Il attend. Répondez par @ et le nom de la personne.',
  },
  alarms: frenchAlarms,
  or: ' ou ',
  remarks: {
    waiting: 'Le réseau signale des messages en attente : {kinds}.',
    waitingOver: 'Le réseau signale qu’il n’y en a plus en attente : {kinds}.',
    waitingKinds: {
      voice: 'messages vocaux',
      fax: 'télécopies',
      email: 'e-mails',
      video: 'messages vidéo',
      other: 'autres messages',
    },
    mms: 'Un MMS (message avec image) a été annoncé. La passerelle SMS ne peut ni le récupérer ni l’afficher.',
    mmsFacts: {
      from: 'De : {value}',
      subject: 'Objet : {value}',
      size: 'Taille : {value}',
      expiresAt: 'À récupérer avant : {value}',
      messageClass: 'Catégorie : {value}',
      host: 'Se trouve sur : {value}',
    },
    mmsClasses: {
      personal: 'personnel',
      advertisement: 'publicité',
      informational: 'information',
      auto: 'automatique',
    },
    data: 'Un message de données destiné à un programme est arrivé. Ce n’est pas du texte.',
    dataText: 'Un message destiné à un programme est arrivé. Lu comme du texte :',
    compressed:
      'Un texte compressé est arrivé. La passerelle SMS ne peut pas le décompresser. Sa forme brute :',
    push: 'C’est un WAP push dont voici le contenu : {type}.',
    port: 'Le destinataire est un programme, pas une personne ; port : {port}.',
    provisioning:
      'Il changerait les réglages d’un téléphone. La passerelle SMS n’en applique aucun. Si personne ne l’a demandé, renseignez-vous auprès de l’opérateur.',
    undecodable: 'Un SMS est arrivé qui ne peut pas être décodé. Sa forme brute :',
    cannotAnswer: 'L’expéditeur est un nom ou un numéro court : on ne peut pas lui répondre.',
    replaces: 'Ce SMS remplace un SMS antérieur du même expéditeur, s’il y en avait un.',
    returnCall: 'L’expéditeur demande à être rappelé.',
    missedCall: 'Appel manqué de {caller}, {time}',
    missedCallWithheld: 'Appel manqué, numéro masqué ou inconnu, {time}',
    rings: 'Sonneries : {rings}',
    headerDamaged: 'L’en-tête de ce SMS contient une erreur : {header}.',
    severalPeople:
      'Ce téléphone parle avec plusieurs personnes : {names}. Impossible de savoir à qui il répond.',
    partsMissing: 'Parties de ce SMS qui manquent encore : {missing} sur {parts}.',
  },
}
