// SCSP by tools that know nothing of us: curl sends, xmlsec1 signs and verifies, xmllint validates.
import { describe, expect, test } from 'vitest'
import { keyFolder, runExample } from '../support/examples.ts'
import { testGateway } from '../support/gateway.ts'
import { grantWorker, inspectorate, scspRequester } from '../support/scsp.ts'
import { needs } from '../support/skip.ts'

const ready = [needs('curl'), needs('xmlsec1'), needs('xmllint', 'libxml2-utils'), needs('openssl')].every(Boolean)

describe.skipIf(!ready)('scsp-query.sh', async () => {
  const t = await testGateway()
  const file = await keyFolder()
  const { service, holder, gatewayCertificate } = await scspRequester(t, 'scsp-administrations')
  const worker = await grantWorker(t, 1, 'Y1234567X')
  const env = {
    GW: t.url,
    SERVICE: service,
    KEY: await file('key.pem', holder.privateKeyPem),
    CERT: await file('cert.pem', holder.certificatePem),
    GATEWAY_CERT: await file('gateway.pem', gatewayCertificate),
    REQUESTER: inspectorate.identificador,
    PROCEDURE: inspectorate.procedimiento.codigo,
    PASSPORT: worker.passport,
    EMPLOYER: worker.employer,
    DATE: '2026-06-01'
  }

  test('is answered with a document that xmllint validates, and refused with SCSP’s own codes', async () => {
    const ran = await runExample('scsp-query.sh', env)
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    expect(ran.stdout).toContain('authorised: S')
    expect(ran.stdout.match(/^\d{3} {2}\d{4}/gm)).toEqual(['200  0003', '500  0229', '500  0305', '500  0301', '500  0240', '500  0237'])
    expect(ran.stdout).toContain('follows respuesta.xsd')
  })

  test('stops at the first surprise: an answer that another certificate signed, a service that is not there, a question that is refused', async () => {
    const impostor = await runExample('scsp-query.sh', { ...env, GATEWAY_CERT: env.CERT })
    expect(impostor.code).toBe(1)
    expect(impostor.stderr).toContain('the answer is not signed by the gateway')
    expect(impostor.stdout).toBe('')
    const nowhere = await runExample('scsp-query.sh', { ...env, SERVICE: 'nowhere' })
    expect(nowhere.code).toBe(1)
    expect(nowhere.stderr).toContain('404')
    const nobodys = await runExample('scsp-query.sh', { ...env, EMPLOYER: 'F21012340' })
    expect([nobodys.code, nobodys.stdout]).toEqual([1, '500  0401  ask about one person\n'])
    expect(nobodys.stderr).toContain('expected 200 0003: El mensaje no cumple el esquema')
  })
})
