// The notices in Spanish. The short ones use only letters of the GSM 7-bit default alphabet: é, ñ and ¿, but no á, í, ó, ú.

import { spanishAlarms } from './alarms/spanish.ts'
import { asWritten, fieldForms, paragraphs, smsForms, subjectForms, type Words } from './words.ts'

const nameThePhone =
  'Escriba un correo nuevo que indique el teléfono al principio del asunto: [sms +4917012345678] …'

const notRead = (why: string, cure: string): string =>
  paragraphs(`Su correo no se envió por SMS: ${why}`, cure)

const mails: Words['mails'] = {
  'tag-malformed': paragraphs(
    'Su correo no se envió por SMS: no se entendió la indicación de envío ({detail}).',
    `Al principio del asunto se admiten estas formas:\n${subjectForms('m, h, d o w; cuatro semanas como máximo', 'nunca por SMS')}`,
    `Los programas pueden escribir en su lugar campos de cabecera:\n${fieldForms}`,
  ),
  'no-receiving-address': paragraphs(
    'Su correo no se envió por SMS: la dirección del destinatario no está asociada a ningún teléfono ({detail}).',
    'Indique el teléfono al principio del asunto, [sms +4917012345678] …, o pida al responsable de la pasarela de SMS que asocie la dirección a un teléfono.',
  ),
  'token-unknown': paragraphs(
    'Su correo no se envió por SMS: la dirección a la que respondió no es válida o ya no lo es ({detail}).',
    nameThePhone,
  ),
  'conversation-expired': paragraphs(
    'Su respuesta no se envió por SMS: llegó demasiado tarde y la conversación ha terminado ({detail}).',
    nameThePhone,
  ),
  'answer-disagrees': paragraphs(
    'Su correo no se envió por SMS: conduce a dos teléfonos distintos ({detail}), y nadie debe recibir lo que es para otra persona.',
    'Responda al último correo del teléfono al que se refiere y no indique ningún otro número.',
  ),
  'cannot-answer': paragraphs(
    'Su respuesta no se envió: el SMS venía de un nombre o de un número corto ({detail}), y a esos no se puede responder.',
    'Busque en el SMS un número de teléfono o una dirección a la que responder.',
  ),
  'number-own': paragraphs(
    'Su correo no se envió por SMS: {detail} es el número de la propia pasarela de SMS.',
    'Indique el teléfono de la persona a la que quiere llegar: [sms +4917012345678] … al principio del asunto.',
  ),
  'number-denied': paragraphs(
    'Su correo no se envió por SMS: la pasarela no puede escribir a este número ({detail}).',
    'Compruebe que está completo y que empieza por + y el prefijo del país. Si es correcto, pida al responsable de la pasarela de SMS que lo permita.',
  ),
  'country-denied': paragraphs(
    'Su correo no se envió por SMS: la pasarela no escribe al país de este número ({detail}).',
    'Compruebe el prefijo del país. Si es correcto, pida al responsable de la pasarela de SMS que permita ese país (exchange.allowed_countries).',
  ),
  'too-old': paragraphs(
    'Su correo no se envió por SMS: tiene más de dos días ({detail}).',
    'Si todavía importa, envíelo otra vez como correo nuevo.',
  ),
  'not-addressed': paragraphs(
    'Su correo no se envió por SMS: llegó a la pasarela de SMS sin estar dirigido a ella ({detail}).',
    'Escriba la dirección de la pasarela, o la del número, en «Para» o «Cc».',
    'Si ya figura allí, su sistema de correo no firma ese campo: escriba en su lugar [sms +4917012345678] … al principio del asunto.',
  ),
  encrypted: paragraphs(
    'Su correo no se envió por SMS: está cifrado y la pasarela no puede leerlo.',
    'Envíelo sin cifrar. Tenga en cuenta que un SMS es tan abierto como una postal.',
  ),
  packed: paragraphs(
    'Su correo no se envió por SMS: Outlook metió el texto en un archivo llamado winmail.dat, que la pasarela no puede leer.',
    'Envíelo de nuevo como HTML o como texto sin formato. En Outlook, ambos están en «Formato de texto».',
  ),
  'charset-refused': notRead(
    'está escrito en UTF-7, que puede ocultar lo que dice; la pasarela no lo lee.',
    'Envíelo en UTF-8, como puede hacer cualquier programa de correo.',
  ),
  'mail-too-large': notRead(
    'es demasiado grande y no empieza con ningún texto.',
    'Envíelo sin los archivos grandes.',
  ),
  'mail-too-slow': notRead(
    'leerlo requería más tiempo o memoria de lo que la pasarela tiene para un correo.',
    'Envíelo como texto sin formato.',
  ),
  'header-too-large': notRead(
    'su cabecera es demasiado grande.',
    'Envíelo como correo nuevo, no como respuesta ni reenviado.',
  ),
  'field-too-large': notRead(
    'su asunto o la lista de sus destinatarios es demasiado grande.',
    'Acorte el asunto y envíelo a menos destinatarios.',
  ),
  'too-many-addresses': notRead('tiene más de 200 destinatarios.', 'Envíelo a menos destinatarios.'),
  'too-many-encoded-words': notRead('su asunto o el nombre de su remitente es demasiado largo.', 'Acórtelo.'),
  'parts-too-deep': notRead(
    'contiene demasiados correos unos dentro de otros y ningún texto antes de ellos.',
    'Envíe el texto mismo en lugar de un correo reenviado.',
  ),
  'too-many-parts': notRead(
    'contiene demasiados archivos y ningún texto antes de ellos.',
    'Envíelo con menos archivos.',
  ),
  'text-too-large': notRead(
    'su texto viene después de demasiado formato.',
    'Envíelo como texto sin formato.',
  ),
  'no-text': paragraphs(
    'Su correo no se envió por SMS: no contiene ningún texto.',
    'Escriba algo y envíelo de nuevo.',
  ),
  'too-long': paragraphs(
    'Su correo no se envió por SMS: es demasiado largo ({detail}).',
    'Acórtelo y envíelo de nuevo. En un SMS caben 160 caracteres, o 70 si lleva emojis, ciertas letras con tilde u otra escritura.',
  ),
  cut: paragraphs(
    'Su correo es demasiado largo para un SMS, por lo que se omite el final ({detail}). El SMS termina en « ...».',
    'Si el final es importante, envíelo en un segundo correo.',
  ),
  'address-not-allowed': paragraphs(
    'Un SMS no se envió por correo: su autor indicó una dirección a la que la pasarela de SMS no puede escribir ({detail}).',
    'Para permitirlo, el responsable de la pasarela de SMS asocia la dirección a un teléfono o la añade a trust.senders. El SMS: simpost message list --inbox',
  ),
  'sms-failed': paragraphs(
    'Su correo no se pudo entregar por SMS ({detail}).',
    'Compruebe el número y envíelo de nuevo, o llame por teléfono.',
  ),
  'sms-delayed': paragraphs(
    'Su correo aún no ha llegado por SMS al teléfono ({detail}). Se sigue intentando.',
    'No hace falta enviarlo de nuevo. Si falla del todo, se le avisará; si no puede esperar, llame por teléfono.',
  ),
  'sms-delivered': paragraphs(
    'Su correo ha llegado por SMS al teléfono ({detail}).',
    'No hay nada que hacer. Recibe este aviso porque se pidieron confirmaciones.',
  ),
  'sms-relayed': paragraphs(
    'Su correo se entregó a la red como SMS, y la red no dijo si llegó ({detail}).',
    'Lo más probable es que sí. Si es importante, pregunte a la persona.',
  ),
  'delivery-report': paragraphs(
    'Un servidor de correo escribió al equipo acerca de uno de sus correos, de una forma que solo una persona puede leer ({detail}). Quizá ese correo no llegó.',
    'Lea lo que dice: está en el buzón del equipo. De qué SMS se trata: simpost message list',
  ),
  'sms-uncertain': paragraphs(
    'No se puede saber si su correo llegó por SMS al teléfono: la red no dio una respuesta clara ({detail}).',
    'No se repite automáticamente, para que nadie lo reciba dos veces. Pregunte a la persona o envíelo de nuevo.',
  ),
  'pair-paused': paragraphs(
    'Entre estos dos iban y venían tantos mensajes, o tantas veces el mismo, que parece un bucle, así que la pasarela de SMS los ha puesto en pausa ({detail}). Lo que llegue ahora para ellos espera; nada se pierde.',
    'Casi siempre es un programa o una regla de reenvío que responde por sí sola: búsquela y deténgala. Después, el responsable de la pasarela libera los mensajes: simpost message list, simpost message release N',
  ),
  'budget-used-up': paragraphs(
    'Un SMS está en espera, porque por ahora no se pueden enviar más ({detail}). No se ha perdido: saldrá en cuanto el presupuesto se renueve y alcance.',
    'Si no puede esperar, el responsable de la pasarela de SMS puede enviarlo enseguida, simpost message release N, o subir el límite en la sección [budget] de la configuración.',
  ),
  'budget-warning': paragraphs(
    'Se han gastado cuatro quintos del presupuesto de SMS ({detail}). Cuando se agote, los SMS esperarán hasta que se renueve.',
    'Si hace falta enviar más, suba el límite en la sección [budget] de la configuración. Las cifras de hoy: simpost status',
  ),
  'binding-made': paragraphs(
    'Esta dirección de correo y este teléfono quedan asociados por un tiempo: {detail}',
    'Hasta entonces, la pasarela intercambia los mensajes entre ambos. La asociación termina sola. Para terminarla antes, diríjase al responsable de la pasarela de SMS: simpost binding remove DIRECCIÓN --temporary',
  ),
  'binding-taken': paragraphs(
    'Su mensaje sigue su camino, pero la dirección de correo y el teléfono no se han asociado, porque uno de los dos ya lo está: {detail}',
    'Espere a que eso termine y envíe la indicación de nuevo, o pida al responsable de la pasarela de SMS que lo termine: simpost binding remove DIRECCIÓN',
  ),
  'balance-low': paragraphs(
    'El saldo de la tarjeta SIM se está agotando: {detail}.',
    'Recárguelo: sin saldo, la pasarela de SMS no puede enviar ningún SMS. El último saldo conocido: simpost status',
  ),
  'balance-unreadable': paragraphs(
    'Tres veces seguidas la red no ha indicado el saldo de la tarjeta SIM de una forma legible. Ha respondido: {detail}',
    'Compare la respuesta con balance.code y balance.pattern en la configuración. Para preguntar a mano: simpost modem ussd CODE',
  ),
}

