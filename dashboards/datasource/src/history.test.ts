import { type DataFrame, FieldType, toDataFrame } from '@grafana/data'
import { seriesOf, withHistory } from './history'

const hour = 3_600_000

function frame(times: number[], values: number[], name = 'pm2_5'): DataFrame {
  return toDataFrame({
    refId: 'A',
    fields: [
      { name: 'time', type: FieldType.time, values: times },
      { name, type: FieldType.number, values },
    ],
  })
}

function rows({ fields, length }: DataFrame) {
  expect(fields.map((f) => f.values.length)).toEqual([length, length])
  return fields.map((f) => f.values)
}

test('the buffer goes on where history ends', () => {
  const joined = withHistory(frame([20, 30, 40], [0, 3, 4]), frame([10, 20], [1, 2]), hour)
  expect(rows(joined)).toEqual([[10, 20, 30, 40], [1, 2, 3, 4]])
  expect(joined.refId).toBe('A')
})

test('a range that has grown begins with its history, not with the buffer', () => {
  const joined = withHistory(frame([900, 1000], [9, 10]), frame([100, 500, 900], [1, 5, 9]), hour)
  expect(rows(joined)).toEqual([[100, 500, 900, 1000], [1, 5, 9, 10]])
})

test('what has left the range goes', () => {
  expect(rows(withHistory(frame([100, 110], [8, 9]), frame([40, 60, 100], [1, 2, 3]), 50))).toEqual([[60, 100, 110], [2, 3, 9]])
})

test('a buffer without newer rows adds none', () => {
  expect(rows(withHistory(frame([5, 10], [0, 1]), frame([10, 20], [1, 2]), hour))).toEqual([[10, 20], [1, 2]])
})

test('the answer stays what it is, whatever packets say of themselves', () => {
  const history = { ...frame([10], [1]), meta: { notices: [{ severity: 'warning' as const, text: '2 meragukan' }] } }
  history.fields[0]!.config = { interval: 60_000 }
  const joined = withHistory({ ...frame([20], [2]), refId: undefined }, history, hour)
  expect(joined).toMatchObject({ refId: 'A', meta: history.meta, fields: [{ config: { interval: 60_000 } }, {}] })
})

test('a series without history goes on alone', () => {
  const live = frame([1], [1])
  expect(withHistory(live, undefined, hour)).toBe(live)
  expect(withHistory(live, frame([], []), hour)).toBe(live)
})

test('series are told apart by their labels, in whatever order', () => {
  const labelled = (labels: Record<string, string>) => {
    const made = frame([1], [1])
    made.fields[1]!.labels = labels
    return seriesOf(made)
  }
  expect(labelled({ node: 'a', sensor: 'b' })).toBe(labelled({ sensor: 'b', node: 'a' }))
  expect(labelled({ node: 'a', sensor: 'b' })).not.toBe(labelled({ node: 'a', sensor: 'c' }))
  expect(seriesOf(frame([1], [1]))).not.toBe(seriesOf(frame([1], [1], 'level')))
})
