import { describe, expect, test } from 'vitest'
import type { Latest } from '../src/store'
import type { Reading, VillageNode } from '../src/center'
import type { Now } from '../src/shown'
import { repairUntil, village } from '../src/village'
import { node, reading } from './fixtures'

const now: Now = { centerMs: 1_001_000, monoMs: 1_000, connected: true }
const sensor = (id: string, quantities: string[], health = 'ok', error = '') => ({ id, driver: 'x', health, error, quantities })
const look = (n: Partial<VillageNode>, readings: Partial<Reading>[], at: Now = now) =>
  village(node(n), readings.map((r): Latest => ({ reading: reading(r), seenMonoMs: 1_000 })), at)

describe('village', () => {
  test('with current values is well', () => {
    const v = look({}, [{}])
    expect(v.state).toBe('ok')
    expect(v.tiles.pm2_5).toMatchObject({ kind: 'value', value: 12.3, ageS: 1, stale: false })
    expect(v.newestMs).toBe(1_000_000)
    expect(v.issues).toEqual([])
  })

  test('turns stale after three intervals, and says what', () => {
    const v = look({}, [{}, { quantity: 'level', sensor: 'air-1', timeMs: 994_900 }])
    expect(v.state).toBe('stale')
    expect(v.issues).toMatchObject([{ what: 'stale', quantities: ['level'], number: 6.1 }])
  })

  test('is not called well while the center is not heard', () => {
    expect(look({}, [{}], { ...now, connected: false }).state).toBe('stale')
  })

  test('offline is worse than stale', () => {
    const v = look({ online: false, lastSeenMs: 941_000 }, [{ timeMs: 940_000 }])
    expect(v.state).toBe('offline')
    expect(v.issues[0]).toMatchObject({ what: 'offline', number: 60 })
  })

  const repair = { untilMs: 1_002_000, reason: 'tiang diganti' }
  test.each([
    ['silent', { online: false, lastSeenMs: 941_000 }, [{ timeMs: 940_000 }], 'repair'],
    ['online with old values', {}, [{ timeMs: 900_000 }], 'repair'],
    ['online with current ones', {}, [{}], 'ok'],
  ] as const)('under repair and %s', (_, n, readings, state) => {
    const v = look({ repair, ...n }, [...readings])
    expect(v.state).toBe(state)
    expect(v.issues).toEqual([{ state, what: 'repair', quantities: [], number: 1_002_000, detail: 'tiang diganti' }])
    expect(repairUntil(v)).toBe(state === 'repair' ? 1_002_000 : null)
  })

  test('never heard is neither well nor lost, and shows nothing of its sensors', () => {
    const v = look({ online: false, lastSeenMs: null, clock: '' }, [])
    expect([v.state, v.newestMs]).toEqual(['unheard', null])
    expect(v.issues).toEqual([{ state: 'unheard', what: 'unheard', quantities: [], number: null, detail: '' }])
    expect(new Set(Object.values(v.tiles).map((t) => t.kind))).toEqual(new Set(['unknown']))
  })
  test.each([
    ['was heard', { lastSeenMs: 1 }, [], 'offline'],
    ['has readings', { lastSeenMs: null }, [{}], 'offline'],
    ['is online', { lastSeenMs: null, online: true }, [{}], 'ok'],
    ['is under repair', { lastSeenMs: null, repair }, [], 'repair'],
  ] as const)('a node that %s is not called never heard', (_, n, readings, state) => {
    expect(look({ online: false, ...n }, [...readings]).state).toBe(state)
  })
  test('never heard stays so while the center is not', () => {
    expect(look({ online: false, lastSeenMs: null }, [], { ...now, connected: false }).state).toBe('unheard')
  })

  test('is silent again the moment its repair is over', () => {
    const v = look({ repair, online: false }, [], { ...now, centerMs: 1_002_000 })
    expect([v.state, v.issues[0]?.what]).toEqual(['offline', 'offline'])
  })

  test('tells no sensor from no data', () => {
    const v = look({ sensors: [sensor('air-1', ['level'])] }, [])
    expect(v.tiles.level).toEqual({ kind: 'missing', why: 'none' })
    expect(v.tiles.flow).toEqual({ kind: 'absent' })
    expect(v.state).toBe('attention')
  })

  test.each([
    ['said by the sensor', { sensors: [sensor('air-1', ['distance'])] }, []],
    ['read', {}, [{ quantity: 'distance', sensor: 'air-1', value: 3000 }]],
  ] as const)('a level that nobody has measured yet, with a distance that is %s', (_, n, readings) => {
    const v = look({ ...n, sensors: 'sensors' in n ? [...n.sensors] : [] }, [...readings])
    expect(v.tiles.level).toEqual({ kind: 'missing', why: 'unmeasured' })
    expect(v.issues).toMatchObject([{ state: 'ok', what: 'unmeasured', quantities: ['level'] }])
    expect(v.tiles.flow).toEqual({ kind: 'absent' })
  })
  test('a level that is measured is shown beside its distance', () => {
    const v = look({ sensors: [sensor('air-1', ['distance', 'level'])] }, [{ quantity: 'level', sensor: 'air-1', value: 1.2 }])
    expect(v.tiles.level).toMatchObject({ kind: 'value', value: 1.2 })
    expect(look({ sensors: [sensor('air-1', ['distance', 'level'])] }, []).tiles.level).toEqual({ kind: 'missing', why: 'none' })
  })

  test.each([
    ['failing', 'failing', 'attention'],
    ['warming', 'warming', 'ok'],
    ['starting', 'warming', 'ok'],
  ] as const)('a %s sensor without data', (health, why, state) => {
    const v = look({ sensors: [sensor('pm-1', ['pm2_5'], health, 'no answer')] }, [])
    expect(v.tiles.pm2_5).toEqual({ kind: 'missing', why })
    expect(v.state).toBe(state)
  })

  test.each([
    ['missing', 1, { kind: 'missing', why: 'none' }],
    ['good', null, { kind: 'missing', why: 'none' }],
    ['bad', 1, { kind: 'missing', why: 'bad' }],
  ] as const)('a reading of quality %s with value %s is not a number', (quality, value, tile) => {
    const v = look({ sensors: [sensor('pm-1', ['pm2_5'])] }, [{ quality, value }])
    expect(v.tiles.pm2_5).toEqual(tile)
    expect(v.state).toBe('attention')
  })

  test('a suspect value is shown and marked', () => {
    const v = look({}, [{ quality: 'suspect', value: 900 }])
    expect(v.tiles.pm2_5).toMatchObject({ kind: 'value', value: 900, suspect: true })
    expect(v.issues[0]).toMatchObject({ what: 'suspect', quantities: ['pm2_5'] })
  })

  test('an empty road has no speed, not a stale one; a busy road with an old speed has', () => {
    const flow = { quantity: 'flow', sensor: 'beam-1' } as const
    const speed = { quantity: 'speed', sensor: 'beam-1', timeMs: 900_000 } as const
    expect(look({}, [{ ...flow, value: 0 }, speed]).tiles.speed).toEqual({ kind: 'empty' })
    expect(look({}, [{ ...flow, value: 60 }, speed]).tiles.speed).toMatchObject({ kind: 'value', stale: true })
  })

  test('a node that does not know the time is marked, as is a simulated reading', () => {
    const v = look({}, [{ clock: 'none', simulated: true }])
    expect([v.clockUnsure, v.simulated, v.state]).toEqual([true, true, 'attention'])
  })

  test('open gaps are listed but do not make a current village look ill', () => {
    const v = look({ openGaps: 2 }, [{}])
    expect([v.state, v.issues[0]?.what]).toEqual(['ok', 'gaps'])
  })

  test('further sensors of the same quantity are counted', () => {
    expect(look({}, [{}, { sensor: 'pm-2' }]).tiles.pm2_5).toMatchObject({ others: 1 })
  })

  describe('with a corrected value', () => {
    const twin = { quantity: 'pm2_5_cor', value: 9.8 } as const
    const old = { timeMs: 900_000 }
    test.each([
      ['shows it', {}, {}, 9.8, true],
      ['shows the current raw one where the corrected is old', {}, old, 12.3, false],
      ['shows the current raw one where the corrected is bad', {}, { quality: 'bad' }, 12.3, false],
      ['shows the corrected one where only that is current', { quality: 'missing' }, {}, 9.8, true],
      ['keeps to it when both grow old', old, old, 9.8, true],
      ['does not mix sensors', {}, { sensor: 'pm-2' }, 12.3, false],
    ])('%s', (_, raw, cor, value, corrected) => {
      expect(look({}, [raw, { ...twin, ...cor }]).tiles.pm2_5).toMatchObject({ kind: 'value', value, corrected, others: 0 })
    })
  })
})
