// In which language a text is: by the small words that only English has, so that a name or a code in it does not count.
const smallWords =
  /(?<![\p{L}\d_./-])(?:the|is|are|must|be|been|was|not|and|with|without|this|that|has|have|of|to|it|by|as|than|too|more|year|organic|send|where|only|which|your|holds|yet)(?![\p{L}\d_./-])/iu

/** The first word in a text that no Spanish or French text has; null when there is none. */
export const englishIn = (text: string): string | null => smallWords.exec(text)?.[0] ?? null

/** Whether a text is this one of a catalog, whatever stands in its gaps. */
export const isText = (template: string, text: string): boolean =>
  new RegExp(
    `^${template
      .split(/\{[A-Za-z]+\}/)
      .map(part => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
      .join('.+')}$`,
    'su'
  ).test(text)
