import { describe, expect, test } from 'vitest'
import { Trace } from '../src/trace'

const t0 = 1_800_000_000
const fill = (trace: Trace, fromS: number, toS: number, f: (s: number) => number, step = 2) => {
  for (let s = fromS; s < toS; s += step) trace.add(s * 1000, f(s))
}

describe('trace', () => {
  test('keeps half an hour of means, however long it runs', () => {
    const t = new Trace()
    fill(t, t0, t0 + 5 * 3600, () => 7)
    const [xs, ys] = t.columns(t0 + 5 * 3600, 2)
    expect(xs.length).toBeLessThanOrEqual(61)
    expect(new Set(ys)).toEqual(new Set([7]))
  })

  test('silence that makes a value stale is a gap', () => {
    const t = new Trace()
    fill(t, t0, t0 + 60, () => 1)
    fill(t, t0 + 120, t0 + 180, () => 1)
    expect(t.columns(t0 + 180, 2)[1]).toEqual([1, 1, null, 1, 1])
  })

  test('a slow sensor’s line has no gaps between its readings', () => {
    const t = new Trace()
    fill(t, t0, t0 + 300, () => 1, 60)
    expect(t.columns(t0 + 300, 60)[1]).toEqual([1, 1, 1, 1, 1])
  })

  test('history fills in before what is live, in order, and does not touch the newest bucket', () => {
    const t = new Trace()
    t.add((t0 + 60) * 1000, 5)
    t.seed([
      { timeMs: (t0 + 30) * 1000, value: 2 },
      { timeMs: t0 * 1000, value: 1 },
      { timeMs: (t0 + 60) * 1000, value: 99 },
      { timeMs: (t0 - 30) * 1000, value: null },
    ])
    expect(t.columns(t0 + 90, 10)).toEqual([[t0, t0 + 30, t0 + 60], [1, 2, 5]])
  })

  test('rise is the slope over 15 minutes, per hour', () => {
    const t = new Trace()
    fill(t, t0, t0 + 900, (s) => 1 + ((s - t0) / 3600) * 0.12)
    expect(t.risePerHour(t0 + 900)).toBeCloseTo(0.12, 6)
  })

  test.each([
    ['too short a time', 300, 300],
    ['data that ended', 900, 1500],
  ])('no rise is told from %s', (_, until, now) => {
    const t = new Trace()
    fill(t, t0, t0 + until, (s) => s)
    expect(t.risePerHour(t0 + now)).toBeNull()
  })
})
