import type { DataFrame } from '@grafana/data'

/** Names a series: its fields with their labels. */
export function seriesOf({ fields }: DataFrame): string {
  return JSON.stringify(fields.map(({ name, type, labels = {} }) => [name, type, Object.entries(labels).sort()]))
}

/** Puts what was read from storage before what a live channel has brought since.
 *
 * Grafana keeps a channel's rows over a refresh, but takes no history for a
 * buffer that has rows: a panel whose range grows would begin where its buffer
 * begins. And a packet's schema takes the place of the answer's, with its notices
 * and the interval that lets a graph break its line. Here each answer brings the
 * range's history anew and stays what it is, and only rows that are later than
 * its last are taken from the buffer. Rows more than rangeMs before the last one
 * are left out. A series without history goes on alone. */
export function withHistory(live: DataFrame, history: DataFrame | undefined, rangeMs: number): DataFrame {
  const time = live.fields.findIndex((f) => f.type === 'time')
  if (time < 0 || !history?.length) {
    return live
  }
  const before: number[] = history.fields[time]!.values
  const since: number[] = live.fields[time]!.values
  const until = before[before.length - 1]!
  const newer = firstAfter(since, until)
  const last = newer < since.length ? since[since.length - 1]! : until
  const oldest = firstAfter(before, last - rangeMs - 1)
  const fields = history.fields.map((field, i) => ({
    ...field,
    state: undefined, // what was calculated of history alone
    values: field.values.slice(oldest).concat(live.fields[i]!.values.slice(newer)),
  }))
  return { ...history, fields, length: fields[0]!.values.length }
}

/** The index of the first of ascending times that is later than at. */
function firstAfter(times: number[], at: number): number {
  let from = 0
  let to = times.length
  while (from < to) {
    const middle = (from + to) >> 1
    if (times[middle]! <= at) {
      from = middle + 1
    } else {
      to = middle
    }
  }
  return from
}
