// SI GECCO's adapter as an SCSP issuer: who may ask what, and that the answer is one that SCSP's tools accept.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type Answer, type Inquiry, type Message, Unanswerable } from '../../adapters/contract.ts'
import { gecco } from '../../adapters/gecco/index.ts'
import { answeringSchemas } from '../../adapters/gecco/schemas.ts'
import type { DatosGenericos, Peticion } from '../../adapters/lib/scsp/documents.ts'
import { readAtributos, readConfirmacionPeticion, readRespuesta } from '../../adapters/lib/scsp/read.ts'
import { formatTime } from '../../adapters/lib/scsp/times.ts'
import { writePeticion, writeSolicitudRespuesta } from '../../adapters/lib/scsp/write.ts'
import { readFault, soapEnvelope } from '../../adapters/lib/soap.ts'
import { openEnvelope } from '../../adapters/lib/ws-security.ts'
import { signEnvelope } from '../../adapters/lib/ws-security-sign.ts'
import { childOf, parseXml, type SafeXml, textOf, type XmlContent } from '../../adapters/lib/xml.ts'
import { validateXml } from '../../adapters/lib/xml-schema.ts'
import { needs } from '../support/skip.ts'
import { type Holder, keysOf, newHolder } from './certificates.ts'
import { contextFor } from './channel.ts'
import { askingSettings } from './gecco-samples.ts'

const [ours, inspectorate, treasury, expired, revoked, stranger] = await Promise.all([
  newHolder('jisr'),
  newHolder('itss'),
  newHolder('tgss'),
  newHolder('expired', -10, -1),
  newHolder('revoked'),
  newHolder('stranger')
])
const fingerprint = ({ certificatePem }: Holder) => new X509Certificate(certificatePem).fingerprint256.replaceAll(':', '').toLowerCase()

const settings = gecco.settings.parse({
  answering: {
    emisor: { nif: 'S2816015H', nombre: 'Jisr' },
    requesters: [
      {
        identificador: 'S2819001E',
        nombre: 'Inspección de Trabajo y Seguridad Social',
        certificates: [inspectorate, expired, revoked].map(fingerprint),
        procedimientos: ['ITSS-CAMPO'],
        consentimientos: ['Ley']
      },
      {
        identificador: 'Q2827003A',
        nombre: 'Tesorería General de la Seguridad Social',
        certificates: [fingerprint(treasury)],
        procedimientos: ['TGSS-ALTA']
      }
    ]
  }
})
const keys = keysOf(ours, [inspectorate, treasury, expired], [revoked])
const context = contextFor(settings, keys)
const { answering } = gecco
if (answering === undefined) throw new Error('the adapter does not answer')

interface Row {
  id: string
  tipo: 'NIE' | 'Pasaporte'
  documento: string
  empleador: string
  consulta: XmlContent | undefined
  genericos: Partial<DatosGenericos>
  solicitante: Partial<DatosGenericos['solicitante']>
}
interface Asked {
  rows: Partial<Row>[]
  atributos: Partial<Peticion['atributos']>
  holder: Holder
  action: string
}

const genericos = (row: Partial<Row>, index: number): DatosGenericos => ({
  emisor: { nif: 'S2816015H', nombre: 'Jisr' },
  solicitante: {
    identificador: 'S2819001E',
    nombre: 'Inspección de Trabajo',
    unidad: 'Inspección Provincial de Huelva',
    codigoUnidad: 'E04027005',
    procedimiento: { codigo: 'ITSS-CAMPO', nombre: 'Campaña agraria' },
    finalidad: 'Control de autorizaciones en la campaña agraria',
    consentimiento: 'Ley',
    funcionario: { nombreCompleto: 'Inspectora Actuante', nif: '54362315K' },
    ...row.solicitante
  },
  titular: { tipoDocumentacion: row.tipo ?? 'NIE', documentacion: row.documento ?? 'Y1234567X' },
  transmision: { codigoCertificado: 'GECCOAUTORIZADOWS01', idSolicitud: row.id ?? `SOL-${index}` },
  ...row.genericos
})

