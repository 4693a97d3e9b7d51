// A subscription on the command line: visa.requested:employer=A28000001,consulate=TANGIER
import { isEventType } from '../../../schemas/event.ts'
import type { NewSubscription } from '../../flow/administer.ts'
import { UsageError } from './session.ts'

const scopes = ['employer', 'agency', 'consulate', 'offer'] as const

/** @throws UsageError that says which part cannot be read. */
export const parseSubscription = (text: string): NewSubscription => {
  const [type = '', scope = '', ...rest] = text.split(':')
  if (rest.length > 0 || !isEventType(type))
    throw new UsageError(`--subscribe ${text}: give an event type, then :employer=…,agency=…,consulate=…,offer=… where it is not for all`)
  const subscription: NewSubscription = { type }
  for (const part of scope === '' ? [] : scope.split(',')) {
    const [name = '', value = '', ...more] = part.split('=')
    const known = scopes.find(one => one === name)
    if (known === undefined || value === '' || more.length > 0 || subscription[known] !== undefined)
      throw new UsageError(`--subscribe ${text}: “${part}” must be one of ${scopes.join(', ')}, each once, then = and a value`)
    subscription[known] = value
  }
  return subscription
}

export const subscriptionText = (s: { eventType: string } & Record<(typeof scopes)[number], string | null>): string => {
  const scope = scopes.flatMap(name => (s[name] === null ? [] : [`${name}=${s[name]}`]))
  return scope.length === 0 ? s.eventType : `${s.eventType}:${scope.join(',')}`
}
