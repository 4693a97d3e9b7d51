// The clear columns kept beside a sealed record: what scopes and pages are matched on, and nothing about the person.

export interface ClearColumns {
  /** CIF of the employer. */
  employer: string | null
  /** Code of the origin agency. */
  agency: string | null
  /** Code of the consulate that issues, or lodges where none issues. */
  consulate: string | null
  offer: string | null
  /** INE code of the autonomous community where the work is. */
  region: string | null
}

/** Reads the columns of a folded record of any kind; null where the record does not say yet. */
export const clearColumns = (record: Readonly<Record<string, unknown>>): ClearColumns => {
  const first = (...paths: readonly string[]): string | null => {
    for (const path of paths) {
      const value = at(record, path)
      if (typeof value === 'string') return value
    }
    return null
  }
  return {
    employer: first(
      'selection.employer.cif',
      'callback.employer.cif',
      'authorization.scope.employerCif',
      'employer.cif',
      'offerDetails.employer.cif'
    ),
    agency: first('agency', 'registration.agency'),
    consulate: first('visa.consulate.issuing', 'request.consulate.issuing', 'visa.consulate.lodging', 'request.consulate.lodging'),
    offer: first('offer', 'selection.offer', 'offerDetails.reference'),
    region:
      first('authorization.scope.autonomousCommunity') ??
      communityOf(first('selection.workplace.municipality', 'offerDetails.workplace.municipality'))
  }
}

const at = (record: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((value, member) => (isObject(value) ? value[member] : undefined), record)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null

/** INE provinces (the first two digits of a municipality) by autonomous community. Source: INE, relación de comunidades y provincias. */
const provincesOfCommunity: Readonly<Record<string, readonly string[]>> = {
  '01': ['04', '11', '14', '18', '21', '23', '29', '41'],
  '02': ['22', '44', '50'],
  '03': ['33'],
  '04': ['07'],
  '05': ['35', '38'],
  '06': ['39'],
  '07': ['05', '09', '24', '34', '37', '40', '42', '47', '49'],
  '08': ['02', '13', '16', '19', '45'],
  '09': ['08', '17', '25', '43'],
  '10': ['03', '12', '46'],
  '11': ['06', '10'],
  '12': ['15', '27', '32', '36'],
  '13': ['28'],
  '14': ['30'],
  '15': ['31'],
  '16': ['01', '20', '48'],
  '17': ['26'],
  '18': ['51'],
  '19': ['52']
}

const communities = new Map(
  Object.entries(provincesOfCommunity).flatMap(([community, provinces]) => provinces.map(province => [province, community]))
)

const communityOf = (municipality: string | null): string | null =>
  municipality === null ? null : (communities.get(municipality.slice(0, 2)) ?? null)
