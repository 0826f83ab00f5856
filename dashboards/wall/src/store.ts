// The newest reading of every series and the state of every node, merged from
// the center's events. Bounded by nodes × what their sensors measure.

import type { QuantityInfo, Reading, Status, VillageNode } from './center'

export interface Latest {
  reading: Reading
  /** The browser's monotonic time when this reading was first seen, ms. */
  seenMonoMs: number
}

export const seriesKey = (r: { node: string; sensor: string; quantity: string }): string =>
  `${r.node}/${r.sensor}/${r.quantity}`

export class Store {
  readonly nodes = new Map<string, VillageNode>()
  /** By node, then by series. */
  private series = new Map<string, Map<string, Latest>>()
  status: Status | null = null
  /** What the quantities are called; empty until the center said so. */
  quantities: ReadonlyMap<string, QuantityInfo> = new Map()

  /** Replaces the list of nodes, and forgets the readings of those that left.
   * Retired ones are left out. */
  setNodes(nodes: VillageNode[]): void {
    this.nodes.clear()
    for (const n of nodes) if (n.retiredMs === null) this.nodes.set(n.id, n)
    for (const node of this.series.keys()) if (!this.nodes.has(node)) this.series.delete(node)
  }

  setNode(node: VillageNode): void {
    if (node.retiredMs === null) this.nodes.set(node.id, node)
    else {
      this.nodes.delete(node.id)
      this.series.delete(node.id)
    }
  }

  /** Replaces every series by the center's; a newer reading the wall already
   * has stays, since latest is by reading time. */
  seed(readings: Reading[], monoMs: number): void {
    const before = this.series
    this.series = new Map()
    for (const r of readings) {
      const old = before.get(r.node)?.get(seriesKey(r))
      if (old) this.put(old)
    }
    this.merge(readings, monoMs)
  }

  /** Takes readings as they arrive and returns those that are new. Late ones,
   * and those of unknown nodes, are left out. */
  merge(readings: Reading[], monoMs: number): Reading[] {
    return readings.filter((r) => {
      if (!this.nodes.has(r.node)) return false
      const old = this.series.get(r.node)?.get(seriesKey(r))
      if (old && r.timeMs < old.reading.timeMs) return false
      const again = old?.reading.timeMs === r.timeMs
      this.put({ reading: r, seenMonoMs: again ? old.seenMonoMs : monoMs })
      return !again
    })
  }

  private put(latest: Latest): void {
    const { node } = latest.reading
    let of = this.series.get(node)
    if (!of) this.series.set(node, (of = new Map()))
    of.set(seriesKey(latest.reading), latest)
  }

  /** The series of one node, by sensor id. */
  of(node: string): Latest[] {
    const all = [...(this.series.get(node)?.values() ?? [])]
    return all.sort((a, b) => (a.reading.sensor < b.reading.sensor ? -1 : 1))
  }

  keys(): Set<string> {
    return new Set([...this.series.values()].flatMap((of) => [...of.keys()]))
  }
}
