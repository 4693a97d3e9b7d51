// Every word of the status page, in its four languages. The type makes a word that one language lacks an error.
import type { Who } from '../flow/attend.ts'
import type { Language } from './language.ts'

export interface Words {
  language: string
  title: string
  states: { well: string; waits: string; stuck: string; closed: string }
  asOf: string
  campaignTime: string
  tiles: { waiting: string; due: string; oldest: string; unread: string; settled: string; ledger: string; ledgerBehind: string }
  nothingDue: string
  needsYou: string
  nothingNeedsYou: string
  since: string
  mustAct: string
  who: Readonly<Record<Who, string>>
  behind: string
  waitingWhat: Readonly<Record<WaitingName, { what: string; toDo: string }>>
  places: string
  placesOf: string
  week: string
  free: string
  queued: string
  lastPlace: string
  notQueued: string
  noForecast: string
  partners: string
  partner: string
  status: string
  owed: string
  lanes: string
  lanesOpen: string
  lanesBlocked: string
  sent: string
  refused: string
  oldestDue: string
  pulls: string
  statuses: { active: string; paused: string; disabled: string }
  queues: string
  queue: string
  queueNames: { inbox: string }
  jobsWaiting: string
  jobsDelayed: string
  jobsActive: string
  queuesAway: string
  noPartners: string
  refreshes: string
  enter: { title: string; explain: string; label: string; button: string; wrong: string }
}

export type WaitingName =
  | 'delivery.parked'
  | 'delivery.dead'
  | 'delivery.held'
  | 'delivery.unknown'
  | 'quarantine.open'
  | 'case.open'
  | 'case.held'
  | 'person.held'
  | 'ticket.overdue'
  | 'ticket.nearing'
  | 'request.open'
  | 'request.overdue'
  | 'task.open'
  | 'task.overdue'

