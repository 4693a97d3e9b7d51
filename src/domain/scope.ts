// Which part of the records a subscription covers: matched on the clear columns of the folded record, never on sealed data.

/** Values that a subscription is limited to, one or several per member; an absent member does not limit. */
export interface Scope {
  /** CIF of the employer. */
  employer?: string | readonly string[]
  /** Code of the origin agency ('ANP-KEN-01'). */
  agency?: string | readonly string[]
  /** Code of the consulate that issues, or lodges where none issues yet ('TANGIER'). */
  consulate?: string | readonly string[]
  /** Id of the offer. */
  offer?: string | readonly string[]
  region?: string | readonly string[]
}

export type ScopedColumns = { readonly [Column in keyof Scope]?: string | null | undefined }

/** The columns a scope can name, for parsers and pages. */
export const scopeColumns = ['employer', 'agency', 'consulate', 'offer', 'region'] as const satisfies readonly (keyof Scope)[]

/**
 * True when every member of the scope admits the record's value. A record that has no value yet fits no scope that names the column: a
 * partner limited to one employer sees nothing before the employer is known.
 */
export const fits = (scope: Scope, columns: ScopedColumns): boolean =>
  scopeColumns.every(column => {
    const wanted = scope[column]
    if (wanted === undefined) return true
    const value = columns[column]
    if (value === undefined || value === null) return false
    return typeof wanted === 'string' ? wanted === value : wanted.includes(value)
  })
