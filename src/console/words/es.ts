// The status page in Spanish.
import type { Words } from '../words.ts'

export const es: Words = {
  language: 'Español',
  title: 'Estado de la pasarela',
  states: {
    well: 'Todo funciona',
    waits: 'Hay asuntos que le esperan',
    stuck: 'Hay envíos bloqueados',
    closed: 'No se recibe nada: el registro de pruebas va con retraso'
  },
  asOf: 'Situación a',
  campaignTime: 'fecha de la campaña:',
  tiles: {
    waiting: 'A la espera de una persona',
    due: 'Por enviar',
    oldest: 'Envío pendiente más antiguo',
    unread: 'Mensajes recibidos sin leer',
    settled: 'Envíos concluidos',
    ledger: 'Registro de pruebas (líneas)',
    ledgerBehind: 'retraso'
  },
  nothingDue: 'ninguno',
  needsYou: 'Lo que le espera',
  needsYouOrder: 'Primero lo que detiene a trabajadoras, luego lo que ha pasado su plazo, luego el resto; lo más numeroso primero.',
  nothingNeedsYou: 'Nada espera una decisión.',
  since: 'desde hace',
  mustAct: 'Debe actuar:',
  who: { source: 'la fuente del dato', partner: 'el interlocutor', agencies: 'las agencias', operator: 'usted' },
  behind: 'Bloqueados detrás:',
  waitingWhat: {
    'delivery.parked': {
      what: 'Envíos que no se pueden generar',
      toDo: 'Falta un dato o no es válido: hágalo corregir en origen y reenvíe.'
    },
    'delivery.dead': { what: 'Envíos abandonados tras todos los intentos', toDo: 'Compruébelo con el interlocutor y reenvíe.' },
    'delivery.held': { what: 'Envíos retenidos', toDo: 'Averigüe la causa y reenvíe o descarte.' },
    'delivery.unknown': { what: 'Envíos sin respuesta', toDo: 'Pregunte al interlocutor si los tiene y anote su respuesta.' },
    'quarantine.open': {
      what: 'Filas recibidas incomprensibles o contradictorias',
      toDo: 'Lea el motivo, hágalo corregir y aplique o descarte.'
    },
    'case.open': { what: 'Casos por examinar', toDo: 'Examine el expediente y cierre el caso.' },
    'case.held': {
      what: 'Casos que retienen el expediente de una persona',
      toDo: 'Compruebe la identidad con las agencias y levante la retención.'
    },
    'case.refused': {
      what: 'Eventos rechazados por su destinatario',
      toDo: 'Lea su motivo, corríjalo con él y reenvíe; lo que ya no haya que enviar se cierra.'
    },
    'person.held': { what: 'Expedientes de personas retenidos', toDo: 'Compruebe el motivo y levante la retención.' },
    'ticket.overdue': {
      what: 'Respuestas prometidas, plazo vencido',
      toDo: 'Reclámelas al interlocutor; si llegaron por otra vía, cierre.'
    },
    'ticket.nearing': { what: 'Respuestas prometidas, plazo próximo', toDo: 'Recuerde al interlocutor que se esperan.' },
    'request.open': { what: 'Solicitudes de ejercicio de derechos', toDo: 'Conteste a la persona dentro del plazo y anote la respuesta.' },
    'request.overdue': {
      what: 'Solicitudes de ejercicio de derechos fuera de plazo',
      toDo: 'Conteste sin esperar: el plazo legal ha pasado.'
    },
    'task.open': { what: 'Interlocutores a los que informar de una solicitud', toDo: 'Informe al interlocutor y anote su respuesta.' },
    'task.overdue': { what: 'Interlocutores no informados a tiempo', toDo: 'Infórmelos sin esperar.' }
  },
  moreWaits: 'Y otros más, que no se muestran aquí:',
  places: 'Plazas de visado',
  placesOf: 'plazas ocupadas de',
  week: 'Semana',
  free: 'Libres:',
  queued: 'Expedientes en cola:',
  lastPlace: 'Última plaza prevista: semana del',
  notQueued: 'Ningún expediente en cola.',
  noForecast: 'Ninguna semana próxima tiene plazas.',
  partners: 'Interlocutores',
  partner: 'Interlocutor',
  status: 'Estado',
  owed: 'En curso',
  lanes: 'Colas por persona',
  lanesOpen: 'abiertas',
  lanesBlocked: 'bloqueadas',
  sent: 'Aceptados',
  refused: 'Rechazados',
  oldestDue: 'Más antiguo',
  pulls: 'viene a recoger',
  failing: 'con fallos',
  statuses: { active: 'activo', paused: 'en pausa', disabled: 'desactivado' },
  queues: 'Colas de trabajo',
  queue: 'Cola',
  queueNames: { inbox: 'Mensajes recibidos', partners: 'Envíos por el adaptador' },
  streamOf: 'Flujo de',
  jobsWaiting: 'En espera',
  jobsDelayed: 'Aplazados',
  jobsActive: 'En curso',
  queuesAway: 'La cola de trabajo no responde; los envíos se reanudarán solos.',
  noPartners: 'No hay interlocutores configurados.',
  refreshes: 'La página se renueva sola.',
  enter: {
    title: 'Acceso reservado',
    explain: 'Esta página pide el token definido en STATUS_TOKEN.',
    label: 'Token',
    button: 'Entrar',
    wrong: 'Ese token no es el correcto.'
  }
}
