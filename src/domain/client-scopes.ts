// What a client may be registered for, and what each scope allows: no scope without an address that it opens.
export const clientScopes = {
  'set.push': 'Push events, as security event tokens, by REST or in files, and read what became of them',
  'authz.read': 'Read the authorizations of those you have to do with',
  'placements.read': 'Read the placements of those you have to do with',
  'offers.read': 'Read the job offers that are yours to see',
  'ssf.read': 'Poll a stream and acknowledge its events',
  'ssf.manage': 'Manage streams, and all that ssf.read allows'
} as const

export type ClientScope = keyof typeof clientScopes

export const clientScopeNames = Object.keys(clientScopes) as ClientScope[]
