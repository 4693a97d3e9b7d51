// Turns what PostgreSQL's programs print when they fail into a sentence that says what to do.

const otherwise = 'or set DATABASE_URL to a PostgreSQL that runs elsewhere'

/**
 * @param output what the program printed, or the system's error.
 * @param folder where its data is.
 */
export const explain = (output: string, folder: string): string => {
  for (const [pattern, say] of known) {
    const match = pattern.exec(output)
    if (match !== null) return say(folder, match)
  }
  return `PostgreSQL did not start. Its last words, from ${folder}/server.log: ${lastLines(output)}`
}

/** The same for an error of a system call of our own; any other error is given back as it is. */
export const explainSystemError = (error: unknown, folder: string): unknown =>
  ['ENOSPC', 'EROFS', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')
    ? new Error(explain(String(error), folder), { cause: error })
    : error

const known: readonly [RegExp, (folder: string, match: RegExpExecArray) => string][] = [
  [
    /No space left on device|ENOSPC|Check free disk space/,
    folder => `The disk that holds ${folder} is full. Free at least 500 MB there, then start again.`
  ],
  [
    /error while loading shared libraries: ([^:\s]+)/,
    (_, match) =>
      `This machine lacks the library ${match[1]}, which PostgreSQL needs. Install the system package that has it, ${otherwise}.`
  ],
  [
    /ENOENT|Exec format error|ENOEXEC/,
    () =>
      `PostgreSQL's programs cannot run on this machine: they need the GNU C library (Alpine has another). Use a Debian-based image, ${otherwise}.`
  ],
  [
    /database files are incompatible|initialized by PostgreSQL version (\d+)/,
    folder => `The data in ${folder} was written by another version of PostgreSQL. Start the version of Jisr that wrote it, ${otherwise}.`
  ],
  [
    /could not map anonymous shared memory|could not create shared memory segment|Cannot allocate memory/,
    () => `There is too little memory for PostgreSQL: it needs about 300 MB. Stop something else, ${otherwise}.`
  ],
  [
    /Read-only file system|EROFS/,
    folder => `${folder} cannot be written to: its file system is read-only. Choose another folder, ${otherwise}.`
  ],
  [
    /Permission denied|EACCES|EPERM/,
    folder => `PostgreSQL may not use ${folder}. Check who owns it and the folders above it, ${otherwise}.`
  ],
  [
    /invalid permissions|has invalid permissions|group or world access/,
    folder => `${folder}/cluster is open to other users, and PostgreSQL refuses that. Run: chmod -R go-rwx ${folder}/cluster`
  ]
]

const lastLines = (output: string): string => output.trim().split('\n').slice(-8).join(' | ') || 'nothing'
