// The authority's double can be told what becomes of single workers, so that a planted case shows itself.
import { describe, expect, it } from 'vitest'
import { newResolver } from '../../adapters/gecco/sandbox-resolver.ts'
import type { DatosGenericos } from '../../adapters/lib/scsp/documents.ts'
import { buildXml, parseXml } from '../../adapters/lib/xml.ts'
import { checkNie } from '../../schemas/spanish-identifiers.ts'

const settings = {
  seed: 'x',
  waitingHours: 24,
  refusedShare: 1,
  inadmissibleShare: 0,
  defectiveShare: 0,
  wrongNieEveryNth: 0,
  grantedFor: ['AB1234567'],
  wrongNieFor: ['CD1234567']
}

const ask = (passport: string) => {
  const generic = { transmision: { idSolicitud: passport }, titular: { documentacion: passport } } as unknown as DatosGenericos
  const { root } = parseXml(buildXml('Solicitud', { Tipo: 'AUTORIZACION', FechaPresentacion: '2025-11-02T09:00:00Z' }))
  return newResolver(settings).resolve(generic, root, null).resolucion
}

describe("SI GECCO's double", () => {
  it('refuses by its draw, grants whom it is told to grant', () => {
    expect(ask('ZZ1234567').sentido).toBe('DENEGADA')
    expect(ask('AB1234567').sentido).toBe('CONCEDIDA')
    expect(checkNie(ask('AB1234567').nie ?? '').ok).toBe(true)
  })

  it('grants under a wrong letter whom it is told to', () => {
    const resolution = ask('CD1234567')
    expect(resolution.sentido).toBe('CONCEDIDA')
    expect(checkNie(resolution.nie ?? '')).toMatchObject({ ok: false, rule: 'nie-letter' })
  })
})
