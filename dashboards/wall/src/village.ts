// What there is to show of one village, decided in one place: which value, and
// whether a person may take it for a current one.

import { correctedOf, neverHeard, type Quantity, type VillageNode } from './center'
import { noVehicle, shown, whyMissing, type Now, type Shown } from './shown'
import type { Latest } from './store'

/** repair: it says nothing, or nothing new, as was announced. unheard: it is in the
 * inventory, and has never said anything. */
export type State = 'ok' | 'attention' | 'stale' | 'offline' | 'repair' | 'unheard'

export type Tile =
  /** The village has no such sensor. */
  | { kind: 'absent' }
  /** Nobody knows yet what sensors the village has. */
  | { kind: 'unknown' }
  | Exclude<Shown, { kind: 'value' }>
  | (Extract<Shown, { kind: 'value' }> & {
      /** Whether this is the corrected value of what the sensor measured. */
      corrected: boolean
      /** How many further sensors of the village measure the same. */
      others: number
    })

export interface Issue {
  state: State
  what: 'offline' | 'repair' | 'unheard' | 'stale' | 'failing' | 'bad' | 'suspect' | 'missing' | 'unmeasured' | 'clock' | 'unclaimed' | 'gaps'
  quantities: Quantity[]
  /** Age, count of gaps, end of a repair in Unix ms, … as what wants it. */
  number: number | null
  /** The sensor and what it said, for a failing one; why, for a repair. */
  detail: string
}

export interface Village {
  node: VillageNode
  state: State
  tiles: Record<Quantity, Tile>
  issues: Issue[]
  simulated: boolean
  clockUnsure: boolean
  /** Time of the newest value shown, Unix ms. */
  newestMs: number | null
}

export function village(node: VillageNode, series: Latest[], now: Now): Village {
  // Readings without a word of its own are a word, too.
  const unheard = neverHeard(node) && series.length === 0
  const tile = (q: Quantity): Tile => (unheard ? { kind: 'unknown' } : tileOf(node, series, q, now))
  const flow = tile('flow')
  const tiles: Record<Quantity, Tile> = {
    pm2_5: tile('pm2_5'),
    pm10: tile('pm10'),
    temperature: tile('temperature'),
    humidity: tile('humidity'),
    level: tile('level'),
    flow,
    speed: speedTile(tile('speed'), flow),
  }
  const values = Object.values(tiles).filter((t) => t.kind === 'value')
  const clockUnsure = node.clock === 'none' || values.some((t) => t.latest.reading.clock === 'none')
  const issues = issuesOf(node, tiles, unheard, clockUnsure, now)
  return {
    node,
    state: stateOf(node, issues, unheard, now),
    tiles,
    issues,
    simulated: node.simulated || values.some((t) => t.latest.reading.simulated),
    clockUnsure,
    newestMs: values.length === 0 ? null : Math.max(...values.map((t) => t.latest.reading.timeMs)),
  }
}

function tileOf(node: VillageNode, series: Latest[], quantity: Quantity, now: Now): Tile {
  const of = series.filter((s) => s.reading.quantity === quantity)
  const latest = of[0]
  const sensor = node.sensors.find((s) => s.quantities.includes(quantity))
  if (!latest && sensor) return { kind: 'missing', why: whyMissing(sensor, node.online) }
  if (!latest) return quantity === 'level' && hasDistance(node, series) ? { kind: 'missing', why: 'unmeasured' } : { kind: 'absent' }
  const raw = shown(latest, now)
  const twin = series.find((s) => s.reading.quantity === correctedOf(quantity) && s.reading.sensor === latest.reading.sensor)
  const better = twin && shown(twin, now)
  const corrected = better !== undefined && rank(better) <= rank(raw)
  const value = corrected ? better : raw
  return value.kind === 'value' ? { ...value, corrected, others: of.length - 1 } : value
}

/** A water sensor tells how far the water is; how high it stands is known once
 * somebody has measured that. */
function hasDistance(node: VillageNode, series: Latest[]): boolean {
  return series.some((s) => s.reading.quantity === 'distance') || node.sensors.some((s) => s.quantities.includes('distance'))
}

