// Gathers what there is to know of one node, as far as whoever asks may.

import { ask, path, type Answer } from '../api'
import { may, type Role, type Session } from '../session'
import type { Language } from '../format'

export const parts = ['health', 'inventory', 'site', 'maintenance', 'events', 'certificates', 'tokens', 'history'] as const
export type Part = (typeof parts)[number]

/** The role that each part needs; who has less is not told of it. */
export const needs: Record<Part, Role> = {
  health: 'viewer', events: 'viewer', inventory: 'operator', site: 'operator', maintenance: 'operator', history: 'operator',
  certificates: 'technician', tokens: 'technician',
}

/** Null: not allowed, or, of a site, there is none. */
export type Loaded = Record<Part, Answer | null>

const dayMs = 86_400_000
/** How much of what grows for ever is shown. */
const newest = { limit: '50' }

export async function load(node: string, site: string, who: Session | null, nowMs: number, lang: Language): Promise<Loaded> {
  const get = (part: Part, of: string[], query: Record<string, string> = {}): Promise<Answer | null> =>
    may(who, needs[part]) ? ask('GET', path(lang, of, query)) : Promise.resolve(null)
  const span = { from: new Date(nowMs - 90 * dayMs).toISOString(), to: new Date(nowMs + 366 * dayMs).toISOString() }
  const [health, inventory, place, maintenance, events, certificates, tokens, history] = await Promise.all([
    get('health', ['nodes', node]),
    get('inventory', ['nodes', node, 'inventory']),
    site ? get('site', ['sites', site]) : null,
    get('maintenance', ['nodes', node, 'maintenance'], newest),
    get('events', ['events'], span),
    get('certificates', ['nodes', node, 'certificates']),
    get('tokens', ['nodes', node, 'tokens']),
    get('history', ['nodes', node, 'history'], newest),
  ])
  return { health, inventory, site: place, maintenance, events, certificates, tokens, history }
}
