// What every generator of committed files does in the end: writes them, or with --check says which one differs.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** `files` by absolute path. Gives the exit code: 1 when --check found a difference, which is told with the `command` that mends it. */
export const writeOrCheck = (
  files: Readonly<Record<string, string | Buffer>>,
  command: string,
  check = process.argv.includes('--check')
): 0 | 1 => {
  const differing = Object.entries(files).filter(([file, content]) => !existsSync(file) || !readFileSync(file).equals(Buffer.from(content)))
  for (const [file, content] of differing) {
    if (check) {
      console.error(`${path.relative(process.cwd(), file)} is not what its generator makes: run ${command} and commit the result`)
      continue
    }
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, content)
    console.log(`written ${path.relative(process.cwd(), file)}`)
  }
  return check && differing.length > 0 ? 1 : 0
}
