// Writes every generated file of the repository, or with --check tells all that differ. One list, used by `npm run generate` and the check.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

const folder = import.meta.dirname

/** In the order in which they depend on each other. */
export const generators = [
  'generate-schemas.ts',
  'generate-openapi.ts',
  'generate-wire.ts',
  'dump-schema.ts',
  'generate-samples.ts'
] as const

if (import.meta.main) {
  const failed = generators.filter(
    name => spawnSync(process.execPath, [path.join(folder, name), ...process.argv.slice(2)], { stdio: 'inherit' }).status !== 0
  )
  if (failed.length > 0) console.error(`failed: ${failed.join(', ')}`)
  process.exit(failed.length > 0 ? 1 : 0)
}
