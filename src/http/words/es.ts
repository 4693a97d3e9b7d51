// What the HTTP surface says to whoever pushes a SET, in Spanish.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
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

  fault: 'el fallo es nuestro; puede repetir la misma solicitud sin riesgo',
  stopping: 'la pasarela se está deteniendo: envíelo de nuevo dentro de un momento'
}
