// The file that a person gets who asks what is held of her: in her language, one page that a browser opens and a printer prints.
import { type FieldPath, fieldPaths, type PrivacyClass, privacyClasses, privacyClassOf } from '../../schemas/field.ts'
import { project } from '../domain/disclosure.ts'
import { iri, termsOf } from '../domain/dpv.ts'
import type { PersonFile } from '../flow/export-person.ts'
import { accessWords, classWords } from './access-words.ts'
import { type Html, html } from './html.ts'
import { inWords, type Language } from './language.ts'

/** @param made when it was made. */
export const accessFile = (file: PersonFile, language: Language, made: Date): string => {
  const say = accessWords[language]
  const when = (iso: string) => inWords(new Date(iso), language, { timeStyle: 'short', timeZone: 'Europe/Madrid' })
  const day = (iso: string) => inWords(new Date(iso), language, { timeZone: 'UTC' })
  const { retention } = file.retention
  const page = html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}"><meta charset="utf-8"><title>${say.title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
td,th{border:1px solid #999;padding:.3rem .5rem;text-align:start;vertical-align:top}bdi{unicode-bidi:isolate}</style>
<h1>${say.title}</h1><p>${say.made} ${when(made.toISOString())}</p>
${file.records.map(({ kind, campaign, state, record }) => html`<h2>${say.kinds[kind as keyof typeof say.kinds] ?? kind} ${campaign ?? ''}</h2><p><bdi>${state}</bdi></p>${table(record, language)}`)}
<h2>${say.sources}</h2><table><tr><th>${say.when}<th>${say.who}<th>${say.what}</tr>
${file.facts.map(fact => html`<tr><td>${when(fact.effectiveAt)}<td><bdi>${fact.source}</bdi><td><bdi>${fact.type}</bdi></tr>`)}</table>
<h2>${say.recipients}</h2><table><tr><th>${say.when}<th>${say.who}<th>${say.what}<th>${say.basis}</tr>
${file.recipients.map(
  row =>
    html`<tr><td>${when(row.at)}<td><bdi>${row.partner}</bdi><td>${row.classes.map(name => classWords[language][name as PrivacyClass] ?? name).join(', ')}<td><bdi>${row.basis}</bdi>${terms([...row.purposes, ...row.legalBases])}</tr>`
)}</table>
<h2>${say.retention}</h2>${
    retention.ends === 'frozen'
      ? html`<p>${say.frozen}</p>`
      : html`<p>${say.until} ${day(retention.until)}. ${say.afterwards[retention.ends]}</p><ul>${retention.steps.map(({ rule, from, until }) => html`<li><bdi>${rule.id}: ${from} – ${until}. ${rule.citation}</bdi>${terms(termsOf(rule).map(iri))}</li>`)}</ul>`
  }<h2>${say.rights}</h2><p>${say.rightsText}</p></html>
`
  return page.html
}

/** The terms that a machine reads, by their last words, each an address of its own. */
const terms = (iris: readonly string[]): Html | null =>
  iris.length === 0
    ? null
    : html`<div><small dir="ltr">${iris.map(address => html`<a href="${address}">${address.split('#')[1] ?? ''}</a> `)}</small></div>`

/** One row for each value, by what kind of data it is. What no field of the language names stands under its own path. */
const table = (record: Record<string, unknown>, language: Language): Html => {
  const shown = privacyClasses.flatMap(name => {
    const paths = fieldPaths.filter((path: FieldPath) => privacyClassOf(path) === name)
    const values = leaves(project(record, paths))
    return values.length === 0
      ? []
      : [
          html`<tr><th>${classWords[language][name]}<td>${values.map(({ path, value }) => html`<div><small><bdi>${path}</bdi></small> <bdi>${value}</bdi></div>`)}</tr>`
        ]
  })
  const told = new Set(leaves(project(record, fieldPaths)).map(({ path }) => path))
  const rest = leaves(record).filter(({ path }) => !told.has(path))
  const others =
    rest.length === 0
      ? null
      : html`<tr><th>${accessWords[language].other}<td>${rest.map(({ path, value }) => html`<div><small><bdi>${path}</bdi></small> <bdi>${value}</bdi></div>`)}</tr>`
  return html`<table>${shown}${others}</table>`
}

const depthMax = 12

const leaves = (value: unknown, path = '', depth = 0): { path: string; value: string }[] => {
  if (value === null || value === undefined || depth > depthMax) return []
  if (typeof value !== 'object') return [{ path, value: String(value) }]
  return Object.entries(value).flatMap(([name, member]) => leaves(member, path === '' ? name : `${path}.${name}`, depth + 1))
}
