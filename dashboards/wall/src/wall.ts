// The wall: takes the center's events, keeps what is shown, paints it, and
// reports what was painted.

import { CenterClock } from './clock'
import { correctedOf, parseNode, parseNodes, parseQuantities, parseReadings, parseStatus, parseTime, rawOf, usable, type Point, type Reading } from './center'
import type { Language } from './format'
import { loadHistory, type Wanted } from './history'
import { otherLanguage } from './language'
import { Live } from './live'
import { report, reportEveryMs } from './report'
import { seriesKey, Store } from './store'
import { Trace } from './trace'
import { drawn } from './ui/card'
import { session, type Session } from './session'
import { Page } from './ui/page'

/** Ages are seen to grow, and silence is noticed, this often. */
const tickMs = 250
/** A tick this late means that the page slept; the monotonic clock may have
 * slept with it. */
const asleepMs = 10_000
/** History is asked for no more often than this, however often the stream starts
 * again, and again after this where it got no answer. */
const historyEveryMs = 60_000
/** A new connection's center is asked who it is, again after this where it gave
 * no answer. */
const checkEveryMs = 30_000
/** While it is not heard, the center is asked whether this wall may look at all;
 * a stream does not say why it was refused. */
const whoEveryMs = 5_000
/** While it is, who is signed in. */
const whoHeardEveryMs = 60_000

export class Wall {
  private readonly store = new Store()
  private readonly clock = new CenterClock()
  private readonly traces = new Map<string, Trace>()
  private readonly page: Page
  private readonly live: Live
  private paintWanted = false
  private lastTickMs = Date.now()
  private newestPaintedMs: number | null = null
  private lastReportMs = -Infinity
  private wanted: Wanted[] = []
  private historyAtMs = 0
  private loading = false
  private version: string | null = null
  private checkedConnection = 0
  private checkAtMs = 0
  private who: Session | null = null
  private whoAtMs = 0
  private heard = false

  constructor(root: HTMLElement, private lang: Language, private readonly name: string, keepLanguage: (l: Language) => void) {
    const switchLanguage = () => {
      this.lang = otherLanguage(this.lang)
      keepLanguage(this.lang)
      this.paintSoon()
    }
    this.page = new Page(root, switchLanguage, () => this.paintSoon())
    this.live = new Live({
      open: () => new EventSource('/api/v1/live'),
      now: () => performance.now(),
      random: Math.random,
      handlers: {
        nodes: (body) => this.take(body, () => this.store.setNodes(parseNodes(body))),
        node: (body) => this.takeNode(body),
        latest: (body) => this.take(body, () => this.seed(parseReadings(body))),
        readings: (body) => this.takeReadings(parseReadings(body)),
        status: (body) => this.take(body, () => (this.store.status = parseStatus(body) ?? this.store.status)),
      },
    })
  }

  /** Runs until the page is closed. */
  start(): void {
    setInterval(() => this.tick(), tickMs)
    this.tick()
  }

  private tick(): void {
    const slept = Date.now() - this.lastTickMs
    this.lastTickMs = Date.now()
    if (slept > asleepMs) this.live.restart()
    this.live.tick()
    const mono = performance.now()
    const now = this.clock.now(mono)
    if (now !== null && this.wanted.length > 0 && !this.loading && mono >= this.historyAtMs) void this.fillHistory(now, mono)
    if (this.live.connected && this.live.connections !== this.checkedConnection && mono >= this.checkAtMs) void this.checkCenter(mono)
    if (this.heard !== this.live.connected) {
      this.heard = this.live.connected
      this.whoAtMs = 0
    }
    if (mono >= this.whoAtMs) void this.askWho(mono)
    if (this.newestPaintedMs !== null && mono - this.lastReportMs >= reportEveryMs) {
      this.lastReportMs = mono
      void report(this.name, this.newestPaintedMs)
    }
    this.paintSoon()
  }

  private take(body: string, change: () => void): void {
    const time = parseTime(body)
    if (time !== null) this.clock.observe(time, performance.now())
    change()
    this.paintSoon()
  }

  private takeNode(body: string): void {
    const node = parseNode(body)
    if (node) this.store.setNode(node)
    this.paintSoon()
  }

  private takeReadings(readings: Reading[]): void {
    for (const r of this.store.merge(readings, performance.now())) this.trace(r)
    this.paintSoon()
  }

  private seed(readings: Reading[]): void {
    this.store.seed(readings, performance.now())
    const keys = this.store.keys()
    for (const key of this.traces.keys()) if (!keys.has(key)) this.traces.delete(key)
    const stored = new Set(readings.map((r) => `${r.node}/${r.quantity}`))
    const lines = drawn.flatMap((q) => [q, correctedOf(q)])
    this.wanted = [...this.store.nodes.keys()].flatMap((node) => lines.map((quantity) => ({ node, quantity })))
      .filter((w) => stored.has(`${w.node}/${w.quantity}`))
  }

  private trace(r: Reading): void {
    if (r.value === null || !usable(r.quality) || !drawn.some((q) => q === rawOf(r.quantity))) return
    this.traceOf(seriesKey(r)).add(r.timeMs, r.value)
  }

  private traceOf(key: string): Trace {
    let trace = this.traces.get(key)
    if (!trace) this.traces.set(key, (trace = new Trace()))
    return trace
  }

  private async fillHistory(nowMs: number, mono: number): Promise<void> {
    this.loading = true
    this.historyAtMs = mono + historyEveryMs
    const wanted = this.wanted
    this.wanted = []
    const failed = await loadHistory(wanted, nowMs, (w, sensor, points: Point[]) => {
      const key = seriesKey({ ...w, sensor })
      if (this.store.keys().has(key)) this.traceOf(key).seed(points)
    })
    this.loading = false
    if (this.wanted.length === 0) this.wanted = failed
  }

  /** Asks what does not change while a center runs. One of another version brings
   * another wall: load it. */
  private async checkCenter(mono: number): Promise<void> {
    const connection = this.live.connections
    this.checkAtMs = mono + checkEveryMs
    const ask = async (path: string) => (await fetch(path, { signal: AbortSignal.timeout(10_000) })).text()
    try {
      this.store.quantities = parseQuantities(await ask('/api/v1/quantities')) ?? this.store.quantities
      const { version } = JSON.parse(await ask('/api/v1/status')) as { version?: unknown }
      this.checkedConnection = connection
      if (typeof version !== 'string') return
      if (this.version !== null && this.version !== version) location.reload()
      this.version = version
    } catch {
      // A later tick asks again.
    }
  }

  private async askWho(mono: number): Promise<void> {
    const heard = this.live.connected
    // The answer to this question says when to ask the next.
    this.whoAtMs = Infinity
    this.who = await session()
    this.whoAtMs = mono + (heard ? whoHeardEveryMs : whoEveryMs)
    this.paintSoon()
  }

  /** Paints at the next frame, however much arrives until then. A page that
   * gets no frames paints nothing, and its reports show it. */
  private paintSoon(): void {
    if (this.paintWanted) return
    this.paintWanted = true
    requestAnimationFrame(() => {
      this.paintWanted = false
      const mono = performance.now()
      const centerMs = this.clock.now(mono)
      const heard = this.live.lastEventMs
      const connected = this.live.connected
      this.newestPaintedMs = this.page.paint({
        store: this.store,
        traces: this.traces,
        lang: this.lang,
        now: centerMs === null ? null : { centerMs, monoMs: mono, connected },
        connected,
        who: this.who,
        silentS: heard === null ? null : (mono - heard) / 1000,
      })
    })
  }
}
