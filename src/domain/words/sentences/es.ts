// What the schemas tell a sender, in Spanish. The English sentence, which stands in the schema, is the id.

export const es = {
  'This member is missing: add it': 'Falta este miembro: añádalo',
  'This member is not known here: leave it out or correct its name': 'Este miembro no se reconoce aquí: suprímalo o corrija su nombre',
  'This must be {kind}': 'Debe ser {kind}',
  'a boolean': 'un valor booleano',
  'a number': 'un número',
  'a string': 'una cadena',
  'a whole number': 'un número entero',
  'an array': 'una lista',
  'an object': 'un objeto',
  'This must be one of: {values}': 'Debe ser uno de estos valores: {values}',
  'At least {limit}': 'Como mínimo {limit}',
  'At least {limit} characters': 'Número mínimo de caracteres: {limit}',
  'At least {limit} entries': 'Número mínimo de elementos: {limit}',
  'At most {limit}': 'Como máximo {limit}',
  'At most {limit} characters': 'Número máximo de caracteres: {limit}',
  'At most {limit} entries': 'Número máximo de elementos: {limit}',
  'Invalid input': 'Este valor no es válido aquí',
  'This value is not valid here': 'Este valor no es válido aquí',
  'Give at least one of: {members}': 'Indique al menos uno de estos miembros: {members}',
  'In {type}, {path} is {value} or absent': 'En {type}, {path} es {value} o no figura',
  '{what}: the gateway does not take this from anybody. Leave it out': '{what}: la pasarela no recoge esto de nadie. Suprímalo',
  'A photograph': 'Una fotografía',
  'Bank accounts': 'Cuentas bancarias',
  Biometrics: 'Datos biométricos',
  Complaints: 'Quejas',
  'Ethnic origin': 'Origen étnico',
  Family: 'Familia',
  Health: 'Salud',
  'Household income': 'Ingresos del hogar',
  'Marital status': 'Estado civil',
  'Political opinion': 'Opinión política',
  Religion: 'Religión',
  Savings: 'Ahorros',
  Schooling: 'Estudios',
  'Social data': 'Datos sociales',
  'Union membership': 'Afiliación sindical',
  'A CCC is eleven digits: province 2, number 7, control 2': 'Un CCC tiene once cifras: provincia 2, número 7, control 2',
  'The first two digits of a CCC are a province, never 00': 'Las dos primeras cifras de un CCC son una provincia, nunca 00',
  'The last two digits of the CCC do not agree with the rest (mod 97); copy it again':
    'Las dos últimas cifras del CCC no concuerdan con el resto (mód. 97); cópielo de nuevo',
  'A CIF is one of the letters A-H, J, N, P-S, U-W, seven digits and a control character':
    'Un CIF consta de una de las letras A-H, J, N, P-S, U-W, siete cifras y un carácter de control',
  'The control of the CIF does not agree with its digits; copy it again':
    'El control del CIF no concuerda con sus cifras; cópielo de nuevo',
  'The control of this kind of CIF must be a digit, and the right one; copy it again':
    'El control de esta clase de CIF debe ser una cifra, y la correcta; cópielo de nuevo',
  'The control of this kind of CIF must be a letter, and the right one; copy it again':
    'El control de esta clase de CIF debe ser una letra, y la correcta; cópielo de nuevo',
  'A CNIE is one or two letters and five to seven digits': 'Una CNIE consta de una o dos letras y de cinco a siete cifras',
  'Among the digits of a CNIE stands a letter O: write the digit 0': 'Entre las cifras de una CNIE hay una letra O: escriba la cifra 0',
  'Write the CNIE in capitals and without blanks or signs': 'Escriba la CNIE en mayúsculas, sin espacios ni signos',
  'A NIE is X, Y or Z, seven digits and a letter, in capitals without blanks':
    'Un NIE consta de X, Y o Z, siete cifras y una letra, en mayúsculas y sin espacios',
  'The last letter of the NIE does not agree with its number (mod 23); copy it again':
    'La última letra del NIE no concuerda con su número (mód. 23); cópielo de nuevo',
  'A NIF is eight digits and a letter, or K, L or M, seven digits and a letter':
    'Un NIF consta de ocho cifras y una letra, o bien de K, L o M, siete cifras y una letra',
  'The last letter of the NIF does not agree with its number (mod 23); copy it again':
    'La última letra del NIF no concuerda con su número (mód. 23); cópielo de nuevo',
  'A NUSS is twelve digits: province 2, number 8, control 2; put the older eleven-digit form to twelve':
    'Un NUSS tiene doce cifras: provincia 2, número 8, control 2; pase a doce la forma antigua de once',
  'The first two digits of a NUSS are a province, never 00': 'Las dos primeras cifras de un NUSS son una provincia, nunca 00',
  'The last two digits of the NUSS do not agree with the rest (mod 97); copy it again':
    'Las dos últimas cifras del NUSS no concuerdan con el resto (mód. 97); cópielo de nuevo',
  'A Latvian personal code is six digits, a hyphen and five digits':
    'Un código personal letón consta de seis cifras, un guion y cinco cifras',
  'A Lithuanian personal code is eleven digits and does not begin with 0':
    'Un código personal lituano tiene once cifras y no empieza por 0',
  'Digits 2 to 7 of A Lithuanian personal code are a birth date, and this day does not exist; copy it again':
    'Las cifras 2 a 7 de un código personal lituano son una fecha de nacimiento, y ese día no existe; cópielo de nuevo',
  'The first digit of A Lithuanian personal code stands for a century that is not in use':
    'La primera cifra de un código personal lituano representa un siglo que no está en uso',
  'The last digit of A Lithuanian personal code does not agree with the rest (mod 11); copy it again':
    'La última cifra de un código personal lituano no concuerda con el resto (mód. 11); cópielo de nuevo',
  'An Estonian personal code is eleven digits and does not begin with 0': 'Un código personal estonio tiene once cifras y no empieza por 0',
  'Digits 2 to 7 of An Estonian personal code are a birth date, and this day does not exist; copy it again':
    'Las cifras 2 a 7 de un código personal estonio son una fecha de nacimiento, y ese día no existe; cópielo de nuevo',
  'The first digit of An Estonian personal code stands for a century that is not in use':
    'La primera cifra de un código personal estonio representa un siglo que no está en uso',
  'The last digit of An Estonian personal code does not agree with the rest (mod 11); copy it again':
    'La última cifra de un código personal estonio no concuerda con el resto (mód. 11); cópielo de nuevo',
  'A job-seeker number is 1 to 30 capitals, digits, hyphens or slashes':
    'Un número de demandante de empleo tiene de 1 a 30 mayúsculas, cifras, guiones o barras',
  'A passport needs the country that issued it: numbers repeat between countries':
    'Un pasaporte necesita el país que lo expidió: los números se repiten de un país a otro',
  'A passport number is six to nine capitals or digits, without blanks':
    'Un número de pasaporte tiene de seis a nueve mayúsculas o cifras, sin espacios',
  'The code of a collective agreement is fourteen digits': 'El código de un convenio colectivo tiene catorce cifras',
  'The number of a visa sticker is six to twelve capitals or digits':
    'El número de una etiqueta de visado tiene de seis a doce mayúsculas o cifras',
  'The support number of a TIE is E or C and eight digits': 'El número de soporte de una TIE consta de E o C y ocho cifras',
  'A document cannot supersede itself': 'Un documento no puede sustituirse a sí mismo',
  'The document expires before it was issued; exchange or correct the dates':
    'El documento caduca antes de su expedición; intercambie o corrija las fechas',
  'The day of the birth date does not exist in that month': 'El día de la fecha de nacimiento no existe en ese mes',
  'The month of the birth date is not 01 to 12': 'El mes de la fecha de nacimiento no está entre 01 y 12',
  'Write the birth date as 1989-03-15, or 1975-03-XX or 1975-XX-XX where day or month are unknown':
    'Escriba la fecha de nacimiento con la forma 1989-03-15, o con la forma 1975-03-XX o 1975-XX-XX si se desconocen el día o el mes',
  'The period ends before it starts': 'El periodo termina antes de empezar',
  'The ship arrives before it departs; check the offsets of both times':
    'El barco llega antes de salir; compruebe el desfase horario de ambas horas',
  'Write a date and time with its offset, as 2026-01-12T08:30:00+01:00':
    'Escriba una fecha y hora con su desfase horario, por ejemplo 2026-01-12T08:30:00+01:00',
  'Write a date from 1900 to 2199; where there is no end, leave it out': 'Escriba una fecha entre 1900 y 2199; si no hay fin, suprímala',
  'Write a day as YYYY-MM-DD, or a date and time with its offset':
    'Escriba un día con la forma AAAA-MM-DD, o una fecha y hora con su desfase horario',
  'Write a day that exists as YYYY-MM-DD': 'Escriba un día que exista, con la forma AAAA-MM-DD',
  'Write a UUID in lower case': 'Escriba un UUID en minúsculas',
  'Write an ISO 3166-2 code, as MA-KEN': 'Escriba un código ISO 3166-2, por ejemplo MA-KEN',
  'Write an amount with two decimals, as 41.00': 'Escriba un importe con dos decimales, por ejemplo 41.00',
  'Write an upper-case word': 'Escriba una palabra en mayúsculas',
  'Write it without control characters and without halves of surrogate pairs.':
    'Escríbalo sin caracteres de control ni mitades de pares sustitutos.',
  'Write the INE code of the autonomous community, two digits': 'Escriba el código INE de la comunidad autónoma, dos cifras',
  'Write the INE code of the municipality, five digits, as 21050': 'Escriba el código INE del municipio, cinco cifras, por ejemplo 21050',
  'Write the ISO 3166-1 alpha-3 code of a country, as MAR': 'Escriba el código ISO 3166-1 alfa-3 de un país, por ejemplo MAR',
  'Write the SHA-256 digest as 64 lower-case hexadecimal digits': 'Escriba el resumen SHA-256 con 64 cifras hexadecimales en minúsculas',
  'Write the UN/LOCODE of a port, as MATNG': 'Escriba el código UN/LOCODE de un puerto, por ejemplo MATNG',
  'Write the activity as a four-digit NACE or CNAE code, as 01.25':
    'Escriba la actividad con un código NACE o CNAE de cuatro cifras, por ejemplo 01.25',
  'Write the agency as ANP-KEN-01': 'Escriba la agencia con la forma ANP-KEN-01',
  'Write the code as its scheme has it: four digits in CNO-11 and ISCO-08, a letter and digits in ROME-MA':
    'Escriba el código según su clasificación: cuatro cifras en CNO-11 e ISCO-08, una letra y cifras en ROME-MA',
  'Write the language as an ISO 639 code, as es': 'Escriba el idioma con un código ISO 639, por ejemplo es',
  'Write the name as the machine-readable zone has it: capitals, < for a blank, << before the given names':
    'Escriba el nombre como figura en la zona de lectura mecánica: mayúsculas, < por cada espacio, << antes del nombre de pila',
  'Write the name in Arabic letters': 'Escriba el nombre en letras árabes',
  "Write the name in Latin letters with blanks, hyphens or apostrophes, as the passport's visual zone has it":
    'Escriba el nombre en letras latinas con espacios, guiones o apóstrofos, como figura en la zona visual del pasaporte',
  'Write the order as ISM/1547/2025': 'Escriba la orden con la forma ISM/1547/2025',
  'Write the phone number in E.164 form, as +212600000000': 'Escriba el teléfono en formato E.164, por ejemplo +212600000000',
  'Write the sex as ISO/IEC 5218: 0, 1, 2 or 9': 'Escriba el sexo según ISO/IEC 5218: 0, 1, 2 o 9',
  'Write visible ASCII characters without blanks': 'Escriba caracteres ASCII visibles, sin espacios',
  'Write visible text without control or direction characters and without blanks at the ends':
    'Escriba texto visible, sin caracteres de control ni de dirección y sin espacios en los extremos',
  'Name at least one member that changes': 'Indique al menos un miembro que cambie',
  'This is the gateway’s to say, and follows from the events: leave it out':
    'Esto lo determina la pasarela a partir de los eventos: suprímalo',
  'A patch does not change this. It is changed by telling an event: {types}':
    'Una modificación parcial no cambia esto. Se cambia comunicando un evento: {types}',
  'This cannot be taken away: send what it should be instead': 'Esto no se puede suprimir: envíe el valor que deba tener',
  'Write a whole number from 0 to 720': 'Escriba un número entero entre 0 y 720',
  'Write a whole number from 2000 to 2100': 'Escriba un número entero entre 2000 y 2100'
}
