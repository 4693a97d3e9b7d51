// Writes openapi/gateway.json from the routes' own schemas. `--check` writes nothing and fails when it has drifted.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { createApp } from '../src/http/app.ts'
import type { Services } from '../src/http/services.ts'
import { writeOrCheck } from './write-or-check.ts'

const root = path.resolve(import.meta.dirname, '..')

/** The document as text. Its server is an example: the running gateway serves its own at /openapi.json. */
export const generateOpenapi = async (): Promise<string> => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  // Describing serves nothing, so no service is ever asked.
  const services = new Proxy({} as Services, {
    get: (_, name) => () => {
      throw new Error(`${String(name)} was asked while describing the routes`)
    }
  })
  const app = await createApp(services, { issuer: 'https://gateway.example', version, log: () => {} })
  await app.ready()
  const text = `${JSON.stringify(app.swagger(), null, 2)}\n`
  await app.close()
  return text
}

if (import.meta.main) {
  process.exitCode = writeOrCheck(
    { [path.join(root, 'openapi/gateway.json')]: await generateOpenapi() },
    'node scripts/generate-openapi.ts'
  )
}
