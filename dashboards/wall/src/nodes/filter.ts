// Which nodes a person is looking for.

import { neverHeard, type VillageNode } from '../center'
import type { Mark } from '../ui/symbol'

/** What can be asked for. A node may be under repair and online, so these do not
 * exclude each other. */
export const standings = ['online', 'silent', 'unheard', 'repair', 'unclaimed', 'retired'] as const
export type Standing = (typeof standings)[number]

export function standingsOf(n: VillageNode, nowMs: number): Set<Standing> {
  if (n.retiredMs !== null) return new Set(['retired'])
  const all = new Set<Standing>([n.online ? 'online' : neverHeard(n) ? 'unheard' : 'silent'])
  if (isUnderRepair(n, nowMs)) all.add('repair')
  if (!n.claimed) all.add('unclaimed')
  return all
}

export const isUnderRepair = (n: VillageNode, nowMs: number): boolean => n.repair !== null && nowMs < n.repair.untilMs

/** The one that wants most to be known: a silence that was announced is none. */
export function standing(n: VillageNode, nowMs: number): Standing {
  const all = standingsOf(n, nowMs)
  return (['retired', 'repair', 'silent', 'unheard', 'unclaimed', 'online'] as const).find((s) => all.has(s)) ?? 'online'
}

/** Its sign on list and map. */
export const markOf: Record<Standing, Mark> = { online: 'ok', silent: 'offline', unheard: 'unheard', repair: 'repair', unclaimed: 'unclaimed', retired: 'retired' }

export interface Wanted {
  /** Parts of id, village, kecamatan or code, in any order. */
  text: string
  district: string
  /** A site's code. */
  site: string
  /** 'service': whatever is not retired. */
  standing: Standing | 'service' | 'all'
}

export const everything: Wanted = { text: '', district: '', site: '', standing: 'service' }

export function wanted(nodes: VillageNode[], w: Wanted, nowMs: number): VillageNode[] {
  const parts = folded(w.text).split(/\s+/).filter(Boolean)
  return nodes.filter((n) => {
    if (w.district && n.district !== w.district) return false
    if (w.site && n.site !== w.site) return false
    const is = standingsOf(n, nowMs)
    if (w.standing === 'service' ? is.has('retired') : w.standing !== 'all' && !is.has(w.standing)) return false
    const of = folded([n.id, n.name, n.district, n.site].join(' '))
    return parts.every((p) => of.includes(p))
  })
}

const folded = (s: string): string => s.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()

/** The villages and kecamatan that there are, to choose from. */
export function choices(nodes: VillageNode[], district: string): { districts: string[]; sites: [code: string, name: string][] } {
  const districts = [...new Set(nodes.map((n) => n.district).filter(Boolean))].sort()
  const of = nodes.filter((n) => n.site && (!district || n.district === district))
  const sites = [...new Map(of.map((n): [string, string] => [n.site, n.name === n.id ? n.site : n.name]))]
  return { districts, sites: sites.sort((a, b) => (a[1] < b[1] ? -1 : 1)) }
}
