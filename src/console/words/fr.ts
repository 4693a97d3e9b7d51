// The status page in French.
import type { Words } from '../words.ts'

export const fr: Words = {
  language: 'Français',
  title: 'État de la passerelle',
  states: {
    well: 'Tout fonctionne',
    waits: 'Des dossiers vous attendent',
    stuck: 'Des envois sont bloqués',
    closed: 'Rien n’est plus reçu : le journal des preuves est en retard'
  },
  asOf: 'Situation au',
  campaignTime: 'date de la campagne :',
  tiles: {
    waiting: 'En attente d’une personne',
    due: 'À envoyer',
    oldest: 'Plus ancien envoi en attente',
    unread: 'Messages reçus non lus',
    settled: 'Envois aboutis',
    ledger: 'Journal des preuves (lignes)',
    ledgerBehind: 'retard'
  },
  nothingDue: 'aucun',
  needsYou: 'Ce qui vous attend',
  needsYouOrder: 'D’abord ce qui arrête des travailleuses, puis ce dont le délai est passé, puis le reste ; le plus nombreux en premier.',
  nothingNeedsYou: 'Rien n’attend une décision.',
  since: 'depuis',
  mustAct: 'Doit agir :',
  who: { source: 'la source du fait', partner: 'le partenaire', agencies: 'les agences', operator: 'vous' },
  behind: 'Bloqués derrière :',
  waitingWhat: {
    'delivery.parked': {
      what: 'Envois impossibles à établir',
      toDo: 'Une donnée manque ou ne convient pas : faites-la corriger à la source, puis renvoyez.'
    },
    'delivery.dead': { what: 'Envois abandonnés après toutes les tentatives', toDo: 'Vérifiez avec le partenaire, puis renvoyez.' },
    'delivery.held': { what: 'Envois retenus', toDo: 'Cherchez-en la cause, puis renvoyez ou abandonnez.' },
    'delivery.unknown': {
      what: 'Envois sans réponse',
      toDo: 'Demandez au partenaire s’il les a reçus, puis inscrivez sa réponse.'
    },
    'quarantine.open': {
      what: 'Lignes reçues incompréhensibles ou contradictoires',
      toDo: 'Lisez le motif, faites corriger, puis appliquez ou écartez.'
    },
    'case.open': { what: 'Cas à examiner', toDo: 'Examinez le dossier, puis clôturez le cas.' },
    'case.held': {
      what: 'Cas qui retiennent le dossier d’une personne',
      toDo: 'Vérifiez l’identité auprès des agences, puis levez la retenue.'
    },
    'case.refused': {
      what: 'Événements refusés par leur destinataire',
      toDo: 'Lisez son motif et corrigez avec lui, puis renvoyez ; ce qui n’est plus à envoyer se clôture.'
    },
    'person.held': { what: 'Dossiers de personnes retenus', toDo: 'Vérifiez le motif, puis levez la retenue.' },
    'ticket.overdue': {
      what: 'Réponses promises, délai dépassé',
      toDo: 'Relancez le partenaire ; si les réponses sont venues autrement, clôturez.'
    },
    'ticket.nearing': { what: 'Réponses promises, délai proche', toDo: 'Rappelez au partenaire qu’elles sont attendues.' },
    'request.open': { what: 'Demandes d’exercice de droits', toDo: 'Répondez à la personne dans le délai, puis inscrivez la réponse.' },
    'request.overdue': { what: 'Demandes d’exercice de droits hors délai', toDo: 'Répondez sans attendre : le délai légal est passé.' },
    'task.open': { what: 'Partenaires à informer d’une demande de droits', toDo: 'Informez le partenaire, puis inscrivez sa réponse.' },
    'task.overdue': { what: 'Partenaires non informés à temps', toDo: 'Informez-les sans attendre.' }
  },
  moreWaits: 'Et d’autres encore, non affichés ici :',
  places: 'Places de visa',
  placesOf: 'places prises sur',
  week: 'Semaine',
  free: 'Libres :',
  queued: 'Dossiers en file :',
  lastPlace: 'Dernière place prévue : semaine du',
  notQueued: 'Aucun dossier en file.',
  noForecast: 'Aucune semaine à venir n’a de place.',
  partners: 'Partenaires',
  partner: 'Partenaire',
  status: 'État',
  owed: 'En cours',
  lanes: 'Files par personne',
  lanesOpen: 'ouvertes',
  lanesBlocked: 'bloquées',
  sent: 'Acceptés',
  refused: 'Refusés',
  oldestDue: 'Plus ancien',
  pulls: 'vient chercher',
  failing: 'en échec',
  statuses: { active: 'actif', paused: 'en pause', disabled: 'désactivé' },
  queues: 'Files de travail',
  queue: 'File',
  queueNames: { inbox: 'Messages reçus', partners: 'Envois par l’adaptateur' },
  streamOf: 'Flux :',
  jobsWaiting: 'En attente',
  jobsDelayed: 'Différés',
  jobsActive: 'En cours',
  queuesAway: 'La file de travail ne répond pas ; les envois reprendront d’eux-mêmes.',
  noPartners: 'Aucun partenaire n’est configuré.',
  refreshes: 'La page se renouvelle d’elle-même.',
  enter: {
    title: 'Accès réservé',
    explain: 'Cette page demande le jeton défini par STATUS_TOKEN.',
    label: 'Jeton',
    button: 'Entrer',
    wrong: 'Ce jeton n’est pas le bon.'
  }
}
