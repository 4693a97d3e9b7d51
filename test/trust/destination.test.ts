// Where requests of ours may go: the strict rule, and what an operator allows.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Allowance, loopback, openDestinations, parseAllowance } from '../../src/trust/destination.ts'

const allowing = (...texts: string[]) => openDestinations(texts.map(text => parseAllowance(text) as Allowance))
const strict = allowing()

describe('without an allowance', () => {
  test.each([
    'https://partner.example.org/hooks?a=1',
    'https://partner.example.org:443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'https://xn--fsq.example.org/'
  ])('%s may be asked', url => {
    expect(strict.refuseUrl(url)).toBeNull()
  })

  test.each([
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://0/',
    'https://[::1]/',
    'https://[::]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:7f00:1]/',
    'https://[::127.0.0.1]/',
    'https://169.254.169.254/latest/meta-data/',
    'https://100.64.0.1/',
    'https://10.0.0.1/',
    'https://172.16.0.1/',
    'https://192.168.1.1/',
    'https://192.0.2.1/',
    'https://198.18.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b:1::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001::1]/',
    'https://[fe80::1]/',
    'https://[fec0::1]/',
    'https://[fd00::1]/',
    'https://[ff02::1]/',
    'https://１２７.０.０.１/',
    'https://localhost/',
    'https://LOCALHOST/',
    'https://api.localhost/',
    'https://localhost./',
    'https://partner.example.org./',
    'https://printer/',
    'https://metadata.google.internal/',
    'https://nas.local/',
    'https://user@partner.example.org/',
    'https://user:password@partner.example.org/',
    'https://partner.example.org/#here',
    'https://partner.example.org:8443/',
    'https://partner.example.org:22/',
    'http://partner.example.org/',
    'http://partner.example.org:443/',
    'ftp://partner.example.org/',
    'file:///etc/passwd',
    'gopher://partner.example.org/',
    'javascript:alert(1)',
    'urn:ietf:rfc:8935',
    'partner.example.org',
    ''
  ])('%s may not', url => {
    expect(strict.refuseUrl(url)).toEqual(expect.any(String))
  })

  test('a public name may be asked only at public addresses', () => {
    const target = { scheme: 'https:', host: 'partner.example.org', port: 443 }
    expect(strict.refuseAddress(target, '93.184.216.34')).toBeNull()
    for (const address of ['127.0.0.1', '10.0.0.1', '::1', '::ffff:10.0.0.1', '64:ff9b::a00:1', 'fd00::1', 'nonsense', ''])
      expect([address, strict.refuseAddress(target, address)]).toEqual([address, expect.any(String)])
  })

  test('no text makes the rule throw, and nothing but https at port 443 passes', () => {
    const any = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.tuple(fc.ipV4(), fc.nat(70_000)).map(([ip, port]) => `https://${ip}:${port}/`)
    )
    fc.assert(
      fc.property(any, text => {
        if (strict.refuseUrl(text) !== null) return true
        const url = new URL(text)
        return url.protocol === 'https:' && url.port === '' && url.username === ''
      })
    )
  })
})

describe('with allowances', () => {
  test('a host by name may be anywhere, at its scheme and port alone', () => {
    const rule = allowing('gecco.intra:8443')
    expect(rule.refuseUrl('https://gecco.intra:8443/ws')).toBeNull()
    expect(rule.refuseAddress({ scheme: 'https:', host: 'gecco.intra', port: 8443 }, '10.1.2.3')).toBeNull()
    for (const url of ['http://gecco.intra:8443/ws', 'https://other.intra:8443/', 'https://10.1.2.3:8443/'])
      expect([url, rule.refuseUrl(url)]).toEqual([url, expect.any(String)])
  })

  test('a network admits its own addresses, by number and behind a public name, and no other', () => {
    const rule = allowing('10.20.0.0/16:8080', '[fd12::]/16:*')
    expect(rule.refuseUrl('https://10.20.3.4:8080/')).toBeNull()
    expect(rule.refuseUrl('https://[fd12:1::5]:9/')).toBeNull()
    expect(rule.refuseUrl('https://10.21.3.4:8080/')).toEqual(expect.any(String))
    const target = { scheme: 'https:', host: 'partner.example.org', port: 8080 }
    expect(rule.refuseAddress(target, '10.20.0.9')).toBeNull()
    expect(rule.refuseAddress(target, '10.21.0.9')).toEqual(expect.any(String))
    expect(rule.refuseAddress(target, '93.184.216.34')).toEqual(expect.any(String))
  })

  test('that of the demo admits this machine over http and nothing else', () => {
    const rule = openDestinations(loopback)
    for (const url of ['http://127.0.0.1:8081/', 'http://[::1]:1/', 'http://localhost:65535/']) expect(rule.refuseUrl(url)).toBeNull()
    for (const url of ['https://127.0.0.1/', 'http://10.0.0.1/', 'http://169.254.169.254/'])
      expect([url, rule.refuseUrl(url)]).toEqual([url, expect.any(String)])
    const elsewhere = { scheme: 'http:', host: 'partner.example.org', port: 80 }
    expect(rule.refuseAddress(elsewhere, '93.184.216.34')).toEqual(expect.any(String))
    expect(rule.refuseAddress(elsewhere, '127.0.0.1')).toBeNull()
  })

  test.each(['', '10.0.0.0/33', '[fd00::]/129', 'host/8', 'host:0', 'host:65536', 'ftp://host', 'https://host/path', '*', 'a,b', 'host:x'])(
    '%j is no allowance',
    text => {
      expect(parseAllowance(text)).toBeNull()
    }
  )
})
