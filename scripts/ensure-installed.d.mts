/** Null when every package of the lock file that belongs on this machine is installed; otherwise a short reason. */
export function whatIsMissing(directory: string): string | null
/** Installs what is missing. Gives the path of the Node to run the project with. */
export function ensureInstalled(directory?: string): string
