// What an adapter may touch while it talks to its partner: this context and nothing else.
import { randomBytes } from 'node:crypto'
import { type Context, NotSent } from '../../adapters/contract.ts'
import type { Partner } from './directory.ts'
import { endpointsOf } from './endpoints.ts'
import type { Gateway } from './gateway.ts'
import { authorizationHeaderOf } from './manage-streams.ts'

/** The context of one partner for one station's work. `signal` ends it. */
export const partnerContext = (gateway: Gateway, partner: Partner, signal: AbortSignal): Context => {
  const origins = new Set(endpointsOf(partner.code, partner.settings).flatMap(url => (URL.canParse(url) ? [new URL(url).origin] : [])))
  const traceparent = `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`
  return {
    partner: partner.id,
    settings: partner.settings,
    keys: gateway.partnerKeys(partner),
    signal,
    now: () => gateway.clock.wall(),
    campaignNow: () => gateway.clock.campaign(),
    fetch: (url, init) => {
      const { origin } = new URL(url)
      if (!origins.has(origin))
        throw new NotSent(`the settings of ${partner.id} do not name ${origin}: an adapter reaches only the hosts its settings name`)
      // What the receiver gave us to show: no adapter sees it.
      const authorization = authorizationHeaderOf(gateway, partner)
      const headers = { ...init.headers, ...(authorization === null ? {} : { authorization }), traceparent }
      return gateway.outside.fetch(url, { ...init, headers }, signal)
    }
  }
}
