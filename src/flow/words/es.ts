// What is said of a file of many events and of its rows, in Spanish.
import type { Translation } from '../../domain/words/said.ts'
import type { en } from './en.ts'

export const es: Translation<typeof en> = {
  'row-too-long': 'Una fila tiene como máximo {max} bytes: acórtela.',
  'row-quote-open': 'Hay unas comillas sin cerrar en esta fila: ciérrelas y duplique las comillas que haya dentro de una celda.',
  'row-quote': 'Hay unas comillas mal puestas en esta fila: ponga entre comillas toda la celda y duplique las comillas que haya dentro.',
  'row-utf8': 'La fila no está en UTF-8: guarde el archivo en UTF-8 (en una hoja de cálculo, «CSV UTF-8»).',
  'row-zip':
    'Es un archivo ZIP, como lo son los libros de cálculo: envíe un .xlsx con el Content-Type application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.',
  'row-columns':
    'El encabezado nombra {columns} columnas y esta fila tiene {cells}: ponga entre comillas las celdas que contengan una coma.',
  'row-json': 'El texto de la línea no es admisible: {fault}. Escriba un objeto JSON por línea.',
  'row-no-object': 'La línea es JSON, pero no un objeto: escriba un objeto JSON por línea.',
  'row-about': '{type} se refiere a «{member}»: añada este miembro.',
  'row-about-alone': '{type} se refiere únicamente a «{member}»: suprima el otro miembro.',
  'row-changed': 'Esta fila ya se recibió con otro contenido: envíe el cambio como un evento aparte (person.corrected, document.renewed).',
  'row-ours': 'Este evento lo crea la propia pasarela: suprima la fila.',
  'row-not-yet': 'El evento surte efecto en el futuro: envíelo cuando haya ocurrido.',
  'row-failed': 'La pasarela ha fallado en esta fila: envíe de nuevo el archivo y, si vuelve a fallar, consulte al operador.',
  'row-more': '{reason} (otros errores en esta fila: {count})',
  'row-reason-gone': 'El texto del motivo ya no se conserva: envíe de nuevo la fila para volver a obtenerlo.',

  'cell-nameless': 'La columna de la celda {cell} no tiene nombre: póngale un nombre en la fila 1 o vacíe la celda.',
  'cell-half': 'La celda {cell} contiene medio carácter: escríbala de nuevo.',
  'cell-formula': 'La celda {cell} contiene una fórmula: copie la columna y péguela como valores.',
  'cell-error': 'La celda {cell} muestra un error de la hoja de cálculo: escriba el dato que corresponda.',
  'cell-boolean': 'La celda {cell} vale VERDADERO o FALSO: dé a la columna formato de texto y escriba el dato que corresponda.',
  'cell-number-in-text':
    'La celda {cell} es un número en una columna de texto: dé a la columna formato de texto y escriba de nuevo la celda; la hoja de cálculo ha quitado los ceros iniciales.',
  'cell-date-in-numbers':
    'La celda {cell} es una fecha en una columna de números: dé a la columna formato de número y escriba de nuevo la celda.',
  'cell-date-in-text':
    'La celda {cell} es una fecha en una columna de texto: dé a la columna formato de texto y escriba de nuevo la celda.',
  'cell-time':
    'La celda {cell} lleva una hora: escriba solo el día; una fecha con hora se escribe como texto, con su desfase horario, por ejemplo 2026-01-05T09:30:00+01:00.',
  'cell-date-part':
    'La celda {cell} no muestra la fecha completa: dé a la columna el formato dd/mm/aaaa, compruebe los días y los siglos y envíe de nuevo el archivo.',
  'cell-number-in-dates':
    'La celda {cell} es un número en una columna de fechas: dé a la columna formato de texto y escriba la fecha con la forma 1989-03-15.',
  'cell-date-range':
    'La celda {cell} es anterior al 1 de marzo de 1900, o no es una fecha: dé a la columna formato de texto y escriba la fecha con la forma 1989-03-15.',
  'cell-no-date': 'La celda {cell} no es una fecha: dé a la columna formato de texto y escriba la fecha con la forma 1989-03-15.',
  'cell-number-shown':
    'La celda {cell} muestra un número distinto del que contiene: dé a la columna formato de número y compruebe la celda.',
  'cell-fraction': 'La celda {cell} no es un número entero: escriba uno.',

  'header-empty': 'el archivo está vacío: su primera línea debe nombrar las columnas',
  'header-unread': 'la primera línea debe nombrar las columnas. {reason}',
  'header-columns':
    'la primera línea debe nombrar las columnas de un archivo de inscripciones (figuran en /docs y samples/README.md): véase «errors»',
  'header-commas':
    'la primera línea debe nombrar las columnas de un archivo de inscripciones (figuran en /docs y samples/README.md): véase «errors». Las columnas parecen separadas de otro modo: sepárelas con comas',
  'column-missing': 'Falta esta columna: añádala',
  'column-twice': 'Esta columna figura dos veces: suprima una',
  'column-unknown': 'Esta columna no se reconoce aquí: suprímala o corrija su nombre',

  'rows-too-many': 'un archivo tiene como máximo {max} filas: estas se han leído, envíe el resto en otro archivo',
  'file-cut': 'el archivo no ha llegado hasta el final; envíelo de nuevo',
  'file-silent': 'la pasarela se detuvo mientras leía el archivo; envíelo de nuevo',
  'file-reason-gone': 'el texto del motivo ya no se conserva: envíe de nuevo el archivo para volver a obtenerlo',
  'file-stopping': 'la pasarela se está deteniendo: envíe de nuevo el archivo dentro de un momento',
  'file-too-long': 'un archivo tiene como máximo {mib} MiB: envíelo en varias veces',
  'file-pause': 'no ha llegado nada durante {seconds} s: envíe de nuevo el archivo, sin pausas',
  'file-broken-off': 'se ha cortado la conexión: envíe de nuevo el archivo',
  'sheets-busy': 'la pasarela está leyendo otros libros de cálculo: envíe de nuevo el archivo dentro de un momento, o como CSV',

  'sheet-doctype': 'el archivo contiene un DOCTYPE, que ninguna hoja de cálculo escribe: guárdelo de nuevo con una',
  'sheet-instruction': 'el archivo contiene una instrucción de proceso, que ninguna hoja de cálculo escribe: guárdelo de nuevo con una',
  'sheet-none': 'el libro no tiene ninguna hoja: ponga la lista en una',
  'sheet-empty': 'el libro está vacío: la primera fila de su hoja debe nombrar las columnas',
  'sheet-hidden': 'la hoja {place} del libro está oculta y contiene datos: suprímala, o muéstrela y compruebe su contenido',
  'sheets-two': 'las hojas {one} y {other} del libro contienen datos: deje en el libro solo la lista',
  'sheet-row-one': 'la fila 1 de la hoja está vacía: debe nombrar las columnas, y la lista va debajo',
  'sheet-column-nameless': 'la celda {cell} no nombra ninguna columna: nómbrela o suprima la columna',
  'sheet-name-no-text': 'la celda {cell} no es texto: la fila 1 debe nombrar las columnas',
  'sheet-row-hidden':
    'la fila {row} está oculta: muestre todas las filas (quite los filtros y abra los grupos), compruébelas y envíe de nuevo el archivo',
  'sheet-column-hidden':
    'la columna {column} está oculta y contiene datos: muestre todas las columnas, compruébelas y envíe de nuevo el archivo',
  'sheet-merged': 'las celdas {cells} están combinadas: sepárelas, escriba en cada una lo que le corresponda y envíe de nuevo el archivo',

  'other-format': '{what}: guárdelo como libro .xlsx ordinario, sin contraseña ni macros, y envíe este',
  'other-xls': 'el archivo es un .xls antiguo o tiene contraseña',
  'other-password': 'el archivo tiene contraseña',
  'other-ods': 'el archivo es un OpenDocument (.ods)',
  'other-xlsb': 'el archivo es un libro binario (.xlsb)',
  'other-macros': 'el archivo contiene macros (.xlsm)',
  'other-no-workbook': 'el archivo no es un libro de cálculo',
  'other-sheet': 'el archivo contiene un programa o un formulario en la hoja {place}',

  'too-much': '{what}: suprima lo que no forme parte de la lista o envíela en varias veces',
  'much-time': 'la lectura del libro dura más de {seconds} s',
  'much-memory': 'el libro necesita más memoria de la que concedemos',
  'much-relations': 'el archivo tiene demasiadas relaciones',
  'much-sheets': 'el libro tiene más de {max} hojas',
  'much-rows': 'un archivo tiene como máximo {max} filas, y la hoja tiene más',
  'much-row': 'la fila {row} contiene más de {max} caracteres',
  'much-kept-rows': 'el archivo contiene más filas de las que guardamos',
  'much-kept-texts': 'el archivo contiene más textos de los que guardamos',
  'much-number-formats': 'el archivo tiene demasiados formatos de número',
  'much-cell-formats': 'el archivo tiene demasiados formatos de celda',
  'much-parts': 'el archivo tiene más de {max} partes',
  'much-growth': 'una parte del archivo supera al abrirse {max} veces su tamaño',
  'much-part': 'una parte del archivo supera al abrirse los {mib} MiB',
  'much-merged': 'la hoja tiene demasiadas celdas combinadas',

  damaged: 'el archivo está dañado ({what}): ábralo, guárdelo de nuevo como .xlsx y envíe este',
  'damage-head': 'no empieza como un libro de cálculo',
  'damage-arrival': 'su directorio no se puede leer; ¿llegó entero?',
  'damage-directory': 'su directorio no se puede leer',
  'damage-contradiction': 'su directorio contradice sus partes',
  'damage-overlap': 'dos de sus partes se solapan',
  'damage-part-twice': 'contiene dos veces la misma parte',
  'damage-part-missing': 'falta una parte',
  'damage-part-closed': 'una de sus partes no se puede abrir',
  'damage-checksum': 'la suma de comprobación de una parte no es la del directorio',
  'damage-compression': 'su compresión es inusual',
  'damage-xml': 'una parte no es XML bien formado',
  'damage-utf8': 'una parte no está en UTF-8',
  'damage-endless': 'una etiqueta o un texto no termina',
  'damage-depth': 'sus elementos tienen más de {max} niveles de anidamiento',
  'damage-twice': 'contiene dos veces lo que solo puede contener una',
  'damage-language': 'una parte no está en ningún lenguaje de hojas de cálculo',
  'damage-element': 'contiene un elemento que no se espera en ese lugar',
  'damage-workbook': 'no indica ningún libro',
  'damage-sheet': 'falta una hoja',
  'damage-sheets-one': 'dos hojas son la misma',
  'damage-two-parts': 'dos partes para «{kind}»',
  'damage-text-long': 'un texto supera los {max} caracteres que caben en una celda',
  'damage-text-missing': 'una celda remite a un texto que no existe',
  'damage-order': 'sus partes no están en orden',
  'damage-cells': 'las celdas de la fila {row} no están en orden',
  'damage-rows': 'sus filas no están en orden',
  'damage-two-values': 'una celda contiene dos valores',
  'damage-cell-long': 'una celda contiene más de lo que cabe en una celda',
  'damage-cell-kind': 'contiene una celda de una clase desconocida',
  'damage-columns': 'tiene columnas que una hoja no puede tener',
  'damage-merged': 'sus celdas combinadas no están identificadas'
}
