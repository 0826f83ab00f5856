import { describe, expect, test } from 'vitest'
import { fieldNumber, fieldTime, numberOf, timeOf } from '../src/nodes/entry'
import { actionWords, fieldWords, valueWords } from '../src/nodes/changes'
import { choices, everything, standing, standingsOf, wanted, type Wanted } from '../src/nodes/filter'
import { moment, parseAsset, parseCertificates, parseHistory, parsePlanned, parseTokens, validity } from '../src/nodes/inventory'
import { nodeAddress, onlyHere, parseOffice, perSheet, sheets } from '../src/nodes/label'
import { modules } from '../src/nodes/qr'
import { nodesWords } from '../src/nodes/words'
import { node } from './fixtures'

const now = 1_000_000
const repair = { untilMs: now + 1, reason: 'x' }
const nodes = [
  node({ id: 'bacem-01', site: '35.05.12.2009', name: 'Bacem', district: 'Sutojayan' }),
  node({ id: 'jegu-01', site: '35.05.12.2007', name: 'Jegu', district: 'Sutojayan', online: false }),
  node({ id: 'soso-01', site: '35.05.15.2012', name: 'Sosó', district: 'Gandusari', online: false, repair }),
  node({ id: 'baru-01', site: '', name: 'baru-01', district: '', claimed: false }),
  node({ id: 'nanti-01', site: '', name: 'nanti-01', district: '', online: false, lastSeenMs: null }),
  node({ id: 'tua-01', site: '35.05.15.2011', name: 'Krisik', district: 'Gandusari', retiredMs: 1, online: true, repair }),
]
const found = (w: Partial<Wanted>) => wanted(nodes, { ...everything, ...w }, now).map((n) => n.id)

describe('what a person looks for', () => {
  test.each([
    [{}, ['bacem-01', 'jegu-01', 'soso-01', 'baru-01', 'nanti-01']],
    [{ standing: 'all' }, ['bacem-01', 'jegu-01', 'soso-01', 'baru-01', 'nanti-01', 'tua-01']],
    [{ standing: 'online' }, ['bacem-01', 'baru-01']],
    [{ standing: 'silent' }, ['jegu-01', 'soso-01']],
    [{ standing: 'unheard' }, ['nanti-01']],
    [{ standing: 'repair' }, ['soso-01']],
    [{ standing: 'unclaimed' }, ['baru-01']],
    [{ standing: 'retired' }, ['tua-01']],
    [{ district: 'Sutojayan' }, ['bacem-01', 'jegu-01']],
    [{ site: '35.05.15.2012' }, ['soso-01']],
    [{ text: 'SUTO jeg' }, ['jegu-01']],
    [{ text: 'soso' }, ['soso-01']],
    [{ text: '35.05.12' }, ['bacem-01', 'jegu-01']],
    [{ text: '  ' }, ['bacem-01', 'jegu-01', 'soso-01', 'baru-01', 'nanti-01']],
    [{ text: 'a.*' }, []],
  ] as const)('%j', (w, ids) => {
    expect(found(w)).toEqual(ids)
  })

  test('a node is what matters most of it', () => {
    expect(nodes.map((n) => standing(n, now))).toEqual(['online', 'silent', 'repair', 'unclaimed', 'unheard', 'retired'])
    expect([...standingsOf(nodes[2]!, now)]).toEqual(['silent', 'repair'])
    expect(standing(nodes[2]!, repair.untilMs)).toBe('silent')
  })

  test('there is to choose what there is, the villages of the kecamatan only', () => {
    expect(choices(nodes, '')).toEqual({
      districts: ['Gandusari', 'Sutojayan'],
      sites: [['35.05.12.2009', 'Bacem'], ['35.05.12.2007', 'Jegu'], ['35.05.15.2011', 'Krisik'], ['35.05.15.2012', 'Sosó']],
    })
    expect(choices(nodes, 'Sutojayan').sites.map(([, name]) => name)).toEqual(['Bacem', 'Jegu'])
  })
})

