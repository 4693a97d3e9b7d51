// The part of the status page that says why the time is doubted, what waits until that is settled, and what to do.
import { confirmCommand, type Doubt } from '../flow/doubted-time.ts'
import { commandText } from './commands.ts'
import { type Html, html } from './html.ts'
import type { Language } from './language.ts'

interface DoubtWords {
  title: string
  apart: string
  ahead: Readonly<Record<'the database' | 'this machine', string>>
  setBack: string
  jumped: string
  waits: string
  setClocks: string
  setClock: string
}

const words: Readonly<Record<Language, DoubtWords>> = {
  fr: {
    title: 'L’heure est mise en doute',
    apart: 'L’heure de cette machine et celle de la base de données diffèrent de {by} ; {ahead} avance.',
    ahead: { 'the database': 'la base de données', 'this machine': 'cette machine' },
    setBack:
      'Cette machine indique le {today}, mais le dernier point de contrôle du journal des preuves a été signé le {before} : son horloge a été reculée, ou avançait à ce moment-là.',
    jumped: 'Le dernier passage quotidien de la conservation date du {before} et cette machine indique le {today} : {by} d’écart.',
    waits: 'Tant que ce n’est pas réglé, personne n’est effacé et rien n’est supprimé ; les envois continuent.',
    setClocks: 'Faites régler les deux horloges par NTP.',
    setClock: 'Réglez l’horloge. Si elle est juste et que rien n’a fonctionné pendant tout ce temps, confirmez-le :'
  },
  ar: {
    title: 'الوقت موضع شك',
    apart: 'يختلف وقت هذه الآلة عن وقت قاعدة البيانات (الفرق: {by})؛ والمتقدمة هي {ahead}.',
    ahead: { 'the database': 'قاعدة البيانات', 'this machine': 'هذه الآلة' },
    setBack:
      'تاريخ هذه الآلة هو {today}، لكن آخر نقطة مراقبة في سجل الإثباتات وُقّعت في {before}: أُرجعت الساعة إلى الوراء أو كانت متقدمة حينها.',
    jumped: 'كانت آخر جولة يومية للحفظ في {before}، وتاريخ هذه الآلة هو {today}: الفرق: {by}.',
    waits: 'إلى أن يُحل ذلك لا تُمحى بيانات أحد ولا يُحذف شيء؛ وتستمر الإرسالات.',
    setClocks: 'اضبطوا الساعتين عبر NTP.',
    setClock: 'اضبطوا الساعة. وإن كانت صحيحة ولم يعمل شيء طوال هذه المدة فأكدوا ذلك:'
  },
  es: {
    title: 'La hora está en duda',
    apart: 'La hora de esta máquina y la de la base de datos difieren en {by}; {ahead} va adelantada.',
    ahead: { 'the database': 'la base de datos', 'this machine': 'esta máquina' },
    setBack:
      'Esta máquina indica el {today}, pero el último punto de control del registro de pruebas se firmó el {before}: su reloj se ha atrasado, o iba adelantado entonces.',
    jumped: 'La última pasada diaria de la conservación fue el {before} y esta máquina indica el {today}: {by} de diferencia.',
    waits: 'Hasta que se resuelva, no se suprimen los datos de nadie ni se elimina nada; los envíos continúan.',
    setClocks: 'Haga que ambos relojes se ajusten por NTP.',
    setClock: 'Ajuste el reloj. Si es correcto y nada ha funcionado durante todo ese tiempo, confírmelo:'
  },
  en: {
    title: 'The time is doubted',
    apart: 'This machine and the database differ by {by}; {ahead} is ahead.',
    ahead: { 'the database': 'the database', 'this machine': 'this machine' },
    setBack:
      'This machine tells {today}, but the last checkpoint of the evidence log was signed on {before}: its clock was set back, or was ahead then.',
    jumped: 'The last daily round of retention was on {before}, and this machine tells {today}: {by} between them.',
    waits: 'Until that is settled nobody is erased and nothing is dropped; deliveries go on.',
    setClocks: 'Let both set their clocks by NTP.',
    setClock: 'Set its clock right. Where it is right, and nothing ran for so long, confirm it:'
  }
}

/** Null while nothing speaks against the time. `day` and `age` write as people of that language do. */
export const doubtSection = (
  doubt: Doubt | null,
  language: Language,
  { day, age }: { day(at: Date): string; age(seconds: number): string }
): Html | null => {
  if (doubt === null) return null
  const say = words[language]
  const { why } = doubt
  const isGap = why.kind === 'jumped'
  return html`<section><h2>${say.title}</h2><ul class="waiting"><li class="card"><div>
      <p class="bad">${why.kind === 'apart' ? filled(say.apart, { by: age(why.seconds), ahead: say.ahead[why.ahead] }) : filled(isGap ? say.jumped : say.setBack, { today: day(why.today), before: day(why.before), by: age(isGap ? why.days * daySeconds : 0) })}</p>
      <p>${say.waits}</p><p>${isGap ? say.setClock : say.setClocks}</p>
      ${isGap ? html`<p class="commands">${commandText(confirmCommand)}</p>` : null}</div></li></ul></section>`
}

const daySeconds = 86_400

/** What stands in a gap may have an order of its own, right to left or left to right. */
const filled = (text: string, parts: Readonly<Record<string, string>>): Html[] =>
  text.split(/(\{\w+\})/).map(piece => (piece.startsWith('{') ? html`<bdi>${parts[piece.slice(1, -1)] ?? ''}</bdi>` : html`${piece}`))
