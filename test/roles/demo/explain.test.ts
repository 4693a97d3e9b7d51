// What somebody who typed the command reads when the database is away: their own that they named, or the one that the demo runs.
import { expect, test } from 'vitest'
import { DomainError } from '../../../src/domain/errors.ts'
import { explainDemo } from '../../../src/roles/demo/explain.ts'

test.each(['The database cannot be reached.', 'The database is starting or stopping.'])('%s', detail => {
  const away = new DomainError('unavailable', detail)
  expect(explainDemo(away, '/data', 'postgres://db/jisr').message).toMatch(/^The database does not answer\. Start what DATABASE_URL names/)
  expect(explainDemo(away, '/data', null).message).toMatch(/^PostgreSQL went away .*the same command goes on\.$/)
})
