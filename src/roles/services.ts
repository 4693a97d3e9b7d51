// What the HTTP surface asks of the house, composed over flow, store and trust.
import { NotAuthentic } from '../../adapters/contract.ts'
import type { Explanation } from '../../schemas/explain.ts'
import { DomainError } from '../domain/errors.ts'
import type { Part, Said } from '../domain/words/said.ts'
import { says as domainSays } from '../domain/words/words.ts'
import { admit, isNotAdmitted } from '../flow/admit.ts'
import { answer, answeringPartner, refuseUnread } from '../flow/answer.ts'
import type { Partner } from '../flow/directory.ts'
import { settleSets, takeSets } from '../flow/hand-out.ts'
import { leftNoLine } from '../flow/ingest.ts'
import type { Intake } from '../flow/intake.ts'
import { findInvited, registerInvited } from '../flow/invite.ts'
import type { JobQueues } from '../flow/jobs.ts'
import {
  changeOwnStream,
  createOwnStream,
  deleteOwnStream,
  listOwnStreams,
  readOwnStream,
  setOwnStatus,
  verifyOwnStream
} from '../flow/manage-streams.ts'
import { codeOf, noteNotAdmitted } from '../flow/not-admitted.ts'
import { latestCheckpoint, proveConsistency, proveLeaf, receiptOfSet } from '../flow/prove-log.ts'
import { receive } from '../flow/receive.ts'
import { findBecame, listBecame } from '../flow/what-became.ts'
import type { Client, IngestAnswer, IngestSet, LogKeysView, Services } from '../http/services.ts'
import { canTell, says, type Words } from '../http/words/words.ts'
import { sql } from '../store/database.ts'
import { dueChannel } from '../store/deliveries.ts'
import { rememberOnce } from '../store/keys.ts'
import { lastCheckpoint } from '../store/ledger.ts'
import type { ClientRow } from '../store/parties.ts'
import { hasSets } from '../store/streams.ts'
import { originOf } from '../trust/checkpoint.ts'
import { clientKeyLoader, type RegisteredJwk } from '../trust/client-keys.ts'
import { noteKeyId, verifierKey } from '../trust/note.ts'
import type { House } from './house.ts'
import { composeRestServices } from './rest-services.ts'

export interface SurfaceOptions {
  issuer: string
}

/** Composes the services; `close` stops listening for new deliveries. */
export const composeServices = async (
  house: House,
  intake: Intake,
  queues: JobQueues,
  options: SurfaceOptions
): Promise<Services & { close(): Promise<void> }> => {
  const loadKeys = clientKeyLoader()
  const { database, clock, directory } = house
  const waiters = new Set<() => void>()
  let waking = false
  const stop = await database.listen(dueChannel, () => {
    if (waking) return
    waking = true
    // Commits come in bursts: a poll that waits looks once for all of them.
    setTimeout(() => {
      waking = false
      for (const wake of waiters) wake()
    }, wakePauseMs)
  })
  const streamOf = (streamId: string): Partner => {
    const partner = directory.partner(streamId)
    if (partner === undefined) throw new DomainError('not-found', 'there is no such stream')
    return partner
  }

  /** Removed in the moment between authentication and now. */
  const rowOf = (clientId: string): ClientRow => {
    const row = directory.client(clientId)
    if (row === undefined) throw new DomainError('unauthenticated', domainSays('client-gone'))
    return row
  }

  return {
    now: () => clock.wall(),
    findClient: async id => {
      const row = directory.client(id)
      return row === undefined ? null : toClient(row, loadKeys(row.jwks as { keys: RegisteredJwk[] }))
    },
    rememberAssertion: (hash, expiresAt) => rememberOnce(database, hash, expiresAt),
    findInvited: token => findInvited(house, token),
    registerInvited: (token, asked) => registerInvited(house, token, asked),
    tokenKey: () => house.keys.token,
    tokenKeys: () => house.keys.tokens,
    publishedKeys: () => house.keys.published,
    ...composeRestServices(house, intake),
    checkpoint: () => latestCheckpoint(house),
    logKeys: () => showLogKeys(house, options.issuer),
    inclusionProof: seq => proveLeaf(house, seq),
    consistencyProof: (from, to) => proveConsistency(house, from, to),
    noteRefusedSet: (clientId, set, err) => noteNotAdmitted(house, clientId, set, err),
    setReceipt: (clientId, jti) => receiptOfSet(house, clientId, jti),
    ingestSet: input => ingestSet(house, intake, house.signing.eventNamespace, input),
    setStatus: (clientId, jti) => findBecame(house, rowOf(clientId), jti),
    listSets: (clientId, query) => listBecame(house, rowOf(clientId), query),
    receiveMessage: async (partnerId, message, authentic) => {
      const partner = directory.partner(partnerId)
      if (partner?.code.inbound === undefined) return null
      try {
        return await receive(house, queues, partner, message, { by: 'push', authentic })
      } catch (error) {
        if (error instanceof NotAuthentic) return 'not authentic'
        throw error
      }
    },
    answerInquiry: async (service, message, waitOf) => {
      const partner = answeringPartner(house, service)
      return partner === undefined ? null : answer(house, partner, message, waitOf)
    },
    refuseInquiry: async (service, waitSeconds) => {
      const partner = answeringPartner(house, service)
      return partner === undefined ? null : refuseUnread(house, partner, waitSeconds)
    },
    findStream: async (clientId, streamId) => {
      const partner = directory.partner(streamId)
      if (partner === undefined || partner.stream !== 'poll' || partner.clientId !== clientId || partner.status === 'disabled') return null
      return { id: partner.id, status: partner.status === 'active' ? 'enabled' : 'paused' }
    },
    settleStream: (streamId, settled) => settleSets(house, streamOf(streamId), settled),
    takeSets: (streamId, limits) => takeSets(house, streamOf(streamId), limits),
    waitForSets: (streamId, timeoutMs, signal) => waitForSets(house, waiters, streamId, timeoutMs, signal),
    createStream: (clientId, wish, under) => createOwnStream(house, rowOf(clientId), wish, under),
    listStreams: clientId => listOwnStreams(house, rowOf(clientId)),
    readStream: (clientId, id) => readOwnStream(house, rowOf(clientId), id),
    changeStream: (clientId, id, wish, how) => changeOwnStream(house, rowOf(clientId), id, wish, how),
    deleteStream: (clientId, id) => deleteOwnStream(house, rowOf(clientId), id),
    setStreamStatus: (clientId, id, status) => setOwnStatus(house, rowOf(clientId), id, status, null),
    verifyStream: (clientId, id, state) => verifyOwnStream(house, rowOf(clientId), id, state),
    ready: async () => {
      try {
        await database.query(sql`select 1 as one`)
        return { ready: true }
      } catch {
        return { ready: false, because: 'the database does not answer' }
      }
    },
    close: stop
  }
}

