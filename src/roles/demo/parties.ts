// Sets up who takes part in the demo: two agencies, SI GECCO, two consulates that share the visas of a week, three employers, an inspectorate.

import { agencies, employers } from '../../../samples/parties.ts'
import type { NewSubscription } from '../../flow/administer.ts'
import { openStream, registerClient, registerPartner } from '../../flow/administer.ts'
import { findClient, findPartner } from '../../store/parties.ts'
import { loadSigningKey, publicJwks } from '../../trust/keys.ts'
import type { House } from '../house.ts'
import type { ClientName, DemoState, SandboxName } from './state.ts'

const actor = 'demo'
const reason = 'it takes part in the campaign of the demo'
/** A client that died is back within a second or two; what it was handed need not hide for longer than an answer takes. */
const redeliverAfterSeconds = 10

/** Registers everybody once; a demo that goes on finds them there. */
export const setUpParties = async (house: House, state: DemoState): Promise<void> => {
  const issuer = issuerOf(state)
  for (const agency of agencies) await setUpAgency(house, state, agency.code.toLowerCase() as ClientName, agency.code, issuer)
  await addClient(house, state, 'inspeccion-de-trabajo', 'Inspección de Trabajo y Seguridad Social', 'authority', ['ssf.read'])
  await addStream(
    house,
    'inspeccion-grants',
    'inspeccion-de-trabajo',
    'migration-authority',
    `${issuer}/inspeccion`,
    [
      'authorization.fileNumber',
      'authorization.decision',
      'authorization.validFrom',
      'authorization.validTo',
      'authorization.nie',
      'selection.employer',
      'documents[PASSPORT]'
    ],
    [{ type: 'authorization.granted' }, { type: 'callback.approved' }, { type: 'record.corrected' }]
  )
  await setUpAuthority(house, state)
  for (const issuing of ['TANGIER', 'CASABLANCA'] as const) await setUpConsulate(house, state, issuing)
  for (const [i, employer] of employers.entries()) await setUpEmployer(house, state, `employer-${i + 1}` as SandboxName, employer)
}

export const issuerOf = (state: DemoState): string => `http://127.0.0.1:${state.gatewayPort}`
const urlOf = (state: DemoState, name: SandboxName): string => `http://127.0.0.1:${state.sandboxPorts[name]}`

const publicKeysOf = async (privateJwk: string) => publicJwks([await loadSigningKey(privateJwk)])

const addClient = async (
  house: House,
  state: DemoState,
  id: ClientName,
  name: string,
  role: string,
  scopes: readonly string[],
  agency?: string
) => {
  if ((await findClient(house.database, id)) !== undefined) return
  const jwks = await publicKeysOf(state.clientKeys[id])
  const budgets = { tokenBudgetPerMinute: 600, setBudgetPerMinute: 1_000_000 }
  await registerClient(house, { id, name, role, jwks, scopes, reason, ...budgets, ...(agency === undefined ? {} : { agency }) }, actor)
}

const addStream = async (
  house: House,
  id: string,
  clientId: string,
  role: string,
  audience: string,
  fields: Parameters<typeof openStream>[1]['fields'],
  subscriptions: readonly NewSubscription[]
) => {
  if ((await findPartner(house.database, id)) !== undefined) return
  await openStream(house, { id, clientId, role, audience, fields, subscriptions, redeliverAfterSeconds, reason }, actor)
}

/** An agency pushes its candidates, and polls the grants of its own. */
const setUpAgency = async (house: House, state: DemoState, id: ClientName, code: string, issuer: string) => {
  await addClient(house, state, id, `ANAPEC ${code}`, 'origin-agency', ['set.push', 'ssf.read'], code)
  await addStream(
    house,
    `${id}-grants`,
    id,
    'origin-agency',
    `${issuer}/${id}`,
    ['person.identifiers[MA-CNIE]', 'authorization.decision'],
    [
      { type: 'authorization.granted', agency: code },
      { type: 'record.corrected', agency: code }
    ]
  )
}

const setUpAuthority = async (house: House, state: DemoState) => {
  if ((await findPartner(house.database, 'si-gecco')) !== undefined) return
  await registerPartner(
    house,
    {
      id: 'si-gecco',
      name: 'SI GECCO (double)',
      adapter: 'gecco',
      role: 'migration-authority',
      settings: {
        asking: {
          endpoint: `${urlOf(state, 'si-gecco')}/servicios/gecco`,
          emisor: { nif: 'S2819001E', nombre: 'Direccion General de Gestion Migratoria' },
          solicitante: {
            identificador: 'S2816015H',
            nombre: 'Subdelegacion del Gobierno en Huelva',
            unidad: 'Area de Trabajo e Inmigracion',
            codigoUnidad: 'EA0040718'
          },
          procedimiento: { codigo: 'GECCO2026', nombre: 'Gestion colectiva de contrataciones en origen' },
          funcionario: { nombreCompleto: 'Persona Funcionaria de Prueba', nif: '54362315K' },
          finalidad: 'Autorizacion de trabajo de temporada'
        }
      },
      certificates: [state.authority.certificatePem],
      certificate: true,
      maxInFlight: 4,
      subscriptions: [{ type: 'authorization.requested' }, { type: 'callback.filed' }],
      reason
    },
    actor
  )
}

const setUpConsulate = async (house: House, state: DemoState, issuing: 'TANGIER' | 'CASABLANCA') => {
  const id = `consulate-${issuing.toLowerCase()}` as SandboxName
  if ((await findPartner(house.database, id)) !== undefined) return
  const subscriptions = (['visa.requested', 'candidate.withdrew', 'authorization.extinguished', 'worker.died'] as const).map(type => ({
    type,
    consulate: issuing
  }))
  await registerPartner(
    house,
    {
      id,
      name: `Consulate of Spain, visas issued at ${issuing}`,
      adapter: 'consulate',
      role: 'consulate',
      settings: { endpoint: urlOf(state, id), consulate: { lodging: 'RABAT', issuing }, capacity: 'visas-morocco' },
      jwks: await publicKeysOf(state.sandboxKeys[id]),
      capacity: { id: 'visas-morocco', weekly: state.options.weeklyVisas },
      maxInFlight: 4,
      subscriptions,
      reason
    },
    actor
  )
}

const setUpEmployer = async (house: House, state: DemoState, id: SandboxName, employer: { cif: string; name: string }) => {
  if ((await findPartner(house.database, id)) !== undefined) return
  await registerPartner(
    house,
    {
      id,
      name: employer.name,
      adapter: 'reference',
      role: 'employer-after-grant',
      settings: { endpoint: urlOf(state, id), gather: true },
      jwks: await publicKeysOf(state.sandboxKeys[id]),
      subscriptions: (['visa.issued', 'callback.approved', 'record.corrected'] as const).map(type => ({ type, employer: employer.cif })),
      reason
    },
    actor
  )
}