function speedTile(speed: Tile, flow: Tile): Tile {
  if (speed.kind === 'absent' || speed.kind === 'unknown' || flow.kind === 'absent' || flow.kind === 'unknown') return speed
  return noVehicle(speed, flow)
}

/** How far from a current value: a corrected one stands for the raw one only
 * where it is no farther. */
function rank(s: Shown): number {
  return s.kind !== 'value' ? 2 : s.stale ? 1 : 0
}

/** When an excused silence is to end, Unix ms; null where nothing is excused. */
export function repairUntil(v: Village): number | null {
  return v.state === 'repair' ? (v.issues.find((i) => i.what === 'repair')?.number ?? null) : null
}

/** The center tells of a repair's end within a minute; it is over at once. */
function underRepair(node: VillageNode, now: Now): VillageNode['repair'] {
  return node.repair !== null && now.centerMs < node.repair.untilMs ? node.repair : null
}

function stateOf(node: VillageNode, issues: Issue[], unheard: boolean, now: Now): State {
  if (issues.some((i) => i.state === 'repair')) return 'repair'
  if (unheard) return 'unheard'
  if (!node.online) return 'offline'
  // Without the center nothing is known to be well any more.
  if (!now.connected || issues.some((i) => i.state === 'stale')) return 'stale'
  return issues.some((i) => i.state === 'attention') ? 'attention' : 'ok'
}

function issuesOf(node: VillageNode, tiles: Record<Quantity, Tile>, unheard: boolean, clockUnsure: boolean, now: Now): Issue[] {
  const issues: Issue[] = []
  const add = (state: State, what: Issue['what'], rest: Partial<Issue> = {}) =>
    issues.push({ state, what, quantities: [], number: null, detail: '', ...rest })
  const entries = Object.entries(tiles) as [Quantity, Tile][]
  const which = (test: (t: Tile) => boolean) => entries.filter(([, t]) => test(t)).map(([q]) => q)

  const repair = underRepair(node, now)
  const stale = which((t) => t.kind === 'value' && t.stale)
  if (repair && (!node.online || stale.length > 0)) {
    // It was announced: neither silence nor old values want anybody.
    add('repair', 'repair', { number: repair.untilMs, detail: repair.reason })
    return issues
  }
  if (repair) add('ok', 'repair', { number: repair.untilMs, detail: repair.reason })
  if (unheard) {
    add('unheard', 'unheard')
    return issues
  }
  if (!node.online) {
    add('offline', 'offline', { number: node.lastSeenMs === null ? null : Math.max(0, now.centerMs - node.lastSeenMs) / 1000 })
  }
  if (stale.length > 0) {
    const ages = stale.map((q) => tiles[q]).map((t) => (t.kind === 'value' ? t.ageS : 0))
    add('stale', 'stale', { quantities: stale, number: Math.max(...ages) })
  }
  for (const s of node.sensors) {
    if (s.health === 'failing') add('attention', 'failing', { detail: s.error ? `${s.id}: ${s.error}` : s.id })
  }
  const bad = which((t) => t.kind === 'missing' && t.why === 'bad')
  if (bad.length > 0) add('attention', 'bad', { quantities: bad })
  const suspect = which((t) => t.kind === 'value' && t.suspect)
  if (suspect.length > 0) add('attention', 'suspect', { quantities: suspect })
  const missing = which((t) => t.kind === 'missing' && t.why === 'none')
  if (missing.length > 0) add('attention', 'missing', { quantities: missing })
  if (clockUnsure) add('attention', 'clock')
  // The sensor is well, and its card says what it does not show.
  if (tiles.level.kind === 'missing' && tiles.level.why === 'unmeasured') add('ok', 'unmeasured', { quantities: ['level'] })
  // Nobody enrols a simulated node. A real one is listed, but its values are as
  // good as any: it must not colour the wall.
  if (!node.claimed && !node.simulated) add('ok', 'unclaimed')
  if (node.openGaps > 0) add('ok', 'gaps', { number: node.openGaps })
  return issues
}
