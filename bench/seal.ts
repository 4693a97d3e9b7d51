// How fast sealing is, beside its floor (bare AES-256-GCM in the same run), and where deflating begins to pay: node bench/seal.ts
import { createCipheriv, randomBytes } from 'node:crypto'
import { keyedHashes } from '../src/trust/keyed-hash.ts'
import { parseMasterKey } from '../src/trust/master-key.ts'
import { newDataKey, open, type Place, seal, unwrapKey, wrapKey } from '../src/trust/seal.ts'

const place: Place = { table: 'record', column: 'body', row: '0199f0aa-1111-7222-8333-444455556666' }
const roundMs = 1_000

function perSecond(work: () => unknown): number {
  for (let warm = 0; warm < 2_000; warm++) work()
  let done = 0
  const start = performance.now()
  while (performance.now() - start < roundMs) for (let batch = 0; batch < 100; batch++, done++) work()
  return Math.round((done * 1_000) / (performance.now() - start))
}

/** JSON like a record's: long member names, short values that do not repeat. */
function recordOf(bytes: number): Buffer {
  const identifiers: object[] = []
  const record = { kind: 'placement', state: 'VISA_ISSUED', employer: { cif: 'B21012345' }, identifiers }
  while (JSON.stringify(record).length < bytes) {
    identifiers.push({
      scheme: 'PASSPORT',
      value: randomBytes(5).toString('hex'),
      country: 'MAR',
      validFrom: '2024-01-01',
      status: 'in force'
    })
  }
  return Buffer.from(JSON.stringify(record).slice(0, bytes))
}

const key = newDataKey()
const keyring = { current: parseMasterKey(randomBytes(32).toString('base64')), previous: [] }
const wrapped = wrapKey(keyring, key, 'person')
const hashes = keyedHashes(newDataKey())
const show = (name: string, rate: number, note = '') =>
  console.log(`${name.padEnd(44)} ${rate.toLocaleString('en').padStart(10)} /s ${note}`)

for (const size of [1_000, 1_500, 1_790, 2_000, 4_000]) {
  const record = recordOf(size)
  const sealed = seal(key, record, place)
  const floor = perSecond(() => {
    const cipher = createCipheriv('aes-256-gcm', key, randomBytes(12))
    return Buffer.concat([cipher.update(record), cipher.final(), cipher.getAuthTag()])
  })
  const sealing = perSecond(() => seal(key, record, place))
  show(`AES-256-GCM alone, ${size} bytes (floor)`, floor)
  show(`seal ${size} bytes`, sealing, `${sealed.length} bytes, ${(floor / sealing).toFixed(1)} x the floor's time`)
  show(
    `open ${size} bytes`,
    perSecond(() => open(key, sealed, place))
  )
}
show(
  'wrap a data key',
  perSecond(() => wrapKey(keyring, key, 'person'))
)
show(
  'unwrap a data key',
  perSecond(() => unwrapKey(keyring, wrapped, 'person'))
)
show(
  'hash an identifier',
  perSecond(() => hashes.identifier({ scheme: 'PASSPORT', country: 'MAR', value: 'AB1234567' }))
)
