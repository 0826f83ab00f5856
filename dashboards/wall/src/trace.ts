// The last half hour of one series in buckets of 30 s: what a sparkline draws.

import type { Point } from './center'
import { staleIntervals, unknownIntervalS } from './age'

export const bucketS = 30
export const windowS = 30 * 60
/** Over how long a rise is measured, and how much of that must be covered. */
const trendS = 15 * 60
const trendMinS = 10 * 60

interface Bucket {
  startS: number
  sum: number
  count: number
}

const startOf = (timeMs: number): number => Math.floor(timeMs / 1000 / bucketS) * bucketS

export class Trace {
  /** In order of time, at most one window long. */
  private buckets: Bucket[] = []
  /** Grows with every change, so that an unchanged sparkline is not redrawn. */
  version = 0

  /** Adds a value that was just measured. */
  add(timeMs: number, value: number): void {
    this.put(startOf(timeMs), value, true)
    this.trim()
  }

  /** Fills in the center's history. It replaces what is here, except for the
   * newest bucket, which is still being filled. */
  seed(points: Point[]): void {
    const newest = this.buckets.at(-1)?.startS ?? -Infinity
    for (const p of points) {
      const start = startOf(p.timeMs)
      if (p.value !== null && start !== newest) this.put(start, p.value, false)
    }
    this.trim()
  }

  private put(startS: number, value: number, add: boolean): void {
    let i = this.buckets.length
    while (i > 0 && this.buckets[i - 1]!.startS >= startS) i--
    const b = this.buckets[i]
    if (b?.startS !== startS) this.buckets.splice(i, 0, { startS, sum: value, count: 1 })
    else if (add) {
      b.sum += value
      b.count++
    } else {
      b.sum = value
      b.count = 1
    }
    this.version++
  }

  private trim(): void {
    const newest = this.buckets.at(-1)?.startS ?? 0
    this.buckets = this.buckets.filter((b) => b.startS > newest - windowS - bucketS)
  }

  /** Times (Unix s) and means of the last half hour. Where the sensor was
   * silent for as long as makes a value stale, a null breaks the line. */
  columns(nowS: number, intervalS: number): [number[], (number | null)[]] {
    const silentS = staleIntervals * (intervalS > 0 ? intervalS : unknownIntervalS)
    const xs: number[] = []
    const ys: (number | null)[] = []
    let last: number | null = null
    for (const b of this.buckets) {
      if (b.startS < nowS - windowS) continue
      const step = last === null ? 0 : b.startS - last
      if (step > bucketS && step - bucketS >= silentS) {
        xs.push(b.startS - bucketS)
        ys.push(null)
      }
      xs.push(b.startS)
      ys.push(b.sum / b.count)
      last = b.startS
    }
    return [xs, ys]
  }

  /** How fast the value rises, per hour: the slope of a straight line through
   * the last 15 minutes. Null unless these are covered well enough to tell. */
  risePerHour(nowS: number): number | null {
    const recent = this.buckets.filter((b) => b.startS > nowS - trendS)
    const first = recent[0]
    const last = recent.at(-1)
    if (!first || !last || recent.length < 5 || last.startS - first.startS < trendMinS) return null
    const n = recent.length
    const meanX = recent.reduce((s, b) => s + b.startS, 0) / n
    const meanY = recent.reduce((s, b) => s + b.sum / b.count, 0) / n
    let xy = 0
    let xx = 0
    for (const b of recent) {
      xy += (b.startS - meanX) * (b.sum / b.count - meanY)
      xx += (b.startS - meanX) ** 2
    }
    return (xy / xx) * 3600
  }
}
