// The status page: how things stand, for people, in their language. Server-rendered, without scripts and without a person's data.
import { weekStart } from '../domain/capacity.ts'
import { whoActs } from '../flow/attend.ts'
import { nearing } from '../flow/expiries.ts'
import { adapterOf, inboxQueue } from '../flow/jobs.ts'
import { behindSecondsMax } from '../flow/ledger-watch.ts'
import type { CapacityStanding, PartnerStanding, QueueStanding, Standing, WaitingGroup } from '../flow/standing.ts'
import { commandForGroup, commandText, listCommand } from './commands.ts'
import { doubtSection } from './doubt.ts'
import { expirySection } from './expiries.ts'
import { type Html, html } from './html.ts'
import { inWords, type Language, languages, locales } from './language.ts'
import { behindSection } from './streams-behind.ts'
import { type WaitingName, type Words, words } from './words.ts'

const refreshSeconds = 10

/** The whole page. */
export const statusPage = (standing: Standing, language: Language): string => {
  const say = speak(language)
  return document(
    say,
    html`
    <header>
      <div class="brand"><span class="mark" aria-hidden="true"></span><div><strong>Jisr</strong><h1>${say.words.title}</h1></div></div>
      <nav aria-label="language">${languages.map(other => html`<a href="?lang=${other}" lang="${other}"${other === language ? current : null}>${words[other].language}</a>`)}</nav>
    </header>
    <main>
      ${summary(standing, say)}
      ${doubtSection(standing.doubt, language, say)}
      ${needsYou(standing.waitingGroups, say)}
      ${behindSection(standing.streamsBehind, language, say)}
      ${expirySection(standing.expiries, language, say.age)}
      ${standing.capacities.length === 0 ? null : html`<section><h2>${say.words.places}</h2><div class="cards">${standing.capacities.map(capacity => places(capacity, say))}</div></section>`}
      ${partners(standing.partners, say)}
      ${queues(standing.queues, say)}
    </main>
    <footer>${say.words.asOf} <time>${say.moment(standing.at)}</time>${isSameTime(standing) ? null : html` · ${say.words.campaignTime} <time>${say.day(standing.campaignAt)}</time>`} · ${say.words.refreshes}</footer>`,
    true
  )
}

/** What a browser that is not on this machine sees first. */
export const enterPage = (language: Language, wrong: boolean): string => {
  const say = speak(language)
  const { title, explain, label, button, wrong: notThis } = say.words.enter
  return document(
    say,
    html`
    <main class="enter"><section class="card"><h1>${title}</h1><p>${explain}</p>${wrong ? html`<p class="bad">${notThis}</p>` : null}
      <form method="post" action="/status/enter?lang=${language}"><label>${label}<input type="password" name="token" autocomplete="current-password" required autofocus></label><button>${button}</button></form>
    </section></main>`,
    false
  )
}

interface Say {
  language: Language
  words: Words
  number(value: number): string
  age(seconds: number): string
  moment(at: Date): string
  day(at: Date): string
}

const current = html` aria-current="true"`

const speak = (language: Language): Say => {
  const locale = locales[language]
  const number = new Intl.NumberFormat(locale)
  return {
    language,
    words: words[language],
    number: value => number.format(value),
    age: seconds => {
      const [value, unit] =
        seconds < 90
          ? [seconds, 'second']
          : seconds < 5_400
            ? [seconds / 60, 'minute']
            : seconds < 172_800
              ? [seconds / 3_600, 'hour']
              : [seconds / 86_400, 'day']
      return new Intl.NumberFormat(locale, {
        style: 'unit',
        unit: unit as string,
        unitDisplay: language === 'ar' ? 'long' : 'short',
        maximumFractionDigits: 0
      }).format(value as number)
    },
    moment: at => inWords(at, language, { timeStyle: 'medium', timeZone: 'Africa/Casablanca' }),
    day: at => inWords(at, language, { timeZone: 'Europe/Madrid' })
  }
}

const document = (say: Say, body: Html, renews: boolean): string =>
  `<!doctype html>\n${
    html`<html lang="${say.language}" dir="${say.language === 'ar' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">${renews ? html`<meta http-equiv="refresh" content="${refreshSeconds}">` : null}
<meta name="robots" content="noindex"><title>Jisr · ${say.words.title}</title><link rel="stylesheet" href="/status/style.css"></head><body>${body}</body></html>`
      .html
  }\n`

const isSameTime = ({ at, campaignAt }: Standing) => Math.abs(at.getTime() - campaignAt.getTime()) < 1_000

