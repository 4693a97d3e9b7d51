// What the gateway never takes, from whomever: it has no purpose here, so it has no place in any schema.

/** Member names that say a sender means one of these, and what it is. Everything else unknown is refused as well, but without a reason. */
const neverCollected: Readonly<Record<string, string>> = {
  socialdata: 'Social data',
  income: 'Household income',
  householdincome: 'Household income',
  salaryathome: 'Household income',
  savings: 'Savings',
  schooling: 'Schooling',
  education: 'Schooling',
  diploma: 'Schooling',
  maritalstatus: 'Marital status',
  married: 'Marital status',
  spouse: 'Family',
  children: 'Family',
  childrencount: 'Family',
  dependants: 'Family',
  dependents: 'Family',
  family: 'Family',
  breadwinner: 'Family',
  health: 'Health',
  healthdata: 'Health',
  disability: 'Health',
  pregnancy: 'Health',
  pregnant: 'Health',
  bloodgroup: 'Health',
  religion: 'Religion',
  union: 'Union membership',
  unionmembership: 'Union membership',
  politicalopinion: 'Political opinion',
  ethnicity: 'Ethnic origin',
  biometrics: 'Biometrics',
  fingerprints: 'Biometrics',
  photo: 'A photograph',
  complaint: 'Complaints',
  iban: 'Bank accounts',
  rib: 'Bank accounts',
  bankaccount: 'Bank accounts'
}

/** What the list is of. */
export const neverCollectedKinds: readonly string[] = [...new Set(Object.values(neverCollected))]

/** What a member of this name would hold, or null when it is not on the list. `marital_status` and `maritalStatus` are one name. */
export const neverCollectedAs = (member: string): string | null => {
  const name = member.toLowerCase().replace(/[^a-z]/g, '')
  return Object.hasOwn(neverCollected, name) ? (neverCollected[name] ?? null) : null
}
