// Finds room for the map's names beside its markers.

import type { Spot } from './spread'

/** A rectangle by its middle and its whole width and height. */
export interface Box extends Spot {
  w: number
  h: number
}

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.w / 2, b.x + b.w / 2) - Math.max(a.x - a.w / 2, b.x - b.w / 2)) *
  Math.max(0, Math.min(a.y + a.h / 2, b.y + b.h / 2) - Math.max(a.y - a.h / 2, b.y - b.h / 2))

/** Moves each name a little where it would cover something taken or an earlier
 * name; it stays where no near place is better. Same input, same answer. */
export function settle(names: Box[], taken: Box[]): Spot[] {
  const used = [...taken]
  return names.map((name) => {
    let best = name
    let least = Infinity
    for (const [dx, dy] of [[0, 0], [0, 1], [0, -1], [0, 1.6], [0, -1.6], [0.6, 0], [-0.6, 0], [0.6, 1], [-0.6, 1], [0.6, -1], [-0.6, -1]] as const) {
      const box = { ...name, x: name.x + dx * name.w, y: name.y + dy * name.h }
      const covered = used.reduce((sum, u) => sum + overlap(box, u), 0)
      if (covered < least) {
        least = covered
        best = box
      }
    }
    used.push(best)
    return { x: best.x, y: best.y }
  })
}
