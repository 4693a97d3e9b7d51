// The reference adapter against the conformance suite: the test a newcomer copies with the folder.

import { type Jwk, signCompact } from '../../adapters/lib/sandbox-keys.ts'
import { reference } from '../../adapters/reference/index.ts'
import { startSandbox } from '../../adapters/reference/sandbox.ts'
import { pushTyp } from '../../adapters/reference/wire.ts'
import { impostor, newChannel } from './channel.ts'
import { testAdapter } from './contract.ts'

const row = (about: unknown, more: Record<string, unknown> = {}) => ({
  key: 'k-1',
  fact: 'visa.lodged',
  about,
  at: '2026-01-14T10:00:00+01:00',
  patch: { visa: { lodgedAt: '2026-01-14' } },
  ...more
})

testAdapter({
  adapter: reference,
  role: 'reference',
  settings: url => ({ endpoint: url, gather: true }),
  startSandbox,
  openChannel: async () => {
    const channel = await newChannel()
    return { ...channel, sandboxSettings: { key: channel.partnerKey, gatewayKeys: channel.gatewayPublicKeys } }
  },
  fixtures: new URL('../../adapters/reference/fixtures/', import.meta.url),
  samples: { event: 'authorization.granted', effect: 'stored' },
  inbound: {
    message: ({ sandboxSettings }, rows, byStranger) => {
      const key = sandboxSettings.key as Jwk
      const body = signCompact(byStranger ? impostor(key) : key, pushTyp, { message: 'M-1', rows })
      return { id: 'M-1', contentType: 'application/jose', headers: {}, body }
    },
    content: rows => ({
      message: { id: 'M-1', contentType: 'application/jose', headers: {}, body: '' },
      content: { message: 'M-1', rows }
    }),
    good: (delivery, index) => row({ delivery }, { key: `k-${index}` }),
    hostile: [
      { what: 'a row without a reference', row: row(undefined) },
      { what: 'a passport that is no passport number', row: row({ passport: 'SECRET NAME', country: 'MAR' }) },
      { what: 'a fact that is not in the table', row: row({ delivery: 'D' }, { fact: 'visa.SECRET' }) },
      { what: 'a fact that is the gateway’s own to tell', row: row({ delivery: 'D' }, { fact: 'record.corrected' }) },
      { what: 'a fact named after a property every object has', row: row({ delivery: 'D' }, { fact: 'constructor' }) },
      { what: 'a fact about an authorisation', row: row({ delivery: 'D' }, { fact: 'authorization.checked' }) },
      { what: 'a day that does not exist', row: row({ delivery: 'D' }, { at: '2026-02-30T10:00:00+01:00' }) },
      { what: 'a patch that is a list', row: row({ delivery: 'D' }, { patch: ['SECRET NAME'] }) },
      { what: 'a string', row: 'SECRET NAME' },
      { what: 'null', row: null }
    ],
    secrets: ['SECRET'],
    senseless: [undefined, 'SECRET', 17, [], {}]
  }
})
