// The roles that a process of the gateway can have, as words on the command line.

export const roles = ['api', 'worker'] as const
export type Role = (typeof roles)[number]

export const isRole = (word: string): word is Role => (roles as readonly string[]).includes(word)
