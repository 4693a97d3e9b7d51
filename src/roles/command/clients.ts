// jisr clients: who may speak to the gateway.
import { rm } from 'node:fs/promises'
import { type Command, InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { agency as agencyCode, employer as employerOf } from '../../../schemas/placement.ts'
import { clientScopeNames } from '../../domain/client-scopes.ts'
import { changeClientStatus, type NewClient, registerClient, replaceClientKeys, requireCertificates } from '../../flow/administer.ts'
import { inviteClient } from '../../flow/invite.ts'
import { listClients } from '../../store/parties.ts'
import { tableLines } from '../table.ts'
import { drawKeyFile, readGiven, readKeys } from './files.ts'
import { type CommonOptions, type Run, reasonText, said, UsageError } from './session.ts'

interface KeyOptions {
  jwks?: string
  generateKey?: string
}

interface WhatOptions extends CommonOptions {
  name: string
  role: string
  scope: string[]
  issuer?: string
  agency?: string
  everyAgency: boolean
  employer?: string
  legacyAudience?: boolean
  event?: string[]
  reason: string
}

type AddOptions = WhatOptions & KeyOptions

/** Adds `clients` to the program. */
export const addClientCommands = (program: Command, run: Run): void => {
  const clients = program.command('clients').description('who may speak to the gateway')

  addWhat(clients.command('add <id>').description('registers a client with its public keys, or with a key drawn for it'))
    .option('--jwks <file>', 'its public keys: a JWK Set or one JWK')
    .option('--generate-key <file>', 'draws a key pair and writes the private JWK to a new file, to be handed over and deleted')
    .action((id: string, options: AddOptions) =>
      run(options, async ({ house, by }) => {
        await withKeys(options, jwks => registerClient(house, { ...whatOf(id, options), jwks }, by))
        return said(`The client ${id} is registered${handOver(options)}.`, { client: id, keyFile: options.generateKey ?? null })
      })
    )

  addWhat(
    clients.command('invite <id>').description('lets a client register itself with its own keys: prints a token for one use within a day')
  ).action((id: string, options: WhatOptions) =>
    run(options, async ({ house, by }) => {
      const { token, expiresAt } = await inviteClient(house, whatOf(id, options), by)
      return {
        json: { client: id, token, expiresAt: expiresAt.toISOString() },
        lines: [
          `Hand this over by a safe way; it is shown once and serves once, until ${expiresAt.toISOString()}:`,
          token,
          `With it ${id} registers itself at /oauth/register.`
        ]
      }
    })
  )

  clients
    .command('list')
    .description('every client')
    .action((options: CommonOptions) =>
      run(options, async ({ house }) => {
        const rows = await listClients(house.database)
        const keys = (row: (typeof rows)[number]) => row.jwks.keys.map(key => String(key.kid).slice(0, 12)).join(' ')
        return {
          json: rows.map(row => ({ ...row, jwks: undefined, kids: row.jwks.keys.map(key => key.kid) })),
          lines: tableLines(
            ['client', 'status', 'role', 'scopes', 'of', 'keys', 'name'],
            rows.map(row => [row.id, row.status, row.role, row.scopes.join(' '), speaksFor(row), keys(row), row.name])
          )
        }
      })
    )

  for (const [verb, status, what] of [
    ['suspend', 'suspended', 'refuses everything it asks, at once'],
    ['resume', 'active', 'lets it in again']
  ] as const) {
    clients
      .command(`${verb} <id>`)
      .description(what)
      .requiredOption('--reason <text>', 'why, for the audit', reasonText)
      .action((id: string, options: CommonOptions & { reason: string }) =>
        run(options, async ({ house, by }) => {
          await changeClientStatus(house, id, status, by, options.reason)
          return said(`The client ${id} is ${status}.`, { client: id, status })
        })
      )
  }

  clients
    .command('rotate-keys <id>')
    .description('replaces its keys; what the old ones signed is refused from now on')
    .option('--jwks <file>', 'its new public keys; put the old one in too while it changes over')
    .option('--generate-key <file>', 'draws a key pair and writes the private JWK to a new file')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: CommonOptions & KeyOptions & { reason: string }) =>
      run(options, async ({ house, by }) => {
        await withKeys(options, jwks => replaceClientKeys(house, id, jwks, by, options.reason))
        return said(`The client ${id} has new keys${handOver(options)}.`, { client: id, keyFile: options.generateKey ?? null })
      })
    )
  addCertificates(clients, run)
}

