// The admin port: who may see the status page, in which language, and what it never says.
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createConsole } from '../../src/console/app.ts'
import { html } from '../../src/console/html.ts'
import { chooseLanguage, languages } from '../../src/console/language.ts'
import { enterPage, statusPage as writtenPage } from '../../src/console/page.ts'
import { words } from '../../src/console/words.ts'
import type { Doubt } from '../../src/flow/doubted-time.ts'
import type { PartnerStanding, Standing } from '../../src/flow/standing.ts'
import { type Browser, startBrowser } from '../support/browser.ts'
import { needs } from '../support/skip.ts'

const token = 'k3Jf9-2mQ8zR7vX1cB6nW4tY0pL5sD_a'
const partner = (more: Partial<PartnerStanding> = {}): PartnerStanding => ({
  id: 'office',
  name: '<b>Office & "Sons"</b>',
  adapter: 'reference',
  status: 'active',
  isPulled: false,
  isStream: false,
  held: null,
  deliveries: { accepted: 1_234, due: 3, parked: 1 },
  lanesOpen: 4,
  lanesBlocked: 1,
  oldestDueSeconds: 5,
  inFlight: true,
  failed: null,
  tickets: { open: 2, overdue: 1 },
  ...more
})
const calm: Standing = {
  at: new Date('2026-02-11T09:00:00Z'),
  campaignAt: new Date('2026-02-11T09:00:00Z'),
  partners: [partner()],
  capacities: [{ id: 'visas', week: '2026-W07', quota: 1_500, used: 1_247, queued: 2_314, lastWeek: '2026-W09' }],
  waiting: { delivery: 0, quarantine: 0, case: 0, person: 0, ticket: 0, request: 0, task: 0 },
  waitingGroups: [],
  inboxUnread: 0,
  inboxOldestSeconds: null,
  ledger: { size: 4_711, covered: 4_711, behindSeconds: 0 },
  queues: [{ queue: 'inbox', waiting: 1, delayed: 2, active: 3 }],
  expiries: [],
  streamsBehind: [],
  doubt: null
}

/** The page, its commands whole. */
const statusPage = (...asked: Parameters<typeof writtenPage>): string =>
  writtenPage(...asked).replaceAll(/<span class="word">(.*?)<\/span>/g, '$1')

const opened = async (statusToken: string | null, standing: () => Promise<Standing> = async () => calm) => {
  const failures: unknown[] = []
  const app = await createConsole(
    {
      standing,
      metrics: async () => ({ contentType: 'text/plain; version=0.0.4', text: 'jisr_up 1\n' }),
      ready: async () => ({ ready: false, because: ['nothing goes to office'], warnings: [] }),
      failed: (_station, error) => failures.push(error)
    },
    { statusToken }
  )
  afterAll(() => app.close())
  await app.listen({ host: '127.0.0.1', port: 0 })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return { app, url, failures }
}

const far = { remoteAddress: '192.0.2.7' }

