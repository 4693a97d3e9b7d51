// Writes src/store/schema.sql from a freshly migrated database, or with --check compares it and fails when it differs.
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase } from '../src/store/database.ts'
import { startEmbedded } from '../src/store/embedded.ts'
import { migrate } from '../src/store/migrate.ts'
import { dumpSchema } from '../src/store/schema-dump.ts'

const file = fileURLToPath(new URL('../src/store/schema.sql', import.meta.url))

const freshDump = async (): Promise<string> => {
  const directory = await mkdtemp(join(tmpdir(), 'jisr-dump-'))
  await chmod(directory, 0o755)
  const server = await startEmbedded({ directory, durable: false })
  const owner = openDatabase({ url: server.url, application: 'dump' })
  try {
    await migrate(owner)
    return await dumpSchema(owner)
  } finally {
    await owner.close()
    await server.stop()
    for (const folder of [server.directory, directory]) await rm(folder, { recursive: true, force: true })
  }
}

const text = await freshDump()
if (process.argv.includes('--check')) {
  if (text !== (await readFile(file, 'utf8').catch(() => ''))) {
    console.error('src/store/schema.sql is not what the migrations make. Run: npm run db:dump')
    process.exitCode = 1
  }
} else {
  await writeFile(file, text)
}
