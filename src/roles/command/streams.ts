// jisr streams: partners that fetch what they are owed (RFC 8936).
import { type Command, InvalidArgumentError } from 'commander'
import type { FieldPath } from '../../../schemas/field.ts'
import { openStream } from '../../flow/administer.ts'
import { addStatusCommands, list } from './partners.ts'
import { type CommonOptions, type Run, reasonText, said } from './session.ts'
import { parseSubscription } from './subscription.ts'

interface AddOptions extends CommonOptions {
  client: string
  role: string
  audience: string
  field: string[]
  subscribe: string[]
  redeliverAfter?: number
  reason: string
}

/** Adds `streams` to the program. */
export const addStreamCommands = (program: Command, run: Run): void => {
  const streams = program.command('streams').description('partners that fetch what they are owed')
  streams
    .command('add <id>')
    .description('makes a stream that a client polls')
    .requiredOption('--client <id>', 'who polls it; needs the scope ssf.read')
    .requiredOption('--role <role>', 'what it may see: a role of the disclosure matrix')
    .requiredOption('--audience <uri>', 'the aud of every event')
    .requiredOption('--field <path...>', 'the fields it carries: authorization.fileNumber …')
    .requiredOption('--subscribe <type...>', 'an event it is owed: authorization.granted:agency=ANP-KEN-01')
    .option('--redeliver-after <seconds>', 'how long an event that was not acknowledged hides', seconds)
    .requiredOption('--reason <text>', 'why, for the audit', reasonText)
    .action((id: string, options: AddOptions) =>
      run(options, async ({ house, by }) => {
        const { client, role, audience, field, subscribe, redeliverAfter, reason } = options
        await openStream(
          house,
          {
            id,
            clientId: client,
            role,
            audience,
            // The adapter's settings and the disclosure matrix refuse what is no field, by name.
            fields: field as FieldPath[],
            subscriptions: subscribe.map(parseSubscription),
            ...(redeliverAfter === undefined ? {} : { redeliverAfterSeconds: redeliverAfter }),
            reason
          },
          by
        )
        return said(`The stream ${id} is open: ${client} polls it at /v1/streams/${id}/poll.`, { stream: id, client })
      })
    )
  streams
    .command('list')
    .description('every stream, with what it is owed')
    .action((options: CommonOptions) => run(options, session => list(session, true)))
  addStatusCommands(streams, run, 'stream')
}

const seconds = (text: string): number => {
  if (!/^\d{1,6}$/.test(text) || text === '0') throw new InvalidArgumentError('give whole seconds above 0')
  return Number(text)
}
