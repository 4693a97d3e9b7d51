// Certificates and keys that end: warned of 30, 14 and 3 days ahead, by name, with the command; a certificate that was replaced in time is no news.
import { expect, test } from 'vitest'
import { type Certified, expiriesOf, expiryText, nearing, type OwnKey } from '../../src/flow/expiries.ts'
import { selfSignedCertificate } from '../../src/trust/certificates.ts'

const dayMs = 86_400_000
const now = new Date('2026-02-01T12:00:00Z')
const endsIn = async (days: number): Promise<string> => {
  const notAfter = new Date(now.getTime() + days * dayMs)
  const notBefore = new Date(Math.min(now.getTime(), notAfter.getTime()) - 100 * dayMs)
  return (await selfSignedCertificate({ name: 'CN=office', notBefore, notAfter })).certificatePem
}
const [past, short, month, long] = [await endsIn(-1), await endsIn(2), await endsIn(29), await endsIn(400)]
const partner = (more: Partial<Certified>): Certified => ({ id: 'office', status: 'active', certificates: [], channel: null, ...more })
const warningAt = (pem: string, days: number) =>
  expiriesOf([partner({ certificates: [{ pem }] })], [], new Date(now.getTime() + days * dayMs))[0]?.warning

test('the warning grows with the days, to the second', () => {
  expect([0, 1.01].map(days => warningAt(long, days))).toEqual([null, null])
  for (const [days, warning] of [
    [400 - 30.001, null],
    [400 - 30, 30],
    [400 - 14.001, 30],
    [400 - 14, 14],
    [400 - 3.001, 14],
    [400 - 3, 3],
    [399.999, 3],
    [400, 'ended'],
    [500, 'ended']
  ] as const) {
    expect([days, warningAt(long, days)]).toEqual([days, warning])
  }
})

test('our own channel and the partner’s certificate are told apart, soonest first, each with its command', () => {
  const expiries = expiriesOf(
    [
      partner({ certificates: [{ pem: month }], channel: { kid: 'k', certificate: short } }),
      partner({ id: 'other', certificates: [{ pem: past }] })
    ],
    [],
    now
  )
  expect(expiries.map(({ kind, whose, days, warning }) => [kind, whose, days, warning])).toEqual([
    ['partner-certificate', 'other', -1, 'ended'],
    ['channel-certificate', 'office', 2, 3],
    ['partner-certificate', 'office', 29, 30]
  ])
  expect(expiries.map(expiryText)).toEqual([
    expect.stringMatching(
      /^the pinned certificate of other \([0-9a-f]{16}…\) ended on 2026-01-31: .*: jisr partners rotate-keys other --certificate/
    ),
    expect.stringMatching(/^our certificate for the channel of office .* ends on 2026-02-03: .* --draw-certificate <file>/),
    expect.stringContaining('ends on 2026-03-02')
  ])
})

test('a partner that has changed over, a revoked certificate and one of a disabled partner warn nobody', () => {
  const quiet = [
    partner({ certificates: [{ pem: short }, { pem: long }] }),
    partner({ certificates: [{ pem: short, revoked: true }, { pem: long }] }),
    partner({ status: 'disabled', certificates: [{ pem: short }] }),
    partner({})
  ]
  expect(nearing(expiriesOf(quiet, [], now))).toEqual([])
  expect(nearing(expiriesOf([partner({ certificates: [{ pem: short }, { pem: past }] })], [], now))).toMatchObject([{ warning: 3 }])
})

test('what is no certificate any more counts as ended', () => {
  expect(expiriesOf([partner({ certificates: [{ pem: 'nonsense' }] })], [], now)).toMatchObject([{ key: 'unreadable', warning: 'ended' }])
})

test('a signing key that retires warns only while nothing follows it', () => {
  const key = (more: Partial<OwnKey>): OwnKey => ({ kid: 'k', use: 'set', activeFrom: now, retiredAt: null, ...more })
  const soon = new Date(now.getTime() + 2 * dayMs)
  expect(expiriesOf([], [key({ retiredAt: soon })], now)).toMatchObject([{ kind: 'signing-key', whose: 'set', warning: 3 }])
  expect(expiriesOf([], [key({ retiredAt: soon }), key({ kid: 'next', activeFrom: soon })], now)).toEqual([])
  expect(expiriesOf([], [key({}), key({ use: 'channel', retiredAt: soon })], now)).toEqual([])
})
