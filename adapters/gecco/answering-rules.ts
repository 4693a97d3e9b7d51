// What a question must be before we look anything up: asked by whom it may, for a registered procedure, on a consent that counts.
import { checkEmployerNumber, checkNie, checkNif } from '../../schemas/spanish-identifiers.ts'
import type { KnownCode } from '../lib/scsp/codes.ts'
import type { Peticion, Solicitante } from '../lib/scsp/documents.ts'
import { checkPeticion } from '../lib/scsp/rules.ts'
import { readConsulta } from './answering-rows.ts'
import type { AnsweringSettings, Requester } from './answering-settings.ts'

/** The code to refuse with, or null. The request has passed its schema, and `requester` signed it. */
export const judge = (
  peticion: Peticion,
  requester: Requester,
  { codigoCertificado, emisor }: AnsweringSettings,
  now: Date,
  synchronous: boolean
): KnownCode | null => {
  const wrong = checkPeticion(peticion, now, synchronous)
  if (wrong !== null) return wrong
  const { atributos, solicitudes } = peticion
  const rows = solicitudes.map(({ genericos }) => genericos)
  if (atributos.codigoCertificado !== codigoCertificado || rows.some(row => row.emisor.nif !== emisor.nif)) return '0401'
  // One request is one act of one official: what it is founded on cannot differ from row to row.
  if (new Set(rows.map(row => foundation(row.solicitante))).size > 1) return '0253'
  const solicitante = rows[0]?.solicitante
  if (solicitante === undefined) return '0237'
  if (!requester.procedimientos.includes(solicitante.procedimiento.codigo)) return '0314'
  if (!requester.consentimientos.includes(solicitante.consentimiento)) return '0236'
  if (!checkNif(solicitante.funcionario.nif.toUpperCase()).ok) return '0401'
  for (const { genericos, especificos } of solicitudes) {
    const consulta = readConsulta(especificos)
    if (consulta === null) return '0402'
    const { tipoDocumentacion, documentacion } = genericos.titular
    if (tipoDocumentacion === 'NIE' && !checkNie(documentacion.toUpperCase()).ok) return '0240'
    if (!checkEmployerNumber(consulta.empleador).ok) return '0401'
  }
  return null
}

const foundation = ({ procedimiento, finalidad, consentimiento, funcionario }: Solicitante): string =>
  JSON.stringify([procedimiento.codigo, finalidad, consentimiento, funcionario.nif])
