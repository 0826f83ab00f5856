// Fills the sparklines from the center's stored readings.

import { parseHistory, type Point } from './center'
import { bucketS, windowS } from './trace'

export interface Wanted {
  node: string
  quantity: string
}

/** At most this many questions at a time: the center has other things to do. */
const lanes = 2

/** Asks for the last half hour of each, and gives each sensor's points to take.
 * Returns what got no answer. */
export async function loadHistory(
  wanted: Wanted[],
  nowMs: number,
  take: (w: Wanted, sensor: string, points: Point[]) => void,
): Promise<Wanted[]> {
  const queue = [...wanted]
  const failed: Wanted[] = []
  const lane = async () => {
    for (let w = queue.shift(); w; w = queue.shift()) {
      try {
        const answer = await fetch(historyURL(w, nowMs), { signal: AbortSignal.timeout(15_000) })
        if (!answer.ok) throw new Error(`history of ${w.node}: ${answer.status}`)
        for (const [sensor, points] of parseHistory(await answer.text())) take(w, sensor, points)
      } catch {
        failed.push(w)
      }
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
  return failed
}

export function historyURL(w: Wanted, nowMs: number): string {
  const q = new URLSearchParams({
    node: w.node,
    quantity: w.quantity,
    from: new Date(nowMs - windowS * 1000).toISOString(),
    to: new Date(nowMs).toISOString(),
    every: `${bucketS}s`,
  })
  return `/api/v1/readings?${q}`
}
