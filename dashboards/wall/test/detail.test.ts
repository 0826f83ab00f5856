import { describe, expect, test } from 'vitest'
import type { QuantityInfo, Reading, VillageNode } from '../src/center'
import { detail } from '../src/detail'
import type { Now } from '../src/shown'
import type { Latest } from '../src/store'
import { node, reading } from './fixtures'

const now: Now = { centerMs: 1_001_000, monoMs: 1_000, connected: true }
const info = (domain: string, unit: string, title: string): QuantityInfo => ({ domain, unit, decimals: 1, titles: { id: title, en: title } })
const known = new Map([
  ['pm2_5', info('air', 'µg/m³', 'PM2.5')],
  ['co2', info('air', 'ppm', 'CO2')],
  ['temperature', info('weather', '°C', 'Suhu')],
  ['level', info('water', 'm', 'Muka air')],
  ['flow', info('traffic', 'kend./jam', 'Arus')],
  ['speed', info('traffic', 'km/jam', 'Kecepatan')],
])
const sensor = (id: string, quantities: string[], health = 'ok', error = '') => ({ id, driver: 'x', health, error, quantities })
const look = (n: Partial<VillageNode>, readings: Partial<Reading>[], at: Now = now) =>
  detail(node(n), readings.map((r): Latest => ({ reading: reading(r), seenMonoMs: 1_000 })), known, at)
const only = (all: ReturnType<typeof detail>) => all[0]!.sensors[0]!.rows[0]!

describe('an opened village', () => {
  test('is listed by domain, then sensor, then the center’s order; a sensor of two domains under both', () => {
    const all = look(
      { sensors: [sensor('z-1', ['level']), sensor('co2-1', ['temperature', 'co2']), sensor('dead-1', [])] },
      [{}, { sensor: 'co2-1', quantity: 'pm2_5' }, { sensor: 'new-1', quantity: 'smell' }],
    )
    expect(all.map((d) => [d.domain, ...d.sensors.map((s) => [s.id, ...s.rows.map((r) => r.quantity)].join(' '))])).toEqual([
      ['air', 'co2-1 pm2_5 co2', 'pm-1 pm2_5'],
      ['water', 'z-1 level'],
      ['weather', 'co2-1 temperature'],
      ['other', 'dead-1', 'new-1 smell'],
    ])
  })

  test('has a corrected value beside the raw one, each with its own age and quality', () => {
    const row = only(look({}, [{ quality: 'suspect' }, { quantity: 'pm2_5_cor', value: 9.8, timeMs: 999_000 }]))
    expect(row).toMatchObject({
      quantity: 'pm2_5', titles: { id: 'PM2.5' }, unit: 'µg/m³',
      raw: { shown: { kind: 'value', value: 12.3, suspect: true }, quality: 'suspect', ageS: 1 },
      corrected: { shown: { kind: 'value', value: 9.8 }, ageS: 2 },
    })
  })

  test('says that an expected corrected value is missing; forgets that of a correction that ended', () => {
    expect(only(look({ sensors: [sensor('pm-1', ['pm2_5', 'pm2_5_cor'])] }, [{}])).corrected)
      .toEqual({ shown: { kind: 'missing', why: 'none' }, quality: '', ageS: null })
    expect(only(look({ sensors: [sensor('pm-1', ['pm2_5'])] }, [{}, { quantity: 'pm2_5_cor', timeMs: 900_000 }])).corrected).toBeNull()
  })

  test('never has an old, bad or missing value for a current one', () => {
    const rows = look({}, [{ timeMs: 900_000 }, { quantity: 'co2', quality: 'bad' }, { sensor: 'air-1', quantity: 'level', value: null }])
      .flatMap((d) => d.sensors.flatMap((s) => s.rows.map((r) => r.raw)))
    expect(rows).toMatchObject([
      { shown: { kind: 'value', stale: true }, ageS: 101 },
      { shown: { kind: 'missing', why: 'bad' }, ageS: 1 },
      { shown: { kind: 'missing', why: 'none' }, ageS: 1 },
    ])
  })

  test('an empty road has no speed in its lane; the other lane has', () => {
    const lane = (id: string, flow: number): Partial<Reading>[] => [
      { sensor: id, quantity: 'flow', value: flow }, { sensor: id, quantity: 'speed', value: 40, timeMs: 900_000 },
    ]
    const speeds = look({}, [...lane('beam-1', 0), ...lane('beam-2', 60)])[0]!.sensors.map((s) => s.rows[1]!.raw.shown)
    expect(speeds).toMatchObject([{ kind: 'empty' }, { kind: 'value', stale: true }])
  })

  test.each([
    ['that is well', 'ok', true, true, 'ok'],
    ['that fails', 'failing', true, true, 'failing'],
    ['of a node that is offline', 'ok', false, true, 'unknown'],
    ['while the center is not heard', 'ok', true, false, 'unknown'],
    ['in a state of another version', 'dancing', true, true, 'unknown'],
  ])('a sensor %s', (_, health, online, connected, said) => {
    const [air] = look({ online, sensors: [sensor('pm-1', ['pm2_5'], health, 'no answer')] }, [], { ...now, connected })
    expect(air!.sensors[0]).toMatchObject({ health: said, error: 'no answer' })
  })

  test('without a list of quantities from the center still has all values', () => {
    const all = detail(node(), [{ reading: reading(), seenMonoMs: 0 }], new Map(), now)
    expect(all).toMatchObject([{ domain: 'other', sensors: [{ rows: [{ quantity: 'pm2_5', unit: 'µg/m³', raw: { shown: { value: 12.3 } } }] }] }])
  })
})
