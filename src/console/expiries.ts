// The part of the status page that warns of certificates and keys which end: which, whose, in how many days, and the command.
import { type Expiry, nearing } from '../flow/expiries.ts'
import { commandText } from './commands.ts'
import { type Html, html } from './html.ts'
import type { Language } from './language.ts'

interface ExpiryWords {
  title: string
  kinds: Readonly<Record<Expiry['kind'], string>>
  endsIn: string
  ended: string
}

const words: Readonly<Record<Language, ExpiryWords>> = {
  fr: {
    title: 'Certificats et clés qui expirent',
    kinds: {
      'channel-certificate': 'Notre certificat pour le canal avec',
      'partner-certificate': 'Certificat du partenaire',
      'client-certificate': 'Certificat (TLS mutuel) du client',
      'signing-key': 'Notre dernière clé de signature pour'
    },
    endsIn: 'expire dans',
    ended: 'a expiré'
  },
  ar: {
    title: 'شهادات ومفاتيح تنتهي صلاحيتها',
    kinds: {
      'channel-certificate': 'شهادتنا لقناة',
      'partner-certificate': 'شهادة الشريك',
      'client-certificate': 'شهادة العميل (TLS متبادل)',
      'signing-key': 'آخر مفتاح توقيع لنا من أجل'
    },
    endsIn: 'المدة المتبقية:',
    ended: 'انتهت'
  },
  es: {
    title: 'Certificados y claves que caducan',
    kinds: {
      'channel-certificate': 'Nuestro certificado para el canal con',
      'partner-certificate': 'Certificado del interlocutor',
      'client-certificate': 'Certificado (TLS mutuo) del cliente',
      'signing-key': 'Nuestra última clave de firma para'
    },
    endsIn: 'caduca en',
    ended: 'ha caducado'
  },
  en: {
    title: 'Certificates and keys that end',
    kinds: {
      'channel-certificate': 'Our certificate for the channel of',
      'partner-certificate': 'The certificate of',
      'client-certificate': 'The certificate (mutual TLS) of the client',
      'signing-key': 'Our last signing key for'
    },
    endsIn: 'ends in',
    ended: 'has ended'
  }
}

/** Null while nothing ends within a month. `age` writes seconds as people say them. */
export const expirySection = (expiries: readonly Expiry[], language: Language, age: (seconds: number) => string): Html | null => {
  const near = nearing(expiries)
  if (near.length === 0) return null
  const { title, kinds, endsIn, ended } = words[language]
  return html`<section><h2>${title}</h2><ul class="waiting">${near.map(
    ({ kind, whose, days, warning, command }) => html`<li class="card"><div><h3>${kinds[kind]} <bdi class="id">${whose}</bdi></h3>
      <p class="${warning === 'ended' || warning === 3 ? 'bad' : ''}">${warning === 'ended' ? ended : `${endsIn} ${age(Math.max(1, days) * daySeconds)}`}</p>
      <p class="commands">${commandText(command)}</p></div></li>`
  )}</ul></section>`
}

const daySeconds = 86_400
