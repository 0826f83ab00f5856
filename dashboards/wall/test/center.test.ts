import { describe, expect, test } from 'vitest'
import { parseHistory, parseNodes, parseQuantities, parseReadings, parseStatus } from '../src/center'

const good = { node: 'jegu-01', sensor: 'pm-1', quantity: 'pm2_5', value: 12.3, unit: 'µg/m³', time: '2026-11-22T03:00:00.000Z', interval_s: 2, quality: 'good', simulated: true, clock: 'sync' }

describe('what the center says', () => {
  test('a reading', () => {
    expect(parseReadings(JSON.stringify({ readings: [good] }))).toEqual([
      { node: 'jegu-01', sensor: 'pm-1', quantity: 'pm2_5', value: 12.3, unit: 'µg/m³', timeMs: Date.UTC(2026, 10, 22, 3), intervalS: 2, quality: 'good', simulated: true, clock: 'sync' },
    ])
  })
  test.each([
    ['no time', { time: undefined }],
    ['nonsense time', { time: 'yesterday' }],
    ['no quantity', { quantity: undefined }],
    ['no sensor', { sensor: '' }],
  ])('a reading with %s is left out, its neighbour is not', (_, broken) => {
    const got = parseReadings(JSON.stringify({ readings: [{ ...good, ...broken }, null, 7, good] }))
    expect(got).toHaveLength(1)
  })
  test.each([null, '12.3', undefined, {}])('a value of %s is no value, and never 0', (value) => {
    expect(parseReadings(JSON.stringify({ readings: [{ ...good, value }] }))[0]?.value).toBeNull()
  })
  test.each(['', '{', 'null', '[]', '{"readings":7}', '{"nodes":{}}'])('garbage %j is nothing', (body) => {
    expect(parseReadings(body)).toEqual([])
    expect(parseNodes(body)).toEqual([])
    expect(parseStatus(body)).toBeNull()
    expect(parseQuantities(body)).toBeNull()
  })
  test('a node whose site is not known goes by its id and has no place', () => {
    const [n] = parseNodes('{"nodes":[{"id":"baru-01","site":null,"online":true}]}')
    expect(n).toMatchObject({ id: 'baru-01', name: 'baru-01', place: null, online: true, lastSeenMs: null })
  })
  test('quantities as measured, by name; decimals that no number can have are bounded', () => {
    const level = { quantity: 'level', corrected_of: '', domain: 'water', unit: 'm', decimals: 3, title_id: 'Tinggi muka air', title_en: 'Water level' }
    const known = parseQuantities(JSON.stringify({
      quantities: [level, { ...level, quantity: 'level_cor', corrected_of: 'level' }, { quantity: 'new', decimals: 900 }, null, {}],
    }))
    expect([...known!]).toEqual([
      ['level', { domain: 'water', unit: 'm', decimals: 3, titles: { id: 'Tinggi muka air', en: 'Water level' } }],
      ['new', { domain: '', unit: '', decimals: 6, titles: { id: 'new', en: 'new' } }],
    ])
  })
  test('a status without delays has none, not 0', () => {
    const s = parseStatus('{"time":"2026-11-22T03:00:00Z","delivery_delay_p50_s":null}')
    expect(s).toMatchObject({ delayP50S: null, delayP99S: null, nodesOnline: null, accepting: true })
  })
  test('history: null, bad and missing points are gaps', () => {
    const t = '2026-11-22T03:00:00.000Z'
    const series = parseHistory(JSON.stringify({
      series: [{ sensor: 'pm-1', points: [
        { time: t, value: 1, quality: 'good' }, { time: t, value: null }, { time: t, value: 2, quality: 'bad' }, { value: 3 },
      ] }],
    }))
    expect(series.get('pm-1')?.map((p) => p.value)).toEqual([1, null, null])
  })
})
