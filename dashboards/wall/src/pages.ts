// A wall that nobody scrolls shows more villages than fit by turning pages.

/** How many cards fit beside the map. */
export const perPage = 12
const turnS = 20

/** Which page, from 0, and of how many, to show at that time. */
export function pageAt(cards: number, nowS: number): { page: number; of: number } {
  const of = Math.max(1, Math.ceil(cards / perPage))
  return { page: Math.floor(nowS / turnS) % of, of }
}
