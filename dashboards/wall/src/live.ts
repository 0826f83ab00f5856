// Keeps the stream of server-sent events open: notices silence, closes, and
// connects again for as long as the page lives.

/** The part of EventSource that is used. */
export interface Source {
  addEventListener(name: string, listener: (e: { data?: unknown }) => void): void
  close(): void
}

export interface LiveOptions {
  open(): Source
  /** By event name; called with the event's data. */
  handlers: Record<string, (data: string) => void>
  /** The browser's monotonic time, ms. */
  now(): number
  /** 0 to 1, to keep walls from coming back all at once. */
  random(): number
}

/** The center sends a status every second. */
export const silenceMs = 5_000
/** Connecting and the first event may take longer. */
export const connectMs = 10_000
const firstRetryMs = 1_000
const lastRetryMs = 10_000

/** Has no timer of its own: tick drives it. */
export class Live {
  private source: Source | null = null
  private failures = 0
  private retryAtMs = 0
  private deadlineMs = 0
  /** Monotonic ms of the newest event; null before the first. */
  lastEventMs: number | null = null
  /** Whether events are arriving right now. */
  connected = false
  /** Grows with every connection made. */
  connections = 0

  constructor(private readonly options: LiveOptions) {}

  /** Opens, watches and reopens; to be called several times a second. */
  tick(): void {
    const nowMs = this.options.now()
    if (this.source && nowMs > this.deadlineMs) this.lose()
    if (!this.source && nowMs >= this.retryAtMs) this.open(nowMs)
  }

  /** Drops the connection and makes a new one at the next tick: for a page that
   * was asleep, and cannot tell what it missed. */
  restart(): void {
    this.lose()
    this.retryAtMs = this.options.now()
  }

  private open(nowMs: number): void {
    const source = this.options.open()
    this.source = source
    this.deadlineMs = nowMs + connectMs
    // EventSource would reconnect by itself after some failures and give up
    // after others; here every failure is treated alike.
    source.addEventListener('error', () => {
      if (this.source === source) this.lose()
    })
    for (const [name, handle] of Object.entries(this.options.handlers)) {
      source.addEventListener(name, (e) => {
        if (this.source !== source || typeof e.data !== 'string') return
        this.heard()
        handle(e.data)
      })
    }
  }

  private heard(): void {
    this.lastEventMs = this.options.now()
    this.deadlineMs = this.lastEventMs + silenceMs
    this.failures = 0
    if (!this.connected) this.connections++
    this.connected = true
  }

  private lose(): void {
    this.source?.close()
    this.source = null
    this.connected = false
    const wait = Math.min(lastRetryMs, firstRetryMs * 2 ** this.failures)
    this.failures++
    this.retryAtMs = this.options.now() + wait * (0.75 + this.options.random() / 2)
  }
}