describe('who sees the status page', async () => {
  const { app, url } = await opened(token)
  const cookie = `jisr-status=${encodeURIComponent(token)}`

  test('a browser on this machine does, without a token', async () => {
    const answer = await fetch(`${url}/status?lang=en`)
    expect([answer.status, answer.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("default-src 'none'")])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  const strangers: [string, { remoteAddress: string; headers: Record<string, string> }][] = [
    ['another machine', { ...far, headers: {} }],
    ['another machine with a wrong token', { ...far, headers: { authorization: `Bearer ${token}x` } }],
    ['another machine with a wrong cookie', { ...far, headers: { cookie: 'jisr-status=%E0%A4%A' } }],
    ['whoever a proxy on this machine passes on', { remoteAddress: '127.0.0.1', headers: { 'x-forwarded-for': '192.0.2.7' } }],
    ['a page elsewhere whose name points at this machine', { remoteAddress: '127.0.0.1', headers: { host: 'evil.example' } }]
  ]
  test.each(strangers)('%s does not', async (_who, { remoteAddress, headers }) => {
    const answer = await app.inject({ url: '/status?lang=en', remoteAddress, headers: { host: 'localhost:9090', ...headers } })
    expect(answer.statusCode).toBe(401)
    expect(answer.body).not.toContain('office')
  })

  test('another machine with the token does, as a bearer or by the cookie that the form gives', async () => {
    for (const headers of [{ authorization: `Bearer ${token}` }, { cookie: `a=b; ${cookie}` }])
      expect((await app.inject({ url: '/status', ...far, headers })).statusCode).toBe(200)
    const form = { 'content-type': 'application/x-www-form-urlencoded', 'x-forwarded-proto': 'https' }
    const enter = (given: string) =>
      app.inject({ method: 'POST', url: '/status/enter?lang=es', ...far, headers: form, payload: `token=${encodeURIComponent(given)}` })
    const wrong = await enter('guess')
    expect([wrong.statusCode, wrong.headers['set-cookie'], wrong.body]).toEqual([
      401,
      undefined,
      expect.stringContaining('no es el correcto')
    ])
    const right = await enter(token)
    expect([right.statusCode, right.headers.location]).toEqual([303, '/status?lang=es'])
    expect(right.headers['set-cookie']).toMatch(/^jisr-status=\S+; Path=\/status; .*HttpOnly; SameSite=Strict; Secure$/)
  })

  test('where no token is set, none opens it from elsewhere', async () => {
    const { app: closed } = await opened(null)
    for (const given of ['', 'null', 'undefined'])
      expect((await closed.inject({ url: '/status', ...far, headers: { authorization: `Bearer ${given}` } })).statusCode).toBe(401)
  })
})

test('measurements, health and readiness are told in their own formats', async () => {
  const { url } = await opened(null)
  const metrics = await fetch(`${url}/metrics`)
  expect([metrics.headers.get('content-type'), await metrics.text()]).toEqual(['text/plain; version=0.0.4', 'jisr_up 1\n'])
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  const ready = await fetch(`${url}/readyz`)
  expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'unavailable', because: ['nothing goes to office'] }])
  expect((await fetch(`${url}/nothing`)).status).toBe(404)
})

test('when the rows cannot be read the page says so, and the reason goes to the log alone', async () => {
  const { url, failures } = await opened(null, async () => {
    throw new Error('Fatima AB1234567')
  })
  const answer = await fetch(`${url}/status`)
  expect([answer.status, await answer.text()]).toEqual([503, 'This cannot be read just now: see the log.\n'])
  expect(failures).toHaveLength(1)
})

