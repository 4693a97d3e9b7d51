import { type AddressInfo, connect, createServer } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { Client } from 'pg'
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { DomainError } from '../../src/domain/errors.ts'
import { withClient } from '../../src/store/client.ts'
import { type Database, openDatabase, sql } from '../../src/store/database.ts'
import { StoreError, violates } from '../../src/store/database-error.ts'
import { listener } from '../../src/store/listen.ts'
import { freshDatabase } from '../support/database.ts'

const { db, owner, url } = await freshDatabase()

beforeAll(() =>
  owner.query(
    sql.script(`create table note (id int, text text, n int, constraint note_once unique (id), constraint note_n_positive check (n > 0));
    grant select, insert, update, delete on note to jisr_app`)
  )
)

afterEach(() => owner.query(sql`delete from note`))

const opened: Database[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map(database => database.close()))
})

const open = (options: Partial<Parameters<typeof openDatabase>[0]>): Database => {
  const database = openDatabase({ url, application: 'test extra', ...options })
  opened.push(database)
  return database
}

const notes = () => db.query<{ id: number }>(sql`select id from note order by id`)
const insert = (id: number, text = 'x', n = 1) => sql`insert into note (id, text, n) values (${id}, ${text}, ${n})`

test('statements run as the role of the application', async () => {
  expect(await db.query(sql`select current_user as me`)).toEqual([{ me: 'jisr_app' }])
})

test('values come back as they went, whatever they hold', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        text: fc.string({ unit: 'grapheme' }).map(text => text.replaceAll('\u0000', '')),
        list: fc.array(
          fc.oneof(
            fc.string().map(text => text.replaceAll('\u0000', '')),
            fc.constant(null)
          )
        ),
        bytes: fc.uint8Array().map(bytes => Buffer.from(bytes)),
        many: fc.array(fc.uint8Array().map(bytes => Buffer.from(bytes))),
        json: fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.integer(), fc.constantFrom('x', '"', '\\', null))),
        int: fc.maxSafeInteger(),
        at: fc.date({ min: new Date('1900-01-01'), max: new Date('2200-01-01'), noInvalidDate: true })
      }),
      async given => {
        const [row] = await db.query(sql`
          select ${given.text}::text as text, ${given.list}::text[] as list, ${given.bytes}::bytea as bytes, ${given.many}::bytea[] as many,
            ${{ ...given.json }}::jsonb as json, ${given.int}::bigint as int, ${given.at}::timestamptz as at`)
        expect(row).toEqual({ ...given, json: { ...given.json } })
      }
    ),
    { numRuns: 50 }
  )
})

test('a date stays the day it is, in every time zone', async () => {
  expect(await db.query(sql`select '1989-03-15'::date as born, array['1989-03-15'::date] as days`)).toEqual([
    { born: '1989-03-15', days: ['1989-03-15'] }
  ])
})

test('a number too large to be exact is refused, never rounded', async () => {
  expect(await db.query(sql`select 9007199254740991::bigint as n`)).toEqual([{ n: 9007199254740991 }])
  await expect(db.query(sql`select 9007199254740993::bigint as n`)).rejects.toThrow(/beyond 2\^53/)
})

test('a transaction that throws leaves nothing behind, and its error comes out', async () => {
  const surprise = new Error('surprise')
  await expect(
    db.transaction(async tx => {
      await tx.query(insert(1))
      throw surprise
    })
  ).rejects.toBe(surprise)
  expect(await notes()).toEqual([])
})

test('a transaction that returns is committed, with what it returns', async () => {
  expect(await db.transaction(tx => tx.query<{ n: number }>(sql`insert into note (id, n) values (1, 5) returning n`))).toEqual([{ n: 5 }])
  expect(await notes()).toEqual([{ id: 1 }])
})

test('a statement error that is swallowed inside a transaction is not taken for a commit', async () => {
  const swallowing = db.transaction(async tx => {
    await tx.query(insert(1))
    await tx.query(insert(1)).catch(() => undefined)
  })
  await expect(swallowing).rejects.toThrow(/swallowed/)
  expect(await notes()).toEqual([])
})

test('a transaction that is over takes no more statements', async () => {
  const kept = await db.transaction(async tx => tx)
  await expect(kept.query(insert(1))).rejects.toThrow(/over/)
  expect(await notes()).toEqual([])
})

test('statements asked for at once inside a transaction run one after another', async () => {
  await db.transaction(tx => Promise.all([1, 2, 3, 4].map(id => tx.query(insert(id)))))
  expect(await notes()).toHaveLength(4)
})

