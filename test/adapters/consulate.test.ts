// The consulate adapter against the conformance suite, with the messages only a consulate sends.
import { appearancesTyp, decisionsTyp } from '../../adapters/consulate/answers.ts'
import { consulate } from '../../adapters/consulate/index.ts'
import { startSandbox } from '../../adapters/consulate/sandbox.ts'
import { type Jwk, signCompact } from '../../adapters/lib/sandbox-keys.ts'
import { impostor, newChannel } from './channel.ts'
import { type AdapterUnderTest, testAdapter } from './contract.ts'

const decision = (reference: unknown, more: Record<string, unknown> = {}) => ({
  key: 'TAN-2026-000001-ISSUED',
  reference,
  applicationNumber: 'TAN-2026-000001',
  outcome: 'ISSUED',
  at: '2026-01-20T10:00:00+01:00',
  visa: { stickerNumber: 'TAN26000001', type: 'D', validFrom: '2026-02-02', validTo: '2026-06-15', entries: 'MULT', durationDays: 134 },
  ...more
})

const appearance = (more: Record<string, unknown> = {}) => ({
  key: 'VIII-1',
  passport: { number: 'AB0000001', country: 'MAR' },
  at: '2026-06-20T09:00:00+01:00',
  consulate: 'TANGIER',
  number: 'VIII-1',
  ...more
})

const subject = (kind: 'decisions' | 'appearances'): AdapterUnderTest<ReturnType<typeof consulate.settings.parse>> => ({
  adapter: consulate,
  role: 'consulate',
  settings: url => ({ endpoint: `${url}/jisr/v1`, consulate: { lodging: 'AGADIR', issuing: 'TANGIER' }, capacity: 'tangier' }),
  startSandbox,
  openChannel: async () => {
    const channel = await newChannel()
    return { ...channel, sandboxSettings: { key: channel.partnerKey, gatewayKeys: channel.gatewayPublicKeys, weekly: 100_000 } }
  },
  fixtures: new URL('../../adapters/consulate/fixtures/', import.meta.url),
  samples: { event: 'visa.requested', effect: 'lodged' },
  inbound: {
    message: ({ sandboxSettings }, rows, byStranger) => {
      const key = sandboxSettings.key as Jwk
      const signer = byStranger ? impostor(key) : key
      const body = signCompact(signer, kind === 'decisions' ? decisionsTyp : appearancesTyp, {
        message: 'M-1',
        iat: 1_768_000_000,
        [kind]: rows
      })
      return { id: 'M-1', contentType: 'application/jose', headers: {}, body }
    },
    content: rows => ({
      message: { id: 'M-1', contentType: 'application/jose', headers: {}, body: '' },
      content: { kind, payload: { message: 'M-1', iat: 1_768_000_000, [kind]: rows } }
    }),
    good: (delivery, index) =>
      kind === 'decisions' ? decision(delivery, { key: `k-${index}` }) : appearance({ key: `k-${index}`, number: `VIII-${index}` }),
    hostile:
      kind === 'decisions'
        ? [
            { what: 'a visa issued without its sticker', row: decision('D', { visa: undefined }) },
            { what: 'a sticker number with a name in it', row: decision('D', { visa: { stickerNumber: 'SECRET NAME', type: 'D' } }) },
            { what: 'a visa of type C', row: decision('D', { visa: { ...decision('D').visa, type: 'C' } }) },
            { what: 'an outcome named after a property every object has', row: decision('D', { outcome: 'constructor' }) },
            { what: 'a reference that is a person', row: decision({ name: 'SECRET NAME' }) },
            { what: 'no reference', row: decision(undefined) },
            { what: 'an instant without an offset', row: decision('D', { at: '2026-01-20T10:00:00' }) },
            {
              what: 'a reason that is a letter of a thousand words',
              row: decision('D', { outcome: 'REFUSED', refusalReason: 'SECRET '.repeat(1000) })
            },
            { what: 'a list', row: [decision('D')] }
          ]
        : [
            { what: 'a passport number in small letters', row: appearance({ passport: { number: 'secret1', country: 'MAR' } }) },
            { what: 'a passport without its country', row: appearance({ passport: { number: 'SECRET123' } }) },
            { what: 'a year in the past century', row: appearance({ activityYear: 1926 }) },
            { what: 'a consulate written in small letters', row: appearance({ consulate: 'Tangier' }) },
            { what: 'a number of more than 64 characters', row: appearance({ number: 'SECRET'.repeat(20) }) },
            { what: 'a number', row: 17 }
          ],
    secrets: ['SECRET', 'secret1', 'AB0000001'],
    senseless: [undefined, 'SECRET', 17, [], {}]
  }
})

testAdapter(subject('decisions'))

// The second kind of message that the same adapter reads; mapping and delivery are tested above.
const { outbound: _, ...readingOnly } = consulate
testAdapter({ ...subject('appearances'), adapter: { ...readingOnly, name: 'consulate (appearances)' } })
