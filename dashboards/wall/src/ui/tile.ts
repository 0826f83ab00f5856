// One quantity on a card: label, large digits with unit, age, sparkline, and one
// further line.

import { formatAge, formatNumber, formatShortAge, type Language } from '../format'
import type { Words } from '../words'
import type { Tile } from '../village'
import type { Quantity } from '../center'
import { el, setData, setHidden, setText } from './dom'
import { Spark } from './spark'

/** Decimals that a person at five metres can use. */
const decimals: Record<Quantity, number> = {
  pm2_5: 1, pm10: 0, temperature: 1, humidity: 0, level: 2, flow: 0, speed: 0,
}

export interface Speech {
  lang: Language
  words: Words
}

/** Why there is no value, in words. */
export function why(tile: Extract<Tile, { kind: 'missing' }>, w: Words): string {
  return { none: w.noData, warming: w.warming, failing: w.failing, bad: w.bad, unmeasured: w.unmeasured }[tile.why]
}

/** A small value as running text with what marks it: "28,4 °C", "28,4" "BASI 2 mnt",
 * "tidak ada data"; nothing without a sensor. state is for the style. ageShown
 * leaves out the age of a stale value. */
function phrase(q: Quantity, tile: Tile, s: Speech, ageShown: boolean): { text: string; mark: string; state: string } {
  switch (tile.kind) {
    case 'absent':
    case 'unknown':
      return { text: '', mark: '', state: 'absent' }
    case 'empty':
      return { text: s.words.noVehicle, mark: '', state: 'empty' }
    case 'missing':
      return { text: why(tile, s.words), mark: '', state: 'missing' }
    case 'value': {
      const unit = tile.latest.reading.unit
      const value = formatNumber(tile.value, decimals[q], s.lang)
      // There is no room for the unit beside the mark, and a stale value needs the mark.
      if (tile.stale) {
        const age = ageShown ? '' : ` ${formatShortAge(tile.ageS, s.lang)}`
        return { text: value, mark: s.words.stale + age, state: 'stale' }
      }
      if (tile.suspect) return { text: value, mark: `? ${s.words.suspect}`, state: 'suspect' }
      const mark = tile.corrected ? s.words.correctedShort : ''
      // PM10's unit is that of the PM2.5 beside it.
      if (mark && q === 'pm10') return { text: value, mark, state: 'fresh' }
      return { text: `${value} ${s.words.unit[unit] ?? unit}`, mark, state: 'fresh' }
    }
  }
}

/** A small value, as phrase gives it, with its label. beside is the value next to
 * it, whose age is not repeated. */
export class SideValue {
  private readonly label = el('span', 'side-label')
  private readonly text = el('span', 'side-text')
  private readonly mark = el('span', 'side-mark')
  readonly element = el('span', 'side', this.label, ' ', this.text, ' ', this.mark)

  update(q: Quantity, tile: Tile, beside: Tile | null, label: string, s: Speech): void {
    const p = phrase(q, tile, s, beside?.kind === 'value' && beside.stale)
    setHidden(this.element, p.state === 'absent')
    setData(this.element, 'state', p.state)
    setText(this.label, label)
    setText(this.text, p.text)
    setText(this.mark, p.mark)
  }
}

export class TileView {
  private readonly label = el('span', 'tile-label')
  /** A verdict on the value, for who has one; hidden until then. */
  readonly chip = el('span', 'tile-chip')
  private readonly age = el('span', 'tile-age')
  private readonly value = el('span', 'tile-value')
  private readonly unit = el('span', 'tile-unit')
  private readonly corrected = el('span', 'tile-corrected')
  readonly spark = new Spark()
  readonly element: HTMLElement

  constructor(readonly quantity: Quantity, readonly extra: HTMLElement) {
    this.element = el(
      'div', 'tile',
      el('div', 'tile-head', this.label, this.chip, this.age),
      el('div', 'tile-main', this.value, el('span', 'tile-beside', this.unit, this.corrected)),
      el('div', 'tile-side', this.spark.element, this.extra),
    )
    setData(this.element, 'quantity', quantity)
    this.chip.hidden = true
  }

  update(tile: Tile, s: Speech): void {
    const w = s.words
    let state = tile.kind as string
    let value = ''
    let unit = ''
    let age = ''
    let label = w.quantity[this.quantity]
    switch (tile.kind) {
      case 'absent':
        value = w.noSensor
        break
      case 'unknown':
        value = '–'
        break
      case 'empty':
        value = w.noVehicle
        break
      case 'missing':
        value = why(tile, w)
        break
      case 'value': {
        const r = tile.latest.reading
        state = tile.stale ? 'stale' : tile.suspect ? 'suspect' : 'fresh'
        value = formatNumber(tile.value, tile.value >= 1000 ? 0 : decimals[this.quantity], s.lang)
        unit = w.unit[r.unit] ?? r.unit
        age = formatAge(tile.ageS, s.lang)
        if (tile.stale) age = `${w.stale} ${age}`
        else if (tile.suspect) age = `? ${w.suspect} · ${age}`
        if (tile.others > 0) label = `${label} · ${r.sensor} (+${tile.others})`
        break
      }
    }
    setData(this.element, 'state', state)
    setText(this.label, label)
    setText(this.value, value)
    setText(this.unit, unit)
    setText(this.corrected, w.corrected)
    setHidden(this.corrected, tile.kind !== 'value' || !tile.corrected)
    setText(this.age, age)
  }
}
