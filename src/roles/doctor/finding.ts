// What the doctor found: one look at one thing, whether it is well, and how to mend it.

export interface Finding {
  /** What was looked at, in a word or two. */
  check: string
  /** `look`: it works, and somebody should see to it. */
  state: 'ok' | 'look' | 'bad'
  says: string
  /** How to mend it; null where nothing needs mending. */
  toDo: string | null
}

export const ok = (check: string, says: string): Finding => ({ check, state: 'ok', says, toDo: null })
export const look = (check: string, says: string, toDo: string): Finding => ({ check, state: 'look', says, toDo })
export const bad = (check: string, says: string, toDo: string): Finding => ({ check, state: 'bad', says, toDo })
