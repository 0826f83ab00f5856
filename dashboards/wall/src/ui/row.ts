// One quantity of a sensor, as a line: title, value, quality and age; where it is
// corrected, that value on the line and the raw one below.

import type { Measured, Row } from '../detail'
import { formatAge, formatBytes, formatNumber, formatShortAge } from '../format'
import { el, setData, setHidden, setText } from './dom'
import { SignView, type Sign } from './sign'
import { why, type Speech } from './tile'

const signs: Record<string, Sign> = { good: 'good', suspect: 'suspect' }

/** A value with its unit; of some quantities as people say them. */
function spoken(quantity: string, value: number, unit: string, decimals: number, s: Speech): [value: string, unit: string] {
  if (quantity === 'uptime') return [formatAge(value, s.lang), '']
  if (unit === 'byte') return formatBytes(value, s.lang)
  if (unit === '0/1') return [value === 0 ? s.words.no : s.words.yes, '']
  return [formatNumber(value, decimals, s.lang), s.words.unit[unit] ?? unit]
}

/** What is said of a series beside its value. */
function verdict(m: Measured, s: Speech): { sign: Sign; word: string; state: string } {
  const w = s.words
  const word = w.quality[m.quality] ?? m.quality
  switch (m.shown.kind) {
    case 'empty':
      return { sign: 'none', word: '', state: 'empty' }
    case 'missing':
      if (m.shown.why === 'bad') return { sign: 'bad', word, state: 'missing' }
      return { sign: m.shown.why === 'warming' ? 'waiting' : 'none', word: m.quality === '' ? w.neverRead : w.quality['missing']!, state: 'missing' }
    case 'value':
      if (m.shown.stale) return { sign: 'stale', word: m.shown.suspect ? `${w.stale}, ${word}` : w.stale, state: 'stale' }
      return { sign: signs[m.quality] ?? 'unjudged', word, state: m.shown.suspect ? 'suspect' : 'fresh' }
  }
}

class Line {
  private readonly title = el('span', 'line-title')
  private readonly mark = el('span', 'line-mark')
  private readonly value = el('span', 'line-value')
  private readonly unit = el('span', 'line-unit')
  private readonly sign = new SignView()
  private readonly word = el('span', 'line-word')
  private readonly age = el('span', 'line-age')
  readonly element = el(
    'div', 'line',
    el('span', 'line-name', this.title, this.mark),
    el('span', 'line-number', this.value, this.unit),
    el('span', 'line-quality', this.sign.element, this.word),
    this.age,
  )

  update(row: Row, m: Measured, title: string, mark: string, s: Speech): void {
    const { sign, word, state } = verdict(m, s)
    let value = ''
    let unit = ''
    if (m.shown.kind === 'value') [value, unit] = spoken(row.quantity, m.shown.value, row.unit, row.decimals, s)
    else value = m.shown.kind === 'empty' ? s.words.noVehicle : why(m.shown, s.words)
    setData(this.element, 'state', state)
    setText(this.title, title)
    setText(this.mark, mark)
    setText(this.value, value)
    setText(this.unit, unit)
    this.sign.update(sign)
    setText(this.word, word)
    setText(this.age, m.ageS === null || state === 'empty' ? '' : formatShortAge(m.ageS, s.lang))
  }
}

export class RowView {
  private readonly first = new Line()
  private readonly second = new Line()
  readonly element = el('div', 'row', this.first.element, this.second.element)

  constructor() {
    this.second.element.classList.add('line-raw')
  }

  update(row: Row, s: Speech): void {
    setData(this.element, 'quantity', row.quantity)
    const title = row.titles[s.lang]
    setHidden(this.second.element, row.corrected === null)
    if (row.corrected === null) return this.first.update(row, row.raw, title, '', s)
    this.first.update(row, row.corrected, title, s.words.corrected, s)
    this.second.update(row, row.raw, '', s.words.raw, s)
  }
}
