// Which of the languages we have somebody reads best: the lookup of an Accept-Language header (RFC 9110 12.5.4, RFC 4647 3.4).

/** The languages in which senders are told why something is refused; the first is that of operators, too. */
export const answerLanguages = ['en', 'es', 'fr'] as const
export type AnswerLanguage = (typeof answerLanguages)[number]

/**
 * The one of `offered` that the header likes best; `otherwise` when it names none of them. A region asks for its language (fr-MA for fr), a range
 * that is not well formed for nothing, and * for `otherwise`, or for whatever is left when that is refused with q=0.
 */
export const preferredLanguage = <Language extends string>(
  offered: readonly Language[],
  accepts: string | undefined,
  otherwise: Language
): Language => {
  const ranges = rangesOf(accepts ?? '')
  const weightOf = (language: string) => Math.max(-1, ...ranges.filter(range => range.language === language).map(({ weight }) => weight))
  const liked = ranges.filter(({ weight }) => weight > 0).toSorted((a, b) => b.weight - a.weight)
  const named = liked.map(({ language }) => offered.find(one => one === language)).find(language => language !== undefined)
  if (named !== undefined) return named
  if (weightOf(otherwise) !== 0 || weightOf('*') <= 0) return otherwise
  return offered.find(language => weightOf(language) !== 0) ?? otherwise
}

/** The header's ranges by primary language, in its order. A header beyond any browser's is read as far as it is whole ranges. */
const rangesOf = (accepts: string): { language: string; weight: number }[] => {
  const whole = accepts.length <= headerLengthMax ? accepts : accepts.slice(0, accepts.lastIndexOf(',', headerLengthMax) + 1)
  return whole.split(',').flatMap(text => {
    const [, tag, weight] = range.exec(text.trim()) ?? []
    return tag === undefined ? [] : [{ language: tag.toLowerCase().split('-')[0] as string, weight: Number(weight ?? 1) }]
  })
}

const headerLengthMax = 500
const range = /^(\*|[a-z]{1,8}(?:-[a-z\d]{1,8})*)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i
