// The canonical migrant record: the folded state of a placement. Sections are patched by events (event.ts).
export interface MigrantRecord {
  TODO: never
}
