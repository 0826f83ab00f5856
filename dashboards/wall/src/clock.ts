// The center's time, carried forward by the browser's monotonic clock, so that
// a wall whose own clock is wrong, or is stepped, still shows true ages.

/** How many of the center's last times are weighed; it sends one a second. */
const kept = 60

export class CenterClock {
  private readonly offsets: number[] = []

  /** Takes a time that the center sent, as it arrives. Both in ms. */
  observe(centerMs: number, monoMs: number): void {
    this.offsets.push(centerMs - monoMs)
    if (this.offsets.length > kept) this.offsets.shift()
  }

  /** The center's time, Unix ms; null before the first observation.
   *
   * A message that travelled long makes the center look late and old values
   * young. So the largest recent offset counts: that of the fastest message. */
  now(monoMs: number): number | null {
    return this.offsets.length === 0 ? null : monoMs + Math.max(...this.offsets)
  }
}