describe('entries', () => {
  test.each([['−8,1656', -8.1656], ['-8.1656', -8.1656], ['112', 112], ['0', 0], ['', NaN], ['8,1,2', NaN], ['1e3', NaN], ['delapan', NaN], ['Infinity', NaN]])('the number %j', (text, v) => {
    expect(numberOf(text)).toBe(v)
  })
  test('a number comes back as it was shown', () => {
    for (const v of [-8.16561234, 0, 5.25, 1200, -3]) for (const lang of ['id', 'en'] as const) expect(numberOf(fieldNumber(v, lang))).toBe(v)
    expect(fieldNumber(null, 'id')).toBe('')
  })
  test('times are WIB', () => {
    expect(timeOf('2026-11-22T06:30')).toBe('2026-11-21T23:30:00.000Z')
    expect(fieldTime(Date.UTC(2026, 10, 21, 23, 30))).toBe('2026-11-22T06:30')
    expect([timeOf(''), fieldTime(null)]).toEqual([null, ''])
  })
  test('only a moment is one', () => {
    expect(['2026-11-22T10:47:00Z', '2026-11-23T10:47:05.74984637Z', '2026-11-22', 'catatan 2026-11-22T10:47:00Z'].map((v) => moment(v) !== null)).toEqual([true, true, false, false])
  })
})

describe('what the inventory says', () => {
  test('a broken part never takes its neighbours with it', () => {
    const n = parseAsset({ node: 'jegu-01', site: 7, version: 'v', mountings: [null, { sensor: '' }, { sensor: 'pm-1', height_m: '3' }], levels: [7] })
    expect(n).toMatchObject({ id: 'jegu-01', site: '', version: 'v', levels: [] })
    expect(n?.mountings).toEqual([{ sensor: 'pm-1', model: '', serial: '', orientation: '', note: '', heightM: null, datumM: null, sinceMs: null }])
    expect([parseAsset(null), parseAsset({}), parseAsset([])]).toEqual([null, null, null])
  })

  test('events are the node’s own and its gauges’, the latest first', () => {
    const e = (id: number, scope: string, object: string, from: string) => ({ id, kind: 'repair', scope, object, from, to: from, reason: '', who: '' })
    const events = [
      e(1, 'node', 'jegu-01', '2026-01-01T00:00:00Z'), e(2, 'gauge', 'jegu-01/air-1', '2026-01-02T00:00:00Z'),
      e(3, 'node', 'jegu-011', '2026-01-03T00:00:00Z'), e(4, 'river', 'jegu-01', '2026-01-04T00:00:00Z'),
    ]
    expect(parsePlanned({ events }, 'jegu-01').map((x) => x.id)).toEqual([2, 1])
  })

  test.each([
    ['good', 60, {}], ['good', 60.9, {}], ['late', 61.1, {}], ['expired', 90, {}], ['revoked', 10, { revoked: '2026-01-02T00:00:00Z' }],
  ] as const)('a certificate is %s on day %d', (is, day, more) => {
    const [c] = parseCertificates({ certificates: [{ serial: '1', not_before: '2026-01-01T00:00:00Z', not_after: '2026-04-01T00:00:00Z', ...more }] })
    expect(validity(c!, Date.UTC(2026, 0, 1) + day * 86_400_000)).toBe(is)
  })

  test('a token is open while somebody can enrol by it', () => {
    const t = (id: string, more: object) => ({ id, by: 'sari', expires: '2026-01-02T00:00:00Z', used: null, withdrawn: null, ...more })
    const tokens = [t('a', {}), t('b', { used: '2026-01-01T00:00:00Z' }), t('c', { withdrawn: '2026-01-01T00:00:00Z' }), t('d', { expires: '2025-12-31T00:00:00Z' })]
    expect(parseTokens({ tokens }, Date.UTC(2026, 0, 1)).map((x) => x.id)).toEqual(['a'])
  })

  test('a change names each field, as it was and as it is', () => {
    const [c] = parseHistory({ history: [{ time: '2026-01-01T00:00:00Z', who: 'sari', action: 'node.set', before: { model: 'a', note: 'x' }, after: { model: 'b', n: 1, o: { p: 2 } }, refused: '' }] })
    expect(c!.of).toEqual([['model', 'a', 'b'], ['note', 'x', ''], ['n', '', '1'], ['o', '', '{"p":2}']])
  })
})

