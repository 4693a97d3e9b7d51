import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase, sql } from '../../src/store/database.ts'
import { assertMigrated, migrate, pending } from '../../src/store/migrate.ts'
import { freshDatabase } from '../support/database.ts'

const { db, owner, url } = await freshDatabase({ migrated: false })

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jisr-migrations-'))
  await write('0001_first.sql', 'create table one (id int);\ngrant select, update on all tables in schema public to jisr_app;')
  await write('0002_second.sql', 'create table two (id int);')
})
afterEach(async () => {
  await owner.query(sql.script('drop schema public cascade; create schema public; grant usage on schema public to public'))
  await rm(folder, { recursive: true })
})

const write = (name: string, text: string) => writeFile(join(folder, name), text)
const tables = async () =>
  (
    await owner.query<{ name: string }>(
      sql`select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`
    )
  ).map(row => row.name)

test('files are applied once, in order, and a second run does nothing', async () => {
  expect(await pending(owner, folder)).toEqual(['0001_first.sql', '0002_second.sql'])
  expect(await migrate(owner, folder)).toEqual(['0001_first.sql', '0002_second.sql'])
  expect(await migrate(owner, folder)).toEqual([])
  expect(await pending(owner, folder)).toEqual([])
  expect(await tables()).toEqual(['migration', 'one', 'two'])
})

test('two processes that migrate at once apply each file once', async () => {
  const runs = await Promise.all([migrate(owner, folder), migrate(owner, folder), migrate(owner, folder)])
  expect(runs.flat().sort()).toEqual(['0001_first.sql', '0002_second.sql'])
})

test('who cannot have his turn in time gives up and says why', async () => {
  await owner.lock('jisr migrate', async () => {
    await expect(migrate(owner, folder, 100)).rejects.toThrow(/Another process is migrating/)
  })
})

test('a role is refused while a migration is pending, with the command that helps', async () => {
  await expect(assertMigrated(owner, folder)).rejects.toThrow(/lacks 2 migration\(s\), first 0001_first.sql.*npm run migrate/)
  await migrate(owner, folder)
  await expect(assertMigrated(db, folder)).resolves.toBeUndefined()
  await write('0003_third.sql', 'create table three (id int)')
  await expect(assertMigrated(db, folder)).rejects.toThrow(/lacks 1 migration\(s\), first 0003_third.sql.*npm run migrate/)
})

test('a role is refused with the same command where the role of the database was never made', async () => {
  const early = openDatabase({ url, application: 'test early', role: 'jisr_absent' })
  await expect(assertMigrated(early, folder).finally(() => early.close())).rejects.toThrow(/never migrated.*npm run migrate/)
})

test('a file that fails is undone whole, names its line, and keeps the ones before it', async () => {
  await write('0002_second.sql', 'create table two (id int);\n\ncreate table two_b (id nonsense);')
  await expect(migrate(owner, folder)).rejects.toThrow(/0002_second.sql failed at line 3 and was undone/)
  expect(await tables()).toEqual(['migration', 'one'])
  expect(await pending(owner, folder)).toEqual(['0002_second.sql'])
})

const differences: [string, () => Promise<unknown>, RegExp][] = [
  [
    'an applied file was changed',
    () => write('0001_first.sql', 'create table other (id int)'),
    /0001_first.sql was changed.*new migration/
  ],
  [
    'an applied file is not here',
    () => rm(join(folder, '0002_second.sql')),
    /0002_second.sql, which this program does not know.*newer version/
  ],
  [
    'an applied file was renamed',
    () => rename(join(folder, '0001_first.sql'), join(folder, '0001_begin.sql')),
    /0001_first.sql, which this program does not know/
  ],
  ['a file came before an applied one', () => write('0000_zero.sql', 'select 1'), /0000_zero.sql stands before 0001_first.sql/]
]
for (const [what, change, said] of differences) {
  test(`nothing is migrated and no role starts when ${what}`, async () => {
    await migrate(owner, folder)
    await change()
    for (const act of [migrate, pending, assertMigrated]) await expect(act(owner, folder)).rejects.toThrow(said)
    expect(await tables()).toEqual(['migration', 'one', 'two'])
  })
}

for (const [name, said] of [
  ['3_third.sql', /3_third.sql is not named NNNN_name.sql/],
  ['0003-Third.sql', /not named NNNN_name.sql/],
  ['0002_other.sql', /Two migrations carry the number 0002/]
] as const) {
  test(`a file named ${name} is refused`, async () => {
    await write(name, 'select 1')
    await expect(migrate(owner, folder)).rejects.toThrow(said)
    expect(await tables()).toEqual([])
  })
}

test('the application cannot rewrite what has been migrated, whatever a migration grants', async () => {
  await migrate(owner, folder)
  expect(await db.query(sql`select count(*) as n from migration`)).toEqual([{ n: 2 }])
  await expect(db.query(sql`update migration set checksum = ''`)).rejects.toMatchObject({ code: '42501' })
})

test('an owner who may not use the role of the application is told what an administrator must do', async () => {
  const name = `jisr_poor_${process.pid}`
  await owner.query(sql.script(`create role ${name} login password 'poor'; grant create on schema public to ${name}`))
  const address = new URL(url)
  address.username = name
  address.password = 'poor'
  const poor = openDatabase({ url: address.href, application: 'test poor' })
  try {
    await expect(migrate(poor, folder)).rejects.toThrow(/administrator run: create role jisr_app nologin; grant jisr_app to/)
  } finally {
    await poor.close()
    await owner.query(sql.script(`drop owned by ${name}; drop role ${name}`))
  }
})
