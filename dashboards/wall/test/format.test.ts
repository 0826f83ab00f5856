import { expect, test } from 'vitest'
import { formatAge, formatBytes, formatClock, formatDate, formatNumber, formatSeconds, formatShortAge } from '../src/format'

test.each([
  [12.34, 1, '12,3', '12.3'],
  [1234.5, 0, '1.235', '1,235'],
  [-0.04, 1, '0,0', '0.0'],
  [-1.25, 2, '−1,25', '−1.25'],
  [0, 0, '0', '0'],
])('number %d with %d decimals', (v, decimals, id, en) => {
  expect(formatNumber(v, decimals, 'id')).toBe(id)
  expect(formatNumber(v, decimals, 'en')).toBe(en)
})

test.each([
  [0.4, '0 dtk', '0 s', '0 dtk'],
  [59.9, '59 dtk', '59 s', '59 dtk'],
  [60, '1 mnt 0 dtk', '1 min 0 s', '1 mnt'],
  [754, '12 mnt 34 dtk', '12 min 34 s', '12 mnt'],
  [7_500, '2 jam 5 mnt', '2 h 5 min', '2 jam'],
  [277_200, '3 hari 5 jam', '3 d 5 h', '3 hari'],
])('age of %d s', (s, id, en, short) => {
  expect(formatAge(s, 'id')).toBe(id)
  expect(formatAge(s, 'en')).toBe(en)
  expect(formatShortAge(s, 'id')).toBe(short)
})

test.each([
  [0, '0 byte'],
  [999, '999 byte'],
  [21_740_000_000, '21,7 GB'],
  [512_400_000, '512 MB'],
  [3e15, '3.000 TB'],
])('%d bytes', (n, said) => {
  expect(formatBytes(n, 'id').join(' ')).toBe(said)
})

test('a delay has the decimals it deserves', () => {
  expect([0.043, 1.23, 95.4].map((s) => formatSeconds(s, 'id'))).toEqual(['0,04', '1,2', '95'])
})

test('times are WIB, whatever the browser’s zone', () => {
  const t = Date.UTC(2026, 10, 22, 17, 4, 5)
  expect(formatClock(t)).toBe('00:04:05')
  expect(formatDate(t, 'id')).toBe('Senin, 23 November 2026')
  // ICU versions differ in the comma.
  expect(formatDate(t, 'en')).toMatch(/^Monday,? 23 November 2026$/)
})
