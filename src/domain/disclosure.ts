// Who may have what: the minimisation matrix, applied to the fields that an adapter reads, and the only way from a record to a partner.
import { type FieldPath, fieldTable, type PrivacyClass, stepsOf } from '../../schemas/field.ts'
import type { MigrantRecord } from '../../schemas/record.ts'
import { exceptions, type Grade, matrix, type PartnerRole, partnerRoles } from './disclosure-matrix.ts'

export type { PartnerRole } from './disclosure-matrix.ts'

type DeepPartial<T> = T extends readonly (infer U)[] ? readonly U[] : T extends object ? { [K in keyof T]?: DeepPartial<T[K]> } : T

/** Whether a role may have a field. Exceptions for single fields go before their class. */
export const gradeOf = (path: FieldPath, role: PartnerRole): Grade =>
  exceptions[path]?.[role] ?? matrix[fieldTable[path]][partnerRoles.indexOf(role)] ?? never

/**
 * The fields of `reads` that the role may not have; an adapter that names one is not started. A field of which the role may only have a
 * coarser form (a birth year, an age band) is forbidden too: the gateway hands over fields as they are.
 */
export const forbidden = (reads: readonly FieldPath[], role: PartnerRole): FieldPath[] =>
  reads.filter(path => ['never', 'coarser'].includes(gradeOf(path, role).grade))

/** Roles that are given data by consent or for statistics alone: an objection stops them. */
export const isOptional = (role: string): boolean => role === 'reintegration' || role === 'statistics'

/** The fields of `reads` that the role may have under a condition, with the condition: for start-up and the operators' pages. */
export const conditions = (reads: readonly FieldPath[], role: PartnerRole): { path: FieldPath; when: string }[] =>
  reads.flatMap(path => {
    const grade = gradeOf(path, role)
    return grade.grade === 'conditional' ? [{ path, when: grade.when }] : []
  })

/** A new record with exactly these fields of the given one; fields without a value are absent. Lists keep the order of their entries. */
export const project = (record: Readonly<Record<string, unknown>>, reads: readonly FieldPath[]): DeepPartial<MigrantRecord> => {
  const projected: Record<string, unknown> = {}
  for (const [list, values] of entriesByList(reads)) {
    const [member] = list.entries
    const chosen = listAt(record, list.members).filter(entry => values.has(entry[member]))
    if (chosen.length > 0) put(projected, list.members, chosen)
  }
  for (const path of reads) {
    const { members, entries } = stepsOf(path)
    const value = entries === undefined ? at(record, members) : undefined
    if (value !== undefined && value !== null) put(projected, members, value)
  }
  return projected as DeepPartial<MigrantRecord>
}

/** The privacy classes of which a projection holds values: what the disclosure log says a partner was given. Sorted. */
export const disclosed = (record: Readonly<Record<string, unknown>>, reads: readonly FieldPath[]): PrivacyClass[] => {
  const classes = new Set<PrivacyClass>()
  for (const path of reads) {
    const { members, entries } = stepsOf(path)
    const present =
      entries === undefined
        ? isPresent(at(record, members))
        : listAt(record, members).some(entry => entry[entries.member] === entries.value)
    if (present) classes.add(fieldTable[path])
  }
  return [...classes].sort()
}

const never: Grade = { grade: 'never' }

type Entry = Readonly<Record<string, unknown>>

/** `documents[PASSPORT]` and `documents[VISA]` choose from one list, in which their entries keep their places. */
const entriesByList = (reads: readonly FieldPath[]) => {
  const lists = new Map<string, { members: readonly string[]; entries: readonly ['type' | 'scheme']; values: Set<unknown> }>()
  for (const path of reads) {
    const { members, entries } = stepsOf(path)
    if (entries === undefined) continue
    const name = members.join('.')
    const list = lists.get(name) ?? { members, entries: [entries.member] as const, values: new Set() }
    list.values.add(entries.value)
    lists.set(name, list)
  }
  return [...lists.values()].map(list => [list, list.values] as const)
}

const listAt = (record: Entry, members: readonly string[]): Entry[] => {
  const list = at(record, members)
  return Array.isArray(list) ? list.filter(entry => typeof entry === 'object' && entry !== null) : []
}

const at = (record: Entry, members: readonly string[]): unknown =>
  members.reduce<unknown>(
    (value, member) => (typeof value === 'object' && value !== null && Object.hasOwn(value, member) ? (value as Entry)[member] : undefined),
    record
  )

const isPresent = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'object' && Object.keys(value).length === 0)

/** Blocks are copied member by member, so that a narrower path beside a wider one never takes anything away. */
const put = (target: Record<string, unknown>, members: readonly string[], value: unknown): void => {
  let here = target
  for (const member of members.slice(0, -1)) {
    const next = here[member]
    const inner = typeof next === 'object' && next !== null ? { ...next } : {}
    here[member] = inner
    here = inner as Record<string, unknown>
  }
  const last = members.at(-1) as string
  const before = here[last]
  here[last] = isBlock(before) && isBlock(value) ? { ...before, ...value } : value
}

const isBlock = (value: unknown): value is Entry => typeof value === 'object' && value !== null && !Array.isArray(value)
