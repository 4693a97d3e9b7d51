// Files that commands read and write: settings and keys of parties, keys that are drawn.
import { readFile, stat, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { generateSigningKey, loadSigningKey, publicJwks } from '../../trust/keys.ts'
import { UsageError } from './session.ts'

const bytesMax = 262_144

/** Text of a file that the operator named. @throws UsageError that names the file. */
export const readGiven = async (path: string): Promise<string> => {
  try {
    if ((await stat(path)).size > bytesMax) throw new UsageError(`${path} is larger than ${bytesMax} bytes: is it the right file?`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof UsageError) throw error
    // npm runs a command in the project's folder, whatever folder it is typed in.
    throw new UsageError(`${resolve(path)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
}

/** The JSON of a file. @throws UsageError that names the file, and never repeats what stands in it. */
export const readJson = async (path: string): Promise<unknown> => {
  const text = await readGiven(path)
  try {
    return JSON.parse(text)
  } catch {
    throw new UsageError(`${path} is not JSON`)
  }
}

/** A JSON object from a file. */
export const readObject = async (path: string): Promise<Record<string, unknown>> => {
  const value = await readJson(path)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError(`${path} must hold a JSON object`)
  return value as Record<string, unknown>
}

/** A JWK Set from a file that holds one, or a single public JWK. A private key is refused when it is registered. */
export const readKeys = async (path: string): Promise<unknown> => {
  const value = await readObject(path)
  return 'keys' in value ? value : { keys: [value] }
}

/** Draws a key pair: the private JWK goes into a new file that only its owner may read. @returns the public JWK Set. */
export const drawKeyFile = async (path: string): Promise<unknown> => {
  const { privateJwk } = await generateSigningKey('ES256')
  const key = await loadSigningKey(privateJwk)
  await writeNew(path, `${JSON.stringify({ ...JSON.parse(privateJwk), kid: key.kid, use: 'sig' }, null, 2)}\n`)
  return publicJwks([key])
}

/** Writes a file that is not there yet, readable by its owner alone. @throws UsageError rather than overwrite. */
export const writeNew = async (path: string, text: string): Promise<void> => {
  try {
    await writeFile(path, text, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'EEXIST'
        ? `${path} is there already; nothing is written over a key: name another file`
        : `${path} cannot be written (${code})`
    )
  }
}
