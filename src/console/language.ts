// Which language the status page speaks: as asked for in the address, else as the browser prefers, else French.

export const languages = ['fr', 'ar', 'es', 'en'] as const
export type Language = (typeof languages)[number]

/** Digits are the ones used in Morocco and Spain alike. */
export const locales: Readonly<Record<Language, string>> = { fr: 'fr-FR', ar: 'ar-MA', es: 'es-ES', en: 'en-GB' }

/**
 * @param asked the `lang` of the address.
 * @param accepts an Accept-Language header (RFC 9110 12.5.4).
 */
export const chooseLanguage = (asked: string | undefined, accepts: string | undefined): Language => {
  if (isLanguage(asked)) return asked
  const preferred = (accepts ?? '')
    .slice(0, rangesBytesMax)
    .split(',')
    .map((range, place) => {
      const [tag = '', ...parameters] = range.trim().split(';')
      const weight = parameters.map(p => /^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(p)?.[1]).find(q => q !== undefined)
      return { language: tag.toLowerCase().split('-')[0], weight: weight === undefined ? 1 : Number(weight), place }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || a.place - b.place)
  return preferred.map(({ language }) => language).find(isLanguage) ?? 'fr'
}

const rangesBytesMax = 500

const isLanguage = (text: string | undefined): text is Language => (languages as readonly (string | undefined)[]).includes(text)
