// What a check of an identifier answers, and how a check becomes a schema.
import { z } from 'zod'

/** `rule` is a stable code, `reason` a sentence that names the rule and what to do; neither ever holds the value. */
export type Check = { ok: true; warnings: readonly Warning[] } | { ok: false; rule: string; reason: string }

export interface Warning {
  rule: string
  reason: string
}

export const accepted: Check = { ok: true, warnings: [] }

export const refused = (rule: string, reason: string): Check => ({ ok: false, rule, reason })

export const acceptedWith = (rule: string, reason: string): Check => ({ ok: true, warnings: [{ rule, reason }] })

/** Runs the checks in order; the first refusal wins, warnings add up. */
export const checkAll = (...checks: readonly (() => Check)[]): Check => {
  const warnings: Warning[] = []
  for (const check of checks) {
    const answer = check()
    if (!answer.ok) return answer
    warnings.push(...answer.warnings)
  }
  return { ok: true, warnings }
}

/** The schema of a string that `check` accepts. `pattern` is its form, for readers of the JSON Schema who cannot run the check. */
export const checkedString = (check: (value: string) => Check, pattern: RegExp, description: string) =>
  z
    .string()
    .max(64, { abort: true })
    .superRefine((value, context) => refine(check(value), context))
    .meta({ description, pattern: pattern.source })

/** Adds the refusal of a check to a zod context. `path` is relative to the value being refined. */
export const refine = (answer: Check, context: z.core.$RefinementCtx<unknown>, path: readonly (string | number)[] = []): void => {
  if (!answer.ok) context.addIssue({ code: 'custom', message: answer.reason, params: { rule: answer.rule }, path: [...path] })
}
