// Keeps the map's markers apart where villages lie close together.

export interface Spot {
  x: number
  y: number
}

const rounds = 60

/** Moves spots that are nearer than distance away from each other, each as
 * little as the rounds allow; the same spots always give the same answer. */
export function spread(spots: Spot[], distance: number): Spot[] {
  const out = spots.map((s) => ({ ...s }))
  for (let round = 0; round < rounds; round++) {
    let moved = false
    for (let i = 0; i < out.length; i++) {
      for (let j = i + 1; j < out.length; j++) moved = part(out[i]!, out[j]!, distance, i + j) || moved
    }
    if (!moved) break
  }
  return out
}

function part(a: Spot, b: Spot, distance: number, turn: number): boolean {
  let dx = b.x - a.x
  let dy = b.y - a.y
  let d = Math.hypot(dx, dy)
  if (d >= distance - 0.01) return false
  if (d === 0) {
    // Two nodes of one village: any direction will do, if not always the same.
    dx = Math.cos(turn)
    dy = Math.sin(turn)
    d = 1
    a.x -= (dx * distance) / 2
    a.y -= (dy * distance) / 2
    b.x += (dx * distance) / 2
    b.y += (dy * distance) / 2
    return true
  }
  const push = (distance - d) / 2 / d
  a.x -= dx * push
  a.y -= dy * push
  b.x += dx * push
  b.y += dy * push
  return true
}
