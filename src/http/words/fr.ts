// What the HTTP surface says to whoever pushes a SET, in French.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'access-token-missing': 'envoyez un jeton d’accès : Authorization: Bearer <token>',
  'access-token-invalid': 'le jeton d’accès n’est pas valable ici ou a expiré : demandez-en un nouveau',
  'certificate-missing': 'ce client est reconnu à son certificat : présentez-le, avec un jeton obtenu grâce à lui',
  'client-suspended': 'le client est suspendu : adressez-vous à l’opérateur',
  'scope-missing': 'il faut la permission (scope) {scopes}',
  or: '{one} ou {other}',
  'too-many-requests': 'trop de requêtes : attendez {seconds} s',

  'body-empty': 'le corps est vide : envoyez un SET, sous forme de JWS compact',
  'body-encoded': 'envoyez le corps sans Content-Encoding',
  'body-length': 'le corps n’a pas la longueur annoncée par Content-Length',
  'body-too-large': 'le corps est plus long que ce qui est admis à cette adresse',
  'body-type': 'le Content-Type n’est pas de ceux qui sont admis à cette adresse',
  'body-type-missing': 'indiquez dans Content-Type ce qu’est le corps',
  'headers-too-many': 'envoyez au plus {max} en-têtes',
  'host-header': 'envoyez un seul en-tête Host',

  'jti-used': 'ce jti a déjà servi avec un autre contenu ; donnez à chaque SET un jti qui lui soit propre',
  'not-yet': 'l’événement prend effet dans le futur : envoyez-le lorsqu’il aura eu lieu',
  objection: '{code} : {said}',
  'payload-unfit': 'le contenu de {type} n’est pas conforme : {faults}',
  'payload-faults': '{one} ; {other}',
  'payload-fault': '{pointer} {code} ({detail})',
  'payload-fault-bare': '{pointer} {code}',
  'type-unknown': 'events doit avoir un seul membre, nommé {namespace} et un événement que cette passerelle admet : voir /openapi.json',

  fault: 'la faute est de notre côté ; vous pouvez répéter la même requête sans risque',
  stopping: 'la passerelle est en train de s’arrêter : renvoyez dans un instant'
}