/** Where a verifier finds the log's keys: those that sign, and those that did. */
const showLogKeys = async (house: House, issuer: string): Promise<LogKeysView> => {
  const origin = (await lastCheckpoint(house.database))?.origin ?? originOf(issuer)
  const keys = house.keys.logs.map(key => {
    const own = { name: origin, publicKey: key.publicKey }
    return {
      id: noteKeyId(own.publicKey),
      verifierKey: verifierKey(own),
      publicKey: own.publicKey.export({ type: 'spki', format: 'pem' }) as string,
      from: key.activeFrom.toISOString(),
      until: key.retiredAt?.toISOString() ?? null
    }
  })
  return { origin, keys }
}

/** A poll answered at once would carry a SET or two, and the next one again: a fifth of a second later it carries what a burst made. */
const wakePauseMs = 200

const toClient = (row: ClientRow, keys: Client['keys']): Client => ({
  id: row.id,
  issuer: row.issuer,
  status: row.status,
  scopes: row.scopes,
  keys,
  certificates: row.certificates,
  legacyAudience: row.legacyAud,
  tokenBudgetPerMinute: row.tokenBudgetPerMinute,
  setBudgetPerMinute: row.setBudgetPerMinute
})

/** A verified SET becomes a submission: its event must be known, granted to the client, and fit the canonical language. */
const ingestSet = async (house: House, intake: Intake, namespace: string, { client, set }: IngestSet): Promise<IngestAnswer> => {
  const type = set.eventUri.startsWith(namespace) ? set.eventUri.slice(namespace.length) : ''
  const teller = house.directory.client(client.id)
  if (teller === undefined) return refused('access_denied', domainSays('client-gone'))
  const answer = await admit(intake, house.clock.wall(), teller, {
    key: set.jti,
    payloadHash: set.payloadHash,
    type,
    sourceId: set.subId.format === 'opaque' ? set.subId.id : `${set.subId.iss} ${set.subId.sub}`,
    payload: set.payload,
    effectiveAt: new Date((set.toe ?? set.iat) * 1000),
    evidence: set.token,
    way: 'set'
  })
  if (isNotAdmitted(answer) || leftNoLine(answer)) await noteNotAdmitted(house, client.id, set, codeOf(answer))
  switch (answer.status) {
    case 'accepted':
      return { status: answer.repeated ? 'repeated' : 'accepted', eventId: answer.eventId }
    case 'refused':
      return refused('invalid_request', objection(answer))
    case 'conflict':
      return refused('invalid_request', says('jti-used'))
    case 'not-yet':
      return refused('invalid_request', says('not-yet'))
    case 'not-granted':
      return refused('access_denied', answer.said)
    case 'unknown-type':
      return refused('invalid_request', says('type-unknown', { namespace }))
    case 'unfit':
      return refused('invalid_request', says('payload-unfit', { type, faults: faultsOf(answer.faults) }))
  }
}

const refused = (err: 'invalid_request' | 'access_denied', description: Words): IngestAnswer => ({ status: 'refused', err, description })

/** The first ten, each with where it is, which rule it breaks, and what to do. */
const faultsOf = (faults: readonly Explanation[]): Part =>
  faults
    .slice(0, 10)
    .map(({ pointer, code, said }) => {
      const where = { pointer: pointer || '/', code }
      return said !== undefined && canTell(said) ? says('payload-fault', { ...where, detail: said }) : says('payload-fault-bare', where)
    })
    .reduce<Part>((one, other) => (one === '' ? other : says('payload-faults', { one, other })), '')

/** What was refused before texts were kept by their ids is there in English alone. */
const objection = ({ code, reason, said }: { code: string; reason: string; said: Said | null }): Words =>
  said === null ? `${code}: ${reason}` : says('objection', { code, said })

/** Wakes on the next commit that made something due, or after `timeoutMs`; a short poll covers a lost notification. */
const waitForSets = async (
  house: House,
  waiters: Set<() => void>,
  streamId: string,
  timeoutMs: number,
  signal: AbortSignal
): Promise<void> => {
  const until = Date.now() + timeoutMs
  while (!signal.aborted && Date.now() < until) {
    if (await hasSets(house.database, streamId, house.clock.wall())) return
    await new Promise<void>(resolve => {
      const done = () => {
        waiters.delete(done)
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, Math.min(1_000, Math.max(1, until - Date.now())))
      waiters.add(done)
      signal.addEventListener('abort', done, { once: true })
    })
  }
}
