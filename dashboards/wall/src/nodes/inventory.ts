// What the center's inventory says of one node, checked.

import { fields, known, list, number, text, time } from '../json'

export interface Mounting {
  sensor: string
  model: string
  serial: string
  heightM: number | null
  datumM: number | null
  orientation: string
  sinceMs: number | null
  note: string
}

export interface Levels {
  sensor: string
  quantity: string
  fromMs: number | null
  invented: boolean
  names: { rank: number; name: string; rising: number | null; falling: number | null }[]
}

export interface Asset {
  id: string
  site: string
  model: string
  serial: string
  note: string
  mountings: Mounting[]
  levels: Levels[]
  /** Names what it was when it was looked at. */
  version: string
}

export interface Site {
  code: string
  name: string
  district: string
  lat: number | null
  lon: number | null
  river: string
  riverOrder: number | null
  datum: string
  photo: string
  note: string
  version: string
}

export function parseAsset(body: unknown): Asset | null {
  const f = fields(body)
  if (!f || !text(f.node)) return null
  return {
    id: text(f.node), site: text(f.site), model: text(f.model), serial: text(f.serial), note: text(f.note), version: text(f.version),
    mountings: list(f.mountings).map(mountingOf).filter(known),
    levels: list(f.levels).map(levelsOf).filter(known),
  }
}

function mountingOf(v: unknown): Mounting | null {
  const f = fields(v)
  if (!f || !text(f.sensor)) return null
  return {
    sensor: text(f.sensor), model: text(f.model), serial: text(f.serial), orientation: text(f.orientation), note: text(f.note),
    heightM: number(f.height_m), datumM: number(f.datum_m), sinceMs: time(f.since),
  }
}

function levelsOf(v: unknown): Levels | null {
  const f = fields(v)
  if (!f) return null
  return {
    sensor: text(f.sensor), quantity: text(f.quantity), fromMs: time(f.valid_from), invented: f.invented === true,
    names: list(f.levels).map(fields).filter(known)
      .map((l) => ({ rank: number(l.rank) ?? 0, name: text(l.name), rising: number(l.rising), falling: number(l.falling) })),
  }
}

export function parseSite(body: unknown): Site | null {
  const f = fields(body)
  if (!f || !text(f.site)) return null
  return {
    code: text(f.site), name: text(f.name), district: text(f.district), lat: number(f.lat), lon: number(f.lon), river: text(f.river),
    riverOrder: number(f.river_order), datum: text(f.datum), photo: text(f.photo), note: text(f.note), version: text(f.version),
  }
}

export const parseSites = (body: unknown): Site[] => list(fields(body)?.sites).map(parseSite).filter(known)

export interface Work {
  atMs: number
  who: string
  what: string
}

export const parseWork = (body: unknown): Work[] =>
  list(fields(body)?.maintenance).map(fields).filter(known).map((f) => ({ atMs: time(f.time) ?? 0, who: text(f.who), what: text(f.what) }))

export interface Planned {
  id: number
  kind: string
  object: string
  fromMs: number
  toMs: number
  reason: string
  who: string
  cancelled: boolean
}

/** The events that concern a node or one of its gauges, the latest first. */
export function parsePlanned(body: unknown, node: string): Planned[] {
  return list(fields(body)?.events).map(fields).filter(known)
    .filter((f) => (f.scope === 'node' || f.scope === 'gauge') && text(f.object).split('/')[0] === node)
    .map((f) => ({
      id: number(f.id) ?? 0, kind: text(f.kind), object: text(f.object), fromMs: time(f.from) ?? 0, toMs: time(f.to) ?? 0,
      reason: text(f.reason), who: text(f.who), cancelled: time(f.cancelled) !== null,
    }))
    .sort((a, b) => b.fromMs - a.fromMs)
}

export interface Certificate {
  serial: string
  fromMs: number
  toMs: number
  revokedMs: number | null
  reason: string
}

export const parseCertificates = (body: unknown): Certificate[] =>
  list(fields(body)?.certificates).map(fields).filter(known).map((f) => ({
    serial: text(f.serial), fromMs: time(f.not_before) ?? 0, toMs: time(f.not_after) ?? 0, revokedMs: time(f.revoked), reason: text(f.reason),
  }))

export type Validity = 'good' | 'late' | 'expired' | 'revoked'

/** late: a node renews at two thirds of its certificate's life, and has not. */
export function validity(c: Certificate, nowMs: number): Validity {
  if (c.revokedMs !== null) return 'revoked'
  if (nowMs >= c.toMs) return 'expired'
  // A day's grace: a node tries again for hours before anybody need look.
  return nowMs > c.fromMs + ((c.toMs - c.fromMs) * 2) / 3 + 86_400_000 ? 'late' : 'good'
}

export interface OpenToken {
  id: string
  by: string
  expiresMs: number
}

/** Those by which somebody can still enrol. */
export const parseTokens = (body: unknown, nowMs: number): OpenToken[] =>
  list(fields(body)?.tokens).map(fields).filter(known)
    .filter((f) => time(f.withdrawn) === null && time(f.used) === null && (time(f.expires) ?? 0) > nowMs)
    .map((f) => ({ id: text(f.id), by: text(f.by), expiresMs: time(f.expires) ?? 0 }))

export interface Change {
  atMs: number
  who: string
  action: string
  /** Field, what it was, what it is; '' for nothing. */
  of: [field: string, before: string, after: string][]
  refused: string
}

export const parseHistory = (body: unknown): Change[] =>
  list(fields(body)?.history).map(fields).filter(known).map((f) => ({
    atMs: time(f.time) ?? 0, who: text(f.who), action: text(f.action), of: changes(f.before, f.after), refused: text(f.refused),
  }))

function changes(before: unknown, after: unknown): Change['of'] {
  const was = fields(before) ?? {}
  const is = fields(after) ?? {}
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].map((k) => [k, plain(was[k]), plain(is[k])])
}

const plain = (v: unknown): string => (v === undefined || v === null ? '' : typeof v === 'object' ? JSON.stringify(v) : String(v))

/** Whether a value of a change is a moment, Unix ms; null where it is not. */
export const moment = (v: string): number | null => (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(v) ? time(v) : null)

export interface Health {
  version: string
  clock: string
  queuePacks: number
  completeness: { hour: number | null; day: number | null; month: number | null }
  gaps: { packs: number; state: string; fromMs: number | null; toMs: number | null; reason: string }[]
  anomalies: { id: string; en: string; lastMs: number }[]
}

export function parseHealth(body: unknown): Health | null {
  const f = fields(body)
  if (!f || !text(f.id)) return null
  const c = fields(f.completeness)
  return {
    version: text(f.version), clock: text(f.clock), queuePacks: number(fields(f.queue)?.packs) ?? 0,
    completeness: { hour: number(c?.hour), day: number(c?.day), month: number(c?.month) },
    gaps: list(f.gaps).map(fields).filter(known).map((g) => ({
      packs: number(g.packs) ?? 0, state: text(g.state), fromMs: time(g.from_time), toMs: time(g.to_time), reason: text(g.reason),
    })),
    anomalies: list(f.anomalies).map(fields).filter(known).map((a) => ({ id: text(a.words_id), en: text(a.words_en), lastMs: time(a.last) ?? 0 })),
  }
}
