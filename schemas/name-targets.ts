// Names as a counterpart's fields take them: always whole until the target's length forces a cut, and a cut is always said.
import type { PersonName } from './names.ts'

/** `rule` names what rendered the value: kept with the attempt, so that a shortened name can be explained later. */
export interface Rendering {
  value: string
  truncated: boolean
  rule: string
}

/** Characters that fit (SCSP v3 schema; SICRES 3). The machine-readable zone has its own rule: mrz-name.ts. */
export const nameTargets = {
  'SCSP-NOMBRE': 50,
  'SCSP-APELLIDO': 50,
  'SCSP-COMPLETO': 160,
  'SICRES-NOMBRE': 30,
  'SICRES-APELLIDO': 30
} as const

export type NameTarget = keyof typeof nameTargets

/** Cuts to the target's length in whole characters: never between a letter and its mark, never leaving a blank at the end. */
export const renderName = (value: string, target: NameTarget): Rendering => {
  const whole = value.normalize('NFC').replace(/\s+/g, ' ').trim()
  const characters = [...whole]
  const max = nameTargets[target]
  if (characters.length <= max) return { value: whole, truncated: false, rule: target }
  let end = max
  while (end > 1 && /\p{M}/u.test(characters[end] ?? '')) end--
  return { value: characters.slice(0, end).join('').trimEnd(), truncated: true, rule: target }
}

export interface SpanishName {
  nombre: Rendering
  apellido1: Rendering
  apellido2?: Rendering
}

/** Nombre, Apellido1, Apellido2. A family name is whole in Apellido1 and never split at a blank: BEN ALI has one surname, not two. */
export const toSpanishName = ({ family, given, secondFamily }: PersonName['latin'], system: 'SCSP' | 'SICRES'): SpanishName => ({
  nombre: renderName(given, `${system}-NOMBRE`),
  apellido1: renderName(family, `${system}-APELLIDO`),
  ...(secondFamily ? { apellido2: renderName(secondFamily, `${system}-APELLIDO`) } : {})
})

/** Given names and family names in one field of 160 (SCSP's NombreCompleto). */
export const toFullName = ({ family, given, secondFamily }: PersonName['latin']): Rendering =>
  renderName([given, family, secondFamily].filter(Boolean).join(' '), 'SCSP-COMPLETO')
