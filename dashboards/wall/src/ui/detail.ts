// An opened village: every sensor with its health, every quantity with its value.

import type { DomainRows, Health, SensorRows } from '../detail'
import { formatMoment } from '../format'
import { repairUntil, type Village } from '../village'
import { el, setAttr, setData, setHidden, setText } from './dom'
import { RowView } from './row'
import { SignView, type Sign } from './sign'
import { StateSymbol } from './symbol'
import type { Speech } from './tile'

/** Up to so many rows fit a large screen in large letters. */
const fewRows = 24

const signs: Record<Health, Sign> = { ok: 'good', starting: 'waiting', warming: 'waiting', failing: 'bad', unknown: 'none' }

class SensorView {
  private readonly id = el('span', 'sensor-id')
  private readonly driver = el('span', 'sensor-driver')
  private readonly sign = new SignView()
  private readonly health = el('span', 'sensor-health')
  private readonly error = el('div', 'sensor-error')
  private readonly nothing = el('div', 'sensor-nothing')
  private readonly rows: RowView[]
  readonly element: HTMLElement

  constructor(rows: number) {
    this.rows = Array.from({ length: rows }, () => new RowView())
    this.element = el(
      'article', 'sensor',
      el('header', 'sensor-head', this.id, this.driver, this.sign.element, this.health),
      this.error,
      this.nothing,
      ...this.rows.map((r) => r.element),
    )
  }

  update(of: SensorRows, s: Speech): void {
    setData(this.element, 'sensor', of.id)
    setData(this.element, 'health', of.health)
    setText(this.id, of.id)
    setText(this.driver, of.driver)
    this.sign.update(signs[of.health])
    setText(this.health, s.words.health[of.health])
    setHidden(this.error, of.health === 'ok' || of.health === 'unknown' || of.error === '')
    setText(this.error, of.error)
    setHidden(this.nothing, of.rows.length > 0)
    setText(this.nothing, s.words.noQuantities)
    of.rows.forEach((row, i) => this.rows[i]?.update(row, s))
  }
}

export class Detail {
  private readonly symbol = new StateSymbol()
  private readonly name = el('h2', 'detail-name')
  private readonly about = el('span', 'detail-about')
  private readonly state = el('span', 'detail-state')
  private readonly simulated = el('span', 'mark mark-simulated')
  private readonly clock = el('span', 'mark mark-clock')
  private readonly counts = el('span', 'detail-counts')
  private readonly close = el('button', 'detail-close')
  private readonly empty = el('div', 'detail-empty')
  private readonly lists = el('div', 'detail-lists')
  readonly element = el(
    'section', 'detail',
    el('header', 'detail-head', this.symbol.element, this.name, this.state, this.simulated, this.clock, this.about, this.counts, this.close),
    el('div', 'detail-scroll', this.empty, this.lists),
  )
  private headings: HTMLElement[] = []
  private sensors: SensorView[] = []
  /** What the elements were made for. */
  private madeFor = ''

  constructor(close: () => void) {
    this.close.addEventListener('click', close)
  }

  /** Begins at the top, with the keyboard's focus on what closes it. */
  begin(): void {
    this.lists.parentElement!.scrollTop = 0
    this.close.focus({ preventScroll: true })
  }

  update(v: Village, number: string, all: DomainRows[], nowMs: number, s: Speech): void {
    const w = s.words
    setData(this.element, 'state', v.state)
    setAttr(this.element, 'aria-label', v.node.name)
    this.symbol.update(v.state, number)
    setText(this.name, v.node.name)
    setText(this.about, [v.node.district, v.node.id].filter(Boolean).join(' · '))
    const until = repairUntil(v)
    setText(this.state, until === null ? w.state[v.state] : w.repairUntil(formatMoment(until, nowMs, s.lang)))
    setText(this.simulated, w.simulated)
    setHidden(this.simulated, !v.simulated)
    setText(this.clock, w.clockUnsure)
    setHidden(this.clock, !v.clockUnsure)
    const sensors = all.flatMap((d) => d.sensors)
    const rows = sensors.reduce((n, x) => n + x.rows.length, 0)
    setText(this.counts, w.counts(new Set(sensors.map((x) => x.id)).size, rows))
    setData(this.lists, 'size', rows > fewRows ? 'large' : 'small')
    setText(this.close, `× ${w.close}`)
    setAttr(this.close, 'title', w.closeNote)
    setHidden(this.empty, sensors.length > 0)
    setText(this.empty, w.empty)

    this.make(all)
    all.forEach((d, i) => setText(this.headings[i]!, w.domain[d.domain]))
    sensors.forEach((x, i) => this.sensors[i]?.update(x, s))
  }

  /** Makes the elements anew where there are other sensors or quantities. */
  private make(all: DomainRows[]): void {
    const key = JSON.stringify(all.map((d) => [d.domain, d.sensors.map((x) => [x.id, x.rows.length])]))
    if (key === this.madeFor) return
    this.madeFor = key
    this.headings = all.map(() => el('h3', 'domain-name'))
    const sensors = all.map((d) => d.sensors.map((x) => new SensorView(x.rows.length)))
    this.sensors = sensors.flat()
    this.lists.replaceChildren(...all.map((d, i) => {
      // A heading stays with its first sensor when columns break.
      const [first, ...rest] = sensors[i]!.map((x) => x.element)
      const section = el('section', 'domain', el('div', 'domain-first', this.headings[i]!, first!), ...rest)
      setData(section, 'domain', d.domain)
      return section
    }))
  }
}
