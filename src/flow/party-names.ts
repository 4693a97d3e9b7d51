// What a client or partner is called: by programs (its id), and by people (its name).
import { DomainError } from '../domain/errors.ts'

const idPattern = /^[a-z][a-z0-9-]{1,62}$/
const nameLengthMax = 200

/** @throws DomainError `invalid`, saying what to change */
export const requireNames = ({ id, name }: { id: string; name: string }): void => {
  if (!idPattern.test(id))
    throw new DomainError('invalid', 'an id is 2 to 63 lower-case letters, digits and hyphens, and begins with a letter')
  if (name.trim() === '' || name.length > nameLengthMax || /\p{Cc}/u.test(name))
    throw new DomainError('invalid', `a name is what people call it, on one line of at most ${nameLengthMax} characters`)
}