export const spanish: Words = {
  typeset: asWritten,
  subjects: {
    notSent: 'No enviado por SMS',
    notMail: 'No enviado por correo',
    cut: 'Recortado para SMS',
    delayed: 'SMS retrasado',
    delivered: 'SMS recibido',
    relayed: 'SMS entregado a la red',
    undelivered: 'Correo no entregado',
    uncertain: 'Quizá no enviado por SMS',
    waits: 'SMS en espera',
    budget: 'Presupuesto de SMS',
    bound: 'Asociados por un tiempo',
    notBound: 'No asociados',
    credit: 'Saldo de la tarjeta SIM',
    attention: 'Atención',
    over: 'Resuelto',
  },
  colon: ': ',
  mails,
  tagInSms: paragraphs(
    'Un SMS no se envió por correo: no se entendió la indicación de envío ({detail}).',
    `Al principio de un SMS se admiten estas formas:\n${smsForms('m, h, d o w; cuatro semanas como máximo', 'nunca por correo')}`,
    'Hay que enviarlo de nuevo en una de estas formas; al teléfono no se le avisó. El SMS: simpost message list --inbox',
  ),
  otherwise: paragraphs(
    'Su mensaje no se reenvió ({detail}).',
    'Pregunte al responsable de la pasarela de SMS, que lo encontrará con: simpost message list',
  ),
  reasonLine: '(motivo: {reason})',
  question: {
    full: '¿Para quién es esto? Su texto espera. Responda con {names}',
    bare: '¿Para quién es esto? Su texto espera. Responda con @ y el nombre de la persona.',
  },
  alarms: spanishAlarms,
  or: ' o ',
  remarks: {
    waiting: 'La red avisa de mensajes en espera: {kinds}.',
    waitingOver: 'La red avisa de que ya no queda nada en espera de: {kinds}.',
    waitingKinds: {
      voice: 'mensajes de voz',
      fax: 'faxes',
      email: 'correos electrónicos',
      video: 'mensajes de vídeo',
      other: 'otros mensajes',
    },
    mms: 'Se anunció un MMS (mensaje con imagen). La pasarela de SMS no puede descargarlo ni mostrarlo.',
    mmsFacts: {
      from: 'De: {value}',
      subject: 'Asunto: {value}',
      size: 'Tamaño: {value}',
      expiresAt: 'Se puede descargar hasta: {value}',
      messageClass: 'Clase: {value}',
      host: 'Está en: {value}',
    },
    mmsClasses: {
      personal: 'personal',
      advertisement: 'publicidad',
      informational: 'información',
      auto: 'automático',
    },
    data: 'Llegó un mensaje de datos para un programa. No es texto.',
    dataText: 'Llegó un mensaje para un programa. Leído como texto:',
    compressed: 'Llegó un texto comprimido. La pasarela de SMS no puede descomprimirlo. En bruto:',
    push: 'Es un WAP push con este contenido: {type}.',
    port: 'El destinatario es un programa, no una persona; puerto: {port}.',
    provisioning:
      'Cambiaría los ajustes de un teléfono. La pasarela de SMS no aplica ninguno. Si nadie lo pidió, pregunte al operador.',
    undecodable: 'Llegó un SMS que no se puede descodificar. En bruto:',
    cannotAnswer: 'El remitente es un nombre o un número corto y no se le puede responder.',
    replaces: 'Este SMS sustituye a uno anterior del mismo remitente, si lo hubo.',
    returnCall: 'El remitente pide que le devuelvan la llamada.',
    missedCall: 'Llamada perdida de {caller}, {time}',
    missedCallWithheld: 'Llamada perdida, número oculto o desconocido, {time}',
    rings: 'Tonos: {rings}',
    headerDamaged: 'Hay un error en la cabecera de este SMS: {header}.',
    severalPeople: 'Este teléfono habla con varias personas: {names}. No se puede saber a quién responde.',
    partsMissing: 'Partes de este SMS que faltan: {missing} de {parts}.',
  },
}
