import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { SignedXml } from 'xml-crypto'
import { soapEnvelope, soapFault } from '../../../adapters/lib/soap.ts'
import { openEnvelope, reopenEnvelope, type SignatureCheck, SignatureRefused } from '../../../adapters/lib/ws-security.ts'
import { namespaces } from '../../../adapters/lib/ws-security-names.ts'
import { signEnvelope } from '../../../adapters/lib/ws-security-sign.ts'
import { buildXml, type SafeXml, scanXml, XmlRefused } from '../../../adapters/lib/xml.ts'
import { needs } from '../../support/skip.ts'
import { keysOf, newHolder } from '../certificates.ts'

const [ours, theirs, expired, notYet, revoked] = await Promise.all([
  newHolder('jisr'),
  newHolder('stranger'),
  newHolder('expired', -10, -1),
  newHolder('not-yet', 1, 10),
  newHolder('revoked')
])
const now = new Date()
const payload = buildXml('Peticion', { $: { xmlns: 'urn:p' }, Nombre: 'KHADIJA É الإدريسي 𐌰', Vacio: '' })
const signed = (algorithm: 'rsa-sha256' | 'rsa-sha1' = 'rsa-sha256', holder = ours, content: SafeXml = payload, at = now) =>
  signEnvelope(content, { keys: keysOf(holder, []), algorithm, now: at })
const check = (more: Partial<SignatureCheck> = {}): SignatureCheck => ({
  keys: keysOf(theirs, [ours, expired, notYet], [revoked]),
  algorithms: ['rsa-sha256'],
  now,
  ...more
})
const faultOf = (xml: string, how = check()): string => {
  try {
    openEnvelope(xml, how)
    return 'none'
  } catch (error) {
    if (error instanceof SignatureRefused) return error.fault
    if (error instanceof XmlRefused) return 'xml'
    throw error
  }
}

describe('a signed envelope', () => {
  test('gives its content and its signer', () => {
    const opened = openEnvelope(signed(), check())
    expect(opened).toMatchObject({ name: 'Peticion', namespace: 'urn:p' })
    expect(opened.payload).toContain('KHADIJA É الإدريسي 𐌰')
    expect(opened.certificate?.replace(/\s/g, '')).toBe(ours.certificatePem.replace(/\s/g, ''))
    expect(reopenEnvelope(signed())).toMatchObject({ name: 'Peticion', payload: opened.payload })
  })

  test('has other ids, times and signature each time', () => {
    const [one, other] = [signed(), signed('rsa-sha256', ours, payload, new Date(now.getTime() + 1))]
    const value = /<ds:SignatureValue>([^<]+)/
    expect(value.exec(one)?.[1]).not.toBe(value.exec(other)?.[1])
  })

  test('holds for any content, up to a megabyte of letters of two bytes and more', () => {
    const text = fc
      .string({ unit: 'grapheme', maxLength: 50 })
      .filter(value => !/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(value))
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), texts => {
        const content = buildXml('a', { $: { xmlns: 'urn:p' }, b: texts.map(value => ({ _: value })) })
        expect(openEnvelope(signed('rsa-sha256', ours, content), check()).name).toBe('a')
      }),
      { numRuns: 30 }
    )
    const long = buildXml('a', {
      $: { xmlns: 'urn:p' },
      b: Array.from({ length: 1_000 }, (_, i) => ({ _: `${'x'.repeat(i % 7)}${'é'.repeat(500)}` }))
    })
    expect(openEnvelope(signed('rsa-sha256', ours, long), check()).payload).toBe(long)
  })

  test('with SHA-1 is taken only where settings say so', () => {
    expect(faultOf(signed('rsa-sha1'))).toBe('wrong')
    expect(openEnvelope(signed('rsa-sha1'), check({ algorithms: ['rsa-sha256', 'rsa-sha1'] })).name).toBe('Peticion')
  })

  test.each([
    ['a stranger’s certificate', theirs, 'unknown'],
    ['an expired one', expired, 'expired'],
    ['one not yet valid', notYet, 'not yet valid'],
    ['a revoked one', revoked, 'revoked']
  ] as const)('with %s is refused as such', (_, holder, fault) => {
    expect(faultOf(signed('rsa-sha256', holder))).toBe(fault)
  })

  test('whose times have run out is refused, unless it is opened again later', () => {
    const old = signed('rsa-sha256', ours, payload, new Date(now.getTime() - 3_600_000))
    expect(faultOf(old)).toBe('wrong')
    expect(faultOf(signed('rsa-sha256', ours, payload, new Date(now.getTime() + 3_600_000)))).toBe('wrong')
    expect(openEnvelope(old, check({ now: null })).name).toBe('Peticion')
  })

  test('is not made without a certificate', () => {
    const keys = { ...keysOf(ours, []), certificate: null }
    expect(() => signEnvelope(payload, { keys, algorithm: 'rsa-sha256', now })).toThrow(/no certificate is configured/)
  })
})