const owedStates = ['due', 'behind', 'dispatched', 'sending', 'unknown', 'held', 'parked', 'dead']
const doneStates = ['accepted', 'refused']

const sumOf = (partners: readonly PartnerStanding[], states: readonly string[]): number =>
  partners.reduce((sum, { deliveries }) => sum + states.reduce((own, state) => own + (deliveries[state] ?? 0), 0), 0)

const isFailing = ({ failed }: PartnerStanding): boolean => failed !== null

const summary = (standing: Standing, say: Say): Html => {
  const { tiles, states, nothingDue } = say.words
  const waiting = Object.values(standing.waiting).reduce((sum, count) => sum + count, 0)
  const pushed = standing.partners.filter(partner => !partner.isPulled)
  const oldest = Math.max(-1, ...pushed.map(partner => partner.oldestDueSeconds ?? -1))
  const isStuck = isLate(oldest) || isLate(standing.inboxOldestSeconds ?? -1)
  const { size, behindSeconds } = standing.ledger
  const isClosed = behindSeconds > behindSecondsMax
  const [mood, text] = isClosed
    ? ['bad', states.closed]
    : isStuck
      ? ['bad', states.stuck]
      : waiting > 0 ||
          nearing(standing.expiries).length > 0 ||
          standing.streamsBehind.length > 0 ||
          standing.doubt !== null ||
          standing.partners.some(isFailing)
        ? ['warn', states.waits]
        : ['good', states.well]
  const tile = (label: string, value: string, kind = '') => html`<div class="tile ${kind}"><dt>${label}</dt><dd>${value}</dd></div>`
  return html`<p class="mood ${mood}" role="status">${text}</p>
  <dl class="tiles">
    ${tile(tiles.waiting, say.number(waiting), waiting > 0 ? 'warn' : '')}
    ${tile(tiles.due, say.number(sumOf(standing.partners, ['due', 'behind', 'dispatched', 'sending'])))}
    ${tile(tiles.oldest, oldest < 0 ? nothingDue : say.age(oldest), isLate(oldest) ? 'bad' : '')}
    ${tile(tiles.unread, say.number(standing.inboxUnread))}
    ${tile(tiles.settled, say.number(sumOf(standing.partners, doneStates)))}
    ${tile(tiles.ledger, isClosed ? `${say.number(size)} · ${tiles.ledgerBehind} ${say.age(behindSeconds)}` : say.number(size), isClosed ? 'bad' : '')}
  </dl>`
}

/** What is due this long and has not gone does not go by itself. */
const lateSeconds = 120
const isLate = (seconds: number) => seconds > lateSeconds

const needsYou = (groups: readonly WaitingGroup[], say: Say): Html =>
  html`<section><h2>${say.words.needsYou}</h2>${
    groups.length === 0
      ? html`<p class="card quiet">${say.words.nothingNeedsYou}</p>`
      : html`<p class="quiet">${say.words.needsYouOrder}</p><ul class="waiting">${groups.slice(0, groupsShownMax).map(group => {
          const named = say.words.waitingWhat[`${group.kind}.${group.state}` as WaitingName]
          return html`<li class="card"><span class="count">${say.number(group.count)}</span><div>
          <h3>${named?.what ?? group.kind}${group.partnerId === null ? null : html` <bdi class="id">${group.partnerId}</bdi>`}</h3>
          <p>${named?.toDo ?? null}</p>
          <p class="quiet">${say.words.mustAct} <strong>${say.words.who[whoActs(group)]}</strong> · ${say.words.since} ${say.age(group.oldestSeconds)}${group.behind === 0 ? null : html` · <span class="bad">${say.words.behind} <b>${say.number(group.behind)}</b></span>`}</p>
          <p class="commands">${commandText(listCommand(group.kind, group.partnerId))}${commandText(commandForGroup(group))}</p></div></li>`
        })}</ul>${moreGroups(groups.slice(groupsShownMax), say)}`
  }</section>`

/** The most urgent, as much as a person reads in one go. */
const groupsShownMax = 16

const moreGroups = (left: readonly WaitingGroup[], say: Say): Html | null =>
  left.length === 0
    ? null
    : html`<p class="card quiet">${say.words.moreWaits} <b>${say.number(left.reduce((sum, { count }) => sum + count, 0))}</b> ${commandText('jisr waiting list')}</p>`