describe('the page', () => {
  test('is whole in each language, the Arabic one from right to left', () => {
    for (const language of languages) {
      const page = statusPage(calm, language)
      expect(page).toContain(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`)
      expect(page).toContain(words[language].states.well)
      expect(page).not.toMatch(/undefined|NaN|\[object|<script/)
      expect(enterPage(language, true)).toContain(words[language].enter.wrong)
    }
  })

  test('escapes what others wrote', () => {
    expect(statusPage(calm, 'fr')).toContain('&#60;b&#62;Office &#38; &#34;Sons&#34;&#60;/b&#62;')
    expect(html`<a title="${`"'<>&`}">${null}${[html`<i>`, 1]}</a>`.html).toBe('<a title="&#34;&#39;&#60;&#62;&#38;"><i>1</a>')
  })

  test('says what waits and the command for it; stuck deliveries before all', () => {
    const waitingGroups = [{ kind: 'quarantine', state: 'open', partnerId: 'office', count: 2, behind: 0, oldestSeconds: 61 }] as const
    const waiting = statusPage({ ...calm, waitingGroups, waiting: { ...calm.waiting, quarantine: 2 } }, 'en')
    expect(waiting).toContain('Something waits for you')
    expect(waiting).toContain('jisr waiting list --kind quarantine --partner office')
    expect(waiting).toContain('jisr apply &#60;id&#62; --reason')
    expect(statusPage({ ...calm, partners: [partner({ oldestDueSeconds: 500 })] }, 'en')).toContain('Deliveries are stuck')
    expect(statusPage({ ...calm, partners: [partner({ isPulled: true, oldestDueSeconds: 500_000 })] }, 'en')).toContain('All is well')
    const failed = { count: 7, tries: 4, code: 'not-sent', nextAt: new Date('2026-02-11T11:00:00Z') }
    expect(statusPage({ ...calm, partners: [partner({ oldestDueSeconds: null, failed })] }, 'en')).toMatch(
      /Something waits for you[\s\S]*failing <b>7<\/b><\/span> <code dir="ltr">not-sent/
    )
    expect(statusPage({ ...calm, queues: null }, 'en')).toContain('The queue does not answer')
  })

  test('says in each language who must act, since when, and how many are blocked behind, and nothing of the kind where none is', () => {
    const groups = [
      { kind: 'delivery', state: 'parked', partnerId: 'office', count: 1, behind: 12, oldestSeconds: 7_200 },
      { kind: 'case', state: 'held', partnerId: null, count: 1, behind: 0, oldestSeconds: 61 }
    ] as const
    for (const language of languages) {
      const say = words[language]
      const [parked = '', held = ''] = statusPage({ ...calm, waitingGroups: groups }, language)
        .split('<li class="card">')
        .slice(1)
      expect(parked).toContain(`${say.mustAct} <strong>${say.who.source}</strong> · ${say.since} `)
      expect(parked).toContain(`${say.behind} <b>12</b>`)
      expect(held).toContain(say.who.agencies)
      expect(held.split('</li>')[0]).not.toContain(say.behind)
    }
    const many = { kind: 'case', state: 'refused', partnerId: 'spain', count: 5_000, behind: 0, oldestSeconds: 61 } as const
    const textOf = (count: number) => statusPage({ ...calm, waitingGroups: [{ ...many, count }] }, 'en').replaceAll(/<[^>]+>/g, '')
    expect(textOf(5_000)).toContain('jisr redeliver --partner spain --state refused --reason')
    expect(textOf(1)).toContain('jisr redeliver &#60;id&#62; --reason')
  })

  test('names in each language a stream that has fallen behind, whose it is, what it holds, and what to run', () => {
    const one = { id: 'spain', clientId: 'inspectorate', undelivered: 120_000, oldestSeconds: 91 * 86_400, by: ['count', 'age'] } as const
    for (const [language, title] of [
      ['en', 'Streams that have fallen behind'],
      ['fr', 'Flux en retard'],
      ['es', 'Flujos atrasados'],
      ['ar', 'تدفقات متأخرة']
    ] as const) {
      expect(statusPage(calm, language)).not.toContain(title)
      const page = statusPage({ ...calm, streamsBehind: [{ ...one, status: 'active' }] }, language)
      expect(page).toContain(title)
      expect(page).toContain(words[language].states.waits)
      expect(page).toContain('inspectorate')
      expect(page).toContain('jisr streams disable spain --reason')
      expect(page).not.toContain('jisr streams resume')
      expect(statusPage({ ...calm, streamsBehind: [{ ...one, status: 'paused' }] }, language)).toContain(
        'jisr streams resume spain --reason'
      )
    }
    expect(statusPage({ ...calm, streamsBehind: [{ ...one, status: 'active' }] }, 'en')).toMatch(/<b>120,000<\/b> · the oldest for 91 days/)
  })

  const today = new Date('2026-11-26T10:00:00Z')
  const doubts: [Doubt['why'], Record<'fr' | 'es' | 'en', RegExp>][] = [
    [
      { kind: 'apart', seconds: 41.3, ahead: 'the database' },
      {
        fr: /diffèrent de 41 s ; la base de données avance/,
        es: /difieren en 41 s; la base de datos va/,
        en: /differ by 41 secs?; the database is ahead/
      }
    ],
    [
      { kind: 'set-back', today, before: new Date('2027-10-01T10:00:00Z') },
      { fr: /a été signé le 1er octobre 2027/, es: /se firmó el 1 de octubre de 2027/, en: /was signed on 1 October 2027/ }
    ],
    [
      { kind: 'jumped', today, before: new Date('2026-10-01T10:00:00Z'), days: 56 },
      {
        fr: /indique le 26 novembre 2026 : 56 j d’écart/,
        es: /el 26 de noviembre de 2026: 56 d de diferencia/,
        en: /26 November 2026: 56 days between/
      }
    ]
  ]
  test.each(doubts)('says in each language why the time is doubted, what waits, and what to do: %j', (why, said) => {
    const doubt = { says: 'in English', toDo: 'in English', why }
    for (const language of languages) {
      const page = statusPage({ ...calm, doubt }, language)
      expect(page).toContain(words[language].states.waits)
      expect(page).not.toMatch(/in English|undefined|NaN|\{\w+\}/)
      expect(page.includes('jisr persons keep --time-is-right --reason')).toBe(why.kind === 'jumped')
      const shown = page.replaceAll(/<\/?bdi>/g, '').replaceAll(/[\u00a0\u202f]/g, ' ')
      if (language === 'ar') expect(page).toContain('الوقت موضع شك')
      else expect(shown).toMatch(said[language])
    }
  })

  test('names queues and streams in each language, and says how many more wait than it shows', () => {
    const queues = ['inbox', 'partner-gecco', 'other'].map(queue => ({ queue, waiting: 1, delayed: 0, active: 0 }))
    const streams = [partner({ name: 'stream of <ANAPEC>', isStream: true }), partner({ name: 'stream of water' })]
    const group = { kind: 'case', state: 'open', partnerId: null, count: 1_000, behind: 0, oldestSeconds: 61 } as const
    for (const language of languages) {
      const { queueNames, streamOf, moreWaits } = words[language]
      const page = statusPage({ ...calm, queues, partners: streams, waitingGroups: Array(16).fill(group) }, language)
      for (const text of [queueNames.inbox, `${queueNames.partners} <bdi class="id">gecco</bdi>`, '<bdi>other</bdi>'])
        expect(page).toContain(text)
      expect(page).toContain(`${streamOf} <bdi>&#60;ANAPEC&#62;</bdi>`)
      expect(page).toContain('<bdi>stream of water</bdi>')
      expect(page).not.toContain(moreWaits)
      const longer = statusPage({ ...calm, waitingGroups: Array(19).fill(group) }, language)
      expect(longer).toMatch(new RegExp(`${moreWaits} <b>3[.,\u202f\u00a0]?000</b>`))
      expect(longer.split('<li class="card">')).toHaveLength(17)
    }
  })

  test('tells the places of the week and when the last will be taken', () => {
    const page = statusPage(calm, 'en')
    expect(page).toMatch(/<strong>1,247<\/strong> places taken of 1,500/)
    expect(page).toContain('Last place expected: week of 23 February 2026')
  })
})

const preferences: [string | undefined, string | undefined, string][] = [
  ['ar', 'es', 'ar'],
  [undefined, 'es-ES,es;q=0.9,en;q=0.8', 'es'],
  [undefined, 'de, ar-MA;q=0.5, en;q=0.7', 'en'],
  [undefined, 'en;q=0, ar', 'ar'],
  ['xx', undefined, 'fr'],
  [undefined, '*', 'fr'],
  [undefined, ','.repeat(100_000), 'fr']
]
test.each(preferences)('asked for %s with %.40s it speaks %s', (asked, accepts, language) => {
  expect(chooseLanguage(asked, accepts)).toBe(language)
})

describe.skipIf(!needs('chromium'))('in a browser', async () => {
  const busy: Standing = {
    ...calm,
    partners: [
      partner(),
      partner({ id: 'a-partner-with-a-long-name', name: 'Consulado General de España, visados expedidos en Tánger', isPulled: true })
    ],
    waiting: { ...calm.waiting, delivery: 1 },
    waitingGroups: Array(20).fill({
      kind: 'delivery',
      state: 'parked',
      partnerId: 'a-partner-with-a-long-name',
      count: 12_345,
      behind: 1_200,
      oldestSeconds: 7_200
    }),
    doubt: { says: '', toDo: '', why: { kind: 'jumped', today: calm.at, before: new Date('2025-10-01T10:00:00Z'), days: 133 } },
    expiries: [
      {
        kind: 'partner-certificate',
        whose: 'office',
        key: '0f3a',
        endsAt: new Date('2026-02-13T09:00:00Z'),
        days: 2,
        warning: 3,
        command: 'jisr partners rotate-keys office --certificate <old> <new> --reason "…"'
      }
    ],
    streamsBehind: [
      { id: 'inspectorate-of-labour', clientId: 'inspectorate', status: 'paused', undelivered: 120_000, oldestSeconds: 1e7, by: ['count'] }
    ]
  }
  const { url } = await opened(null, async () => busy)
  let browser: Browser
  beforeAll(async () => {
    browser = await startBrowser()
    return browser.close
  })

  test.each(languages.flatMap(language => [1_280, 390].map(width => [language, width] as const)))(
    'the page in %s fits into %i pixels, is written in its direction, and has nothing to complain of',
    async (language, width) => {
      const page = await browser.open(`${url}/status?lang=${language}`, { width, height: 900 })
      const seen = await page.evaluate(`({
        beyond: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        direction: getComputedStyle(document.body).direction,
        language: document.documentElement.lang,
        outside: [...document.querySelectorAll('h1, h2, h3, p, td, dd, code, a')].filter(element => {
          const { left, right, width } = element.getBoundingClientRect()
          return width > 0 && (left < -1 || right > innerWidth + 1)
        }).map(element => element.textContent)
      })`)
      expect(seen).toEqual({ beyond: 0, direction: language === 'ar' ? 'rtl' : 'ltr', language, outside: [] })
      expect(page.complaints).toEqual([])
    }
  )
})
