// Who is using this browser, as the center knows him, and what he may do.

import { ask, sent, type Answer } from './api'
import { fields, text } from './json'

/** As the center names them; each has the rights of those before. */
const roles = ['nobody', 'viewer', 'operator', 'technician', 'admin'] as const
export type Role = (typeof roles)[number]

export interface Session {
  /** The account's name, or what else the center calls whoever asks. */
  name: string
  /** Whether a person has signed in. */
  person: boolean
  role: Role
  /** There is no admin yet. */
  setup: boolean
}

/** Null where that is no session. A role of another version is nobody's. */
export function parseSession(body: unknown): Session | null {
  const f = fields(body)
  if (!f || !text(f.role)) return null
  return {
    name: text(f.name),
    person: f.kind === 'account',
    role: roles.find((r) => r === f.role) ?? 'nobody',
    setup: f.setup === true,
  }
}

export function may(s: Session | null, need: Role): boolean {
  return s !== null && roles.indexOf(s.role) >= roles.indexOf(need)
}

const path = '/api/v1/session'

/** Null where the center cannot be asked now. */
export async function session(): Promise<Session | null> {
  const answer = await ask('GET', path)
  return answer.ok ? parseSession(answer.body) : null
}

export const signIn = (account: string, password: string): Promise<Answer> =>
  ask('POST', path, sent({ account, password }))

export const signOut = (): Promise<Answer> => ask('DELETE', path)

export const setUp = (secret: string, account: string, password: string): Promise<Answer> =>
  ask('POST', '/api/v1/setup', sent({ secret, account, password }))

export const changePassword = (old: string, next: string): Promise<Answer> =>
  ask('POST', `${path}/password`, sent({ old, new: next }))