/** Two transactions that lock rows 1 and 2 in opposite order; the first rounds wait for each other. */
const embrace = async (retry: boolean): Promise<PromiseSettledResult<number>[]> => {
  await db.query(insert(1))
  await db.query(insert(2))
  let here = 0
  const both = Promise.withResolvers<void>()
  const crossing = async (first: number, second: number) => {
    let rounds = 0
    await db.transaction(
      async tx => {
        rounds++
        await tx.query(sql`update note set n = n + 1 where id = ${first}`)
        if (++here === 2) both.resolve()
        await both.promise
        await tx.query(sql`update note set n = n + 1 where id = ${second}`)
      },
      { retry }
    )
    return rounds
  }
  return Promise.allSettled([crossing(1, 2), crossing(2, 1)])
}

test('a deadlock runs the work again where the caller said that it may', async () => {
  const results = await embrace(true)
  expect(results.map(result => (result.status === 'fulfilled' ? result.value : 0)).sort()).toEqual([1, 2])
  expect(await db.query(sql`select n from note`)).toEqual([{ n: 3 }, { n: 3 }])
})

test('a deadlock is an error where nobody said that the work may run again', async () => {
  const results = await embrace(false)
  expect(results.map(result => result.status).sort()).toEqual(['fulfilled', 'rejected'])
  expect(await db.query(sql`select n from note`)).toEqual([{ n: 2 }, { n: 2 }])
})

const secret = 'EL AMRANI FATIMA'
const refusals: [string, ReturnType<typeof sql>, string][] = [
  ['a check constraint', insert(1, secret, -1), '23514'],
  ['a unique constraint', sql`insert into note (id, text, n) values (7, ${secret}, 1), (7, ${secret}, 1)`, '23505'],
  ['a bad cast', sql`select ${secret}::uuid`, '22P02'],
  ['a bad date', sql`select ${secret}::timestamptz`, '22007'],
  ['a bad JSON', sql`select ${secret}::jsonb`, '22P02'],
  ['a number out of range', sql`select ${'99999999999'}::int`, '22003']
]
for (const [name, statement, code] of refusals) {
  test(`the refusal by ${name} tells the rule and never the value`, async () => {
    const error = await db.query(statement).catch(reason => reason)
    expect(error).toBeInstanceOf(StoreError)
    expect(error.code).toBe(code)
    const everything = JSON.stringify({ ...error, message: error.message, stack: error.stack, cause: String(error.cause) })
    expect(everything).not.toContain('AMRANI')
    expect(everything).not.toContain('99999999999')
  })
}

test('the constraint that refused can be told by its name', async () => {
  const error = await db.query(insert(1, 'x', -1)).catch(reason => reason)
  expect(violates(error, 'note_n_positive')).toBe(true)
  expect(violates(error, 'note_once')).toBe(false)
})

test('a database that is not there is "unavailable", with a time to try again', async () => {
  const nowhere = open({ url: 'postgres://jisr:x@127.0.0.1:1/jisr' })
  const error = await nowhere.query(sql`select 1`).catch(reason => reason)
  expect(error).toBeInstanceOf(DomainError)
  expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 })
})

