import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askingSchemas } from '../../../adapters/gecco/schemas.ts'
import { scspCode, scspCodes } from '../../../adapters/lib/scsp/codes.ts'
import type { Atributos, DatosGenericos, Estado, Peticion } from '../../../adapters/lib/scsp/documents.ts'
import { scspFault } from '../../../adapters/lib/scsp/fault.ts'
import {
  readAtributos,
  readConfirmacionPeticion,
  readPeticion,
  readRespuesta,
  readSolicitudRespuesta
} from '../../../adapters/lib/scsp/read.ts'
import { checkPeticion, isRecent } from '../../../adapters/lib/scsp/rules.ts'
import { formatDay, formatTime, parseTime } from '../../../adapters/lib/scsp/times.ts'
import {
  writeConfirmacionPeticion,
  writeFaultDetail,
  writePeticion,
  writeRespuesta,
  writeSolicitudRespuesta
} from '../../../adapters/lib/scsp/write.ts'
import { readFault } from '../../../adapters/lib/soap.ts'
import { childOf, parseXml, type XmlContent } from '../../../adapters/lib/xml.ts'
import { validateXml } from '../../../adapters/lib/xml-schema.ts'

const word = (max: number, min = 1) =>
  fc
    .string({ unit: 'grapheme-ascii', minLength: min, maxLength: max })
    .map(text => text.replace(/\s+/g, ' ').trim())
    .filter(text => text.length >= min)
const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T

const time = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }).map(formatTime)
const estado = fc
  .record({ codigo: digits(4), literal: word(1024), codigoSecundario: optional(word(16)), tiempoEstimadoHoras: optional(fc.nat(9_999)) })
  .map(present) as fc.Arbitrary<Estado>
const atributos = (numElementos: number) =>
  fc.record({ idPeticion: word(26), numElementos: fc.constant(numElementos), timeStamp: time, codigoCertificado: word(64) })
const genericos: fc.Arbitrary<DatosGenericos> = fc.record({
  emisor: fc.record({ nif: digits(8).map(text => `S${text}`), nombre: word(50) }),
  solicitante: fc
    .record({
      identificador: digits(8).map(text => `S${text}`),
      nombre: word(50),
      unidad: word(250),
      codigoUnidad: fc.constantFrom('E04027005', 'A04027005', 'LA0001234'),
      procedimiento: fc
        .record({
          codigo: word(20, 3),
          nombre: word(100),
          automatizado: optional(fc.constantFrom('S' as const, 'N' as const)),
          claseTramite: optional(fc.constantFrom(0, 2, 3, 14, 19, 25, 34, 99))
        })
        .map(present) as fc.Arbitrary<DatosGenericos['solicitante']['procedimiento']>,
      finalidad: word(250),
      consentimiento: fc.constantFrom('Si' as const, 'NoOpo' as const, 'Ley' as const),
      funcionario: fc.record({ nombreCompleto: word(160), nif: fc.constantFrom('54362315K', 'X2482300W') }),
      idExpediente: optional(word(65))
    })
    .map(present) as fc.Arbitrary<DatosGenericos['solicitante']>,
  titular: fc
    .record({
      tipoDocumentacion: fc.constantFrom('NIE' as const, 'Pasaporte' as const),
      documentacion: word(14),
      nombreCompleto: optional(word(160)),
      nombre: optional(word(50)),
      apellido1: optional(word(50)),
      apellido2: optional(word(50))
    })
    .map(present) as fc.Arbitrary<DatosGenericos['titular']>,
  transmision: fc.record({ codigoCertificado: word(64), idSolicitud: word(40), idTransmision: word(29), fechaGeneracion: time })
})
const resolucion: XmlContent = { Resolucion: { Tipo: 'AUTORIZACION', Sentido: 'CONCEDIDA' } }
const rows = fc.array(genericos, { minLength: 1, maxLength: 4 })

describe('every document we write passes its schema and reads as what was written', () => {
  test('Peticion', () => {
    const given = fc
      .tuple(rows, atributos(1))
      .map(([list, head]) => ({ atributos: { ...head, numElementos: list.length }, solicitudes: list.map(row => ({ genericos: row })) }))
    fc.assert(
      fc.property(given, peticion => {
        const xml = writePeticion(peticion)
        validateXml(xml, askingSchemas.peticion)
        expect(readPeticion(xml)).toEqual(peticion)
      }),
      { numRuns: 50 }
    )
  })

  test('Respuesta, without rows too', () => {
    fc.assert(
      fc.property(fc.array(genericos, { maxLength: 3 }), atributos(0), estado, (list, head, state) => {
        const respuesta = {
          atributos: { ...head, numElementos: list.length, estado: state },
          transmisiones: list.map(row => ({ genericos: row, especificos: resolucion }))
        }
        const xml = writeRespuesta(respuesta)
        validateXml(xml, askingSchemas.respuesta)
        const read = readRespuesta(xml)
        expect(read.atributos).toEqual(respuesta.atributos)
        expect(read.transmisiones.map(row => row.genericos)).toEqual(list)
      }),
      { numRuns: 50 }
    )
  })

  test('ConfirmacionPeticion, SolicitudRespuesta and the detail of a fault', () => {
    fc.assert(
      fc.property(atributos(7), estado, word(50), (head, state, nombre) => {
        const confirmed = writeConfirmacionPeticion({ atributos: { ...head, estado: state } })
        validateXml(confirmed, askingSchemas.confirmacionPeticion)
        expect(readConfirmacionPeticion(confirmed).atributos).toEqual({ ...head, estado: state })
        const asked = { atributos: head, solicitante: { identificador: 'S2833002E', nombre } }
        const asking = writeSolicitudRespuesta(asked)
        validateXml(asking, askingSchemas.solicitudRespuesta)
        expect(readSolicitudRespuesta(asking)).toEqual(asked)
        const failed = writeFaultDetail({ ...head, estado: { ...state, literalSecundario: 'x' } })
        validateXml(failed, askingSchemas.fault)
        expect(readAtributos(parseXml(failed).root)).toEqual({ ...head, estado: { ...state, literalSecundario: 'x' } })
      }),
      { numRuns: 50 }
    )
  })

  test.each(Object.keys(scspCodes) as (keyof typeof scspCodes)[])('a fault of %s, with or without what is known of the request', code => {
    for (const frame of [
      {},
      { idPeticion: 'PINBAL00000000000000392071', numElementos: 1_001 },
      { idPeticion: 'x'.repeat(40), numElementos: 0 }
    ]) {
      const { code: soapCode, reason, detail } = readFault(parseXml(scspFault(code, { ...frame, codigoCertificado: 'C' }, new Date())).root)
      expect(['Client', 'Server']).toContain(soapCode)
      expect(reason).toContain(code)
      const found = readAtributos(childOf(detail, 'Atributos'))
      expect(found.estado).toMatchObject({ codigo: code, literal: scspCodes[code].literal })
      validateXml(writeFaultDetail(found as Atributos & { estado: NonNullable<Atributos['estado']> }), askingSchemas.fault)
    }
  })
})

