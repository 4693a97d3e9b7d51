// Why a token is refused, in French.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const fr: Translation<typeof en> = {
  'token-length': 'le jeton dépasse {kib} Kio',
  'token-form':
    'le jeton doit être un JWS compact : trois segments base64url non vides séparés par des points, sans espaces ni caractères de remplissage',
  'token-not-canonical': 'un segment du jeton n’est pas du base64url canonique : réencodé, il ne redonne pas le même texte',
  'token-not-a-jws': 'le jeton n’est pas un JWS que nous puissions vérifier',

  'header-form': 'l’en-tête du jeton doit être un objet JSON',
  'header-member': 'le membre « {name} » n’est pas admis dans l’en-tête du jeton',
  'header-alg': 'l’en-tête du jeton doit avoir un membre « alg »',
  'header-kid': 'le membre « kid » de l’en-tête doit être une chaîne de 1 à 256 caractères',
  'header-typ-form': 'le membre « typ » de l’en-tête doit être une chaîne',
  'header-typ': 'le membre « typ » de l’en-tête doit être « {typ} »',

  algorithm: 'l’algorithme doit être l’un des suivants : {algorithms}',
  'key-algorithm': 'l’algorithme n’est pas celui pour lequel la clé a été enregistrée',
  'key-unknown': 'le kid ne désigne aucune clé enregistrée',
  signature: 'la signature ne correspond pas à la clé enregistrée',

  'payload-form': 'le contenu du jeton doit être un objet JSON',
  'payload-json': 'le contenu du jeton n’est pas recevable : {fault}',
  'json-ambiguous': 'il est ambigu, un objet a deux fois le même membre',
  'json-depth': 'il a plus de {levels} niveaux d’imbrication',
  'json-empty': 'il est vide, envoyez une valeur JSON',
  'json-name': 'un membre nommé « {name} » n’est pas admis',
  'json-syntax': 'ce n’est pas du JSON valide',
  'json-utf8': 'ce n’est pas du texte UTF-8',

  'claim-aud': 'aud doit être {issuer}',
  'claim-iss': 'iss doit être votre client_id ou l’émetteur que vous avez enregistré',
  'claim-not-allowed': 'un SET ne doit pas porter « {name} » parmi ses déclarations',
  'claim-ascii': '{name} doit avoir de 1 à {max} caractères ASCII imprimables',
  'claim-text': '{name} doit avoir de 1 à {max} caractères, sans caractères de contrôle',
  'claim-seconds': '{name} doit être un nombre entier : des secondes depuis 1970',
  'claim-sub-id': 'sub_id doit être {opaque} ou {issSub}',
  'claim-events': 'events doit avoir exactement un membre',
  'claim-event': 'l’événement doit être un objet JSON',
  'iat-future': 'iat est dans le futur : vérifiez votre horloge',
  'iat-old': 'iat date de plus de 7 jours : signez à nouveau le SET',
  'toe-future': 'toe est dans le futur'
}
