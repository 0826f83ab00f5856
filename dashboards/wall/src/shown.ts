// How far the newest reading of one series may be taken for a current one.

import { ageS, isStale } from './age'
import { usable, type Sensor } from './center'
import type { Latest } from './store'

export interface Now {
  /** The center's time, Unix ms. */
  centerMs: number
  /** The browser's monotonic time, ms. */
  monoMs: number
  /** Whether the center is heard. */
  connected: boolean
}

/** unmeasured: of a level, when only the distance to the water is known. */
export type Why = 'none' | 'warming' | 'failing' | 'bad' | 'unmeasured'

export type Shown =
  /** There is nothing to show. */
  | { kind: 'missing'; why: Why }
  /** No vehicle passed, so that there is nothing to measure. */
  | { kind: 'empty' }
  | { kind: 'value'; latest: Latest; value: number; ageS: number; stale: boolean; suspect: boolean }

export function shown(latest: Latest, now: Now): Shown {
  const r = latest.reading
  if (!usable(r.quality) || r.value === null) return { kind: 'missing', why: r.quality === 'bad' ? 'bad' : 'none' }
  const age = ageOf(latest, now)
  return { kind: 'value', latest, value: r.value, ageS: age, stale: isStale(age, r.intervalS), suspect: r.quality === 'suspect' }
}

export function ageOf(latest: Latest, now: Now): number {
  return ageS(latest.reading.timeMs, now.centerMs, latest.seenMonoMs, now.monoMs)
}

/** Why a sensor without readings has none. What an offline node said of its
 * sensors last is no news. */
export function whyMissing(s: Sensor, online: boolean): Why {
  if (!online) return 'none'
  if (s.health === 'warming' || s.health === 'starting') return 'warming'
  return s.health === 'failing' ? 'failing' : 'none'
}

/** A road without vehicles has a flow of 0 and sends no speed; the last speed is
 * then history, but the sensor is well. */
export function noVehicle<T extends Shown>(speed: T, flow: Shown): T | { kind: 'empty' } {
  if (flow.kind !== 'value' || flow.stale || flow.value !== 0) return speed
  return speed.kind === 'value' && speed.ageS <= flow.ageS ? speed : { kind: 'empty' }
}
