// The map: Leaflet without tiles, a fixed view, and what places.ts knows.

import * as L from 'leaflet'
import 'leaflet/dist/leaflet.css'
import { brantas, brantasLabel, kecamatan, kelud, kota, view, type LatLon } from '../places'
import { settle } from '../settle'
import { spread, type Spot } from '../spread'
import type { State, Village } from '../village'
import { el, setAttr, setText, svg } from './dom'
import { StateSymbol } from './symbol'
import type { Speech } from './tile'

/** How far apart markers are kept, in rem: a little more than they are wide. */
const apartRem = 2.4

interface Name {
  at: LatLon
  label: HTMLElement
  marker: L.Marker
}

interface Marker {
  symbol: StateSymbol
  marker: L.Marker
  line: L.Polyline
}

export class VillageMap {
  private readonly ground = el('div', 'map-ground')
  private readonly legend = el('div', 'map-legend')
  readonly element = el('section', 'map', this.ground, this.legend)
  private readonly map: L.Map
  private readonly markers = new Map<string, Marker>()
  private readonly names: Name[] = []
  private readonly river = el('span', 'map-river-name')
  private readonly legendWords = (['ok', 'attention', 'stale', 'offline'] as State[]).map((state) => {
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
    this.map = L.map(this.ground, {
      attributionControl: false, zoomControl: false, dragging: false, keyboard: false, scrollWheelZoom: false,
      doubleClickZoom: false, boxZoom: false, touchZoom: false, trackResize: false, zoomSnap: 0,
      fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false,
    })
    this.fit()
    this.draw()
    new ResizeObserver(() => this.fit()).observe(this.ground)
  }

  update(villages: Village[], s: Speech): void {
    setAttr(this.element, 'aria-label', s.words.map)
    setText(this.river, s.words.river)
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
    this.map.invalidateSize({ animate: false, pan: false })
    this.map.fitBounds(view, { animate: false })
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
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    const spots = spread(truth.map((t) => this.map.latLngToLayerPoint(t)), apartRem * rem)
    villages.forEach((v, i) => {
      const at = this.map.layerPointToLatLng(L.point(spots[i]!.x, spots[i]!.y))
      const m = this.markers.get(v.node.id) ?? this.make(v.node.id)
      m.marker.setLatLng(at)
      m.line.setLatLngs([truth[i]!, at])
    })
    this.settleNames(spots, rem)
  }

  private settleNames(markers: Spot[], rem: number): void {
    const taken = markers.map((m) => ({ x: m.x, y: m.y, w: apartRem * rem, h: apartRem * rem }))
    const boxes = this.names.map((n) => {
      const p = this.map.latLngToLayerPoint(n.at)
      const size = n.label.getBoundingClientRect()
      return { x: p.x, y: p.y, w: size.width, h: size.height }
    })
    settle(boxes, taken).forEach((spot, i) => {
      this.names[i]?.marker.setLatLng(this.map.layerPointToLatLng(L.point(spot.x, spot.y)))
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
    m.line.addTo(this.map)
    m.marker.addTo(this.map)
    this.markers.set(id, m)
    return m
  }

  private draw(): void {
    for (let lat = -8.4; lat < -7.8; lat += 0.1) this.line([[lat, 111.5], [lat, 113]], 'map-grid')
    for (let lon = 111.5; lon < 113; lon += 0.1) this.line([[-8.8, lon], [-7.5, lon]], 'map-grid')
    this.line(brantas, 'map-river')
    for (const [name, at] of [...kecamatan, kota]) {
      const label = el('span', name === kota[0] ? 'map-kecamatan map-kota' : 'map-kecamatan', name)
      this.names.push({ at, label, marker: this.label(at, label) })
    }
    this.names.push({ at: brantasLabel, label: this.river, marker: this.label(brantasLabel, this.river) })
    const mountain = svg('svg', { class: 'map-mountain', viewBox: '0 0 24 20', 'aria-hidden': 'true' }, svg('path', { d: 'M1 19L9 3l3 3 3-3 8 16z' }))
    const sign = el('span', 'map-kelud')
    sign.append(mountain, 'Kelud')
    this.label(kelud, sign)
    L.control.scale({ imperial: false, position: 'bottomright' }).addTo(this.map)
  }

  private line(points: LatLon[], className: string): void {
    L.polyline(points, { className, interactive: false, smoothFactor: 0 }).addTo(this.map)
  }

  private label(at: LatLon, html: HTMLElement): L.Marker {
    const icon = L.divIcon({ className: 'map-point', html, iconSize: [0, 0] })
    return L.marker(at, { icon, interactive: false, keyboard: false, zIndexOffset: -10_000 }).addTo(this.map)
  }
}
