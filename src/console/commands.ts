// The command that an operator types for each kind of thing that waits, as the status page and `jisr waiting` show it.
import { type Act, actsFor, type Waiting } from '../flow/attend.ts'
import { type Html, html } from './html.ts'

/** The commands for one thing that waits, the most likely first; `id` stands for its id where a group is meant. */
export const commandsFor = (waiting: Pick<Waiting, 'kind' | 'state'>, id = '<id>'): readonly string[] =>
  actsFor(waiting).map(act => `${commandOf(act, id)} --reason "…"`)

/** The command for a whole group: one for all of it where there is such a one. */
export const commandForGroup = (group: Pick<Waiting, 'kind' | 'state' | 'partnerId'> & { count: number }): string => {
  const isSentAgain = actsFor(group)[0] === 'redeliver' && group.partnerId !== null && group.count > 1
  return isSentAgain ? `jisr redeliver --partner ${group.partnerId} --state ${group.state} --reason "…"` : (commandsFor(group)[0] ?? '')
}

/** Lists the things of one group. */
export const listCommand = (kind: string, partnerId: string | null): string =>
  `jisr waiting list --kind ${kind}${partnerId === null ? '' : ` --partner ${partnerId}`}`

const commandOf = (act: Act, id: string): string => {
  switch (act) {
    case 'redeliver':
    case 'discard':
    case 'apply':
    case 'release':
      return `jisr ${act} ${id}`
    case 'accepted':
    case 'refused':
    case 'never-arrived':
    case 'settled':
      return `jisr settle ${id} --as ${act}`
    case 'answered':
      return `jisr rights answer ${id}`
    case 'declined':
      return `jisr rights refuse ${id}`
    case 'told':
      return `jisr rights told ${id}`
  }
}

/** A command as the page shows it: left to right, and broken between its words alone. */
export const commandText = (command: string): Html =>
  html`<code dir="ltr">${command.split(' ').map((word, place) => html`${place === 0 ? '' : ' '}<span class="word">${word}</span>`)}</code>`
