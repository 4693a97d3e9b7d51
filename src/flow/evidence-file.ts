// The form of an evidence file: JSON, one part a line, and a signed list of what each line must be. docs/evidence.md is its specification.
import { digestOf } from '../trust/frame.ts'

/** `part` says how it is checked, `name` how a finding names it. */
export interface Part {
  part: 'about' | 'checkpoint' | 'key' | 'message' | 'event' | 'document' | 'gone' | 'altered'
  name: string
  [member: string]: unknown
}

/** @param sign makes a signed note of the statement, which lists the digest of each part. */
export const writeFile = (parts: readonly Part[], sign: (statement: string) => string): string => {
  const lines = parts.map(({ part, name, ...members }) => JSON.stringify({ part, name, ...members }))
  const statement = sign(['jisr evidence/1', ...lines.map(digestOf), ''].join('\n'))
  return `{"jisr-evidence":1,"parts":[\n${lines.join(',\n')}\n],\n"statement":${JSON.stringify(statement)}\n}\n`
}
