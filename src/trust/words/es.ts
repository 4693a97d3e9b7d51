// Why a token is refused, in Spanish.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'token-length': 'el token supera los {kib} KiB',
  'token-form':
    'el token debe ser un JWS compacto: tres segmentos base64url no vacíos unidos por puntos, sin espacios ni caracteres de relleno',
  'token-not-canonical': 'un segmento del token no es base64url canónico: al codificarlo de nuevo no da el mismo texto',
  'token-not-a-jws': 'el token no es un JWS que podamos verificar',

  'header-form': 'la cabecera del token debe ser un objeto JSON',
  'header-member': 'el miembro «{name}» no se admite en la cabecera del token',
  'header-alg': 'la cabecera del token debe tener un miembro «alg»',
  'header-kid': 'el miembro «kid» de la cabecera debe ser una cadena de 1 a 256 caracteres',
  'header-typ-form': 'el miembro «typ» de la cabecera debe ser una cadena',
  'header-typ': 'el miembro «typ» de la cabecera debe ser «{typ}»',

  algorithm: 'el algoritmo debe ser uno de estos: {algorithms}',
  'key-algorithm': 'el algoritmo no es aquel para el que se registró la clave',
  'key-unknown': 'el kid no corresponde a ninguna clave registrada',
  signature: 'la firma no corresponde a la clave registrada',

  'payload-form': 'el contenido del token debe ser un objeto JSON',
  'payload-json': 'el contenido del token no es admisible: {fault}',
  'json-ambiguous': 'es ambiguo, un objeto tiene dos veces el mismo miembro',
  'json-depth': 'tiene más de {levels} niveles de anidamiento',
  'json-empty': 'está vacío, envíe un valor JSON',
  'json-name': 'un miembro llamado «{name}» no se admite',
  'json-syntax': 'no es JSON válido',
  'json-utf8': 'no es texto UTF-8',

  'claim-aud': 'aud debe ser {issuer}',
  'claim-iss': 'iss debe ser su client_id o el emisor que tiene registrado',
  'claim-not-allowed': 'un SET no debe llevar «{name}» entre sus declaraciones',
  'claim-ascii': '{name} debe tener de 1 a {max} caracteres ASCII imprimibles',
  'claim-text': '{name} debe tener de 1 a {max} caracteres, sin caracteres de control',
  'claim-seconds': '{name} debe ser un número entero: segundos desde 1970',
  'claim-sub-id': 'sub_id debe ser {opaque} o {issSub}',
  'claim-events': 'events debe tener exactamente un miembro',
  'claim-event': 'el evento debe ser un objeto JSON',
  'iat-future': 'iat está en el futuro: compruebe su reloj',
  'iat-old': 'iat tiene más de 7 días: firme de nuevo el SET',
  'toe-future': 'toe está en el futuro'
}
