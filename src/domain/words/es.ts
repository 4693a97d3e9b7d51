// What the rules and the intake tell a sender, in Spanish.
import type { en } from './en.ts'
import type { Translation } from './said.ts'

export const es: Translation<typeof en> = {
  'worker-charge':
    '{pointer}: esta tasa no puede repercutirse al trabajador ({law}). Haga que la abone el empleador y envíe de nuevo el evento.',
  'nie-check': 'La letra de control de un NIE es incorrecta. Léala de nuevo en la resolución y envíe otra vez esta fila.',
  'birth-date-future':
    'La fecha de nacimiento es posterior al {day}, fecha de efecto del evento. Léala de nuevo en el documento y envíe otra vez el evento.',
  'passport-expiry':
    'El pasaporte caduca antes del {day}, primera fecha admitida para esta presentación ({law}). Haga que se renueve, envíe document.renewed y solicite de nuevo el visado.',
  'under-age':
    'No consta con certeza que el trabajador tenga {years} años cumplidos el {day}, fecha de inicio del trabajo (L5). Proponga a otro trabajador o un inicio posterior.',
  'under-age-perhaps':
    'No consta con certeza que el trabajador tenga {years} años cumplidos el {day}, fecha de inicio del trabajo (L5). Falta el día o el mes de nacimiento, por lo que cuenta la fecha más tardía posible: una fecha completa puede resolverlo. Proponga a otro trabajador o un inicio posterior.',
  'nine-month-cap': 'El trabajo no puede prolongarse más allá del {day}, nueve meses después de su inicio ({law}). Acorte el período.',

  L13: 'RD 1155/2024, art. 113.2; Ley Orgánica 4/2000, art. 46.2',
  'L4-RD557': 'RD 557/2011, art. 174.1.a, en la redacción del RD 629/2022',
  'L4-RD1155': 'RD 1155/2024, art. 38.d',
  'L2-R1': 'RD 557/2011, art. 98.3, en su redacción original: doce meses cualesquiera',
  'L2-R2': 'RD 557/2011, art. 167.3, en la redacción del RD 629/2022: «en un año»',
  'L2-R3': 'RD 1155/2024, arts. 101.1, 106.2, 110.4 y 111: año natural',

  'which-authorization':
    'esta persona no tiene aquí ninguna autorización, o tiene varias: indique el empleador en authorization.scope.employerCif',
  'person-erased': 'los datos de esta persona se han suprimido: no envíe nada más sobre ella. Si vuelve, regístrela de nuevo',
  'person-blocked':
    'los datos de esta persona están bloqueados y no se puede trabajar con ellos: consulte al operador. Si vuelve, regístrela de nuevo',

  'client-gone': 'este cliente ya no está registrado: consulte al operador',
  'type-not-granted': 'este cliente no puede comunicar eventos de este tipo: consulte al operador',
  'another-agency': 'este cliente actúa por una agencia distinta de la que figura en la inscripción',

  'change-outdated': 'el expediente ya no es la versión en la que se basa el cambio',
  'change-not-there': 'este cliente ya no puede ver el expediente',
  'change-too-late': 'en el estado {state} ya no se cambia nada de esto, o todavía no',
  'change-overruled':
    'un hecho que surte efecto después dice otra cosa: comunique la corrección como evento, con el momento a partir del cual rige',
  'change-not-own': 'esto lo comunicó otro cliente, el único que puede cambiarlo: diríjase a él',
  'identifiers-stay': 'Un número ya comunicado se conserva. Indique la lista completa: los que ve y los que añade',
  'reads-no-records': 'un cliente con la función {role} no lee expedientes: consulte al operador',
  'reads-no-offers': 'un cliente con la función {role} no lee ofertas: consulte al operador',
  'cursor-foreign': 'el cursor no es de esta lista: empiece de nuevo sin él',

  'intake-full': 'la entrada está saturada; inténtelo de nuevo dentro de unos segundos',
  'log-behind': 'el registro de pruebas va con retraso y no se admite nada: envíelo de nuevo más tarde',
  'leaf-uncovered': 'el registro de pruebas aún no abarca esto: pregunte de nuevo más tarde',
  'database-unreachable': 'No se puede acceder a la base de datos.',
  'database-lost': 'Se ha perdido la conexión con la base de datos.',
  'database-restarts': 'La base de datos está arrancando o deteniéndose.',
  'database-connections': 'A la base de datos no le quedan conexiones.',
  'database-room': 'A la base de datos le falta espacio en disco o memoria.',
  'database-slow': 'La base de datos ha tardado demasiado y se ha cancelado la instrucción.',
  'row-locked': 'Una fila ha estado bloqueada demasiado tiempo.',
  'transaction-slow': 'Una transacción ha durado demasiado y se ha interrumpido.'
}
