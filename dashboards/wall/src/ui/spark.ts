// A line of the last half hour. Its right edge is now, so that the line of a
// sensor that fell silent visibly moves away from it.

import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { windowS, type Trace } from '../trace'
import { el } from './dom'

/** Redrawn at most this often with new values, and at least this often without. */
const redrawMinMs = 2_000
const redrawMaxMs = 10_000

const fresh = '#8ec5ff'
const old = '#6d7884'

export class Spark {
  readonly element = el('div', 'spark')
  private plot: uPlot | null = null
  private width = 0
  private height = 0
  private drawnMs = -Infinity
  private drawnVersion = -1
  private nowS = 0
  private stale = false

  constructor() {
    new ResizeObserver(([entry]) => {
      if (!entry) return
      this.width = Math.floor(entry.contentRect.width)
      this.height = Math.floor(entry.contentRect.height)
      if (this.width > 0 && this.height > 0) this.plot?.setSize({ width: this.width, height: this.height })
      this.drawnMs = -Infinity
    }).observe(this.element)
  }

  update(trace: Trace | null, intervalS: number, stale: boolean, nowMs: number, monoMs: number): void {
    if (this.width === 0 || this.height === 0) return
    const since = monoMs - this.drawnMs
    const changed = trace?.version !== this.drawnVersion || stale !== this.stale
    if (since < redrawMinMs || (!changed && since < redrawMaxMs)) return
    this.drawnMs = monoMs
    this.drawnVersion = trace?.version ?? -1
    this.stale = stale
    this.nowS = nowMs / 1000
    const data = trace?.columns(this.nowS, intervalS) ?? [[], []]
    if (this.plot) this.plot.setData(data)
    else this.plot = this.make(data)
  }

  private make(data: uPlot.AlignedData): uPlot {
    // 2 px on a screen of 1080 lines, and as bold on a larger one.
    const line = parseFloat(getComputedStyle(document.documentElement).fontSize) / 8
    return new uPlot(
      {
        width: this.width,
        height: this.height,
        padding: [3, 3, 3, 1],
        legend: { show: false },
        cursor: { show: false },
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { time: false, range: () => [this.nowS - windowS, this.nowS] },
          y: { range: (_, min, max) => padded(min, max) },
        },
        series: [
          {},
          {
            stroke: () => (this.stale ? old : fresh),
            width: line,
            points: { size: 2 * line, width: 0, fill: () => (this.stale ? old : fresh), filter: (u) => lonely(u.data[1]!) },
          },
        ],
      },
      data,
      this.element,
    )
  }
}

/** A flat series is drawn in the middle, and noise is not blown up to drama. */
function padded(min: number | null, max: number | null): [number, number] {
  if (min === null || max === null) return [0, 1]
  const pad = Math.max((max - min) * 0.1, Math.abs(max) * 0.02, 0.005)
  return [min - pad, max + pad]
}

/** Values between two gaps, which no line would show. */
function lonely(ys: ArrayLike<number | null | undefined>): number[] {
  const at: number[] = []
  for (let i = 0; i < ys.length; i++) {
    if (ys[i] != null && ys[i - 1] == null && ys[i + 1] == null) at.push(i)
  }
  return at
}
