import { expect, test } from 'vitest'
import { airRange } from '../src/air'
import { historyURL } from '../src/history'
import { pageAt } from '../src/pages'
import { wallName } from '../src/report'
import { settle } from '../src/settle'
import { spread } from '../src/spread'
import { words } from '../src/words'

const distance = (a: { x: number; y: number }, b: { x: number; y: number }) => Math.hypot(a.x - b.x, a.y - b.y)

test('markers keep apart, also two of one village, and stay where there is room', () => {
  const spots = spread([{ x: 0, y: 0 }, { x: 0, y: 0 }, { x: 10, y: 0 }, { x: 500, y: 500 }], 30)
  for (let i = 0; i < spots.length; i++) {
    for (let j = i + 1; j < spots.length; j++) expect(distance(spots[i]!, spots[j]!)).toBeGreaterThan(28)
  }
  expect(spots[3]).toEqual({ x: 500, y: 500 })
})

test('a name gives way to a marker and to an earlier name', () => {
  const name = { x: 0, y: 0, w: 60, h: 20 }
  expect(settle([name], [])).toEqual([{ x: 0, y: 0 }])
  const [a, b] = settle([name, name], [{ x: 0, y: 0, w: 20, h: 20 }])
  expect(a).not.toEqual({ x: 0, y: 0 })
  expect(b).not.toEqual(a)
})

test('twelve cards fill one page; more turn', () => {
  expect(pageAt(0, 0)).toEqual({ page: 0, of: 1 })
  expect(pageAt(12, 999)).toEqual({ page: 0, of: 1 })
  expect([0, 19, 20, 40, 60].map((s) => pageAt(30, s).page)).toEqual([0, 0, 1, 2, 0])
})

test.each([[0, 0], [15.5, 0], [15.6, 1], [55.4, 1], [150.4, 2], [250.4, 3], [251, 4]])('PM2.5 of %d is in range %d', (v, r) => {
  expect(airRange(v)).toBe(r)
})

test('no word about air now is taken from ISPU', () => {
  for (const w of Object.values(words)) {
    const said = [...w.airNow, w.indicative].join(' ').toLowerCase()
    expect(said).not.toMatch(/ispu|baik|tidak sehat|berbahaya|good|unhealthy|hazardous/)
  }
})

test('history is asked for in UTC with buckets', () => {
  expect(historyURL({ node: 'jegu-01', quantity: 'level' }, Date.UTC(2026, 0, 1, 0, 30))).toBe(
    '/api/v1/readings?node=jegu-01&quantity=level&from=2026-01-01T00%3A00%3A00.000Z&to=2026-01-01T00%3A30%3A00.000Z&every=30s',
  )
})

test('a wall keeps its name', () => {
  const kept = new Map<string, string>()
  const storage = { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => void kept.set(k, v) } as Storage
  expect(wallName('?wall=ruang-a', storage, Math.random)).toBe('ruang-a')
  const made = wallName('', storage, () => 0.5)
  expect(made).toMatch(/^wall-[0-9a-z]{6}$/)
  expect(wallName('', storage, () => 0.9)).toBe(made)
})