const places = ({ id, week, quota, used, queued, lastWeek }: CapacityStanding, say: Say): Html => {
  const { words: word } = say
  return html`<div class="card capacity"><h3><bdi class="id">${id}</bdi> <span class="quiet">${word.week} <bdi>${week}</bdi></span></h3>
    <p class="big"><strong>${say.number(used)}</strong> ${word.placesOf} ${say.number(quota)}</p>
    <progress value="${used}" max="${Math.max(1, quota)}"></progress>
    <p><span>${word.free} ${say.number(Math.max(0, quota - used))}</span> · <span>${word.queued} ${say.number(queued)}</span></p>
    <p class="quiet">${queued === 0 ? word.notQueued : lastWeek === null ? word.noForecast : `${word.lastPlace} ${say.day(weekStart(lastWeek))}`}</p></div>`
}

const partners = (all: readonly PartnerStanding[], say: Say): Html => {
  const { words: word } = say
  if (all.length === 0) return html`<section><h2>${word.partners}</h2><p class="card quiet">${word.noPartners}</p></section>`
  return html`<section><h2>${word.partners}</h2><div class="card flush"><table><thead><tr><th scope="col">${word.partner}</th><th scope="col">${word.status}</th>
    <th scope="col" class="n">${word.owed}</th><th scope="col" class="n">${word.lanes}</th><th scope="col" class="n">${word.sent}</th>
    <th scope="col" class="n">${word.refused}</th><th scope="col" class="n">${word.oldestDue}</th></tr></thead><tbody>
    ${all.map(partner => partnerRow(partner, say))}</tbody></table></div></section>`
}

const partnerRow = (partner: PartnerStanding, say: Say): Html => {
  const { words: word } = say
  const { id, status, deliveries, lanesOpen, lanesBlocked, oldestDueSeconds, isPulled, failed } = partner
  const moving = lanesOpen - lanesBlocked
  return html`<tr><th scope="row"><span class="line">${nameOf(partner, word)}</span><span class="line id"><bdi>${id}</bdi></span></th>
    <td data-label="${word.status}"><span class="pill ${status}">${word.statuses[status]}</span>${failed === null ? null : html` <span class="bad">${word.failing} <b>${say.number(failed.count)}</b></span> ${commandText(failed.code ?? '')}`}</td>
    <td class="n" data-label="${word.owed}">${say.number(sumOf([partner], owedStates))}</td>
    <td class="n lanes" data-label="${word.lanes}"><span>${word.lanesOpen} <b>${say.number(moving)}</b></span>${lanesBlocked === 0 ? null : html`<span class="bad">${word.lanesBlocked} <b>${say.number(lanesBlocked)}</b></span>`}</td>
    <td class="n" data-label="${word.sent}">${say.number(deliveries.accepted ?? 0)}</td>
    <td class="n" data-label="${word.refused}">${say.number(deliveries.refused ?? 0)}</td>
    <td class="n" data-label="${word.oldestDue}">${isPulled ? html`<span class="quiet">${word.pulls}</span>` : oldestDueSeconds === null ? '–' : html`<span class="${isLate(oldestDueSeconds) ? 'bad' : ''}">${say.age(oldestDueSeconds)}</span>`}</td></tr>`
}

/** The gateway names a stream after its client, in English. */
const nameOf = ({ name, isStream }: PartnerStanding, word: Words): Html => {
  const client = isStream ? /^stream of (.+)$/s.exec(name)?.[1] : undefined
  return client === undefined ? html`<bdi>${name}</bdi>` : html`${word.streamOf} <bdi>${client}</bdi>`
}

const queueName = (queue: string, { queueNames }: Words): Html => {
  if (queue === inboxQueue) return html`${queueNames.inbox}`
  const adapter = adapterOf(queue)
  return adapter === null ? html`<bdi>${queue}</bdi>` : html`${queueNames.partners} <bdi class="id">${adapter}</bdi>`
}

const queues = (all: readonly QueueStanding[] | null, say: Say): Html => {
  const { words: word } = say
  if (all === null) return html`<section><h2>${word.queues}</h2><p class="card bad">${word.queuesAway}</p></section>`
  return html`<section><h2>${word.queues}</h2><div class="card flush"><table><thead><tr><th scope="col">${word.queue}</th>
    <th scope="col" class="n">${word.jobsWaiting}</th><th scope="col" class="n">${word.jobsDelayed}</th><th scope="col" class="n">${word.jobsActive}</th></tr></thead>
    <tbody>${all.map(
      ({ queue, waiting, delayed, active }) => html`<tr><th scope="row">${queueName(queue, word)}</th>
      <td class="n" data-label="${word.jobsWaiting}">${say.number(waiting)}</td><td class="n" data-label="${word.jobsDelayed}">${say.number(delayed)}</td>
      <td class="n" data-label="${word.jobsActive}">${say.number(active)}</td></tr>`
    )}</tbody></table></div></section>`
}
