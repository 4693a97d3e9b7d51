// One line for whoever typed the command, in place of what the system says when a demo cannot run.
import { DomainError } from '../../domain/errors.ts'

/**
 * An Error whose message is one line: what is wrong and what to do. `directory` is the folder that was given for the data, `databaseUrl` what
 * DATABASE_URL says.
 */
export const explainDemo = (error: unknown, directory: string, databaseUrl: string | null): Error => {
  const { code, path, port } = (error ?? {}) as NodeJS.ErrnoException & { port?: number }
  const text = error instanceof Error ? error.message : String(error)
  const say = (message: string) => new Error(message, { cause: error })
  const taken = code === 'EADDRINUSE' ? String(port) : /EADDRINUSE.*?:(\d+)/.exec(text)?.[1]
  if (taken !== undefined)
    return say(
      `Port ${taken}, which this demo used before, is taken by another program: end that program, or give another folder with --data.`
    )
  switch (code ?? /\b(ENOSPC|EACCES|EPERM|EROFS|ENOTDIR)\b/.exec(text)?.[1]) {
    case 'ENOSPC':
      return say(`The disk that holds ${directory} is full: free at least 500 MB there, or give another folder with --data.`)
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
      return say(`${path ?? directory} cannot be written to: give another folder with --data.`)
  }
  if (error instanceof DomainError && error.code === 'unavailable') {
    if (databaseUrl === null) return say('PostgreSQL went away while the demo was starting. Everything is kept: the same command goes on.')
    return say('The database does not answer. Start what DATABASE_URL names, or leave it out and one is started here.')
  }
  return say(text.split('\n')[0] as string)
}
