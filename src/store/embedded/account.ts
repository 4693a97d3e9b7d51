// Which account of this machine PostgreSQL runs under: it refuses to run as root.
import { execFile, spawn } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { promisify } from 'node:util'

/** User and group ids, for `spawn` and `chown`. */
export interface Account {
  uid: number
  gid: number
}

const candidates = ['postgres', 'nobody']

/**
 * The account for a server whose data is (or will be) in `clusterFolder`: null means our own.
 * As root it is the owner of data that is there already, or else `postgres` or `nobody`, whichever this machine has.
 * @throws Error that says what to do when the data belongs to somebody else, or when root has no account to lend.
 */
export const serverAccount = async (clusterFolder: string): Promise<Account | null> => {
  const own = process.getuid?.()
  if (own === undefined) return null
  const owner = await stat(clusterFolder).catch(() => null)
  if (own !== 0) {
    if (owner === null || owner.uid === own) return null
    throw new Error(
      `The data in ${clusterFolder} belongs to another user (uid ${owner.uid}), and PostgreSQL serves only its own. ` +
        'Run as that user or as root, or choose another folder.'
    )
  }
  if (owner !== null && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  for (const name of candidates) {
    const account = await lookUp(name)
    if (account !== null) return account
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and this machine has no user ${candidates.join(' or ')} to run it as. Run as an ordinary user, or set DATABASE_URL.`
  )
}

/** True when the account can enter the folder: every folder above it lets it through. */
export const canEnter = async (account: Account | null, folder: string): Promise<boolean> => {
  if (account === null) return true
  // Asked of the system rather than read off the permission bits: access lists and mount options count too.
  const child = spawn('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/', env: {}, stdio: 'ignore' })
  return new Promise((resolve, reject) => child.on('error', reject).on('close', code => resolve(code === 0)))
}

const run = promisify(execFile)

const lookUp = async (name: string): Promise<Account | null> => {
  const id = (option: string) => run('id', [option, name], { timeout: 5_000 }).then(({ stdout }) => Number.parseInt(stdout, 10))
  try {
    const [uid, gid] = await Promise.all([id('-u'), id('-g')])
    return uid > 0 ? { uid, gid } : null
  } catch {
    // `id` answers "no such user" by failing; the next candidate is tried.
    return null
  }
}
