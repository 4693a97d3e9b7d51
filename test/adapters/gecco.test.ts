// SI GECCO against the conformance suite.
import type { Message, PartnerKeys } from '../../adapters/contract.ts'
import { gecco } from '../../adapters/gecco/index.ts'
import { startSandbox } from '../../adapters/gecco/sandbox.ts'
import { writeRespuesta } from '../../adapters/lib/scsp/write.ts'
import { signEnvelope } from '../../adapters/lib/ws-security-sign.ts'
import { parseXml, scanXml } from '../../adapters/lib/xml.ts'
import { keysOf, newHolder } from './certificates.ts'
import { testAdapter } from './contract.ts'
import { answerOf, askingSettings, grantRow, verifiedAnswer } from './gecco-samples.ts'

const [ours, theirs, stranger] = await Promise.all([newHolder('jisr'), newHolder('si-gecco'), newHolder('stranger')])

const answer = (keys: PartnerKeys, rows: readonly unknown[]): Message => ({
  id: '01JG0000000000000000000001',
  contentType: 'text/xml',
  headers: {},
  body: signEnvelope(writeRespuesta(answerOf(rows)), { keys, algorithm: 'rsa-sha256', now: new Date() })
})

const hostile = (more: Parameters<typeof grantRow>[1]) => grantRow('D-HOSTILE', more)

testAdapter({
  adapter: gecco,
  role: 'migration-authority',
  settings: url => ({ asking: askingSettings(url) }),
  startSandbox,
  openChannel: () => ({
    keys: keysOf(ours, [theirs]),
    strangerKeys: keysOf(stranger, [theirs]),
    sandboxSettings: { privateKey: theirs.privateKeyPem, certificate: theirs.certificatePem, gatewayCertificates: [ours.certificatePem] }
  }),
  fixtures: new URL('../../adapters/gecco/fixtures/', import.meta.url),
  samples: { event: 'authorization.requested', effect: 'requested', parcelCode: '0401' },
  read: body => parseXml(scanXml(body)).root,
  byTicket: true,
  inbound: {
    message: (_, rows, byStranger) => answer(keysOf(byStranger ? stranger : theirs, []), rows),
    content: verifiedAnswer,
    good: delivery => grantRow(delivery),
    hostile: [
      { what: 'a NIE with a wrong letter (edge 20)', row: hostile({ nie: 'Y1234567A' }) },
      { what: 'a NIE that is markup', row: hostile({ nie: '<SECRET/>' }) },
      { what: 'a grant without a file number', row: hostile({ expediente: undefined }) },
      { what: 'a file number with a blank', row: hostile({ expediente: 'SECRET 12' }) },
      { what: 'a notification on a day that does not exist', row: hostile({ fechaNotificacion: '2026-02-30T12:00:00+01:00' }) },
      { what: 'no notification', row: hostile({ fechaNotificacion: undefined }) },
      { what: 'a resolution date that is a name', row: hostile({ fechaResolucion: 'SECRET NAME' }) },
      { what: 'a sentence nobody knows', row: hostile({ sentido: 'SECRET' }) },
      { what: 'a sentence named after a property every object has', row: hostile({ tipo: 'constructor', sentido: '' }) },
      { what: 'a legal basis nobody knows', row: hostile({ baseLegal: 'R9' }) },
      {
        what: 'a CIF with a wrong control',
        row: hostile({ ambito: { cif: 'B21123451', comunidadAutonoma: '01', clasificacion: 'CNO-11', ocupacion: '9512', sector: 'A' } })
      },
      { what: 'a demand that names no defect', row: hostile({ sentido: 'REQUERIDA' }) },
      { what: 'a demand to mend a call-back, for which there is no event', row: hostile({ tipo: 'LLAMAMIENTO', sentido: 'REQUERIDA' }) },
      { what: 'nothing but a name', row: 'SECRET NAME' },
      { what: 'null', row: null }
    ],
    secrets: ['SECRET', 'Y1234567A']
  }
})
