// What ends by itself: certificates of our channels, of partners and of clients, and signing keys of ours that retire with none to follow. Whose, when, and what to do.
import { NotACertificate, readCertificate } from '../trust/certificates.ts'
import { signingUses } from './rotate-keys.ts'

/** What is needed of a partner to see what of it ends. */
export interface Certified {
  id: string
  status: string
  certificates: readonly { pem: string; revoked?: boolean }[]
  channel: { kid: string; certificate: string | null } | null
}

/** What is needed of a signing key of ours. */
export interface OwnKey {
  kid: string
  use: string
  activeFrom: Date
  retiredAt: Date | null
}

export interface Expiry {
  kind: 'channel-certificate' | 'partner-certificate' | 'client-certificate' | 'signing-key'
  /** The partner's or client's id, or the use of a key of ours. */
  whose: string
  /** Fingerprint or kid, its beginning. */
  key: string
  endsAt: Date
  /** Whole days that are left; negative when it has ended. */
  days: number
  /** The nearest of the warnings that has been reached; null while none has. */
  warning: 'ended' | 3 | 14 | 30 | null
  /** What the operator runs, as soon as it has been agreed. */
  command: string
}

/** Days before the end at which somebody is warned. */
const warningDays = [3, 14, 30] as const
const dayMs = 86_400_000

/** Everything that has an end, soonest first. A certificate that cannot be read counts as ended. */
export const expiriesOf = (
  partners: readonly Certified[],
  keys: readonly OwnKey[],
  now: Date,
  clients: readonly { id: string; end: Date }[] = []
): Expiry[] =>
  [
    ...partners.filter(({ status }) => status !== 'disabled').flatMap(partner => [...ofChannel(partner, now), ...ofPartner(partner, now)]),
    ...clients.map(({ id, end }) =>
      expiry(
        'client-certificate',
        id,
        'mutual TLS',
        end,
        now,
        `jisr clients require-certificate ${id} --certificate <old> <new> --reason "…"`
      )
    ),
    ...ofOwnKeys(keys, now)
  ].toSorted((a, b) => a.endsAt.getTime() - b.endsAt.getTime())

/** Those that somebody must see to. */
export const nearing = (expiries: readonly Expiry[]): Expiry[] => expiries.filter(({ warning }) => warning !== null)

/** One sentence for the operator: which, whose, when, and what to do. */
export const expiryText = ({ kind, whose, key, endsAt, warning, command }: Expiry): string => {
  const [what, first] = expiryWords[kind]
  return `${what} ${whose} (${key}…) ${warning === 'ended' ? 'ended' : 'ends'} on ${endsAt.toISOString().slice(0, 10)}: ${first}: ${command}`
}

const expiryWords = {
  'channel-certificate': ['our certificate for the channel of', 'agree the hour with the partner, draw a new one and hand it over'],
  'partner-certificate': ['the pinned certificate of', 'have the partner send its next one, and pin both while it changes over'],
  'client-certificate': ['the last certificate of the client', 'have it send its next one, and name both while it changes over'],
  'signing-key': ['the last key of ours for', 'draw its successor']
} as const

const ofChannel = ({ id, channel }: Certified, now: Date): Expiry[] => {
  if (channel === null || channel.certificate === null) return []
  const { endsAt, fingerprint } = endOf(channel.certificate)
  const command = `jisr partners rotate-keys ${id} --draw-certificate <file> --reason "…"`
  return [expiry('channel-certificate', id, fingerprint ?? channel.kid, endsAt, now, command)]
}

/** A partner that has another certificate in force for long enough has changed over already: the old one may end. */
const ofPartner = ({ id, certificates }: Certified, now: Date): Expiry[] => {
  const known = certificates.filter(({ revoked }) => revoked !== true).map(({ pem }) => endOf(pem))
  const last = known.toSorted((a, b) => b.endsAt.getTime() - a.endsAt.getTime())[0]
  if (last === undefined) return []
  const command = `jisr partners rotate-keys ${id} --certificate <old> <new> --reason "…"`
  return [expiry('partner-certificate', id, last.fingerprint ?? 'unreadable', last.endsAt, now, command)]
}

/** A use whose key retires and has no successor would sign nothing from then on. */
const ofOwnKeys = (keys: readonly OwnKey[], now: Date): Expiry[] =>
  signingUses.flatMap(use => {
    const left = keys.filter(key => key.use === use && (key.retiredAt === null || key.retiredAt > now))
    const last = left.toSorted((a, b) => (b.retiredAt?.getTime() ?? 0) - (a.retiredAt?.getTime() ?? 0))[0]
    if (last === undefined || last.retiredAt === null || left.some(({ retiredAt }) => retiredAt === null)) return []
    return [expiry('signing-key', use, last.kid, last.retiredAt, now, `jisr keys rotate ${use} --reason "…"`)]
  })

const endOf = (pem: string): { endsAt: Date; fingerprint: string | null } => {
  try {
    const { facts } = readCertificate(pem)
    return { endsAt: facts.notAfter, fingerprint: facts.fingerprint }
  } catch (error) {
    if (error instanceof NotACertificate) return { endsAt: new Date(0), fingerprint: null }
    throw error
  }
}

const expiry = (kind: Expiry['kind'], whose: string, key: string, endsAt: Date, now: Date, command: string): Expiry => {
  const days = Math.floor((endsAt.getTime() - now.getTime()) / dayMs)
  const warning = endsAt <= now ? 'ended' : (warningDays.find(limit => endsAt.getTime() - now.getTime() <= limit * dayMs) ?? null)
  return { kind, whose, key: key.slice(0, 16), endsAt, days, warning, command }
}
