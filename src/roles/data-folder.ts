// Whose a data folder is. The gateway and the demo never share one: a demo that is thrown away must not take real data with it.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Tenant = 'gateway' | 'demo'

const markerName = 'made-by'

/**
 * Takes the folder for one of the two, and marks it. A folder of before there were marks is known by what lies in it.
 * @throws Error that says what to do when it is the other's.
 */
export const takeFolder = async (directory: string, tenant: Tenant): Promise<void> => {
  const owner = await ownerOf(directory)
  if (owner !== null && owner !== tenant) throw new Error(refusals[tenant](directory))
  if (owner === null || !(await isThere(join(directory, markerName)))) {
    await mkdir(directory, { recursive: true }).catch(error => {
      throw inTheWay.has(error.code) ? new Error(blocked[tenant](directory, error.code), { cause: error }) : error
    })
    await writeFile(join(directory, markerName), `jisr ${tenant}\n`)
  }
}

/** What mkdir says of a file, a pipe or a link that leads nowhere. */
const inTheWay: ReadonlySet<string> = new Set(['EEXIST', 'ENOTDIR', 'ENOENT', 'ELOOP'])

const blocked: Record<Tenant, (directory: string, code: string) => string> = {
  gateway: (directory, code) =>
    `DATA_DIRECTORY: ${directory} is no folder, and none can be made there (${code}): name another, or take away what stands there.`,
  demo: (directory, code) =>
    `${directory} is no folder, and none can be made there (${code}): give another with --data, or take away what stands there.`
}

const refusals: Record<Tenant, (directory: string) => string> = {
  gateway: directory =>
    `${directory} holds a demo, which is thrown away one day, and nothing real may lie in it: set DATA_DIRECTORY to another folder, or delete that one.`,
  demo: directory =>
    `${directory} holds the data of a gateway, and no demo runs over it: give another folder with --data, or leave --data out for .data/demo.`
}

const ownerOf = async (directory: string): Promise<Tenant | null> => {
  const mark = await readFile(join(directory, markerName), 'utf8').catch(() => '')
  const marked = /^jisr (gateway|demo)\n/.exec(mark)?.[1]
  if (marked !== undefined) return marked as Tenant
  if (await isThere(join(directory, 'demo.json'))) return 'demo'
  return (await isThere(join(directory, 'postgres'))) ? 'gateway' : null
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false
  )
