// Where a partner's row does not fit its contract, told without repeating what it held.
import type { z } from 'zod'
import { pointerOf } from '../../schemas/explain.ts'

const placesMax = 5

/** JSON pointers (RFC 6901) of the first places at fault, as '/about, /at': members the contract names, never a value. */
export const places = (error: z.ZodError): string =>
  [...new Set(error.issues.map(({ path }) => pointerOf(path) || '/'))].slice(0, placesMax).join(', ')
