// What to do when a port cannot be had.

/** An error for the operator in place of the system's. */
export const listenError = (error: unknown, setting: string, port: number): Error => {
  const { code = 'unknown' } = error as NodeJS.ErrnoException
  const why = code === 'EADDRINUSE' ? 'is taken' : code === 'EACCES' ? 'needs rights that this process has not' : `cannot be used (${code})`
  return new Error(`${setting} ${port} ${why}: set ${setting} to another.`, { cause: error })
}