describe('times', () => {
  test.each([
    ['2026-03-12T11:45:43.846+01:00', '2026-03-12T10:45:43.846Z'],
    ['2026-03-12T11:45:43.846+0100', '2026-03-12T10:45:43.846Z'],
    ['2026-07-12T11:45:43+02:00', '2026-07-12T09:45:43.000Z'],
    ['2026-03-12T11:45:43Z', '2026-03-12T11:45:43.000Z'],
    ['2026-03-12T11:45:43.123456789Z', '2026-03-12T11:45:43.123Z'],
    // Spanish local time where no offset is given, on either side of the change to summer time of 29 March 2026.
    ['2026-03-29T01:59:59', '2026-03-29T00:59:59.000Z'],
    ['2026-03-29T03:00:00', '2026-03-29T01:00:00.000Z'],
    ['2026-03-12', '2026-03-11T23:00:00.000Z'],
    ['2026-07-12', '2026-07-11T22:00:00.000Z']
  ])('%s is read as %s', (text, instant) => {
    expect(parseTime(text)?.toISOString()).toBe(instant)
  })

  test.each([
    '',
    'yesterday',
    '12/03/2026',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-13-01',
    '2026-03-12T25:00:00Z',
    '2026-03-12T10:00',
    '2026-03-12T10:00:00+1:00',
    '2026-03-12 10:00:00'
  ])('%j is no time', text => {
    expect(parseTime(text)).toBeNull()
  })

  test('are written in 29 characters, read as the same instant, and named the day that it is in Spain', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1990-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), instant => {
        const text = formatTime(instant)
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0[12]:00$/)
        expect(parseTime(text)).toEqual(instant)
        expect(text.startsWith(formatDay(instant))).toBe(true)
      })
    )
  })

  test('a TimeStamp is recent today and yesterday as Spain counts days', () => {
    const justAfterMidnight = new Date('2026-03-12T00:00:30+01:00')
    const told = (text: string) => isRecent(text, justAfterMidnight)
    expect(['2026-03-12T00:00:00+01:00', '2026-03-11T00:00:00+01:00', '2026-03-11T23:30:00Z'].map(told)).toEqual([true, true, true])
    expect(['2026-03-10T23:59:59+01:00', '2026-03-13T00:00:00+01:00', 'soon', ''].map(told)).toEqual([false, false, false, false])
  })
})

describe('what an issuer checks', () => {
  const now = new Date('2026-03-12T10:00:00Z')
  const row = (id: string, more: { certificado?: string; solicitante?: string } = {}) => ({
    genericos: {
      solicitante: { identificador: more.solicitante ?? 'S2833002E' },
      transmision: { codigoCertificado: more.certificado ?? 'C', idSolicitud: id }
    } as DatosGenericos
  })
  const peticion = (solicitudes: readonly ReturnType<typeof row>[], more: Partial<Atributos> = {}): Peticion => ({
    atributos: { idPeticion: 'P', numElementos: solicitudes.length, timeStamp: formatTime(now), codigoCertificado: 'C', ...more },
    solicitudes
  })
  const many = (count: number) => Array.from({ length: count }, (_, index) => row(`${index}`))

  test.each([
    ['one row', peticion(many(1)), false, null],
    ['a thousand rows', peticion(many(1_000)), false, null],
    ['one row synchronously', peticion(many(1)), true, null],
    ['an old time stamp', peticion(many(1), { timeStamp: '2026-03-10T10:00:00+01:00' }), false, '0230'],
    ['a thousand and one rows', peticion(many(1_001)), false, '0237'],
    ['no row', peticion([]), false, '0237'],
    ['fewer rows than declared', peticion(many(2), { numElementos: 3 }), false, '0414'],
    ['two rows synchronously', peticion(many(2)), true, '0415'],
    ['an IdSolicitud twice', peticion([row('1'), row('1')]), false, '0419'],
    ['two certificates', peticion([row('1'), row('2', { certificado: 'D' })]), false, '0243'],
    ['two requesters', peticion([row('1'), row('2', { solicitante: 'S0000000A' })]), false, '0253']
  ] as const)('%s', (_, request, synchronous, code) => {
    expect(checkPeticion(request, now, synchronous)).toBe(code)
  })
})

test('a code is looked up by itself, never by a property every object has', () => {
  expect(scspCode('0229')?.treatment).toBe('repeated')
  for (const none of ['', 'constructor', '__proto__', '9999', '229']) expect(scspCode(none)).toBeNull()
})