const peticion = ({ rows = [{}], atributos = {} }: Partial<Asked>): SafeXml =>
  writePeticion({
    atributos: {
      idPeticion: 'PINBAL00000000000000392071',
      numElementos: rows.length,
      timeStamp: formatTime(new Date()),
      codigoCertificado: 'GECCOAUTORIZADOWS01',
      ...atributos
    },
    solicitudes: rows.map((row, index) => ({
      genericos: genericos(row, index),
      ...(row.consulta === undefined && 'consulta' in row
        ? {}
        : { especificos: row.consulta ?? { Consulta: { Empleador: row.empleador ?? 'B21123450', Fecha: '2026-03-12' } } })
    }))
  })

const sent = (payload: SafeXml, action: string, holder: Holder = inspectorate): Message => ({
  id: 'M',
  contentType: 'text/xml',
  headers: { soapaction: action },
  body: signEnvelope(payload, { keys: keysOf(holder, []), algorithm: 'rsa-sha256', now: new Date() })
})
const asks = (asked: Partial<Asked> = {}): Message => sent(peticion(asked), asked.action ?? '"peticionSincrona"', asked.holder)

const inquiryOf = async (message: Message): Promise<Inquiry> => {
  const read = await answering.read(message, context)
  if (read.kind !== 'inquiry') throw new Error('not an inquiry')
  return read
}
const refusalOf = async (message: Message): Promise<Unanswerable> => {
  const error = await answering.read(message, context).then(
    read => expect.fail(`taken as ${read.kind}`),
    (thrown: unknown) => thrown
  )
  if (error instanceof Unanswerable) return error
  throw error
}
const opened = (body: string) => openEnvelope(body, { keys: keysOf(inspectorate, [ours]), algorithms: ['rsa-sha256'], now: new Date() })

const yes = (id: string): Answer => ({
  id,
  status: 'authorised',
  authorization: { fileNumber: '21/2026/0001234', validFrom: '2026-02-02', validTo: '2030-02-01', nie: 'Y1234567X' }
})

