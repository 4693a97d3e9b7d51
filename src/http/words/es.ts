// What the HTTP surface says to whoever tells an event, in Spanish.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'title-unauthenticated': 'Falta el token de acceso',
  'title-invalid-token': 'Token de acceso no válido',
  'title-insufficient-scope': 'Falta un permiso',
  'title-not-found': 'No encontrado',
  'title-validation': 'Solicitud no válida',
  'title-conflict': 'Conflicto',
  'title-precondition-failed': 'Cambiado entretanto',
  'title-precondition-required': 'Falta If-Match',
  'title-idempotency-key-missing': 'Falta Idempotency-Key',
  'title-idempotency-key-reused': 'Idempotency-Key ya usado con otro cuerpo',
  'title-idempotency-key-in-progress': 'La misma solicitud está en curso',
  'title-unsupported-media-type': 'Tipo de contenido no admitido',
  'title-too-large': 'Demasiado grande',
  'title-timeout': 'Demasiado lento',
  'title-internal': 'Fallo de la pasarela',
  'title-unavailable': 'No disponible por el momento',
  'title-quota-exceeded': 'Cuota superada',

  'access-token-missing': 'envíe un token de acceso: Authorization: Bearer <token>',
  'access-token-invalid': 'el token de acceso no es válido aquí o ha caducado: obtenga uno nuevo',
  'certificate-missing': 'este cliente se identifica con un certificado: preséntelo, junto con un token obtenido con él',
  'client-suspended': 'el cliente está suspendido: consulte al operador',
  'scope-missing': 'se necesita el permiso (scope) {scopes}',
  or: '{one} o {other}',
  'too-many-requests': 'demasiadas solicitudes: espere {seconds} s',

  'body-empty': 'el cuerpo está vacío: envíe un SET en forma de JWS compacto',
  'body-encoded': 'envíe el cuerpo sin Content-Encoding',
  'body-length': 'el cuerpo no tiene la longitud que indica Content-Length',
  'body-too-large': 'el cuerpo es más largo de lo que se admite en esta dirección',
  'body-type': 'el Content-Type no es de los que se admiten en esta dirección',
  'body-type-missing': 'indique en Content-Type qué es el cuerpo',
  'headers-too-many': 'envíe como máximo {max} cabeceras',
  'host-header': 'envíe una sola cabecera Host',

  'jti-used': 'este jti ya se usó con otro contenido; dé a cada SET un jti propio',
  'not-yet': 'el evento surte efecto en el futuro: envíelo cuando haya ocurrido',
  objection: '{code}: {said}',
  'payload-unfit': 'el contenido de {type} no es conforme: {faults}',
  'payload-faults': '{one}; {other}',
  'payload-fault': '{pointer} {code} ({detail})',
  'payload-fault-bare': '{pointer} {code}',
  'type-unknown': 'events debe tener un solo miembro, con el nombre {namespace} y un evento que esta pasarela admita: véase /openapi.json',

  'body-json': 'el cuerpo no es admisible: {fault}',
  'address-unknown': 'no hay nada en esta dirección',
  'request-unfit': 'la parte «{part}» de la solicitud no se ajusta a su esquema: véase «errors»',
  'event-unfit': 'el contenido no se ajusta a su tipo: véase «errors»',
  'event-ours': 'este evento lo crea la propia pasarela',
  'event-key-used': 'esta clave ya se usó para un evento con otro contenido: dé a cada evento una clave propia',
  'idempotency-key-missing': 'envíe un Idempotency-Key de 1 a 255 caracteres: uno nuevo para cada solicitud nueva',
  'idempotency-key-form': 'un Idempotency-Key tiene de 1 a {max} caracteres',
  'idempotency-key-used': 'este Idempotency-Key ya llegó con otro cuerpo: use uno nuevo',
  'idempotency-key-busy': 'la primera solicitud con este Idempotency-Key aún se está respondiendo: repítala dentro de un momento',

  fault: 'el fallo es nuestro; puede repetir la misma solicitud sin riesgo',
  stopping: 'la pasarela se está deteniendo: envíelo de nuevo dentro de un momento'
}
