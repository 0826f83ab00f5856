// The map of nodes: it can be moved, and its markers pressed.

import * as L from 'leaflet'
import type { VillageNode } from '../center'
import type { LatLon } from '../places'
import { el, setAttr, setData, setHidden, setText } from '../ui/dom'
import { button } from '../ui/form'
import { Ground } from '../ui/ground'
import { StateSymbol } from '../ui/symbol'
import { markOf, standing, standings } from './filter'
import { standingWords, type Speech } from './list'

interface Marker {
  symbol: StateSymbol
  html: HTMLElement
  marker: L.Marker
  line: L.Polyline
}

export class NodeMap {
  private readonly ground = new Ground({ dragging: true, scrollWheelZoom: true, doubleClickZoom: true, touchZoom: true, zoomSnap: 0.5, minZoom: 8, maxZoom: 16 })
  private readonly noPlace = el('span', 'legend-note')
  private readonly legendWords = standings.map((of) => {
    const symbol = new StateSymbol()
    symbol.update(markOf[of], '')
    const word = el('span', 'legend-word')
    return { of, word, entry: el('span', 'legend-entry', symbol.element, word) }
  })
  private readonly tools = [
    button('+', 'map-tool', () => this.ground.map.zoomIn()),
    button('−', 'map-tool', () => this.ground.map.zoomOut()),
    button('⌂', 'map-tool', () => this.ground.fit()),
  ] as const
  readonly element = el(
    'section', 'map node-map', this.ground.element,
    el('div', 'map-tools', ...this.tools),
    el('div', 'map-legend', ...this.legendWords.map((l) => l.entry), this.noPlace),
  )
  private readonly markers = new Map<string, Marker>()
  private nodes: VillageNode[] = []
  private placedFor = ''

  constructor(private readonly choose: (node: string) => void) {
    new ResizeObserver(() => {
      this.ground.fit()
      this.place(true)
    }).observe(this.ground.element)
    this.ground.map.on('zoomend', () => this.place(true))
  }

  update(nodes: VillageNode[], chosen: string | null, nowMs: number, s: Speech): void {
    const w = s.words
    setAttr(this.element, 'aria-label', w.map)
    this.ground.setRiver(w.river)
    for (const l of this.legendWords) setText(l.word, w.standings[l.of])
    ;[w.zoomIn, w.zoomOut, w.wholeMap].forEach((label, i) => {
      setAttr(this.tools[i]!, 'aria-label', label)
      setAttr(this.tools[i]!, 'title', label)
    })
    this.nodes = nodes.filter((n) => n.place !== null)
    setHidden(this.noPlace, this.nodes.length === nodes.length)
    setText(this.noPlace, w.noPlace(nodes.length - this.nodes.length))
    this.place(false)
    for (const n of this.nodes) {
      const m = this.markers.get(n.id)
      if (!m) continue
      m.symbol.update(markOf[standing(n, nowMs)], '')
      setData(m.html, 'chosen', String(n.id === chosen))
      const label = `${n.id}, ${n.name}: ${standingWords(n, nowMs, w)}`
      setAttr(m.html, 'aria-label', label)
      setAttr(m.html, 'title', label)
    }
  }

  /** Makes, moves and removes markers where nodes, or with anew the map, changed. */
  private place(anew: boolean): void {
    const key = this.nodes.map((n) => `${n.id}@${n.place?.lat},${n.place?.lon}`).join(' ')
    if (!anew && key === this.placedFor) return
    this.placedFor = key
    const ids = new Set(this.nodes.map((n) => n.id))
    for (const [id, m] of this.markers) {
      if (ids.has(id)) continue
      m.marker.remove()
      m.line.remove()
      this.markers.delete(id)
    }
    const truth = this.nodes.map((n): LatLon => [n.place?.lat ?? 0, n.place?.lon ?? 0])
    this.ground.place(truth).forEach((p, i) => {
      const m = this.markers.get(this.nodes[i]!.id) ?? this.make(this.nodes[i]!.id)
      m.marker.setLatLng(p.at)
      m.line.setLatLngs([p.truth, p.at])
    })
  }

  private make(id: string): Marker {
    const symbol = new StateSymbol()
    const html = button('', 'village-marker', () => this.choose(id))
    html.append(symbol.element)
    setData(html, 'node', id)
    const m = {
      symbol, html,
      // The button inside takes clicks and the keyboard.
      marker: L.marker([0, 0], { icon: L.divIcon({ className: 'map-point', html, iconSize: [0, 0] }), interactive: false, keyboard: false }),
      line: L.polyline([], { className: 'village-line', interactive: false }),
    }
    L.DomEvent.disableClickPropagation(html)
    m.line.addTo(this.ground.map)
    m.marker.addTo(this.ground.map)
    this.markers.set(id, m)
    return m
  }
}