describe('a registered requester', () => {
  test('has its questions kept as it signed them, and apart from them its signature, which still fits', async () => {
    const message = asks({ rows: [{ id: 'a' }, { id: 'b' }], action: 'PeticionAsincrona' })
    const { body, rows, around } = (await inquiryOf(message)).document
    const digest = /DigestValue>([^<]+)/.exec(message.body)?.[1] ?? expect.fail('it is not signed')
    expect([body.includes(digest), rows.map(({ from, to }) => /IdSolicitud>(\w)</.exec(body.slice(from, to))?.[1])]).toEqual([
      false,
      ['a', 'b']
    ])
    const whole = `${around?.before}${body}${around?.after}`
    const check = { keys, algorithms: ['rsa-sha256' as const], now: new Date() }
    expect(openEnvelope(whole, check).payload).toBe(body)
    expect(() => openEnvelope(whole.replace('B21123450', 'J99216582'), check)).toThrow('digest')
  })

  test('asks by NIE and by passport, and the gateway gets questions with purpose, consent and official', async () => {
    const rows: Partial<Row>[] = [
      { id: 'a', documento: 'y1234567x' },
      { id: 'b', tipo: 'Pasaporte', documento: 'AB1234567', empleador: 'J99216582' },
      {
        id: 'c',
        tipo: 'Pasaporte',
        documento: 'A00012345',
        consulta: { Consulta: { Empleador: 'B21123450', Fecha: '2026-03-12+01:00', PaisPasaporte: 'NGA' } }
      }
    ]
    expect(await inquiryOf(asks({ rows, action: 'PeticionAsincrona' }))).toMatchObject({
      id: 'PINBAL00000000000000392071',
      mode: 'later',
      afterSeconds: 3_600,
      requester: 'S2819001E',
      purpose: 'Control de autorizaciones en la campaña agraria',
      consent: 'Ley',
      official: '54362315K',
      questions: [
        { id: 'a', identifier: { scheme: 'ES-NIE', value: 'Y1234567X' }, employer: 'B21123450', date: '2026-03-12' },
        { id: 'b', identifier: { scheme: 'PASSPORT', value: 'AB1234567', country: 'MAR' }, employer: 'J99216582', date: '2026-03-12' },
        { id: 'c', identifier: { scheme: 'PASSPORT', value: 'A00012345', country: 'NGA' }, employer: 'B21123450', date: '2026-03-12' }
      ]
    })
    expect(await inquiryOf(asks())).toMatchObject({ mode: 'now', afterSeconds: 0 })
  })

  test('is answered in the order asked: yes with the authorization, no, and not known; and the same once more from what was kept', async () => {
    const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }]
    const inquiry = await inquiryOf(asks({ rows, action: 'peticionAsincrona' }))
    const answers: Answer[] = [{ id: 'c', status: 'not identified' }, { id: 'b', status: 'not authorised' }, yes('a')]
    const kept = JSON.parse(JSON.stringify(inquiry)) as Inquiry
    const reply = await answering.write(kept, answers, context)
    expect(reply.status).toBe(200)
    const { payload } = opened(reply.body)
    validateXml(payload, answeringSchemas.respuesta)
    const { atributos, transmisiones } = readRespuesta(payload)
    expect(atributos).toMatchObject({ idPeticion: inquiry.id, numElementos: 3, estado: { codigo: '0003' } })
    expect(transmisiones.map(({ genericos: { transmision } }) => transmision.idSolicitud)).toEqual(['a', 'b', 'c'])
    expect(
      transmisiones.map(({ especificos }) => [
        textOf(childOf(especificos, 'Estado'), 'CodigoEstado'),
        textOf(childOf(especificos, 'Autorizacion'), 'Autorizado'),
        textOf(childOf(especificos, 'Autorizacion'), 'Expediente')
      ])
    ).toEqual([
      ['0003', 'S', '21/2026/0001234'],
      ['0003', 'N', undefined],
      ['0233', undefined, undefined]
    ])
    const again = readRespuesta(opened((await answering.write(kept, answers, context)).body).payload)
    expect(again.transmisiones.map(row => row.genericos.transmision.idTransmision)).toEqual(
      transmisiones.map(row => row.genericos.transmision.idTransmision)
    )
    expect(new Set(transmisiones.map(row => row.genericos.transmision.idTransmision)).size).toBe(3)
  })

  test('a question left without an answer is a mistake of ours, not a no', async () => {
    const inquiry = await inquiryOf(asks({ rows: [{ id: 'a' }, { id: 'b' }], action: 'peticionAsincrona' }))
    await expect(answering.write(inquiry, [yes('a')], context)).rejects.toThrow(/without an answer/)
  })

  test('is told the hours to wait, and comes back for the answer', async () => {
    const inquiry = await inquiryOf(asks({ action: 'peticionAsincrona' }))
    const confirmed = readConfirmacionPeticion(opened((await answering.acknowledge(inquiry, 5_000, context)).body).payload).atributos
    expect(confirmed).toMatchObject({ idPeticion: inquiry.id, numElementos: 1, estado: { codigo: '0002', tiempoEstimadoHoras: 2 } })
    const atributos = {
      idPeticion: inquiry.id,
      numElementos: 1,
      timeStamp: formatTime(new Date()),
      codigoCertificado: 'GECCOAUTORIZADOWS01'
    }
    const retrieval = writeSolicitudRespuesta({ atributos, solicitante: { identificador: 'S2819001E', nombre: 'Inspección' } })
    expect(await answering.read(sent(retrieval, 'solicitudRespuesta'), context)).toMatchObject({
      kind: 'retrieval',
      id: inquiry.id,
      requester: 'S2819001E'
    })
    const other = writeSolicitudRespuesta({ atributos, solicitante: { identificador: 'Q2827003A', nombre: 'TGSS' } })
    expect((await refusalOf(sent(other, 'solicitudRespuesta'))).code).toBe('0301')
    const old = writeSolicitudRespuesta({
      atributos: { ...atributos, timeStamp: '2020-01-01T00:00:00+01:00' },
      solicitante: { identificador: 'S2819001E', nombre: 'x' }
    })
    expect((await refusalOf(sent(old, 'solicitudRespuesta'))).code).toBe('0230')
  })

  test('a thousand elements are taken at once', async () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => ({ id: `S-${index}` }))
    expect((await inquiryOf(asks({ rows, action: 'peticionAsincrona' }))).questions).toHaveLength(1_000)
  })
})

