// What the operator hears, in Spanish: by mail, and by SMS where no mail can leave. The SMS use only letters of the GSM 7-bit default
// alphabet: é, ñ and ¿, but no á, í, ó, ú.

import { type AlarmWords, paragraphs } from '../words.ts'

export const spanishAlarms: AlarmWords = {
  mails: {
    'sign-in-refused': paragraphs(
      'El servidor de correo ya no deja iniciar sesión a la caja, así que correos y SMS no se alcanzan: {detail}',
      'Inicie sesión de nuevo, o escriba la nueva contraseña en su archivo. Lo que llegue hasta entonces espera y no se pierde. La caja lo intenta de nuevo por sí misma: simpost status',
    ),
    'sign-in-ending': paragraphs(
      'La sesión de la caja en el proveedor de correo termina pronto, o no se pudo renovar: {detail}',
      'Inicie sesión de nuevo antes: simpost login. Hasta entonces correos y SMS siguen.',
    ),
    'mailbox-out-of-reach': paragraphs(
      'Desde hace media hora la caja no alcanza su buzón, así que los correos no llegan como SMS: {detail}',
      'Casi siempre la red o el servidor están caídos y vuelven por sí mismos; la caja sigue intentándolo y ningún correo se pierde. Si dura: simpost status',
    ),
    'mail-not-taken': paragraphs(
      'El servidor de correo no acepta correos de la caja, así que los SMS no llegan como correo: {detail}',
      'Pregunte al proveedor del buzón: casi siempre hay un límite de correos al día, o la caja no puede escribir desde su dirección. Lo que espera sale por sí mismo: simpost status',
    ),
    'mail-undelivered': paragraphs(
      'Un correo con el que el equipo pasó un mensaje no ha llegado ({detail}).',
      'El mensaje no se ha perdido. Un SMS puede leerse en el equipo y enviarse otra vez cuando la dirección sea correcta: simpost message list, simpost message show N, simpost message retry N. Un correo reenviado está en el buzón del equipo, entre los ya atendidos.',
    ),
    'disk-nearly-full': paragraphs(
      'El disco de la caja está casi lleno: {detail}',
      'Libere espacio antes de que se llene: después la caja no acepta nada, los SMS esperan en la tarjeta SIM y los correos en el buzón. Qué lo llena: sudo du -xh / | sort -h | tail',
    ),
    'database-out-of-use': paragraphs(
      'La caja no puede usar su base de datos y no pasa nada: {detail}',
      'Nada se pierde: los SMS esperan en la tarjeta SIM y los correos en el buzón hasta que se arregle. Qué hacer: sudo simpost check',
    ),
    'alarm-over': paragraphs(
      'Ha terminado lo que la caja le había comunicado: {detail}',
      'Lo que esperaba sigue por sí mismo. No hay que hacer nada.',
    ),
  },
  sms: {
    'sign-in-refused':
      'Simpost: el servidor de correo rechaza la clave, no entran ni salen correos. Ver: simpost status. {detail}',
    'sign-in-ending': 'Simpost: pronto termina el acceso al proveedor de correo: simpost login. {detail}',
    'mailbox-out-of-reach':
      'Simpost: no se alcanza el correo, nada llega como SMS. Ver: simpost status. {detail}',
    'mail-not-taken':
      'Simpost: el servidor de correo no acepta correos de la caja. Ver: simpost status. {detail}',
    'mail-undelivered':
      'Simpost: los correos para usted vuelven, puede haber SMS sin leer. Ver: simpost status. {detail}',
    'disk-nearly-full': 'Simpost: el disco se llena, queda poco espacio. Ver: simpost check. {detail}',
    'database-out-of-use':
      'Simpost: no se puede usar la base de datos, nada pasa. Ver: simpost check. {detail}',
    'alarm-over': 'Simpost: resuelto. {detail}',
  },
}
