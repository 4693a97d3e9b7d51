import { expect, test } from 'vitest'
import { testClient, testGateway } from './gateway.ts'

const t = await testGateway()

test('it listens where its issuer says, and a registered client is known', async () => {
  const answer = await fetch(`${t.url}/.well-known/oauth-authorization-server`)
  expect(await answer.json()).toMatchObject({ issuer: t.url })
  await testClient(t, 'agency-one', ['set.push'])
  expect(t.house.directory.client('agency-one')?.scopes).toEqual(['set.push'])
})
