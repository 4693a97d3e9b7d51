// Where an embedded server's data is: in the folder asked for, or elsewhere when the server's account cannot get there.
import { chmod, chown, link, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { type Account, canEnter, serverAccount } from './account.ts'

export interface Place {
  /** Holds `cluster/`, `port` and `server.log`; the account owns it. */
  folder: string
  cluster: string
  account: Account | null
}

/** Named in the folder asked for when the data is not in it; deleting that folder starts afresh, as it would if the data were inside. */
const markerName = 'elsewhere'

/**
 * Finds or makes the place for the data of `directory`.
 * @param note told, in a sentence, when the data goes elsewhere from now on.
 */
export const findPlace = async (directory: string, note: (text: string) => void): Promise<Place> => {
  const asked = resolve(directory)
  await mkdir(asked, { recursive: true }).catch(error => {
    throw new Error(
      `The folder ${asked} cannot be made (${error.code}). Check that its disk can be written to, or choose another folder.`,
      { cause: error }
    )
  })
  const marked = await readMarker(asked)
  if (marked !== null) return own(marked)
  const account = await serverAccount(join(asked, 'cluster'))
  if (await canEnter(account, asked)) return own(asked)
  const folder = await markElsewhere(asked)
  note(`PostgreSQL does not run as root, and its account cannot enter ${asked}: the data goes to ${folder}.`)
  return own(folder)
}

/** The first folder, of those that survive a restart of the machine, that we may write to; the temporary one is the last resort. */
export const publicFolders = ['/var/lib', '/var/tmp', tmpdir()]

const own = async (folder: string): Promise<Place> => {
  const cluster = join(folder, 'cluster')
  const account = await serverAccount(cluster)
  if (account !== null) {
    await chown(folder, account.uid, account.gid)
    await chmod(folder, 0o755)
  }
  return { folder, cluster, account }
}

const readMarker = async (asked: string): Promise<string | null> => {
  const text = await readFile(join(asked, markerName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new Error(`Cannot read ${join(asked, markerName)}, which says where the data is.`, { cause: error })
  })
  if (text === null) return null
  const folder = text.trim()
  await mkdir(folder, { recursive: true, mode: 0o755 })
  return folder
}

/** Of processes that come here at once, the first to link its marker decides for all. */
const markElsewhere = async (asked: string): Promise<string> => {
  const folder = await makeElsewhere()
  const draft = join(asked, `${markerName}-${basename(folder)}`)
  await writeFile(draft, `${folder}\n`)
  try {
    await link(draft, join(asked, markerName))
    return folder
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return (await readMarker(asked)) as string
  } finally {
    await rm(draft, { force: true })
  }
}

const makeElsewhere = async (): Promise<string> => {
  for (const parent of publicFolders) {
    try {
      return await mkdtemp(join(parent, 'jisr-'))
    } catch (error) {
      if (!['EACCES', 'EROFS', 'ENOENT', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
    }
  }
  throw new Error(`None of ${publicFolders.join(', ')} can be written to. Run as an ordinary user, or set DATABASE_URL.`)
}