describe('labels', () => {
  test.each([
    ['https://siaga.blitarkab.example', 'https://siaga.blitarkab.example/nodes#jegu-01'],
    ['siaga.blitarkab.example:8443/x?y', 'https://siaga.blitarkab.example:8443/nodes#jegu-01'],
    ['http://10.0.0.5:8088/', 'http://10.0.0.5:8088/nodes#jegu-01'],
    ['javascript://x', null], ['ftp://x', null], ['', null], ['http://', null],
  ])('lead from %j to %j', (base, to) => {
    expect(nodeAddress(base, 'jegu-01')).toBe(to)
  })
  test.each([['http://127.0.0.1:8088', true], ['localhost', true], ['http://[::1]:80', true], ['https://localhost.example', false], ['http://10.0.0.5', false]])('%j opens here only: %s', (base, here) => {
    expect(onlyHere(base)).toBe(here)
  })
  test('go on where a sheet was begun', () => {
    const many = Array.from({ length: 30 }, (_, i) => node({ id: `n-${i}` }))
    const pages = sheets(many, 20)
    expect(pages.map((p) => p.length)).toEqual([24, 24, 2])
    expect(pages[0]!.findIndex((n) => n !== null)).toBe(20)
    expect(sheets(many, 99)[0]!.filter((n) => n !== null)).toHaveLength(1)
    expect([sheets([], 0), perSheet]).toEqual([[], 24])
  })
})

test('a QR code of a token is square, has its three finders, and grows with its text', () => {
  const token = `SIAGA1.${'x'.repeat(200)}`
  const rows = modules(token)
  expect(rows.every((r) => r.length === rows.length)).toBe(true)
  expect((rows.length - 17) % 4).toBe(0)
  const finder = (y: number, x: number) => rows.slice(y, y + 7).map((r) => r.slice(x, x + 7).map((d) => (d ? '#' : '.')).join(''))
  const is = ['#######', '#.....#', '#.###.#', '#.###.#', '#.###.#', '#.....#', '#######']
  for (const [y, x] of [[0, 0], [0, rows.length - 7], [rows.length - 7, 0]] as const) expect(finder(y, x)).toEqual(is)
  expect(modules('x').length).toBe(21)
})

test('labels begin with the center’s first address for other machines', () => {
  expect(parseOffice({ centers: ['10.20.0.2:8883', 'siaga.example:443'] })).toBe('https://10.20.0.2:8883')
  expect([parseOffice({ centers: ['127.0.0.1:8883'] }), parseOffice({ centers: [] }), parseOffice(null)]).toEqual([null, null, null])
})

test('a change is told in words, and one that is not known as it is', () => {
  expect(['id', 'en'].map((l) => actionWords('configuration.change', l as 'id'))).toEqual(['konfigurasi diubah di node', 'configuration changed at the node'])
  expect(actionWords('node.sing', 'id')).toBe('node.sing')
  expect(['site', 'expires', 'author', 'mountings.air-1', 'mountings.air-1.datum_m', 'levels.air-1.level.1', 'new'].map((f) => fieldWords(f, 'id'))).toEqual(
    ['desa (kode)', 'berlaku sampai', 'oleh', 'sensor air-1', 'sensor air-1: datum (m)', 'tingkat siaga air-1 level 1', 'new'])
  expect([valueWords('kind', 'repair', 'en'), valueWords('mountings.air-1', 'mounted', 'id'), valueWords('note', 'repair', 'id')]).toEqual(['repair', 'terpasang', ''])
})

test('both languages have words for the same things', () => {
  const shape = (o: object): string[] => Object.entries(o).flatMap(([k, v]) => (v !== null && typeof v === 'object' ? shape(v).map((x) => `${k}.${x}`) : [`${k}:${typeof v}`]))
  expect(shape(nodesWords.en).sort()).toEqual(shape(nodesWords.id).sort())
})
