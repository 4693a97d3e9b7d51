// Settings as a file that a shell reads (`. jisr.env`), and systemd as an EnvironmentFile.

export const settingLines = (settings: Readonly<Record<string, string>>): string[] => [
  // systemd passes over lines without "=", and would not take one that begins with export.
  'set -a',
  ...Object.entries(settings).map(([name, value]) => `${name}=${inDoubleQuotes(value)}`),
  'set +a'
]

export const isPlain = (value: string): boolean => /^[\w./:-]+$/.test(value)

/** For a shell and for systemd, whose single quotes end at the first that is met. */
const inDoubleQuotes = (value: string): string => (isPlain(value) ? value : `"${value.replaceAll(/[\\"$`]/g, '\\$&')}"`)
