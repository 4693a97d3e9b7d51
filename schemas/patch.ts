// How a section becomes the schema of its patches: what may be missing may also be taken away with null (RFC 7396).
import { z } from 'zod'

type Shape = Record<string, z.ZodType>

/** The patch form of a strict object. `required` names members, by path from the object ('name.latin'), that must be there and not null:
 *  the facts without which the event would say nothing. Optional members take null; blocks such as an employer stay whole or are absent. */
export const patchOf = (schema: z.ZodType, required: readonly string[] = []): z.ZodType => {
  if (!(schema instanceof z.ZodObject)) return schema
  const shape: Shape = {}
  for (const [member, inner] of Object.entries<z.ZodType>(schema.shape)) {
    const below = required.filter(path => path.startsWith(`${member}.`)).map(path => path.slice(member.length + 1))
    const isRequired = required.includes(member) || below.length > 0
    const bare = inner instanceof z.ZodOptional ? (inner.unwrap() as z.ZodType) : inner
    const patched = patchOf(bare, below)
    shape[member] = inner instanceof z.ZodOptional && !isRequired ? patched.nullable().optional() : patched
  }
  return withChecksOf(schema, z.strictObject(shape))
}

/** Refinements of an object hold for its patch as well: they are moved over, since a new object has none. */
const withChecksOf = (from: z.ZodObject, to: z.ZodObject): z.ZodType => {
  const checks = from.def.checks ?? []
  return checks.length === 0 ? to : to.check(...(checks as [z.core.$ZodCheck<unknown>]))
}
