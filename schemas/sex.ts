// Sex as ISO/IEC 5218, and how each counterpart writes it. H and M collide: in Spain M is a woman, in an MRZ a man.
import { z } from 'zod'

/** 0 not known, 1 male, 2 female, 9 not applicable. */
export const sex = z
  .union([z.literal(0), z.literal(1), z.literal(2), z.literal(9)], { error: 'Write the sex as ISO/IEC 5218: 0, 1, 2 or 9' })
  .meta({ description: 'ISO/IEC 5218: 0 not known, 1 male, 2 female, 9 not applicable' })

export type Sex = z.infer<typeof sex>

/** ICAO 9303: M, F or a filler. */
export const toMrzSex = (value: Sex): 'M' | 'F' | '<' => (value === 1 ? 'M' : value === 2 ? 'F' : '<')

/** The filler, and the X that some states print, both mean not known. */
export const fromMrzSex = (value: string): Sex | null => (value === 'M' ? 1 : value === 'F' ? 2 : value === '<' || value === 'X' ? 0 : null)

/** Spanish forms: hombre, mujer; null where they offer no letter. */
export const toSpanishSex = (value: Sex): 'H' | 'M' | null => (value === 1 ? 'H' : value === 2 ? 'M' : null)

export const fromSpanishSex = (value: string): Sex | null => (value === 'H' ? 1 : value === 'M' ? 2 : null)

/** Social security (TGSS): 1 man, 2 woman; null where it takes no other. */
export const toTgssSex = (value: Sex): '1' | '2' | null => (value === 1 ? '1' : value === 2 ? '2' : null)

export const fromTgssSex = (value: string): Sex | null => (value === '1' ? 1 : value === '2' ? 2 : null)