const fr: Words = {
  language: 'Français',
  title: 'État de la passerelle',
  states: {
    well: 'Tout fonctionne',
    waits: 'Des dossiers vous attendent',
    stuck: 'Des envois sont bloqués',
    closed: 'Rien n’est plus reçu : le journal des preuves est en retard'
  },
  asOf: 'À',
  campaignTime: 'temps de campagne',
  tiles: {
    waiting: 'En attente d’une personne',
    due: 'À envoyer',
    oldest: 'Plus ancien envoi dû',
    unread: 'Messages reçus non lus',
    settled: 'Envois aboutis',
    ledger: 'Journal des preuves (lignes)',
    ledgerBehind: 'retard'
  },
  nothingDue: 'aucun',
  needsYou: 'Ce qui vous attend',
  nothingNeedsYou: 'Rien n’attend une décision.',
  since: 'depuis',
  mustAct: 'Doit agir :',
  who: { source: 'la source du fait', partner: 'le partenaire', agencies: 'les agences', operator: 'vous' },
  behind: 'Bloqués derrière :',
  waitingWhat: {
    'delivery.parked': {
      what: 'Envois impossibles à rédiger',
      toDo: 'Une donnée manque ou ne convient pas : faites-la corriger à la source, puis renvoyez.'
    },
    'delivery.dead': { what: 'Envois abandonnés après tous les essais', toDo: 'Vérifiez avec le partenaire, puis renvoyez.' },
    'delivery.held': { what: 'Envois retenus', toDo: 'Regardez pourquoi, puis renvoyez ou abandonnez.' },
    'delivery.unknown': {
      what: 'Envois sans réponse',
      toDo: 'Demandez au partenaire s’il les a reçus, puis inscrivez sa réponse.'
    },
    'quarantine.open': {
      what: 'Lignes reçues incompréhensibles ou contradictoires',
      toDo: 'Lisez la raison, faites corriger, puis appliquez ou écartez.'
    },
    'case.open': { what: 'Cas à examiner', toDo: 'Examinez le dossier, puis clôturez le cas.' },
    'case.held': { what: 'Cas qui retiennent une personne', toDo: 'Vérifiez l’identité auprès des agences, puis libérez.' },
    'person.held': { what: 'Personnes retenues', toDo: 'Vérifiez la raison, puis libérez.' },
    'ticket.overdue': {
      what: 'Réponses promises, délai dépassé',
      toDo: 'Relancez le partenaire ; si les réponses sont venues autrement, clôturez.'
    },
    'ticket.nearing': { what: 'Réponses promises, délai proche', toDo: 'Rappelez au partenaire qu’elles sont attendues.' },
    'request.open': { what: 'Demandes d’exercice de droits', toDo: 'Répondez à la personne dans le délai, puis inscrivez la réponse.' },
    'request.overdue': { what: 'Demandes de droits hors délai', toDo: 'Répondez sans attendre : le délai légal est passé.' },
    'task.open': { what: 'Partenaires à informer d’une demande de droits', toDo: 'Informez le partenaire, puis inscrivez sa réponse.' },
    'task.overdue': { what: 'Partenaires non informés à temps', toDo: 'Informez-les sans attendre.' }
  },
  places: 'Places de visa',
  placesOf: 'places prises sur',
  week: 'Semaine',
  free: 'libres',
  queued: 'dossiers en file',
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
  oldestDue: 'Plus ancien dû',
  pulls: 'vient chercher',
  statuses: { active: 'actif', paused: 'en pause', disabled: 'désactivé' },
  queues: 'Files de travail',
  queue: 'File',
  queueNames: { inbox: 'Messages reçus' },
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

const ar: Words = {
  language: 'العربية',
  title: 'حالة البوابة',
  states: { well: 'كل شيء يعمل', waits: 'ملفات في انتظاركم', stuck: 'إرسالات متوقفة', closed: 'لا يُستقبل شيء: سجل الإثباتات متأخر' },
  asOf: 'في',
  campaignTime: 'زمن الحملة',
  tiles: {
    waiting: 'في انتظار شخص',
    due: 'للإرسال',
    oldest: 'أقدم إرسال مستحق',
    unread: 'رسائل واردة غير مقروءة',
    settled: 'إرسالات تمت',
    ledger: 'سجل الإثباتات (أسطر)',
    ledgerBehind: 'تأخر'
  },
  nothingDue: 'لا شيء',
  needsYou: 'ما ينتظركم',
  nothingNeedsYou: 'لا شيء ينتظر قرارا.',
  since: 'منذ',
  mustAct: 'من عليه أن يتصرف:',
  who: { source: 'مصدر المعلومة', partner: 'الشريك', agencies: 'الوكالتان', operator: 'أنتم' },
  behind: 'متوقفة خلفها:',
  waitingWhat: {
    'delivery.parked': { what: 'إرسالات تعذر تحريرها', toDo: 'معطى ناقص أو غير ملائم: اطلبوا تصحيحه من المصدر ثم أعيدوا الإرسال.' },
    'delivery.dead': { what: 'إرسالات توقفت بعد كل المحاولات', toDo: 'تحققوا مع الشريك ثم أعيدوا الإرسال.' },
    'delivery.held': { what: 'إرسالات محجوزة', toDo: 'انظروا في السبب ثم أعيدوا الإرسال أو تخلوا عنه.' },
    'delivery.unknown': { what: 'إرسالات دون جواب', toDo: 'اسألوا الشريك هل توصل بها ثم سجلوا جوابه.' },
    'quarantine.open': { what: 'أسطر واردة غير مفهومة أو متناقضة', toDo: 'اقرؤوا السبب واطلبوا التصحيح ثم طبقوا السطر أو استبعدوه.' },
    'case.open': { what: 'حالات للدراسة', toDo: 'ادرسوا الملف ثم أغلقوا الحالة.' },
    'case.held': { what: 'حالات تحجز شخصا', toDo: 'تحققوا من الهوية لدى الوكالتين ثم ارفعوا الحجز.' },
    'person.held': { what: 'أشخاص محجوزة ملفاتهم', toDo: 'تحققوا من السبب ثم ارفعوا الحجز.' },
    'ticket.overdue': { what: 'أجوبة موعودة انقضى أجلها', toDo: 'ذكروا الشريك؛ وإن وصلت الأجوبة بطريق آخر فأغلقوا.' },
    'ticket.nearing': { what: 'أجوبة موعودة يقترب أجلها', toDo: 'ذكروا الشريك بأنها منتظرة.' },
    'request.open': { what: 'طلبات ممارسة الحقوق', toDo: 'أجيبوا المعنية داخل الأجل ثم سجلوا الجواب.' },
    'request.overdue': { what: 'طلبات حقوق تجاوزت الأجل', toDo: 'أجيبوا فورا: انقضى الأجل القانوني.' },
    'task.open': { what: 'شركاء يجب إخبارهم بطلب حقوق', toDo: 'أخبروا الشريك ثم سجلوا جوابه.' },
    'task.overdue': { what: 'شركاء لم يخبروا في الأجل', toDo: 'أخبروهم فورا.' }
  },
  places: 'مقاعد التأشيرة',
  placesOf: 'مقعدا مأخوذا من',
  week: 'الأسبوع',
  free: 'متاحة',
  queued: 'ملفات في الانتظار',
  lastPlace: 'آخر مقعد متوقع: أسبوع',
  notQueued: 'لا ملف في الانتظار.',
  noForecast: 'لا مقاعد في الأسابيع المقبلة.',
  partners: 'الشركاء',
  partner: 'الشريك',
  status: 'الحالة',
  owed: 'قيد الإرسال',
  lanes: 'صفوف الأشخاص',
  lanesOpen: 'مفتوحة',
  lanesBlocked: 'متوقفة',
  sent: 'مقبولة',
  refused: 'مرفوضة',
  oldestDue: 'أقدم مستحق',
  pulls: 'يأتي لأخذها',
  statuses: { active: 'نشيط', paused: 'متوقف مؤقتا', disabled: 'معطل' },
  queues: 'صفوف العمل',
  queue: 'الصف',
  queueNames: { inbox: 'الرسائل الواردة' },
  jobsWaiting: 'في الانتظار',
  jobsDelayed: 'مؤجلة',
  jobsActive: 'جارية',
  queuesAway: 'صف العمل لا يجيب؛ ستستأنف الإرسالات من تلقاء نفسها.',
  noPartners: 'لم يضبط أي شريك.',
  refreshes: 'تتجدد الصفحة تلقائيا.',
  enter: {
    title: 'دخول محدود',
    explain: 'تطلب هذه الصفحة الرمز المحدد في STATUS_TOKEN.',
    label: 'الرمز',
    button: 'دخول',
    wrong: 'هذا الرمز غير صحيح.'
  }
}

const es: Words = {
  language: 'Español',
  title: 'Estado de la pasarela',
  states: {
    well: 'Todo funciona',
    waits: 'Hay asuntos que le esperan',
    stuck: 'Hay envíos bloqueados',
    closed: 'No se recibe nada: el registro de pruebas va con retraso'
  },
  asOf: 'A las',
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
  places: 'Plazas de visado',
  placesOf: 'plazas ocupadas de',
  week: 'Semana',
  free: 'libres',
  queued: 'expedientes en cola',
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
  statuses: { active: 'activo', paused: 'en pausa', disabled: 'desactivado' },
  queues: 'Colas de trabajo',
  queue: 'Cola',
  queueNames: { inbox: 'Mensajes recibidos' },
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

const en: Words = {
  language: 'English',
  title: 'How the gateway stands',
  states: {
    well: 'All is well',
    waits: 'Something waits for you',
    stuck: 'Deliveries are stuck',
    closed: 'Nothing is taken in: the evidence log is behind'
  },
  asOf: 'At',
  campaignTime: 'campaign time',
  tiles: {
    waiting: 'Waiting for a person',
    due: 'To be sent',
    oldest: 'Oldest due delivery',
    unread: 'Messages not yet read',
    settled: 'Deliveries done',
    ledger: 'Evidence log (lines)',
    ledgerBehind: 'behind by'
  },
  nothingDue: 'none',
  needsYou: 'What waits for you',
  nothingNeedsYou: 'Nothing waits for a decision.',
  since: 'for',
  mustAct: 'Must act:',
  who: { source: 'the source of the fact', partner: 'the partner', agencies: 'the agencies', operator: 'you' },
  behind: 'Blocked behind:',
  waitingWhat: {
    'delivery.parked': {
      what: 'Deliveries that cannot be written',
      toDo: 'A field is missing or does not fit: have it mended at the source, then send again.'
    },
    'delivery.dead': { what: 'Deliveries given up after every try', toDo: 'Find out with the partner, then send again.' },
    'delivery.held': { what: 'Deliveries held back', toDo: 'Look why, then send again or discard.' },
    'delivery.unknown': { what: 'Deliveries without an answer', toDo: 'Ask the partner whether it has them, then note what it says.' },
    'quarantine.open': {
      what: 'Rows received that are unclear or contradict',
      toDo: 'Read the reason, have it mended, then apply or discard.'
    },
    'case.open': { what: 'Cases to look at', toDo: 'Look at the file, then settle the case.' },
    'case.held': { what: 'Cases that hold a person', toDo: 'Check the identity with the agencies, then release.' },
    'person.held': { what: 'People held', toDo: 'Check the reason, then release.' },
    'ticket.overdue': {
      what: 'Promised answers, past their deadline',
      toDo: 'Remind the partner; where they came by another way, settle it.'
    },
    'ticket.nearing': { what: 'Promised answers, deadline near', toDo: 'Remind the partner that they are waited for.' },
    'request.open': { what: 'Requests under data protection law', toDo: 'Answer the person within the term, then note the answer.' },
    'request.overdue': { what: 'Requests past their legal term', toDo: 'Answer at once: the legal term is over.' },
    'task.open': { what: 'Partners to be told of a request', toDo: 'Tell the partner, then note its answer.' },
    'task.overdue': { what: 'Partners not told in time', toDo: 'Tell them at once.' }
  },
  places: 'Visa places',
  placesOf: 'places taken of',
  week: 'Week',
  free: 'free',
  queued: 'files queued',
  lastPlace: 'Last place expected: week of',
  notQueued: 'No file is queued.',
  noForecast: 'No week ahead has places.',
  partners: 'Partners',
  partner: 'Partner',
  status: 'Status',
  owed: 'Under way',
  lanes: 'Lanes',
  lanesOpen: 'open',
  lanesBlocked: 'blocked',
  sent: 'Accepted',
  refused: 'Refused',
  oldestDue: 'Oldest due',
  pulls: 'fetches',
  statuses: { active: 'active', paused: 'paused', disabled: 'disabled' },
  queues: 'Queues',
  queue: 'Queue',
  queueNames: { inbox: 'Messages received' },
  jobsWaiting: 'Waiting',
  jobsDelayed: 'Delayed',
  jobsActive: 'Running',
  queuesAway: 'The queue does not answer; deliveries go on by themselves when it does.',
  noPartners: 'No partner is configured.',
  refreshes: 'This page renews itself.',
  enter: {
    title: 'For operators',
    explain: 'This page asks for the token that STATUS_TOKEN sets.',
    label: 'Token',
    button: 'Enter',
    wrong: 'That is not the token.'
  }
}

export const words: Readonly<Record<Language, Words>> = { fr, ar, es, en }
