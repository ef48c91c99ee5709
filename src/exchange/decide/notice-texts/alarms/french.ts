// What the operator hears, in French: by mail, and by SMS where no mail can leave. Written as french.ts says; the SMS use only letters
// of the GSM 7-bit default alphabet.

import { type AlarmWords, paragraphs } from '../words.ts'

export const frenchAlarms: AlarmWords = {
  mails: {
    'sign-in-refused': paragraphs(
      'Le serveur de messagerie refuse la connexion du boîtier ; e-mails et SMS ne se rejoignent donc plus : {detail}',
      'Reconnectez le boîtier, ou inscrivez le nouveau mot de passe dans son fichier. Ce qui arrive d’ici là attend et n’est pas perdu. Le boîtier réessaie de lui-même : simpost status',
    ),
    'sign-in-ending': paragraphs(
      'La connexion du boîtier chez le fournisseur de messagerie expire bientôt, ou n’a pas pu être renouvelée : {detail}',
      'Reconnectez le boîtier avant cela : simpost login. D’ici là, e-mails et SMS passent.',
    ),
    'mailbox-out-of-reach': paragraphs(
      'Depuis une demi-heure, le boîtier n’atteint plus sa boîte aux lettres ; les e-mails ne deviennent donc pas des SMS : {detail}',
      'Le plus souvent, le réseau ou le serveur est en panne et revient de soi-même ; le boîtier continue d’essayer et aucun e-mail n’est perdu. Si cela dure : simpost status',
    ),
    'mail-not-taken': paragraphs(
      'Le serveur de messagerie ne prend aucun e-mail du boîtier ; les SMS n’arrivent donc pas par e-mail : {detail}',
      'Demandez au fournisseur de la boîte : le plus souvent, le nombre d’e-mails par jour est limité, ou le boîtier n’a pas le droit d’écrire depuis son adresse. Ce qui attend part de soi-même : simpost status',
    ),
    'mail-undelivered': paragraphs(
      'Un e-mail par lequel le boîtier a transmis un message n’est pas arrivé ({detail}).',
      'Le message n’est pas perdu. Un SMS peut être lu sur le boîtier, et renvoyé dès que l’adresse est juste : simpost message list, simpost message show N, simpost message retry N. Un e-mail transféré se trouve dans la boîte aux lettres du boîtier, parmi ceux qui sont traités.',
    ),
    'disk-nearly-full': paragraphs(
      'Le disque du boîtier est presque plein : {detail}',
      'Libérez de la place avant qu’il soit plein : ensuite le boîtier ne prend plus rien, les SMS attendent sur la carte SIM et les e-mails dans la boîte aux lettres. Ce qui le remplit : sudo du -xh / | sort -h | tail',
    ),
    'database-out-of-use': paragraphs(
      'Le boîtier ne peut pas utiliser sa base de données et ne transmet rien : {detail}',
      'Rien n’est perdu : les SMS attendent sur la carte SIM et les e-mails dans la boîte aux lettres, jusqu’à la réparation. Ce qu’il faut faire : sudo simpost check',
    ),
    'alarm-over': paragraphs(
      'Ce que le boîtier vous avait signalé est terminé : {detail}',
      'Ce qui attendait repart de soi-même. Il n’y a rien à faire.',
    ),
  },
  sms: {
    'sign-in-refused':
      'Simpost : le serveur de messagerie refuse la connexion, aucun e-mail ne passe. Voir : simpost status. {detail}',
    'sign-in-ending':
      'Simpost : la connexion chez le fournisseur de messagerie expire : simpost login. {detail}',
    'mailbox-out-of-reach':
      'Simpost : la messagerie ne répond pas, aucun e-mail ne devient SMS. Voir : simpost status. {detail}',
    'mail-not-taken':
      'Simpost : le serveur de messagerie refuse les e-mails à envoyer. Voir : simpost status. {detail}',
    'mail-undelivered':
      'Simpost : les e-mails pour vous reviennent, des SMS peuvent rester non lus. Voir : simpost status. {detail}',
    'disk-nearly-full': 'Simpost : le disque est presque plein. Voir : simpost check. {detail}',
    'database-out-of-use':
      'Simpost : la base de données est inutilisable, rien ne passe. Voir : simpost check. {detail}',
    'alarm-over': 'Simpost : terminé. {detail}',
  },
}