/** Adds `clients require-certificate`. */
const addCertificates = (clients: Command, run: Run): void => {
  clients
    .command('require-certificate <id>')
    .description(
      'it must come with one of these certificates besides (mutual TLS), and its tokens serve nobody else; needs CLIENT_CERTIFICATE_HEADER'
    )
    .option('--certificate <file...>', 'PEM; the old and the new one while it changes over')
    .option('--none', 'asks for none any more', false)
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: CommonOptions & { certificate?: string[]; none: boolean; reason: string }) =>
      run(options, async ({ house, by }) => {
        const { certificate: files = [], none, reason } = options
        if (none === files.length > 0) throw new UsageError('give either --certificate <file...> or --none')
        await requireCertificates(house, id, await Promise.all(files.map(readGiven)), by, reason)
        const what = none ? 'needs no certificate any more' : `needs one of ${files.length} certificates from now on`
        return said(`The client ${id} ${what}.`, { client: id, certificates: files.length })
      })
    )
}

const speaksFor = ({ role, agency, employer }: { role: string; agency: string | null; employer: string | null }): string =>
  agency ?? employer ?? (role === 'origin-agency' ? 'every agency' : '')

/** What a client will be, however it gets its keys. */
const addWhat = (command: Command): Command =>
  command
    .requiredOption('--name <text>', 'what people call it')
    .requiredOption('--role <role>', 'what it is: origin-agency, authority, consulate, employer …')
    .requiredOption('--scope <scope...>', `what it may do: ${clientScopeNames.join(', ')}`)
    .option('--issuer <uri>', 'the URI it names itself by in its tokens')
    .option('--agency <code>', 'the agency it is, as ANP-KEN-01: it tells of its own candidates alone', fits(agencyCode))
    .option('--every-agency', 'an origin agency that speaks for all of them, as a national head office', false)
    .option('--employer <cif>', 'the employer it is', fits(employerOf.shape.cif))
    .option('--event <type...>', 'the events it may tell, when it is not all of those that its role is the source of')
    .option('--legacy-audience', 'takes assertions addressed to the token endpoint')
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)

/** @throws UsageError where it is left open for whom an origin agency speaks: nobody gets a word about everybody's candidates by an omission */
const whatOf = (
  id: string,
  { name, role, scope, issuer, agency, everyAgency, employer, legacyAudience, event, reason }: WhatOptions
): Omit<NewClient, 'jwks'> => {
  if (role === 'origin-agency' && (agency === undefined) !== everyAgency)
    throw new UsageError('say for whom it speaks: --agency <code>, as ANP-KEN-01, or --every-agency')
  return {
    id,
    name,
    role,
    scopes: scope,
    ...(issuer === undefined ? {} : { issuer }),
    ...(agency === undefined ? {} : { agency }),
    ...(employer === undefined ? {} : { employer }),
    ...(legacyAudience === undefined ? {} : { legacyAudience }),
    ...(event === undefined ? {} : { eventTypes: event }),
    reason
  }
}

/** An option's value, by its schema. */
const fits =
  (schema: z.ZodType<string>) =>
  (text: string): string => {
    const parsed = schema.safeParse(text)
    if (!parsed.success) throw new InvalidArgumentError(parsed.error.issues[0]?.message ?? '')
    return parsed.data
  }

const handOver = ({ generateKey }: KeyOptions) => (generateKey === undefined ? '' : `; hand ${generateKey} over, then delete it`)

/** There is no default key: one is given, or drawn into a file that is named; that of a key which nobody took is removed again. */
const withKeys = async ({ jwks, generateKey }: KeyOptions, work: (jwks: unknown) => Promise<void>): Promise<void> => {
  if ((jwks === undefined) === (generateKey === undefined))
    throw new UsageError('give either --jwks <file> with public keys, or --generate-key <file> for a new private key')
  if (generateKey === undefined) return work(await readKeys(jwks as string))
  const drawn = await drawKeyFile(generateKey)
  try {
    await work(drawn)
  } catch (error) {
    await rm(generateKey)
    throw error
  }
}
