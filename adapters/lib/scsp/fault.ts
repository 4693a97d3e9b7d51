// How an SCSP issuer says no: a SOAP Fault whose detail carries the code.

import { soapFault } from '../soap.ts'
import type { SignatureFault } from '../ws-security.ts'
import type { SafeXml } from '../xml.ts'
import { type KnownCode, scspCodes } from './codes.ts'
import { formatTime } from './times.ts'
import { writeFaultDetail } from './write.ts'

/** What could be read of the request that is refused. */
export interface FaultFrame {
  idPeticion?: string
  numElementos?: number
  codigoCertificado: string
}

/** The Fault element. Where the request could not be read its id is a hyphen, since the protocol demands one. */
export const scspFault = (code: KnownCode, { idPeticion, numElementos = 1, codigoCertificado }: FaultFrame, now: Date): SafeXml => {
  const { literal, treatment } = scspCodes[code]
  const detail = writeFaultDetail({
    idPeticion: idPeticion === undefined || idPeticion === '' ? '-' : idPeticion.slice(0, 26),
    numElementos: Math.min(Math.max(numElementos, 1), 1_000),
    timeStamp: formatTime(now),
    estado: { codigo: code, literal },
    codigoCertificado
  })
  return soapFault(treatment === 'again' ? 'Server' : 'Client', `${code} ${literal}`, detail)
}

/** The code for a signature that does not hold. */
export const signatureCodes: Readonly<Record<SignatureFault, KnownCode>> = {
  absent: '0307',
  wrong: '0305',
  unknown: '0301',
  expired: '0302',
  'not yet valid': '0302',
  revoked: '0303'
}
