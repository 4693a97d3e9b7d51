// What the HTTP surface says to whoever tells an event, in French.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'title-unauthenticated': 'Jeton d’accès manquant',
  'title-invalid-token': 'Jeton d’accès non valable',
  'title-insufficient-scope': 'Permission manquante',
  'title-not-found': 'Introuvable',
  'title-validation': 'Requête non valable',
  'title-conflict': 'Conflit',
  'title-precondition-failed': 'Modifié entre-temps',
  'title-precondition-required': 'If-Match manquant',
  'title-idempotency-key-missing': 'Idempotency-Key manquant',
  'title-idempotency-key-reused': 'Idempotency-Key déjà utilisé avec un autre corps',
  'title-idempotency-key-in-progress': 'Même requête en cours',
  'title-unsupported-media-type': 'Type de contenu non admis',
  'title-too-large': 'Trop grand',
  'title-timeout': 'Trop lent',
  'title-internal': 'Défaillance de la passerelle',
  'title-unavailable': 'Indisponible pour le moment',
  'title-quota-exceeded': 'Quota dépassé',

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

  'body-json': 'le corps n’est pas recevable : {fault}',
  'address-unknown': 'il n’y a rien à cette adresse',
  'request-unfit': 'la partie « {part} » de la requête ne répond pas à son schéma : voir « errors »',
  'event-unfit': 'le contenu ne répond pas à son type : voir « errors »',
  'event-ours': 'cet événement est créé par la passerelle elle-même',
  'event-key-used': 'cette clé a déjà servi pour un événement d’un autre contenu : donnez à chaque événement une clé qui lui soit propre',
  'idempotency-key-missing': 'envoyez un Idempotency-Key de 1 à 255 caractères : un nouveau pour chaque nouvelle requête',
  'idempotency-key-form': 'un Idempotency-Key compte de 1 à {max} caractères',
  'idempotency-key-used': 'cet Idempotency-Key est déjà venu avec un autre corps : prenez-en un nouveau',
  'idempotency-key-busy': 'la première requête portant cet Idempotency-Key est encore en traitement : répétez-la dans un instant',

  fault: 'l’erreur vient de nous ; vous pouvez répéter la même requête sans risque',
  stopping: 'la passerelle est en train de s’arrêter : renvoyez votre requête dans un instant'
}