describe('refused with SCSP’s own code', () => {
  const two = [{ id: 'a' }, { id: 'b' }]
  const cases: [string, string, () => Message][] = [
    ['0226', 'what is no XML', () => ({ ...asks(), body: 'GET / HTTP/1.1' })],
    ['0226', 'an empty message', () => ({ ...asks(), body: '' })],
    ['0226', 'a DOCTYPE', () => ({ ...asks(), body: `<!DOCTYPE x>${asks().body}` })],
    ['0307', 'no signature', () => ({ ...asks(), body: soapEnvelope(peticion({})) })],
    ['0305', 'a signature over something else', () => ({ ...asks(), body: asks().body.replace('Y1234567X', 'X2482300W') })],
    ['0301', 'a certificate nobody registered', () => asks({ holder: stranger })],
    ['0302', 'an expired certificate', () => asks({ holder: expired })],
    ['0303', 'a revoked certificate', () => asks({ holder: revoked })],
    ['0301', 'a body nobody registered', () => asks({ rows: [{ solicitante: { identificador: 'S0000000A' } }] })],
    ['0301', 'another registered body’s name', () => asks({ holder: treasury })],
    [
      '0314',
      'a procedure it is not registered for',
      () => asks({ rows: [{ solicitante: { procedimiento: { codigo: 'TGSS-ALTA', nombre: 'x' } } }] })
    ],
    ['0236', 'a consent it may not found this on', () => asks({ rows: [{ solicitante: { consentimiento: 'Si' } }] })],
    ['0236', 'a consent that is none', () => asks({ rows: [{ solicitante: { consentimiento: 'Quizás' as 'Si' } }] })],
    [
      '0401',
      'an official whose NIF has a wrong letter',
      () => asks({ rows: [{ solicitante: { funcionario: { nombreCompleto: 'x', nif: '54362315Z' } } }] })
    ],
    ['0401', 'no purpose', () => asks({ rows: [{ solicitante: { finalidad: '' } }] })],
    ['0240', 'a NIE with a wrong letter', () => asks({ rows: [{ documento: 'Y1234567A' }] })],
    ['0240', 'a NIE that is a passport', () => asks({ rows: [{ documento: 'AB1234567' }] })],
    ['0404', 'a type of document the service does not take', () => asks({ rows: [{ tipo: 'NIF' as 'NIE' }] })],
    ['0402', 'no question in the row', () => asks({ rows: [{ consulta: undefined }] })],
    ['0401', 'an employer number with a wrong control', () => asks({ rows: [{ empleador: 'B21123451' }] })],
    [
      '0401',
      'a day that does not exist',
      () => asks({ rows: [{ consulta: { Consulta: { Empleador: 'B21123450', Fecha: '2026-02-30' } } }] })
    ],
    [
      '0230',
      'the time stamp of the day before yesterday',
      () => asks({ atributos: { timeStamp: formatTime(new Date(Date.now() - 2 * 86_400_000)) } })
    ],
    ['0230', 'a time stamp that is none', () => asks({ atributos: { timeStamp: 'ahora' } })],
    [
      '0237',
      '1,001 elements',
      () => asks({ rows: Array.from({ length: 1_001 }, (_, index) => ({ id: `${index}` })), action: 'peticionAsincrona' })
    ],
    [
      '0414',
      '1,001 elements said to be 1,000',
      () =>
        asks({
          rows: Array.from({ length: 1_001 }, (_, index) => ({ id: `${index}` })),
          atributos: { numElementos: 1_000 },
          action: 'peticionAsincrona'
        })
    ],
    [
      '0237',
      'a number of elements that is none',
      () => ({ ...asks(), body: sent(peticion({}).replace('<NumElementos>1<', '<NumElementos>uno<') as SafeXml, 'peticionSincrona').body })
    ],
    ['0415', 'two elements at once', () => asks({ rows: two })],
    ['0419', 'an IdSolicitud twice', () => asks({ rows: [{ id: 'a' }, { id: 'a' }], action: 'peticionAsincrona' })],
    [
      '0243',
      'two certificates',
      () =>
        asks({
          rows: [{ id: 'a' }, { id: 'b', genericos: { transmision: { codigoCertificado: 'OTRO', idSolicitud: 'b' } } }],
          action: 'peticionAsincrona'
        })
    ],
    [
      '0253',
      'two requesters',
      () => asks({ rows: [{ id: 'a' }, { id: 'b', solicitante: { identificador: 'Q2827003A' } }], action: 'peticionAsincrona' })
    ],
    [
      '0253',
      'two officials in one request',
      () =>
        asks({
          rows: [{ id: 'a' }, { id: 'b', solicitante: { funcionario: { nombreCompleto: 'x', nif: 'X2482300W' } } }],
          action: 'peticionAsincrona'
        })
    ],
    [
      '0401',
      'another service’s certificate code',
      () =>
        asks({
          rows: [{ genericos: { transmision: { codigoCertificado: 'SVDDGPVIWS02', idSolicitud: 'a' } } }],
          atributos: { codigoCertificado: 'SVDDGPVIWS02' }
        })
    ],
    ['0401', 'another issuer', () => asks({ rows: [{ genericos: { emisor: { nif: 'S0000000A', nombre: 'x' } } }] })],
    [
      '0401',
      'an element nobody knows',
      () => ({ ...asks(), body: sent(peticion({}).replace('<Titular>', '<Sobra/><Titular>') as SafeXml, 'peticionSincrona').body })
    ],
    [
      '0402',
      'no official',
      () => ({ ...asks(), body: sent(peticion({}).replace(/<Funcionario>.*<\/Funcionario>/, '') as SafeXml, 'peticionSincrona').body })
    ],
    ['0231', 'an operation nobody registered', () => asks({ action: 'borrarTodo' })],
    ['0231', 'a request under the operation of a retrieval', () => asks({ action: 'solicitudRespuesta' })]
  ]
  test.each(cases)('%s: %s', async (code, _, message) => {
    const error = await refusalOf(message())
    expect(error.code).toBe(code)
    const reply = await answering.fail(error, context)
    expect(reply.status).toBe(500)
    const { name, payload, certificate } = opened(reply.body)
    expect([name, certificate === null]).toEqual(['Fault', false])
    const { detail } = readFault(parseXml(payload).root)
    expect(readAtributos(childOf(detail, 'Atributos')).estado?.codigo).toBe(code)
    expect(`${error.message}${reply.body}`).not.toMatch(/Y1234567[A-Z]|54362315|AB1234567/)
  })

  test('the gateway’s own codes are codes of SCSP, and an unknown one is a general fault', async () => {
    for (const code of Object.values(answering.codes))
      expect((await answering.fail(new Unanswerable(code, 'x'), context)).body).toContain(`<CodigoEstado>${code}</CodigoEstado>`)
    expect((await answering.fail(new Unanswerable('teapot', 'x'), context)).body).toContain('<CodigoEstado>0904</CodigoEstado>')
  })

  test('a partner without settings for it does not answer at all', async () => {
    const asked = contextFor(gecco.settings.parse({ asking: askingSettings('http://127.0.0.1:9') }), keys)
    await expect(answering.read(asks(), asked)).rejects.toThrow(/no settings for answering/)
  })
})

describe.skipIf(!needs('xmllint', 'libxml2-utils'))('xmllint', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jisr-xsd-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('finds our answer and our schemas in order, and an answer with a letter too many not', async () => {
    for (const name of readdirSync('adapters/lib/scsp/xsd')) copyFileSync(`adapters/lib/scsp/xsd/${name}`, join(folder, name))
    copyFileSync('adapters/gecco/xsd/autorizado.xsd', join(folder, 'datos-especificos.xsd'))
    const inquiry = await inquiryOf(asks())
    const { payload } = opened((await answering.write(inquiry, [yes('SOL-0')], context)).body)
    const lint = (xml: string) => {
      writeFileSync(join(folder, 'answer.xml'), xml)
      return execFileSync('xmllint', ['--nonet', '--noout', '--schema', join(folder, 'respuesta.xsd'), join(folder, 'answer.xml')], {
        stdio: 'pipe'
      })
    }
    expect(() => lint(payload)).not.toThrow()
    expect(() => lint(payload.replace('<Autorizado>S', '<Autorizado>Sí'))).toThrow()
  })
})
