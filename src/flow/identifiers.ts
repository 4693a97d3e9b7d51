// The ids that the gateway gives: time-ordered, so that rows lie where they were written.
import { monotonicFactory } from 'ulid'
import { v7 } from 'uuid'

/** UUIDv7 (RFC 9562): events, people, subjects, attempts. */
export const newId = (): string => v7()

const monotonic = monotonicFactory()

/** 26-character ULID: deliveries and parcels, where a partner's format (SCSP's IdPeticion, 26 characters) sets the limit. */
export const newUlid = (at: Date): string => monotonic(at.getTime())

export const isUlid = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
