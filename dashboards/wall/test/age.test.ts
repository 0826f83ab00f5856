import { describe, expect, test } from 'vitest'
import { ageS, isStale } from '../src/age'
import { CenterClock } from '../src/clock'

describe('age', () => {
  test('is the center’s time less the reading’s', () => {
    expect(ageS(1_000, 8_500, 0, 0)).toBe(7.5)
  })
  test('of a reading from the future counts from when it was first seen', () => {
    expect(ageS(300_000, 10_000, 5_000, 5_000)).toBe(0)
    expect(ageS(300_000, 30_000, 5_000, 25_000)).toBe(20)
  })
  test.each([
    [5.9, 2, false],
    [6, 2, false],
    [6.1, 2, true],
    [179, 0, false],
    [181, 0, true],
  ])('%d s at an interval of %d s: stale is %s', (age, interval, stale) => {
    expect(isStale(age, interval)).toBe(stale)
  })
})

describe('center clock', () => {
  test('knows no time before the center said one', () => {
    expect(new CenterClock().now(5)).toBeNull()
  })
  test('runs on by the monotonic clock when nothing more comes', () => {
    const c = new CenterClock()
    c.observe(1_000_000, 500)
    expect(c.now(60_500)).toBe(1_060_000)
  })
  test('is not set back by a message that travelled long, which would make old values young', () => {
    const c = new CenterClock()
    c.observe(1_000_000, 0)
    c.observe(1_001_000, 4_000)
    expect(c.now(4_000)).toBe(1_004_000)
  })
  test('follows a center that set its clock back, after a minute', () => {
    const c = new CenterClock()
    c.observe(2_000_000, 0)
    for (let i = 1; i <= 60; i++) c.observe(1_000_000 + i * 1000, i * 1000)
    expect(c.now(60_000)).toBe(1_060_000)
  })
  test('jumps ahead at once when the browser slept', () => {
    const c = new CenterClock()
    c.observe(1_000_000, 0)
    c.observe(1_900_000, 1_000)
    expect(c.now(1_000)).toBe(1_900_000)
  })
})
