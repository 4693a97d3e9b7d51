// The ids that the gateway gives: time-ordered, so that rows lie where they were written.
import { monotonicFactory } from 'ulid'
import { stringify, v7 } from 'uuid'

/** UUIDv7 (RFC 9562): events, people, subjects, attempts. */
export const newId = (): string => v7()

/** A UUID (version 8) that is the same for the same digest. */
export const idOfDigest = (digest: Buffer): string => {
  const bytes = Buffer.from(digest.subarray(0, 16))
  bytes[6] = (bytes.readUInt8(6) & 0x0f) | 0x80
  bytes[8] = (bytes.readUInt8(8) & 0x3f) | 0x80
  return stringify(bytes)
}

const monotonic = monotonicFactory()

/** 26-character ULID: deliveries and parcels, where a partner's format (SCSP's IdPeticion, 26 characters) sets the limit. */
export const newUlid = (at: Date): string => monotonic(at.getTime())

export const isUlid = (text: string): boolean => /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(text)
