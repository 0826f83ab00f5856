import { describe, expect, test } from 'vitest'
import { refusal, type Answer } from '../src/api'
import { may, parseSession } from '../src/session'
import { backTo } from '../src/signin/back'
import { fitsName, fitsPassword, setUpSecret } from '../src/signin/rule'

test.each([
  [null, '/'], ['/nodes', '/nodes'], ['/nodes#jegu-01', '/nodes#jegu-01'], ['/?wall=a', '/?wall=a'],
  ['https://evil.example/', '/'], ['//evil.example/nodes', '/'], ['/\\evil.example', '/'], ['javascript:alert(1)', '/'],
  ['/api/v1/session', '/'], ['/masuk', '/'], ['http://[', '/'], ['', '/'],
])('after signing in, %j leads to %j', (wanted, to) => {
  expect(backTo(wanted)).toBe(to)
})

test.each([
  ['sari', true], ['s', true], ['sari@blitar.go.id', true], ['a'.repeat(64), true],
  ['', false], ['.sari', false], ['sa ri', false], ['token:x', false], ['a'.repeat(65), false], ['<b>', false],
])('%j fits a name: %s', (name, fits) => {
  expect(fitsName(name)).toBe(fits)
})

test.each([
  ['empat kata yang biasa', true], ['0123456789', true], ['öööööööööö', true], ['x'.repeat(256), true],
  ['012345678', false], ['ö'.repeat(129), false], ['Sari-Wulandari', false], ['', false],
])('%j fits a password of sari-wulandari: %s', (password, fits) => {
  expect(fitsPassword('sari-wulandari', password)).toBe(fits)
})

test('a set-up link has its secret behind the #', () => {
  expect(['#setup=ABC', '#setup=', '', '#jegu-01', '#xsetup=A'].map(setUpSecret)).toEqual(['ABC', null, null, null, null])
})

describe('a session', () => {
  test.each([
    [{ name: 'budi', kind: 'account', role: 'technician', setup: false }, { name: 'budi', person: true, role: 'technician', setup: false }],
    [{ name: 'anonymous', kind: 'anonymous', role: 'nobody', setup: true }, { name: 'anonymous', person: false, role: 'nobody', setup: true }],
    [{ name: 'x', kind: 'token', role: 'ingest' }, { name: 'x', person: false, role: 'nobody', setup: false }],
    [{ role: 7 }, null], [null, null], [[], null],
  ])('%j', (body, is) => {
    expect(parseSession(body)).toEqual(is)
  })

  test('of each role has the rights of those before', () => {
    const of = (role: string) => parseSession({ name: 'x', kind: 'account', role })
    const rights = (role: string) => (['viewer', 'operator', 'technician', 'admin'] as const).filter((need) => may(of(role), need)).length
    expect(['nobody', 'viewer', 'operator', 'technician', 'admin', 'emperor'].map(rights)).toEqual([0, 1, 2, 3, 4, 0])
    expect(may(null, 'viewer')).toBe(false)
  })
})

describe('why the center said no', () => {
  const said = (status: number, body: unknown = null, retryS: number | null = null): string[] => refusal({ ok: false, status, body, retryS } satisfies Answer, 'id')
  test.each([
    ['is not reached', 0, null, /tidak terhubung/],
    ['does not know who asks', 401, null, /masuk dulu/],
    ['wants another role', 403, { detail: 'this needs the role technician, and you have the role viewer' }, /peran teknisi/],
    ['says what clashes', 409, { detail: 'sudah diubah orang lain: lihat dulu, lalu ulangi' }, /^Sudah diubah orang lain/],
    ['says nothing of a clash', 412, null, /diubah orang lain/],
    ['is asked too often', 429, null, /dalam 30 detik/],
    ['is busy', 503, null, /tidak dapat mengerjakannya sekarang/],
    ['is strange', 418, null, /418/],
  ])('it %s', (_, status, body, words) => {
    expect(said(status, body, 30)[0]).toMatch(words)
  })
  test('it names every mistake by its field', () => {
    const errors = [{ location: 'node:UJI 1 node', message: '"UJI 1" harus 2 sampai 31' }, { location: 'site:35 lat, lon', message: 'tertukar' }, null]
    expect(said(422, { detail: 'tidak ada yang diubah; yang salah:', errors })).toEqual([
      'Tidak ada yang diubah; yang salah:', 'node: "UJI 1" harus 2 sampai 31', 'lat, lon: tertukar',
    ])
  })
})
