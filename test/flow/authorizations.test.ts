// Events about an authorisation itself find the one meant: of the person as the teller knows her, and of the employer.
import { expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { testHouse } from '../support/house.ts'
import { messagesOf } from '../support/people.ts'

const t = await testHouse()

const grant = {
  authorization: {
    fileNumber: '21/2026/0001',
    decision: 'GRANTED',
    resolutionDate: '2026-01-20',
    validFrom: '2026-01-20',
    validTo: '2030-01-19'
  }
}

const granted = async (person: string, n: number) => {
  for (const message of messagesOf(n).filter(({ type }) => type !== 'visa.requested')) {
    await t.submit({ person, type: message.type, at: message.effectiveAt, payload: message.payload })
  }
  await t.submit({ person, type: 'authorization.granted', at: '2026-01-20T09:00:00Z', payload: grant })
}

const authorizations = (person: string) =>
  t.house.database.query<{ state: string; version: number }>(sql`
    select s.state, s.version from subject s join person_source p on p.person_id = s.person_id
    where s.kind = 'authorization' and p.source_hash = ${t.house.vault.hashes.sourceId('anapec', person)}`)

test('an authorisation that expires moves the one of that person, which the grant had made', async () => {
  await granted('w-1', 1)
  expect(await authorizations('w-1')).toEqual([expect.objectContaining({ state: 'GRANTED' })])
  const payload = { authorization: { fileNumber: '21/2026/0001' } }
  expect(await t.submit({ person: 'w-1', type: 'authorization.expired', at: '2030-01-20T00:00:00Z', payload })).toMatchObject({
    status: 'accepted'
  })
  expect(await authorizations('w-1')).toEqual([expect.objectContaining({ state: 'EXPIRED' })])
})

test('about a person without an authorisation nothing of the kind is taken, and a repeat gets the same answer', async () => {
  const said = { key: 'none', person: 'w-none', type: 'authorization.expired' as const, at: '2030-01-20T00:00:00Z', payload: {} }
  const first = await t.submit(said)
  expect(first).toMatchObject({ status: 'refused', code: 'which-authorization', repeated: false })
  expect(await t.submit(said)).toMatchObject({ status: 'refused', code: 'which-authorization', repeated: true })
})

test('an employer that the person has no authorisation with is not guessed at', async () => {
  await granted('w-2', 2)
  const payload = {
    authorization: {
      scope: { employerCif: 'B21123450', autonomousCommunity: '01', occupation: { scheme: 'CNO-11', code: '9511' }, sector: '01' }
    }
  }
  expect(await t.submit({ person: 'w-2', type: 'authorization.expired', at: '2030-01-20T00:00:00Z', payload })).toMatchObject({
    code: 'which-authorization'
  })
})
