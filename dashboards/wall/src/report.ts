// Tells the center what this wall really shows, so that a frozen one is known.

export const reportEveryMs = 30_000

/** The wall's name: ?wall=… of its address, else one that this browser keeps. */
export function wallName(search: string, storage: Storage, random: () => number): string {
  const given = new URLSearchParams(search).get('wall')
  if (given) return given.slice(0, 64)
  const kept = storage.getItem('siaga-wall')
  if (kept) return kept
  const made = `wall-${Math.floor(random() * 36 ** 6).toString(36).padStart(6, '0')}`
  storage.setItem('siaga-wall', made)
  return made
}

/** Reports the time of the newest reading that was painted. A report that does
 * not arrive is not repeated: its absence is what the center acts on. */
export async function report(wall: string, newestMs: number): Promise<void> {
  try {
    await fetch('/api/v1/wall', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ wall, newest: new Date(newestMs).toISOString() }),
      signal: AbortSignal.timeout(10_000),
    })
  } catch {
    // The stream says more, and sooner, about a center that cannot be reached.
  }
}
