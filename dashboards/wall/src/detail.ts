// Everything a village measures, sensor by sensor: what an opened card lists.

import { correctedOf, rawOf, type QuantityInfo, type Sensor, type VillageNode } from './center'
import type { Language } from './format'
import { ageOf, noVehicle, shown, whyMissing, type Now, type Shown } from './shown'
import type { Latest } from './store'

/** In the order of the panel; what the wall does not know comes last. */
export const domains = ['air', 'water', 'traffic', 'weather', 'power', 'node', 'other'] as const
export type Domain = (typeof domains)[number]

export type Health = 'ok' | 'starting' | 'warming' | 'failing' | 'unknown'

/** One series: what may be shown of it, and what the center flagged it with. */
export interface Measured {
  shown: Shown
  /** '' where nothing was ever read. */
  quality: string
  /** Also of a reading that is not shown as a number; null where there is none. */
  ageS: number | null
}

export interface Row {
  /** As measured. */
  quantity: string
  titles: Record<Language, string>
  unit: string
  decimals: number
  raw: Measured
  /** Null where the quantity is not corrected. */
  corrected: Measured | null
}

/** A sensor under one domain; one that measures air and weather is under both. */
export interface SensorRows {
  id: string
  driver: string
  health: Health
  error: string
  /** In the center's order; empty where nothing is known of what it measures. */
  rows: Row[]
}

export interface DomainRows {
  domain: Domain
  sensors: SensorRows[]
}

export function detail(
  node: VillageNode,
  series: Latest[],
  known: ReadonlyMap<string, QuantityInfo>,
  now: Now,
): DomainRows[] {
  const ids = new Set([...node.sensors.map((s) => s.id), ...series.map((s) => s.reading.sensor)])
  const order = [...known.keys()]
  const place = (r: Row) => (known.has(r.quantity) ? order.indexOf(r.quantity) : order.length)
  const found = new Map(domains.map((d): [Domain, SensorRows[]] => [d, []]))
  for (const id of [...ids].sort()) {
    const sensor = node.sensors.find((s) => s.id === id)
    const rows = rowsOf(node, sensor, series.filter((s) => s.reading.sensor === id), known, now)
    rows.sort((a, b) => place(a) - place(b) || (a.quantity < b.quantity ? -1 : 1))
    const head = { id, driver: sensor?.driver ?? '', health: healthOf(node, sensor, now), error: sensor?.error ?? '' }
    for (const domain of domains) {
      const of = rows.filter((r) => domainOf(known.get(r.quantity)) === domain)
      if (of.length > 0 || (rows.length === 0 && domain === 'other')) found.get(domain)!.push({ ...head, rows: of })
    }
  }
  return [...found].flatMap(([domain, sensors]) => (sensors.length > 0 ? [{ domain, sensors }] : []))
}

function rowsOf(node: VillageNode, sensor: Sensor | undefined, series: Latest[], known: ReadonlyMap<string, QuantityInfo>, now: Now): Row[] {
  const expected = new Set(sensor?.quantities ?? [])
  const read = new Map(series.map((s) => [s.reading.quantity, s]))
  const measured = (quantity: string): Measured => {
    const latest = read.get(quantity)
    if (!latest) return { shown: { kind: 'missing', why: sensor ? whyMissing(sensor, node.online) : 'none' }, quality: '', ageS: null }
    return { shown: shown(latest, now), quality: latest.reading.quality, ageS: ageOf(latest, now) }
  }
  const flow = measured('flow').shown
  const after = (quantity: string, m: Measured): Measured =>
    afterVehicles.has(quantity) ? { ...m, shown: noVehicle(m.shown, flow) } : m
  const names = new Set([...expected, ...read.keys()].map(rawOf))
  return [...names].map((quantity): Row => {
    const info = known.get(quantity)
    const twin = correctedOf(quantity)
    return {
      quantity,
      titles: info?.titles ?? { id: quantity, en: quantity },
      unit: info?.unit ?? read.get(quantity)?.reading.unit ?? '',
      decimals: info?.decimals ?? 2,
      raw: after(quantity, measured(quantity)),
      corrected: expected.has(twin) || current(read.get(twin), now) ? after(quantity, measured(twin)) : null,
    }
  })
}

/** What a sensor sends only where vehicles passed. */
const afterVehicles = new Set(['speed', 'speed_p85', 'headway'])

/** A correction that has ended leaves an old value behind, which nobody awaits. */
function current(latest: Latest | undefined, now: Now): boolean {
  const s = latest && shown(latest, now)
  return s?.kind === 'value' && !s.stale
}

function domainOf(info: QuantityInfo | undefined): Domain {
  return domains.find((d) => d === info?.domain) ?? 'other'
}

/** What an offline node said of its sensors last is no news; nor is anything
 * while the center is not heard. */
function healthOf(node: VillageNode, sensor: Sensor | undefined, now: Now): Health {
  const said = (['ok', 'starting', 'warming', 'failing'] as const).find((h) => h === sensor?.health)
  return node.online && now.connected && said ? said : 'unknown'
}