test('a statement that takes too long is cancelled and "unavailable"', async () => {
  const hasty = open({ statementTimeoutMs: 50 })
  await expect(hasty.query(sql`select pg_sleep(5)`)).rejects.toMatchObject({
    code: 'unavailable',
    detail: expect.stringContaining('too long')
  })
  expect(await hasty.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('a server without room is "unavailable" to each sender, told once, and known for a while', async () => {
  const told: unknown[] = []
  const full = open({ onRanOut: error => told.push(error) })
  await expect(full.query(sql.script('select 1 / 0'))).rejects.toThrow()
  expect(full.ranOut(60_000)).toBe(false)
  const store = () => full.query(sql.script(`do $$ begin raise exception 'could not extend file' using errcode = 'disk_full'; end $$`))
  for (let time = 0; time < 3; time++)
    await expect(store()).rejects.toMatchObject({ code: 'unavailable', detail: expect.stringContaining('disk') })
  expect(told).toHaveLength(1)
  expect([full.ranOut(60_000), full.ranOut(-1)]).toEqual([true, false])
})

test('when no connection comes free in time the answer is "unavailable", and the pool goes on', async () => {
  const narrow = open({ connectionsMax: 1, connectTimeoutMs: 1_500 })
  await narrow.transaction(async () => {
    await expect(narrow.query(sql`select 1`)).rejects.toMatchObject({ code: 'unavailable' })
  })
  expect(await narrow.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

const killConnections = (application: string) =>
  owner.query(
    sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${`jisr ${application}`} and datname = current_database()`
  )

test('a transaction whose connection is killed is undone and "unavailable", and the next one works', async () => {
  const victim = open({ application: 'victim' })
  const killed = victim.transaction(async tx => {
    await tx.query(insert(1))
    await killConnections('victim')
    await tx.query(insert(2))
  })
  await expect(killed).rejects.toMatchObject({ code: 'unavailable' })
  await victim.transaction(tx => tx.query(insert(3)))
  expect(await notes()).toEqual([{ id: 3 }])
})

test('an idle connection that is killed ends nothing and is told', async () => {
  const lost: unknown[] = []
  const victim = open({ application: 'idler', onConnectionLost: error => lost.push(error) })
  await victim.query(sql`select 1`)
  await killConnections('idler')
  await until(() => lost.length > 0)
  expect(lost).toEqual([expect.objectContaining({ code: 'unavailable' })])
  expect(await victim.query(sql`select 1 as one`)).toEqual([{ one: 1 }])
})

test('a connection whose first word comes together with the server’s last one is "unavailable", and ends nothing', async () => {
  const last = (text: string) => Buffer.concat([Buffer.from('E'), int32(text.length + 4), Buffer.from(text)])
  const int32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer).swap32()
  const farewell = last('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0')
  const { hostname, port } = new URL(url)
  const relay = createServer(near => {
    const far = connect(Number(port), hostname, () => near.pipe(far))
    for (const socket of [near, far]) socket.on('error', () => {})
    // `Z` is what ends the greeting.
    far.on('data', chunk => {
      if (chunk.subarray(-6).equals(Buffer.from('Z\0\0\0\x05I'))) near.end(Buffer.concat([chunk, farewell]), () => far.destroy())
      else near.write(chunk)
    })
  })
  await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void relay.close())
  const uncaught: unknown[] = []
  const note = (error: unknown) => uncaught.push(error)
  process.on('uncaughtException', note)
  onTestFinished(() => void process.off('uncaughtException', note))
  const through = new URL(url)
  through.port = String((relay.address() as AddressInfo).port)
  const dying = open({ url: through.href })
  await expect(dying.query(sql`select 1`)).rejects.toMatchObject({ code: 'unavailable' })
  await expect(dying.transaction(tx => tx.query(sql`select 1`))).rejects.toMatchObject({ code: 'unavailable' })
  expect(uncaught).toEqual([])
})

/** Stands between a database and the server; frozen, what comes by connections that are open goes nowhere, and nobody is told. */
const freezingRelay = async (): Promise<{ url: string; freeze(): void }> => {
  const { hostname, port } = new URL(url)
  let halves: (() => void)[] = []
  const relay = createServer(near => {
    const far = connect(Number(port), hostname)
    for (const socket of [near, far]) socket.on('error', () => {})
    near.pipe(far).pipe(near)
    halves.push(() => {
      near.unpipe(far).pause()
      far.unpipe(near).pause()
    })
    onTestFinished(() => void [near, far].map(socket => socket.destroy()))
  })
  await new Promise<void>(resolve => relay.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void relay.close())
  const through = new URL(url)
  through.port = String((relay.address() as AddressInfo).port)
  return {
    url: through.href,
    freeze: () => {
      for (const half of halves) half()
      halves = []
    }
  }
}

test('a server that is out of reach without a word is told as such soon after the time a statement may take, and left for a new connection', async () => {
  const relay = await freezingRelay()
  const cut = open({ url: relay.url, statementTimeoutMs: 200, connectionsMax: 1 })
  await cut.query(sql`select 1`)
  relay.freeze()
  await expect(cut.query(sql`select 1`)).rejects.toMatchObject({ code: 'unavailable' })
  expect(await cut.query(sql`select 2 as n`)).toEqual([{ n: 2 }])
  const frozen = cut.transaction(async tx => {
    await tx.query(sql`insert into note (id) values (1)`)
    relay.freeze()
    await tx.query(sql`insert into note (id) values (2)`)
  })
  await expect(frozen).rejects.toMatchObject({ code: 'unavailable' })
  expect(await cut.query(sql`select id from note where id = 2`)).toEqual([])
})

test('the server looks for a client that fell silent after seconds: locks of a machine without power come free', async () => {
  const shown = await db.query(sql`
    select name, setting from pg_settings where name like 'tcp_keepalives_%' or name = 'tcp_user_timeout' order by name`)
  expect(shown).toEqual([
    { name: 'tcp_keepalives_count', setting: '3' },
    { name: 'tcp_keepalives_idle', setting: '10' },
    { name: 'tcp_keepalives_interval', setting: '5' },
    { name: 'tcp_user_timeout', setting: '25000' }
  ])
})

test('a listener whose connection fell silent notices, and hears again', async () => {
  const relay = await freezingRelay()
  const connectionOf = () => new Client({ connectionString: relay.url, query_timeout: 100 })
  const heard: (string | null)[] = []
  const listening = listener(connectionOf, undefined, 50)
  onTestFinished(() => listening.close())
  await listening.add('silent', payload => heard.push(payload))
  relay.freeze()
  await until(() => heard.includes(null))
  await owner.query(sql`select pg_notify('silent', 'again')`)
  await until(() => heard.includes('again'))
})

test('a connection lent for one piece of work that is killed between two statements is told by the second, and ends nothing', async () => {
  const killed = withClient(url, async client => {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const gone = new Promise(resolve => client.once('end', resolve))
    await owner.query(sql`select pg_terminate_backend(${rows[0]?.pid as number})`)
    await gone
    await client.query('select 1')
  })
  await expect(killed).rejects.toThrow(/not queryable|Connection terminated|was closed/)
})

const until = async (holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 10_000
  while (!holds() && Date.now() < deadline) await pause(10)
  expect(holds()).toBe(true)
}

test('a lock is held by one at a time, and free again afterwards', async () => {
  const other = open({})
  const outer = await db.lock('relay P1', async () => {
    expect(await other.lock('relay P1', async () => 'inside')).toEqual({ locked: false })
    expect(await other.lock('relay P2', async () => 'inside')).toEqual({ locked: true, value: 'inside' })
    return 'done'
  })
  expect(outer).toEqual({ locked: true, value: 'done' })
  expect(await other.lock('relay P1', async () => 'later')).toEqual({ locked: true, value: 'later' })
})

test('who waits for a lock gets it when its holder is done', async () => {
  const release = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const holding = db.lock('turn', () => {
    held.resolve()
    return release.promise
  })
  await held.promise
  const waiting = open({}).lock('turn', async () => 'mine', { waitMs: 5_000 })
  release.resolve()
  await holding
  expect(await waiting).toEqual({ locked: true, value: 'mine' })
})

test('work that throws under a lock gives it back', async () => {
  await expect(db.lock('fragile', () => Promise.reject(new Error('broke')))).rejects.toThrow('broke')
  expect(await open({}).lock('fragile', async () => 1)).toEqual({ locked: true, value: 1 })
})

test('a holder whose connection is lost is told, for another may have the lock by now', async () => {
  const victim = open({ application: 'holder' })
  const outcome = victim.lock('precious', async (_, signal) => {
    await killConnections('holder')
    await until(() => signal.aborted)
    return signal.reason.message
  })
  expect(await outcome).toEqual({ locked: true, value: 'The connection that held the lock precious was lost.' })
  expect(await db.lock('precious', async () => 1)).toEqual({ locked: true, value: 1 })
})

test('closing the database asks whoever holds a lock to finish', async () => {
  const leaving = openDatabase({ url, application: 'test leaving' })
  const held = Promise.withResolvers<void>()
  const work = leaving.lock('long', (_, signal) => {
    held.resolve()
    return new Promise(resolve => signal.addEventListener('abort', () => resolve('finished')))
  })
  await held.promise
  await leaving.close()
  expect(await work).toEqual({ locked: true, value: 'finished' })
})

test('a notification is heard, and after the connection was killed it is heard again, with word that some may be missing', async () => {
  const heard: (string | null)[] = []
  const ear = open({ application: 'ear' })
  await ear.listen('due', payload => heard.push(payload))
  await db.query(sql`select pg_notify('due', 'first')`)
  await until(() => heard.length === 1)
  await killConnections('ear')
  await until(() => heard.length === 2)
  await db.query(sql`select pg_notify('due', 'second')`)
  await until(() => heard.length === 3)
  expect(heard).toEqual(['first', null, 'second'])
})

test('channels are heard apart, and one that is stopped is silent', async () => {
  const heard: string[] = []
  const ear = open({ application: 'ears' })
  const stopDue = await ear.listen('due', () => heard.push('due'))
  await ear.listen('Odd "channel"', () => heard.push('odd'))
  await stopDue()
  await db.query(sql`select pg_notify('due', '')`)
  await db.query(sql`select pg_notify('Odd "channel"', '')`)
  await until(() => heard.length > 0)
  expect(heard).toEqual(['odd'])
})

test('listening to a database that is not there is refused at once', async () => {
  await expect(open({ url: 'postgres://jisr:x@127.0.0.1:1/jisr' }).listen('due', () => {})).rejects.toMatchObject({ code: 'unavailable' })
})

test('a statement after the database was closed is "unavailable"', async () => {
  const gone = openDatabase({ url, application: 'test gone' })
  await gone.close()
  await gone.close()
  await expect(gone.query(sql`select 1`)).rejects.toMatchObject({ code: 'unavailable' })
})

test('a table that changed under a prepared statement does not break its connection for good', async () => {
  const narrow = open({ connectionsMax: 1 })
  const look = () => narrow.query(sql`select * from note where id = 4`)
  await look()
  await owner.query(sql.script('alter table note add column extra int'))
  await look().catch(() => undefined)
  expect(await look()).toEqual([])
})
