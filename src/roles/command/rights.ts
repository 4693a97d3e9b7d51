// jisr rights: what people ask for under data protection law, the partners that have to be told, and the answers.
import { type Command, InvalidArgumentError } from 'commander'
import { type RightKind, type RightsLaw, rightKinds, rightsLaws } from '../../domain/rules/rights.ts'
import { today } from '../../flow/retention.ts'
import { answerRequest, listRights, openRequest, showRequest, tellByDelivery, tellPartner } from '../../flow/rights.ts'
import { tableLines } from '../table.ts'
import { aDay, closedLine, filesLines, readInput } from './persons.ts'
import { type CommonOptions, type Run, reasonText, said, UsageError } from './session.ts'

type Reasoned = CommonOptions & { reason: string }

/** Adds `rights` to the program. */
export const addRightsCommands = (program: Command, run: Run): void => {
  const rights = program.command('rights').description('requests under data protection law')
  rights
    .command('open <person>')
    .description('opens a request of hers; an objection and an erasure take effect at once, as far as the law lets them')
    .requiredOption('--kind <kind>', rightKinds.join(', '), one(rightKinds))
    .requiredOption('--law <law>', rightsLaws.join(' or '), one(rightsLaws))
    .option('--asked-on <day>', 'the day on which she asked; today otherwise', aDay)
    .option('--words', 'what she asks, in her words, is read from standard input and sealed', false)
    .action((person: string, options: CommonOptions & { kind: RightKind; law: RightsLaw; askedOn?: string; words: boolean }) =>
      run(options, async ({ house, by }) => {
        const words = options.words ? (await readInput()).trim() : null
        if (words === '') throw new UsageError('--words: nothing came on standard input')
        const askedOn = options.askedOn ?? today(house)
        const opened = await openRequest(house, { personId: person, kind: options.kind, law: options.law, askedOn, words }, by)
        return {
          json: opened,
          lines: [
            `The request ${opened.id} must be answered by ${opened.dueOn} (${opened.rule}).`,
            ...(opened.outcome === null
              ? []
              : [`Done at once: ${opened.outcome}${opened.because === null ? '' : `, since ${opened.because}`}.`]),
            ...opened.closed.map(closedLine),
            ...filesLines(opened.files),
            ...(opened.tasks === 0 ? [] : [`${opened.tasks} partner(s) have to be told: jisr rights show ${opened.id}`])
          ]
        }
      })
    )
  rights
    .command('list')
    .description('requests, open ones first')
    .option('--all', 'those that were answered too', false)
    .action((options: CommonOptions & { all: boolean }) =>
      run(options, async ({ house }) => {
        await tellByDelivery(house)
        const rows = await listRights(house, { openOnly: !options.all, limit: 1_000 })
        return {
          json: rows,
          lines:
            rows.length === 0
              ? ['No request is open.']
              : tableLines(
                  ['state', 'kind', 'law', 'asked on', 'due on', 'outcome', 'id'],
                  rows.map(row => [row.state, row.kind, row.law, row.askedOn, row.dueOn, row.outcome ?? '', row.id])
                )
        }
      })
    )
  rights
    .command('show <id>')
    .description('one request, her words, and whom to tell what')
    .action((id: string, options: CommonOptions) =>
      run(options, async ({ house }) => {
        await tellByDelivery(house)
        const { tasks, words, ...request } = await showRequest(house, id)
        return {
          json: { ...request, words, tasks },
          lines: [
            `${request.kind} under ${request.law}, asked on ${request.askedOn}, due on ${request.dueOn}: ${request.state}${request.outcome === null ? '' : ` (${request.outcome})`}`,
            ...(request.settlement === null ? [] : [request.settlement]),
            ...(words === null ? [] : [`She says: ${words}`]),
            ...tableLines(
              ['state', 'partner', 'due on', 'was given', 'knows her by', 'answer', 'task'],
              tasks.map(task => [
                task.state,
                task.partnerId,
                task.dueOn,
                task.classes.join(' '),
                task.deliveries.join(' '),
                task.answer ?? '',
                task.id
              ]),
              { widthMax: 300 }
            )
          ]
        }
      })
    )
  const act = (name: string, what: string, why: string, done: string, work: (id: string, by: { actor: string; reason: string }) => Work) =>
    rights
      .command(`${name} <id>`)
      .description(what)
      .requiredOption('--reason <text>', why, reasonText)
      .action((id: string, options: Reasoned) =>
        run(options, async ({ house, by }) => {
          await work(id, { actor: by, reason: options.reason })(house)
          return said(`${id} ${done}.`, { id })
        })
      )
  act(
    'answer',
    'notes that she has her answer',
    'what she was told, without her data',
    'is answered',
    (id, by) => house => answerRequest(house, id, 'answered', by)
  )
  act(
    'refuse',
    'notes that her request was refused',
    'why, as she was told',
    'is refused',
    (id, by) => house => answerRequest(house, id, 'refused', by)
  )
  act(
    'told',
    'notes that a partner was told, by the id of its task',
    'what it answered',
    'is told',
    (id, by) => house => tellPartner(house, id, by)
  )
}

type Work = (house: Parameters<typeof answerRequest>[0]) => Promise<void>

const one =
  <T extends string>(known: readonly T[]) =>
  (text: string): T => {
    const found = known.find(each => each === text)
    if (found === undefined) throw new InvalidArgumentError(`there are: ${known.join(', ')}`)
    return found
  }
