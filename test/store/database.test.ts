import { expect, test } from 'vitest'
import { sql } from '../../src/store/database.ts'
import { freshDatabase } from '../support/database.ts'

const { db } = await freshDatabase()

test('the gateway works as the application role', async () => {
  expect(await db.query(sql`select current_user`)).toEqual([{ current_user: 'jisr_app' }])
})
