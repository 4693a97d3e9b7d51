// Which language the status page speaks: as asked for in the address, else as the browser prefers, else French.
import { preferredLanguage } from '../domain/words/language.ts'

export const languages = ['fr', 'ar', 'es', 'en'] as const
export type Language = (typeof languages)[number]

/** Digits are the ones used in Morocco and Spain alike. */
export const locales: Readonly<Record<Language, string>> = { fr: 'fr-FR', ar: 'ar-MA', es: 'es-ES', en: 'en-GB' }

/** A date as people of that language write it. French writes the first of a month as an ordinal, which Intl leaves out. */
export const inWords = (at: Date, language: Language, how: Intl.DateTimeFormatOptions): string => {
  const text = at.toLocaleString(locales[language], { dateStyle: 'long', ...how })
  return language === 'fr' ? text.replace(/^1 /, '1er ') : text
}

/**
 * @param asked the `lang` of the address.
 * @param accepts an Accept-Language header.
 */
export const chooseLanguage = (asked: string | undefined, accepts: string | undefined): Language =>
  isLanguage(asked) ? asked : preferredLanguage(languages, accepts, 'fr')

const isLanguage = (text: string | undefined): text is Language => (languages as readonly (string | undefined)[]).includes(text)
