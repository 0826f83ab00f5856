// How old a value is, and when it may no longer be taken for a current one.

/** A sensor's value is stale when older than this many of its intervals. */
export const staleIntervals = 3

/** What counts as the interval where the center does not say one, seconds. */
export const unknownIntervalS = 60

/** The age of a reading in seconds, never negative.
 *
 * A node whose clock runs ahead sends readings from the future, which would stay
 * young for as long as it is ahead; so a reading is at least as old as the time
 * since the wall first saw it. */
export function ageS(timeMs: number, nowMs: number, seenMonoMs: number, monoMs: number): number {
  return Math.max(0, nowMs - timeMs, monoMs - seenMonoMs) / 1000
}

export function isStale(age: number, intervalS: number): boolean {
  return age > staleIntervals * (intervalS > 0 ? intervalS : unknownIntervalS)
}
