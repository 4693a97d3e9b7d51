// jisr partners: whom messages go to and come from.
import { type Command, InvalidArgumentError } from 'commander'
import { groundFor, isPartnerRole } from '../../domain/disclosure-matrix.ts'
import { groundOf, termsOf } from '../../domain/dpv.ts'
import { DomainError } from '../../domain/errors.ts'
import { changePartner, changePartnerStatus, registerPartner, rotateChannel } from '../../flow/administer.ts'
import { failingText } from '../../flow/failing.ts'
import { readStanding } from '../../flow/standing.ts'
import { listSubscriptions } from '../../store/parties.ts'
import { tableLines } from '../table.ts'
import { readGiven, readKeys, readObject, writeNew } from './files.ts'
import { type CommonOptions, type Output, type Run, reasonText, type Session, said, UsageError } from './session.ts'
import { parseSubscription, subscriptionText } from './subscription.ts'

interface AddOptions extends CommonOptions {
  name: string
  adapter: string
  role: string
  settings: string
  subscribe: string[]
  client?: string
  jwks?: string
  certificate: string[]
  drawCertificate?: string
  capacity?: string
  weekly?: number
  carryOver?: number
  maxInFlight?: number
  attempts?: number
  reason: string
}

/** Adds `partners` to the program. */
export const addPartnerCommands = (program: Command, run: Run): void => {
  const partners = program.command('partners').description('whom messages go to and come from')
  addAdd(partners, run)
  partners
    .command('list')
    .description('every partner, with what it is owed')
    .action((options: CommonOptions) => run(options, session => list(session, false)))
  partners
    .command('show <id>')
    .description('one partner: settings, subscriptions, certificate, deliveries')
    .action((id: string, options: CommonOptions) => run(options, session => show(session, id)))
  addStatusCommands(partners, run, 'partner')
  partners
    .command('rotate-keys <id>')
    .description('replaces what we know of its keys, or draws a new key and certificate of ours for its channel')
    .option('--jwks <file>', 'its new public keys')
    .option('--certificate <file...>', 'its new pinned certificates, PEM', [])
    .option('--draw-certificate <file>', 'draws our new channel key and writes the certificate to hand over to a new file')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: CommonOptions & Pick<AddOptions, 'jwks' | 'certificate' | 'drawCertificate'> & { reason: string }) =>
      run(options, session => rotate(session, id, options))
    )
}

const addAdd = (partners: Command, run: Run): void => {
  partners
    .command('add <id>')
    .description('registers a partner with its settings and subscriptions')
    .requiredOption('--name <text>', 'what people call it')
    .requiredOption('--adapter <name>', 'the code that speaks to it')
    .requiredOption('--role <role>', 'what it may see: a role of the disclosure matrix')
    .requiredOption('--settings <file>', 'the adapter’s settings, a JSON file')
    .option('--subscribe <type...>', 'an event it is owed: visa.requested:consulate=TANGIER', [])
    .option('--client <id>', 'the client it is when it calls us')
    .option('--jwks <file>', 'its public keys, for signed JSON')
    .option('--certificate <file...>', 'its pinned certificates, PEM, for signed XML', [])
    .option('--draw-certificate <file>', 'draws our key for its channel and writes the certificate to hand over to a new file')
    .option('--capacity <id>', 'the weekly quota it shares with others')
    .option('--weekly <n>', 'places a week, when the quota is new', positive)
    .option('--carry-over <n>', 'unused places that the next week may use', whole)
    .option('--max-in-flight <n>', 'messages on their way at once', positive)
    .option('--attempts <n>', 'tries before a delivery is dead', positive)
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: AddOptions) => run(options, session => add(session, id, options)))
}

const add = async ({ house, by }: Session, id: string, options: AddOptions): Promise<Output> => {
  const { name, adapter, role, client, jwks, drawCertificate, capacity, weekly, carryOver, maxInFlight, attempts, reason } = options
  if (capacity === undefined && weekly !== undefined) throw new UsageError('--weekly goes with --capacity <id>')
  if (capacity !== undefined && weekly === undefined) throw new UsageError('--capacity goes with --weekly <n>')
  const certificate = await registerPartner(
    house,
    {
      id,
      name,
      adapter,
      role,
      settings: await readObject(options.settings),
      subscriptions: options.subscribe.map(parseSubscription),
      certificates: await Promise.all(options.certificate.map(readGiven)),
      certificate: drawCertificate !== undefined,
      ...(client === undefined ? {} : { clientId: client }),
      ...(jwks === undefined ? {} : { jwks: await readKeys(jwks) }),
      ...(capacity === undefined ? {} : { capacity: { id: capacity, weekly: weekly as number, carryOver: carryOver ?? 0 } }),
      ...(maxInFlight === undefined ? {} : { maxInFlight }),
      ...(attempts === undefined ? {} : { attemptsMax: attempts }),
      reason
    },
    by
  )
  if (certificate !== null) await writeNew(drawCertificate as string, certificate)
  const handOver = certificate === null ? '' : `; hand the certificate in ${drawCertificate} over to it`
  return said(`The partner ${id} is registered${handOver}.`, { partner: id, certificateFile: drawCertificate ?? null })
}

