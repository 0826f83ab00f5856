// How much PM2.5 there is right now. ISPU is an index of a 24-hour mean; a value
// of this second never is one, so it gets ISPU's colours but not its names.

/** Upper ends of the five ranges, µg/m³: the knots of Permen LHK P.14/2020. */
const knots = [15.5, 55.4, 150.4, 250.4]

/** 0, the lowest of five ranges, to 4. */
export function airRange(pm25: number): 0 | 1 | 2 | 3 | 4 {
  const i = knots.findIndex((k) => pm25 <= k)
  return (i < 0 ? 4 : i) as 0 | 1 | 2 | 3 | 4
}
