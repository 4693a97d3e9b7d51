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
  campaignTime: 'tiempo de campaña',
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
  nothingNeedsYou: 'Nada espera una decisión.',
  since: 'desde hace',
  mustAct: 'Debe actuar:',
  who: { source: 'la fuente del dato', partner: 'el destinatario', agencies: 'las agencias', operator: 'usted' },
  behind: 'Bloqueados detrás:',
  waitingWhat: {
    'delivery.parked': {
      what: 'Envíos que no se pueden redactar',
      toDo: 'Falta un dato o no es válido: hágalo corregir en origen y reenvíe.'
    },
    'delivery.dead': { what: 'Envíos abandonados tras todos los intentos', toDo: 'Compruébelo con el destinatario y reenvíe.' },
    'delivery.held': { what: 'Envíos retenidos', toDo: 'Mire por qué, y reenvíe o descarte.' },
    'delivery.unknown': { what: 'Envíos sin respuesta', toDo: 'Pregunte al destinatario si los tiene y anote su respuesta.' },
    'quarantine.open': {
      what: 'Filas recibidas incomprensibles o contradictorias',
      toDo: 'Lea el motivo, hágalo corregir y aplique o descarte.'
    },
    'case.open': { what: 'Casos por examinar', toDo: 'Examine el expediente y cierre el caso.' },
    'case.held': { what: 'Casos que retienen a una persona', toDo: 'Compruebe la identidad con las agencias y libere.' },
    'case.refused': {
      what: 'Eventos rechazados por su destinatario',
      toDo: 'Lea su motivo, corríjalo con él y reenvíe; lo que ya no haya que enviar se cierra.'
    },
    'person.held': { what: 'Personas retenidas', toDo: 'Compruebe el motivo y libere.' },
    'ticket.overdue': {
      what: 'Respuestas prometidas, plazo vencido',
      toDo: 'Reclame al destinatario; si llegaron por otra vía, cierre.'
    },
    'ticket.nearing': { what: 'Respuestas prometidas, plazo próximo', toDo: 'Recuerde al destinatario que se esperan.' },
    'request.open': { what: 'Solicitudes de ejercicio de derechos', toDo: 'Conteste a la persona dentro del plazo y anote la respuesta.' },
    'request.overdue': { what: 'Solicitudes de derechos fuera de plazo', toDo: 'Conteste sin esperar: el plazo legal ha pasado.' },
    'task.open': { what: 'Destinatarios a los que informar de una solicitud', toDo: 'Informe al destinatario y anote su respuesta.' },
    'task.overdue': { what: 'Destinatarios no informados a tiempo', toDo: 'Infórmelos sin esperar.' }
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
  failing: 'fallan',
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
    explain: 'Esta página pide el testigo definido en STATUS_TOKEN.',
    label: 'Testigo',
    button: 'Entrar',
    wrong: 'Ese testigo no es el correcto.'
  }
}
