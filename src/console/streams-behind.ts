// The part of the status page that warns of streams which have fallen behind: which, whose, how much they hold and since when, and the commands.
import { resumeCommand } from '../flow/failing.ts'
import { disableCommand, type StreamBehind } from '../flow/streams-behind.ts'
import { commandText } from './commands.ts'
import { type Html, html } from './html.ts'
import type { Language } from './language.ts'

interface BehindWords {
  title: string
  holds: string
  oldest: string
  ask: string
  paused: string
}

const words: Readonly<Record<Language, BehindWords>> = {
  fr: {
    title: 'Flux en retard',
    holds: 'Événements non retirés :',
    oldest: 'le plus ancien depuis',
    ask: 'Demandez la raison au destinataire ; tout est conservé jusqu’à ce qu’il les retire.',
    paused: 'Ce flux est suspendu.'
  },
  ar: {
    title: 'تدفقات متأخرة',
    holds: 'أحداث لم تُسحب:',
    oldest: 'مدة أقدمها:',
    ask: 'اسألوا المستلم عن السبب؛ يُحفظ كل شيء إلى أن يسحبه.',
    paused: 'هذا التدفق موقوف مؤقتا.'
  },
  es: {
    title: 'Flujos atrasados',
    holds: 'Eventos sin recoger:',
    oldest: 'el más antiguo desde hace',
    ask: 'Pregunte al destinatario por qué; todo se conserva hasta que lo recoja.',
    paused: 'Este flujo está en pausa.'
  },
  en: {
    title: 'Streams that have fallen behind',
    holds: 'Events not taken:',
    oldest: 'the oldest for',
    ask: 'Ask the receiver why; all of it is kept until it is taken.',
    paused: 'This stream is paused.'
  }
}

/** Null while every stream keeps up. `number` and `age` write as people of that language do. */
export const behindSection = (
  behind: readonly StreamBehind[],
  language: Language,
  { number, age }: { number(value: number): string; age(seconds: number): string }
): Html | null => {
  if (behind.length === 0) return null
  const { title, holds, oldest, ask, paused } = words[language]
  return html`<section><h2>${title}</h2><ul class="waiting">${behind.map(
    ({
      id,
      clientId,
      status,
      undelivered,
      oldestSeconds
    }) => html`<li class="card"><div><h3><bdi class="id">${id}</bdi>${clientId === null ? null : html` · <bdi class="id">${clientId}</bdi>`}</h3>
      <p class="bad">${holds} <b>${number(undelivered)}</b> · ${oldest} ${age(oldestSeconds)}</p>
      <p>${status === 'paused' ? html`${paused} ` : null}${ask}</p>
      <p class="commands">${status === 'paused' ? html`${commandText(resumeCommand({ id, isStream: true }))}` : null}${commandText(disableCommand(id))}</p></div></li>`
  )}</ul></section>`
}
