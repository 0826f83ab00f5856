// The card of one village.

import { airRange } from '../air'
import type { Quantity } from '../center'
import { formatMoment, formatNumber } from '../format'
import { seriesKey } from '../store'
import type { Trace } from '../trace'
import { repairUntil, type Tile, type Village } from '../village'
import { el, setAttr, setData, setHidden, setText, svg } from './dom'
import { StateSymbol } from './symbol'
import { SideValue, TileView, type Speech } from './tile'

/** Below this a level counts as steady, cm/h: what is left of an ultrasonic
 * sensor's centimetre of noise in a slope over 15 minutes. */
const steadyCmH = 3

const arrows = { rising: 'M12 20V5M5 12l7-8 7 8', falling: 'M12 4v15M5 12l7 8 7-8', steady: 'M4 12h15M12 5l8 7-8 7' }

export class Card {
  private readonly symbol = new StateSymbol()
  /** A button, so that a keyboard opens the card too. */
  private readonly name = el('button', 'card-name')
  private readonly simulated = el('span', 'mark mark-simulated')
  private readonly clock = el('span', 'mark mark-clock')
  private readonly state = el('span', 'card-state')
  private readonly pm10 = new SideValue()
  private readonly speed = new SideValue()
  private readonly temperature = new SideValue()
  private readonly humidity = new SideValue()
  private readonly arrow = svg('path', { class: 'arrow-path' })
  private readonly rise = el('span', 'rise-text')
  private readonly riseLine = el('span', 'side rise', svg('svg', { class: 'arrow', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, this.arrow), this.rise)
  private readonly air = new TileView('pm2_5', this.pm10.element)
  private readonly water = new TileView('level', this.riseLine)
  private readonly traffic = new TileView('flow', this.speed.element)
  readonly element = el(
    'article', 'card',
    el('header', 'card-head', this.symbol.element, this.name, this.state),
    this.air.element,
    this.water.element,
    this.traffic.element,
    el('footer', 'card-foot', this.temperature.element, this.clock, this.simulated, this.humidity.element),
  )

  /** open is called when a person wants to see all of the village. */
  constructor(open: () => void) {
    this.element.addEventListener('click', open)
  }

  /** Puts the keyboard's focus back here. */
  focus(): void {
    this.name.focus({ preventScroll: true })
  }

  update(v: Village, number: string, s: Speech, traceOf: (key: string) => Trace | null, nowMs: number, monoMs: number): void {
    const w = s.words
    setData(this.element, 'node', v.node.id)
    setData(this.element, 'state', v.state)
    this.symbol.update(v.state, number)
    setText(this.name, v.node.name)
    setAttr(this.name, 'title', `${w.open} (${v.node.id})`)
    const until = repairUntil(v)
    setText(this.state, w.state[v.state] + (until === null ? '' : `\n${w.until(formatMoment(until, nowMs, s.lang))}`))
    setText(this.simulated, w.simulated)
    setHidden(this.simulated, !v.simulated)
    setText(this.clock, w.clockUnsure)
    setHidden(this.clock, !v.clockUnsure)

    this.air.update(v.tiles.pm2_5, s)
    this.water.update(v.tiles.level, s)
    this.traffic.update(v.tiles.flow, s)
    this.pm10.update('pm10', v.tiles.pm10, v.tiles.pm2_5, w.quantity.pm10, s)
    this.speed.update('speed', v.tiles.speed, v.tiles.flow, '', s)
    this.temperature.update('temperature', v.tiles.temperature, null, w.quantity.temperature, s)
    this.humidity.update('humidity', v.tiles.humidity, v.tiles.temperature, 'RH', s)
    this.updateAirRange(v.tiles.pm2_5, s)
    this.updateRise(v.tiles.level, s, traceOf, nowMs)
    for (const t of [this.air, this.water, this.traffic]) {
      const tile = v.tiles[t.quantity]
      const r = tile.kind === 'value' ? tile.latest.reading : null
      const stale = tile.kind !== 'value' || tile.stale
      t.spark.update(r && traceOf(seriesKey(r)), r?.intervalS ?? 0, stale, nowMs, monoMs)
    }
  }

  private updateAirRange(tile: Tile, s: Speech): void {
    const shown = tile.kind === 'value' && !tile.stale && !tile.suspect
    setHidden(this.air.chip, !shown)
    if (!shown) return
    const range = airRange(tile.value)
    setData(this.air.chip, 'range', String(range))
    setText(this.air.chip, `${s.words.indicative}: ${s.words.airNow[range]}`)
  }

  private updateRise(tile: Tile, s: Speech, traceOf: (key: string) => Trace | null, nowMs: number): void {
    const trace = tile.kind === 'value' && !tile.stale ? traceOf(seriesKey(tile.latest.reading)) : null
    const perHour = trace?.risePerHour(nowMs / 1000) ?? null
    setHidden(this.riseLine, perHour === null)
    if (perHour === null) return
    const cm = perHour * 100
    const way = Math.abs(cm) < steadyCmH ? 'steady' : cm > 0 ? 'rising' : 'falling'
    setData(this.riseLine, 'way', way)
    setAttr(this.arrow, 'd', arrows[way])
    const speed = way === 'steady' ? '' : ` ${formatNumber(Math.abs(cm), 0, s.lang)} ${s.words.perHour}`
    setText(this.rise, s.words[way] + speed)
  }
}

/** The quantities that have a sparkline. */
export const drawn: Quantity[] = ['pm2_5', 'level', 'flow']
