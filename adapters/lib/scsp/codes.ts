// SCSP's states and error codes: what each says in the protocol's language and what it means for whoever asked.

/**
 * What an asker does about a code.
 * `pending`: come back later. `done`: the answer is there. `repeated`: the issuer has this IdPeticion already. `unknown`: it never had it.
 * `again`: the issuer is in trouble, the same document may be sent later. `channel`: certificate, requester, procedure or clock are
 * wrong, not the rows; a person must put it right, and the rows wait. `document`: the document or a row in it is wrong, and stays wrong.
 */
export type Treatment = 'pending' | 'done' | 'repeated' | 'unknown' | 'again' | 'channel' | 'document'

export interface ScspCode {
  /** As LiteralError gives it. */
  literal: string
  /** For operators, in English. */
  meaning: string
  treatment: Treatment
}

const code = (treatment: Treatment, literal: string, meaning: string): ScspCode => ({ treatment, literal, meaning })

export const scspCodes = {
  '0001': code('pending', 'Pendiente', 'the request waits to be processed'),
  '0002': code('pending', 'En proceso', 'the request is being processed'),
  '0003': code('done', 'Tramitada', 'the request was processed'),
  '0004': code('pending', 'En proceso de polling', 'the request is being polled for'),
  '0226': code('document', 'XML mal formado', 'the XML could not be read'),
  '0227': code('again', 'Error al generar la respuesta', 'the issuer could not make its answer'),
  '0229': code('repeated', 'Petición repetida', 'this IdPeticion was sent before'),
  '0230': code('channel', 'El TimeStamp no es de hoy ni de ayer', 'the time stamp is neither of today nor of yesterday: check the clock'),
  '0231': code('document', 'Documento incorrecto', 'the document is not the one expected'),
  '0233': code('document', 'Titular no identificado', 'the person could not be identified'),
  '0236': code('channel', 'Consentimiento no válido', 'the consent given is not valid for this procedure'),
  '0237': code('document', 'NumElementos no válido', 'the number of elements is not allowed'),
  '0238': code('document', 'No existe información', 'there is no information about the person'),
  '0240': code('document', 'Formato de NIE incorrecto', 'a NIE is not well formed'),
  '0243': code('document', 'Certificados distintos en la misma petición', 'elements of one request name different certificates'),
  '0244': code('unknown', 'No existe la petición', 'the issuer has no such request'),
  '0246': code('document', 'Identificadores de transmisión no válidos', 'identifiers of transmissions are not valid'),
  '0248': code('document', 'El número de elementos no coincide', 'the number of elements differs from the one declared'),
  '0253': code('document', 'Solicitantes distintos en la misma petición', 'elements of one request name different requesters'),
  '0301': code('channel', 'Organismo no autorizado', 'the requester is not authorized for this service'),
  '0302': code('channel', 'Certificado caducado', 'the certificate has expired'),
  '0303': code('channel', 'Certificado revocado', 'the certificate was revoked'),
  '0305': code('channel', 'Firma no válida', 'the signature is not valid'),
  '0307': code('channel', 'El mensaje no está firmado', 'the message is not signed'),
  '0310': code('channel', 'Autoridad de certificación no admitida', 'the certification authority is not accepted'),
  '0314': code('channel', 'Procedimiento no autorizado', 'the procedure is not authorized for this service'),
  '0401': code('document', 'El mensaje no cumple el esquema', 'the document does not follow its schema'),
  '0402': code('document', 'Falta un campo obligatorio', 'a mandatory field is missing'),
  '0404': code('document', 'Tipo de documentación no válido', 'the type of identity document is not accepted'),
  '0414': code('document', 'NumElementos distinto del número de solicitudes', 'the number declared differs from the requests carried'),
  '0415': code('channel', 'Utilice el servicio asíncrono', 'more than one element is asked asynchronously'),
  '0419': code('document', 'IdSolicitud duplicado', 'an IdSolicitud occurs twice'),
  '0501': code('again', 'Error de base de datos', 'the issuer has a database fault'),
  '0502': code('again', 'Error del sistema', 'the issuer has a system fault'),
  '0901': code('again', 'Servicio no disponible', 'the service is not available'),
  '0902': code('channel', 'El servicio no es síncrono', 'the service does not answer synchronously'),
  '0903': code('channel', 'El servicio no es asíncrono', 'the service does not answer asynchronously'),
  '0904': code('again', 'Error general', 'the issuer has a general fault')
} as const satisfies Record<string, ScspCode>

export type KnownCode = keyof typeof scspCodes

/** The entry of a code; null for one that is not in the table. */
export const scspCode = (text: string): ScspCode | null => (Object.hasOwn(scspCodes, text) ? scspCodes[text as KnownCode] : null)
