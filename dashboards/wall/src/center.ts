// What the center says, checked. A broken entry is left out and never takes its
// neighbours with it; a value that is not a finite number is no value.

import type { Language } from './format'
import { fields, known, list, number, parse as parseJSON, text, time, type Fields } from './json'

/** The quantities that have a place on a village's card. */
export type Quantity = 'pm2_5' | 'pm10' | 'temperature' | 'humidity' | 'level' | 'flow' | 'speed'

/** The name under which the center tells a corrected value of q. */
export const correctedOf = (q: string): string => `${q}_cor`
/** The quantity as measured, of a corrected one too. */
export const rawOf = (q: string): string => q.replace(/_cor$/, '')

/** What there is to know of a quantity as measured. */
export interface QuantityInfo {
  domain: string
  /** As people read it, in Indonesian. */
  unit: string
  decimals: number
  titles: Record<Language, string>
}

export interface Reading {
  node: string
  sensor: string
  /** Any name: a center may know more quantities than this wall. */
  quantity: string
  /** In the canonical unit; null where the center has none. */
  value: number | null
  /** As people read it, in Indonesian. */
  unit: string
  /** When it was measured (clock "none": when it arrived), Unix ms. */
  timeMs: number
  /** 0 where the center does not know it. */
  intervalS: number
  quality: string
  simulated: boolean
  clock: string
}

export interface Sensor {
  id: string
  driver: string
  health: string
  error: string
  quantities: string[]
}

export interface VillageNode {
  id: string
  /** The Kemendagri code of its site; '' where it is at none. */
  site: string
  /** The village's name, or the node's id where the site is not known. */
  name: string
  district: string
  place: { lat: number; lon: number } | null
  claimed: boolean
  simulated: boolean
  online: boolean
  lastSeenMs: number | null
  clock: string
  openGaps: number
  /** Of the last hour; null while nothing could be expected. */
  completenessPct: number | null
  /** Why it is no surprise when nothing is heard of it; null where it is one. */
  repair: { untilMs: number; reason: string } | null
  /** Since when it is out of service, Unix ms; null while it is in it. */
  retiredMs: number | null
  sensors: Sensor[]
}

export interface Status {
  timeMs: number
  demo: boolean
  nodesOnline: number | null
  nodesTotal: number | null
  /** Of those that are not online. */
  nodesRepair: number | null
  readingsPerSecond: number | null
  delayP50S: number | null
  delayP99S: number | null
  openGaps: number | null
  quarantined: number | null
  accepting: boolean
}

/** Whether a node is only in the inventory: since it was put there it has not said a
 * word. */
export const neverHeard = (n: VillageNode): boolean => !n.online && n.lastSeenMs === null

const parse = (body: string): Fields | null => fields(parseJSON(body))

/** The center's time in any of its answers, Unix ms; null where it says none. */
export function parseTime(body: string): number | null {
  return time(parse(body)?.time)
}

export function parseReadings(body: string): Reading[] {
  return list(parse(body)?.readings).map(readingOf).filter(known)
}

function readingOf(v: unknown): Reading | null {
  const f = fields(v)
  const timeMs = time(f?.time)
  if (!f || timeMs === null || !text(f.quantity) || !text(f.node) || !text(f.sensor)) return null
  return {
    node: text(f.node),
    sensor: text(f.sensor),
    quantity: text(f.quantity),
    value: number(f.value),
    unit: text(f.unit),
    timeMs,
    intervalS: Math.max(0, number(f.interval_s) ?? 0),
    quality: text(f.quality),
    simulated: f.simulated === true,
    clock: text(f.clock),
  }
}

export function parseNodes(body: string): VillageNode[] {
  return nodesOf(parse(body))
}

/** As parseNodes, of what is parsed already. */
export function nodesOf(body: unknown): VillageNode[] {
  return list(fields(body)?.nodes).map(nodeOf).filter(known)
}

export function parseNode(body: string): VillageNode | null {
  return nodeOf(parse(body))
}

function nodeOf(v: unknown): VillageNode | null {
  const f = fields(v)
  if (!f || !text(f.id)) return null
  const site = fields(f.site)
  const lat = number(site?.lat)
  const lon = number(site?.lon)
  return {
    id: text(f.id),
    site: text(site?.code),
    name: text(site?.name) || text(f.id),
    district: text(site?.district),
    // 0, 0 lies in the Atlantic: it is a position nobody entered.
    place: lat === null || lon === null || (lat === 0 && lon === 0) ? null : { lat, lon },
    claimed: f.claimed !== false,
    simulated: f.simulated === true,
    online: f.online === true,
    lastSeenMs: time(f.last_seen),
    clock: text(f.clock),
    openGaps: number(f.open_gaps) ?? 0,
    completenessPct: number(f.completeness_pct),
    repair: repairOf(f.repair),
    retiredMs: time(f.retired),
    sensors: list(f.sensors).map(sensorOf).filter(known),
  }
}

function repairOf(v: unknown): VillageNode['repair'] {
  const f = fields(v)
  const untilMs = time(f?.until)
  return untilMs === null ? null : { untilMs, reason: text(f?.reason) }
}

function sensorOf(v: unknown): Sensor | null {
  const f = fields(v)
  if (!f || !text(f.id)) return null
  return {
    id: text(f.id),
    driver: text(f.driver),
    health: text(f.health),
    error: text(f.error),
    quantities: list(f.quantities).map(text),
  }
}

/** The quantities as measured, by name; null where the answer lists none. */
export function parseQuantities(body: string): Map<string, QuantityInfo> | null {
  const known = new Map<string, QuantityInfo>()
  for (const v of list(parse(body)?.quantities)) {
    const f = fields(v)
    const name = text(f?.quantity)
    if (!f || !name || text(f.corrected_of)) continue
    known.set(name, {
      domain: text(f.domain),
      unit: text(f.unit),
      decimals: Math.min(Math.max(Math.trunc(number(f.decimals) ?? 0), 0), 6),
      titles: { id: text(f.title_id) || name, en: text(f.title_en) || name },
    })
  }
  return known.size > 0 ? known : null
}

export function parseStatus(body: string): Status | null {
  const f = parse(body)
  const timeMs = time(f?.time)
  if (!f || timeMs === null) return null
  return {
    timeMs,
    demo: f.demo === true,
    nodesOnline: number(f.nodes_online),
    nodesTotal: number(f.nodes_total),
    nodesRepair: number(f.nodes_repair),
    readingsPerSecond: number(f.readings_per_second),
    delayP50S: number(f.delivery_delay_p50_s),
    delayP99S: number(f.delivery_delay_p99_s),
    openGaps: number(f.open_gaps),
    quarantined: number(f.quarantined),
    accepting: f.accepting !== false,
  }
}

/** One point of a history, null where nothing usable was measured. */
export interface Point {
  timeMs: number
  value: number | null
}

/** The points of each sensor in an answer of /api/v1/readings. */
export function parseHistory(body: string): Map<string, Point[]> {
  const series = new Map<string, Point[]>()
  for (const entry of list(parse(body)?.series)) {
    const f = fields(entry)
    if (f && text(f.sensor)) series.set(text(f.sensor), list(f.points).map(pointOf).filter(known))
  }
  return series
}

function pointOf(v: unknown): Point | null {
  const f = fields(v)
  const timeMs = time(f?.time)
  if (!f || timeMs === null) return null
  return { timeMs, value: usable(text(f.quality)) ? number(f.value) : null }
}

/** Whether a value of that quality may be shown as a number. A suspect one may:
 * a record crest is data. */
export function usable(quality: string): boolean {
  return quality !== 'bad' && quality !== 'missing'
}
