import { beforeEach, expect, test } from 'vitest'
import { Store } from '../src/store'
import { node, reading } from './fixtures'

let store: Store
beforeEach(() => {
  store = new Store()
  store.setNodes([node()])
})
const value = () => store.of('jegu-01')[0]?.reading.value

test('latest is by reading time, not by arrival', () => {
  store.merge([reading({ timeMs: 3000, value: 3 })], 0)
  expect(store.merge([reading({ timeMs: 1000, value: 1 })], 1)).toEqual([])
  expect(value()).toBe(3)
})

test('the same reading again may change its value, but is not seen anew', () => {
  store.merge([reading({ timeMs: 3000, value: 3 })], 100)
  expect(store.merge([reading({ timeMs: 3000, value: 4 })], 900)).toEqual([])
  expect(value()).toBe(4)
  expect(store.of('jegu-01')[0]?.seenMonoMs).toBe(100)
})

test('a seed forgets series that are gone, and keeps a newer reading', () => {
  store.merge([reading({ timeMs: 3000, value: 3 }), reading({ sensor: 'pm-2' })], 0)
  store.seed([reading({ timeMs: 2000, value: 2 })], 50)
  expect([...store.keys()]).toEqual(['jegu-01/pm-1/pm2_5'])
  expect(value()).toBe(3)
})

test('readings of unknown nodes are not kept, nor those of nodes that left', () => {
  expect(store.merge([reading({ node: 'other-01' })], 0)).toEqual([])
  store.merge([reading()], 0)
  store.setNodes([])
  expect(store.keys().size).toBe(0)
})

test('hours of readings leave one entry a series', () => {
  for (let t = 0; t < 10_000; t++) store.merge([reading({ timeMs: t * 1000 })], t * 1000)
  expect(store.keys().size).toBe(1)
})

test('a retired node is left out, with its readings, also when it retires later', () => {
  store.merge([reading()], 0)
  store.setNode(node({ retiredMs: 1 }))
  expect([store.nodes.size, store.of('jegu-01').length, store.keys().size]).toEqual([0, 0, 0])
  store.setNodes([node({ retiredMs: 1 }), node({ id: 'soso-01' })])
  expect([...store.nodes.keys()]).toEqual(['soso-01'])
})