describe('an envelope without signature', () => {
  test('is refused', () => {
    expect(faultOf(soapEnvelope(payload))).toBe('absent')
  })

  test('is taken when it is a fault, which says so', () => {
    expect(openEnvelope(soapEnvelope(soapFault('Server', 'Servicio no disponible')), check())).toMatchObject({
      name: 'Fault',
      certificate: null
    })
  })

  test('is refused when the fault has a security header that does not hold', () => {
    const fault = signed('rsa-sha256', theirs, soapFault('Client', 'x'))
    expect(faultOf(fault)).toBe('unknown')
    expect(faultOf(fault.replace(/<ds:Signature>.*<\/ds:Signature>/s, ''))).toBe('absent')
  })
})

describe('wrapping and tampering', () => {
  const xml = signed()
  const part = (pattern: RegExp): string => pattern.exec(xml)?.[0] ?? expect.fail(`no ${pattern}`)
  const body = part(/<soap:Body.*<\/soap:Body>/s)
  const signature = part(/<ds:Signature>.*<\/ds:Signature>/s)
  const timestamp = part(/<wsu:Timestamp.*<\/wsu:Timestamp>/s)
  const token = part(/<wsse:BinarySecurityToken.*<\/wsse:BinarySecurityToken>/s)
  const bodyId = /<soap:Body wsu:Id="([^"]+)"/.exec(xml)?.[1] ?? ''
  const evil = body.replace('KHADIJA', 'SOMEBODY')
  const attacks: [string, string][] = [
    ['another text in the Body', xml.replace('KHADIJA', 'SOMEBODY')],
    ['an element added to the Body', xml.replace('</soap:Body>', '<More/></soap:Body>')],
    [
      'the signed Body moved to the header, another in its place',
      xml.replace(body, evil).replace('</wsse:Security>', `</wsse:Security><Old>${body}</Old>`)
    ],
    [
      'the signed Body moved, the other one under another id',
      xml.replace(body, evil.replace(bodyId, 'other')).replace('</wsse:Security>', `</wsse:Security><Old>${body}</Old>`)
    ],
    ['the signed Body inside the Body', xml.replace(body, evil.replace(bodyId, 'other').replace('</soap:Body>', `${body}</soap:Body>`))],
    [
      'the signed Body in an Object of the signature',
      xml.replace(body, evil).replace('</ds:Signature>', `<ds:Object>${body}</ds:Object></ds:Signature>`)
    ],
    ['a second Body', xml.replace(body, body + evil)],
    ['a Body before the Body', xml.replace(body, evil.replace(bodyId, 'other') + body)],
    ['a Body without its id', xml.replace(`soap:Body wsu:Id="${bodyId}"`, 'soap:Body')],
    ['an id of no namespace', xml.replace(`soap:Body wsu:Id="${bodyId}"`, `soap:Body Id="${bodyId}"`)],
    ['the id of the Body on another element too', xml.replace('<Nombre>', `<Nombre Id="${bodyId}">`)],
    ['a second signature', xml.replace(signature, signature + signature)],
    ['the signature outside the security header', xml.replace(signature, '').replace('</wsse:Security>', `</wsse:Security>${signature}`)],
    ['two security headers', xml.replace('</wsse:Security>', '</wsse:Security><wsse:Security/>')],
    ['two tokens', xml.replace(token, token + token.replace(/wsu:Id="[^"]+"/, 'wsu:Id="t2"'))],
    ['KeyInfo that refers elsewhere', xml.replace(/Reference URI="#token-/, 'Reference URI="#nowhere-')],
    ['no reference to the Body', xml.replace(new RegExp(`<ds:Reference URI="#${bodyId}">.*?</ds:Reference>`, 's'), '')],
    ['a reference to the whole document', xml.replace(`URI="#${bodyId}"`, 'URI=""')],
    ['a reference to another host', xml.replace(`URI="#${bodyId}"`, 'URI="http://127.0.0.1/body"')],
    [
      'an XPath transform',
      xml.replace(
        '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>',
        '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"/>'
      )
    ],
    [
      'two transforms',
      xml.replace('</ds:Transforms>', '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/></ds:Transforms>')
    ],
    [
      'inclusive canonicalization',
      xml.replace(
        'CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"',
        'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"'
      )
    ],
    [
      'an HMAC with the certificate as its secret',
      xml.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'http://www.w3.org/2000/09/xmldsig#hmac-sha1')
    ],
    ['a digest by MD5', xml.replaceAll('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmldsig-more#md5')],
    ['a digest by SHA-1', xml.replaceAll('http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2000/09/xmldsig#sha1')],
    ['a Timestamp changed', xml.replace(/<wsu:Expires>[^<]+/, '<wsu:Expires>2099-01-01T00:00:00Z')],
    ['two Timestamps', xml.replace(timestamp, timestamp + timestamp.replace(/wsu:Id="[^"]+"/, 'wsu:Id="t2"'))],
    ['an empty signature value', xml.replace(/<ds:SignatureValue>[^<]+/, '<ds:SignatureValue>')],
    ['a comment that hides half of the name', xml.replace('<Nombre>', '<Nombre>SOME<!--').replace('</Nombre>', '--></Nombre>')],
    ['a namespace that is no absolute URI, so that nothing has a canonical form', xml.replace('xmlns="urn:p"', 'xmlns="p"')],
    ['no element in the Body', xml.replace(payload, '')],
    ['another root', xml.replace('<soap:Envelope', '<soap:Umschlag').replace('</soap:Envelope>', '</soap:Umschlag>')],
    ['SOAP 1.2', xml.replaceAll(namespaces.soap, 'http://www.w3.org/2003/05/soap-envelope')],
    ['a DOCTYPE', `<!DOCTYPE x>${xml}`]
  ]
  test.each(attacks)('%s: refused', (_, attacked) => {
    expect(attacked).not.toBe(xml)
    expect(['wrong', 'xml', 'absent']).toContain(faultOf(attacked))
  })

  test('any one letter changed anywhere: refused, or the same content', () => {
    fc.assert(
      fc.property(fc.nat(xml.length - 1), fc.constantFrom('A', '9', '<', ' '), (at, letter) => {
        const changed = xml.slice(0, at) + letter + xml.slice(at + 1)
        try {
          expect(openEnvelope(changed, check()).payload).toBe(payload.replace('<Vacio/>', '<Vacio></Vacio>'))
        } catch (error) {
          if (!(error instanceof SignatureRefused || error instanceof XmlRefused)) throw error
        }
      }),
      { numRuns: 300 }
    )
  })

  test('a comment put into the Body changes nothing that is read, nor does it break the signature', () => {
    expect(openEnvelope(xml.replace('KHADIJA', 'KHA<!-- x -->DIJA'), check()).payload).toContain('KHADIJA')
  })
})

test('xml-crypto, another reading of the standard, agrees with our signature', () => {
  const xml = signed()
  const other = new SignedXml({ idMode: 'wssecurity', publicCert: ours.certificatePem })
  other.loadSignature(
    /<ds:Signature>.*<\/ds:Signature>/s
      .exec(xml)?.[0]
      .replace('<ds:Signature>', `<ds:Signature xmlns:ds="${namespaces.ds}" xmlns:wsse="${namespaces.wsse}">`) ?? ''
  )
  expect(other.checkSignature(xml)).toBe(true)
  expect(other.getSignedReferences()).toHaveLength(2)
})

test('we agree with a signature of xml-crypto', () => {
  const id = 'body-1'
  const token = `<wsse:BinarySecurityToken xmlns:wsse="${namespaces.wsse}" xmlns:wsu="${namespaces.wsu}" wsu:Id="token-1">${ours.certificatePem.replace(/-----[^-]+-----|\s+/g, '')}</wsse:BinarySecurityToken>`
  const unsigned = `<s:Envelope xmlns:s="${namespaces.soap}"><s:Header><wsse:Security xmlns:wsse="${namespaces.wsse}">${token}</wsse:Security></s:Header><s:Body xmlns:wsu="${namespaces.wsu}" wsu:Id="${id}">${payload}</s:Body></s:Envelope>`
  const other = new SignedXml({
    idMode: 'wssecurity',
    privateKey: ours.privateKeyPem,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: namespaces.ec,
    getKeyInfoContent: () =>
      `<wsse:SecurityTokenReference xmlns:wsse="${namespaces.wsse}"><wsse:Reference URI="#token-1"/></wsse:SecurityTokenReference>`
  })
  other.addReference({
    xpath: "//*[local-name(.)='Body']",
    transforms: [namespaces.ec],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256'
  })
  other.computeSignature(unsigned, { prefix: 'ds', location: { reference: "//*[local-name(.)='Security']", action: 'append' } })
  expect(openEnvelope(other.getSignedXml(), check())).toMatchObject({ name: 'Peticion' })
})

describe.skipIf(!needs('xmlsec1'))('with xmlsec1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jisr-xmlsec-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const ids = ['Body', 'Timestamp', 'BinarySecurityToken'].flatMap(name => [
    '--id-attr:Id',
    `${name === 'Body' ? namespaces.soap : name === 'Timestamp' ? namespaces.wsu : namespaces.wsse}:${name}`
  ])

  test.each(['rsa-sha256', 'rsa-sha1'] as const)('our %s signature verifies, and no longer once a letter is changed', algorithm => {
    const key = file('key.pem', ours.certificatePem)
    const verify = (xml: string) =>
      execFileSync('xmlsec1', ['--verify', ...ids, '--pubkey-cert-pem', key, file('signed.xml', xml)], { stdio: 'pipe' })
    expect(() => verify(signed(algorithm))).not.toThrow()
    expect(() => verify(signed(algorithm).replace('KHADIJA', 'KHADIJB'))).toThrow()
  })

  test.each([
    ['its own prefixes', ''],
    ['inclusive prefixes', '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="soap xsd"/>']
  ])('a signature of xmlsec1 with %s holds here', (_, inclusive) => {
    const template = `<soap:Envelope xmlns:soap="${namespaces.soap}" xmlns:wsu="${namespaces.wsu}" xmlns:wsse="${namespaces.wsse}" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <soap:Header>
    <wsse:Security>
      <wsse:BinarySecurityToken wsu:Id="X509">${ours.certificatePem.replace(/-----[^-]+-----/g, '')}</wsse:BinarySecurityToken>
      <Signature xmlns="${namespaces.ds}">
        <SignedInfo>
          <CanonicalizationMethod Algorithm="${namespaces.ec}"/>
          <SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>
          <Reference URI="#Body">
            <Transforms><Transform Algorithm="${namespaces.ec}">${inclusive}</Transform></Transforms>
            <DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><DigestValue/>
          </Reference>
        </SignedInfo>
        <SignatureValue/>
        <KeyInfo><wsse:SecurityTokenReference><wsse:Reference URI="#X509"/></wsse:SecurityTokenReference></KeyInfo>
      </Signature>
    </wsse:Security>
  </soap:Header>
  <soap:Body wsu:Id="Body">
    ${payload}
  </soap:Body>
</soap:Envelope>`
    const output = join(folder, 'by-xmlsec.xml')
    execFileSync(
      'xmlsec1',
      [
        '--sign',
        ...ids.slice(0, 2),
        '--privkey-pem',
        file('private.pem', ours.privateKeyPem),
        '--output',
        output,
        file('template.xml', template)
      ],
      { stdio: 'pipe' }
    )
    const xml = readFileSync(output, 'utf8')
    expect(openEnvelope(xml, check())).toMatchObject({ name: 'Peticion' })
    expect(faultOf(xml.replace('KHADIJA', 'KHADIJB'))).toBe('wrong')
  })
})

test('an envelope of a thousand rows is opened within five seconds, on a machine that does other things too', () => {
  const rows = buildXml('a', {
    $: { xmlns: 'urn:p' },
    b: Array.from({ length: 1_000 }, (_, i) => ({ c: Object.fromEntries(Array.from({ length: 40 }, (_, k) => [`d${k}`, `${i}`])) }))
  })
  const xml = signed('rsa-sha256', ours, scanXml(rows))
  const started = performance.now()
  openEnvelope(xml, check())
  expect(performance.now() - started).toBeLessThan(5_000)
})
