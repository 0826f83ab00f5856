// The wall's map: a fixed view with a marker for each village.

import * as L from 'leaflet'
import type { LatLon } from '../places'
import type { State, Village } from '../village'
import { el, setAttr, setText } from './dom'
import { Ground } from './ground'
import { StateSymbol } from './symbol'
import type { Speech } from './tile'

interface Marker {
  symbol: StateSymbol
  marker: L.Marker
  line: L.Polyline
}

export class VillageMap {
  private readonly ground = new Ground()
  private readonly legend = el('div', 'map-legend')
  readonly element = el('section', 'map', this.ground.element, this.legend)
  private readonly markers = new Map<string, Marker>()
  private readonly legendWords = (['ok', 'attention', 'stale', 'offline', 'repair', 'unheard'] as State[]).map((state) => {
    const symbol = new StateSymbol()
    symbol.update(state, '')
    const word = el('span', 'legend-word')
    this.legend.append(el('span', 'legend-entry', symbol.element, word))
    return { state, word }
  })
  private readonly note = el('span', 'legend-note')
  /** What the markers' places were computed for. */
  private placedFor = ''

  constructor() {
    this.legend.append(this.note)
    new ResizeObserver(() => this.fit()).observe(this.ground.element)
  }

  update(villages: Village[], s: Speech): void {
    setAttr(this.element, 'aria-label', s.words.map)
    this.ground.setRiver(s.words.river)
    for (const { state, word } of this.legendWords) setText(word, s.words.state[state])
    setText(this.note, s.words.airNote)
    const placed = villages
      .map((v, i) => ({ v, number: String(i + 1) }))
      .filter(({ v }) => v.node.place !== null)
    this.place(placed.map(({ v }) => v))
    for (const { v, number } of placed) {
      const m = this.markers.get(v.node.id)
      if (!m) continue
      m.symbol.update(v.state, number)
      setAttr(m.symbol.element, 'data-node', v.node.id)
    }
  }

  private fit(): void {
    this.ground.fit()
    this.placedFor = ''
  }

  /** Makes, moves and removes markers where nodes or the map's size changed. */
  private place(villages: Village[]): void {
    const key = villages.map((v) => `${v.node.id}@${v.node.place?.lat},${v.node.place?.lon}`).join(' ')
    if (key === this.placedFor) return
    this.placedFor = key
    const ids = new Set(villages.map((v) => v.node.id))
    for (const [id, m] of this.markers) {
      if (ids.has(id)) continue
      m.marker.remove()
      m.line.remove()
      this.markers.delete(id)
    }
    const truth = villages.map((v): LatLon => [v.node.place?.lat ?? 0, v.node.place?.lon ?? 0])
    this.ground.place(truth).forEach(({ truth, at }, i) => {
      const id = villages[i]!.node.id
      const m = this.markers.get(id) ?? this.make(id)
      m.marker.setLatLng(at)
      m.line.setLatLngs([truth, at])
    })
  }

  private make(id: string): Marker {
    const symbol = new StateSymbol()
    const html = el('div', 'village-marker')
    html.append(symbol.element)
    const m = {
      symbol,
      marker: L.marker([0, 0], { icon: L.divIcon({ className: 'map-point', html, iconSize: [0, 0] }), interactive: false, keyboard: false }),
      line: L.polyline([], { className: 'village-line', interactive: false }),
    }
    m.line.addTo(this.ground.map)
    m.marker.addTo(this.ground.map)
    this.markers.set(id, m)
    return m
  }
}
