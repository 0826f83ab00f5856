import { beforeEach, describe, expect, test } from 'vitest'
import { connectMs, Live, silenceMs, type Source } from '../src/live'

class FakeSource implements Source {
  closed = false
  private readonly listeners = new Map<string, (e: { data?: unknown }) => void>()
  addEventListener(name: string, listener: (e: { data?: unknown }) => void): void {
    this.listeners.set(name, listener)
  }
  close(): void {
    this.closed = true
  }
  send(name: string, data?: string): void {
    this.listeners.get(name)?.({ data })
  }
}

let now: number
let sources: FakeSource[]
let heard: string[]
let live: Live
const last = () => sources[sources.length - 1]!

const runTo = (ms: number) => {
  while (now < ms) {
    now += 250
    live.tick()
  }
}

beforeEach(() => {
  now = 0
  sources = []
  heard = []
  live = new Live({
    open: () => {
      sources.push(new FakeSource())
      return last()
    },
    now: () => now,
    random: () => 0.5,
    handlers: { status: (d) => heard.push(d) },
  })
  live.tick()
})

describe('live stream', () => {
  test('is connected only once an event came', () => {
    expect(sources).toHaveLength(1)
    expect(live.connected).toBe(false)
    last().send('status', 'a')
    expect(live.connected).toBe(true)
    expect(heard).toEqual(['a'])
  })

  test('is lost after silence, though no error was reported', () => {
    last().send('status', 'a')
    runTo(silenceMs)
    expect(live.connected).toBe(true)
    runTo(silenceMs + 500)
    expect(live.connected).toBe(false)
    expect(sources[0]!.closed).toBe(true)
  })

  test('gives up on a connection that says nothing at all', () => {
    runTo(connectMs + 500)
    expect(sources[0]!.closed).toBe(true)
  })

  test('retries for ever, ever more slowly but at least every ten seconds', () => {
    const opened: number[] = []
    for (let i = 0; i < 8; i++) {
      opened.push(now)
      last().send('error')
      const before = sources.length
      while (sources.length === before) runTo(now + 250)
    }
    const waits = opened.slice(1).map((t, i) => t - opened[i]!)
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10000, 10000, 10000])
  })

  test('starts again quickly after a success, and counts connections', () => {
    last().send('error')
    runTo(1_000)
    last().send('status', 'b')
    expect(live.connections).toBe(1)
    last().send('error')
    runTo(2_000)
    expect(sources).toHaveLength(3)
    last().send('status', 'c')
    expect(live.connections).toBe(2)
  })

  test('ignores what a closed connection still says', () => {
    last().send('error')
    sources[0]!.send('status', 'late')
    sources[0]!.send('error')
    expect(heard).toEqual([])
    expect(live.connected).toBe(false)
  })

  test('restart drops what may have slept and reopens at once', () => {
    last().send('status', 'a')
    live.restart()
    expect(live.connected).toBe(false)
    live.tick()
    expect(sources).toHaveLength(2)
  })
})
