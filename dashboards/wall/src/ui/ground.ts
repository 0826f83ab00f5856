// The ground of a map: Leaflet without tiles, and what places.ts knows.

import * as L from 'leaflet'
import 'leaflet/dist/leaflet.css'
import { brantas, brantasLabel, kecamatan, kelud, kota, view, type LatLon } from '../places'
import { settle } from '../settle'
import { spread, type Spot } from '../spread'
import { el, setText, svg } from './dom'

/** How far apart markers are kept, in rem: a little more than they are wide. */
const apartRem = 2.4

interface Name {
  at: LatLon
  label: HTMLElement
  marker: L.Marker
}

/** Something to mark, where it is and where there is room to say so. */
export interface Placed {
  truth: LatLon
  at: L.LatLng
}

export class Ground {
  readonly element = el('div', 'map-ground')
  readonly map: L.Map
  private readonly names: Name[] = []
  private readonly river = el('span', 'map-river-name')

  /** options are added to those of a map that nobody moves. */
  constructor(options: L.MapOptions = {}) {
    this.map = L.map(this.element, {
      attributionControl: false, zoomControl: false, dragging: false, keyboard: false, scrollWheelZoom: false,
      doubleClickZoom: false, boxZoom: false, touchZoom: false, trackResize: false, zoomSnap: 0,
      fadeAnimation: false, zoomAnimation: false, markerZoomAnimation: false, ...options,
    })
    this.fit()
    this.draw()
  }

  /** Shows the whole kabupaten in whatever room there is now. */
  fit(): void {
    this.map.invalidateSize({ animate: false, pan: false })
    this.map.fitBounds(view, { animate: false })
  }

  setRiver(name: string): void {
    setText(this.river, name)
  }

  /** Finds room for markers that lie close together, and moves names out of their
   * way. */
  place(truth: LatLon[]): Placed[] {
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize)
    const spots = spread(truth.map((t) => this.map.latLngToLayerPoint(t)), apartRem * rem)
    this.settleNames(spots, rem)
    return truth.map((t, i) => ({ truth: t, at: this.map.layerPointToLatLng(L.point(spots[i]!.x, spots[i]!.y)) }))
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
