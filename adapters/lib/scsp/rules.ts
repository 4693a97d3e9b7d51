// What an SCSP issuer checks of a request beyond its schema, in the order in which it answers.
import type { KnownCode } from './codes.ts'
import type { Peticion } from './documents.ts'
import { formatDay, parseTime } from './times.ts'

const dayMs = 86_400_000

export const elementsMax = 1_000

/** The code to refuse a request with, or null. `synchronous` asks about one person only. */
export const checkPeticion = ({ atributos, solicitudes }: Peticion, now: Date, synchronous: boolean): KnownCode | null => {
  if (!isRecent(atributos.timeStamp, now)) return '0230'
  if (atributos.numElementos < 1 || atributos.numElementos > elementsMax) return '0237'
  if (atributos.numElementos !== solicitudes.length) return '0414'
  if (synchronous && solicitudes.length > 1) return '0415'
  const rows = solicitudes.map(({ genericos }) => genericos)
  if (new Set(rows.map(({ transmision }) => transmision.idSolicitud)).size !== rows.length) return '0419'
  if (rows.some(({ transmision }) => transmision.codigoCertificado !== atributos.codigoCertificado)) return '0243'
  if (new Set(rows.map(({ solicitante }) => solicitante.identificador)).size > 1) return '0253'
  return null
}

/** A TimeStamp is of today or yesterday, as Spain counts days. */
export const isRecent = (timeStamp: string, now: Date): boolean => {
  const stamped = parseTime(timeStamp)
  return stamped !== null && [formatDay(now), formatDay(new Date(now.getTime() - dayMs))].includes(formatDay(stamped))
}