const rotate = async (
  { house, by }: Session,
  id: string,
  options: Pick<AddOptions, 'jwks' | 'certificate' | 'drawCertificate'> & { reason: string }
): Promise<Output> => {
  const { jwks, certificate, drawCertificate, reason } = options
  if (jwks === undefined && certificate.length === 0 && drawCertificate === undefined)
    throw new UsageError('give --jwks or --certificate with the partner’s new keys, or --draw-certificate <file> for ours')
  if (jwks !== undefined || certificate.length > 0) {
    const change = {
      ...(jwks === undefined ? {} : { jwks: await readKeys(jwks) }),
      ...(certificate.length === 0 ? {} : { certificates: await Promise.all(certificate.map(readGiven)) })
    }
    await changePartner(house, id, change, by, reason)
  }
  if (drawCertificate !== undefined) await writeNew(drawCertificate, await rotateChannel(house, id, by, reason))
  return said(`The keys of the partner ${id} are replaced.`, { partner: id, certificateFile: drawCertificate ?? null })
}

/** Partners (or streams, the partners that fetch) with what they are owed. */
export const list = async ({ house }: Session, streams: boolean): Promise<Output> => {
  const { partners } = await readStanding(house, async () => null)
  const wanted = partners.filter(partner => partner.isStream === streams)
  const owed = (d: Readonly<Record<string, number>>) =>
    ['due', 'behind', 'dispatched', 'sending', 'unknown', 'held', 'parked', 'dead'].reduce((sum, state) => sum + (d[state] ?? 0), 0)
  return {
    json: wanted,
    lines: tableLines(
      [streams ? 'stream' : 'partner', 'status', 'adapter', 'owed', 'blocked', 'failing', 'accepted', 'refused', 'name'],
      wanted.map(p => [
        p.id,
        p.status,
        p.adapter,
        owed(p.deliveries),
        p.lanesBlocked,
        p.failed?.count ?? 0,
        p.deliveries.accepted ?? 0,
        p.deliveries.refused ?? 0,
        p.name
      ])
    )
  }
}

const show = async ({ house }: Session, id: string): Promise<Output> => {
  const partner = house.directory.partner(id)
  if (partner === undefined) throw new DomainError('not-found', `there is no partner ${id}: see jisr partners list`)
  const subscriptions = (await listSubscriptions(house.database)).filter(s => s.partnerId === id).map(subscriptionText)
  const standing = (await readStanding(house, async () => null)).partners.find(p => p.id === id)
  const { name, role, status, clientId, capacityId, maxInFlight, attemptsMax, settings, code, channel } = partner
  const kids = partner.jwks?.keys.map(key => String(key.kid)) ?? []
  const ground = groundOf(isPartnerRole(role) ? termsOf(groundFor[role]) : [])
  const why = [['purposes', ground.purposes] as const, ['legal bases', ground.legalBases] as const]
  const facts = { id, name, adapter: code.name, role, status, clientId, capacityId, maxInFlight, attemptsMax }
  const rows = [
    ...Object.entries(facts).map(([key, value]) => [key, String(value ?? '–')] as const),
    ['keys', kids.join(' ') || '–'] as const,
    ['pinned certificates', String(partner.certificates.length)] as const,
    ['our channel key', channel === null ? '–' : channel.kid] as const,
    ...why.map(([key, iris]) => [key, iris.join(' ') || '–'] as const),
    ['deliveries', JSON.stringify(standing?.deliveries ?? {})] as const,
    ...(standing?.failed == null
      ? []
      : Object.entries(failingText(standing, standing.failed)).map(([, text], i) => [i === 0 ? 'trouble' : '', text] as const)),
    ['settings', JSON.stringify(settings)] as const,
    ...subscriptions.map(text => ['subscription', text] as const)
  ]
  return {
    json: {
      ...facts,
      ...ground,
      settings,
      subscriptions,
      kids,
      channelCertificate: channel?.certificate ?? null,
      deliveries: standing?.deliveries ?? {},
      failed: standing?.failed ?? null
    },
    lines: tableLines(['', ''], rows, { widthMax: 2_000 }).slice(2)
  }
}

/** pause, resume and disable, for partners and streams alike. */
export const addStatusCommands = (parent: Command, run: Run, what: 'partner' | 'stream'): void => {
  for (const [verb, status, description] of [
    ['pause', 'paused', 'nothing leaves until it is resumed; what is owed stays owed'],
    ['resume', 'active', 'goes on where it stopped; what failed and waits for its next try goes at once, also of one that is active'],
    ['disable', 'disabled', 'nothing more is owed to it from now on']
  ] as const) {
    parent
      .command(`${verb} <id>`)
      .description(description)
      .requiredOption('--reason <text>', 'why, for the audit', reasonText)
      .action((id: string, options: CommonOptions & { reason: string }) =>
        run(options, async ({ house, by }) => {
          const partner = house.directory.partner(id)
          if (partner !== undefined && (partner.stream !== null) !== (what === 'stream'))
            throw new DomainError('invalid', `${id} is no ${what}: use jisr ${what === 'stream' ? 'partners' : 'streams'} ${verb}`)
          const tried = await changePartnerStatus(house, id, status, by, options.reason)
          const going = tried === 0 ? '' : ` What waited for its next try goes now: ${tried}.`
          return said(`The ${what} ${id} is ${status}.${going}`, { [what]: id, status, ...(status === 'active' ? { tried } : {}) })
        })
      )
  }
}

const whole = (text: string): number => {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('give a whole number')
  return Number(text)
}

const positive = (text: string): number => {
  const value = whole(text)
  if (value === 0) throw new InvalidArgumentError('give a whole number above 0')
  return value
}
