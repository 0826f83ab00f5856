// The strip along the top: what this is, how the whole system is, and the time.

import type { Status } from '../center'
import { formatClock, formatDate, formatNumber, formatSeconds } from '../format'
import type { Session } from '../session'
import { el, setAttr, setData, setHidden, setText } from './dom'
import { PersonMark } from './person'
import type { Speech } from './tile'

class Metric {
  private readonly label = el('div', 'metric-label')
  private readonly value = el('span', 'metric-value')
  private readonly unit = el('span', 'metric-unit')
  private readonly note = el('span', 'metric-note')
  readonly element = el('div', 'metric', this.label, el('div', 'metric-line', this.value, this.unit, this.note))

  update(label: string, value: string | null, unit: string, note: string, s: Speech, state: 'fresh' | 'stale' | 'attention'): void {
    setText(this.label, label)
    setText(this.value, value ?? s.words.noData)
    setText(this.unit, value === null ? '' : unit)
    setText(this.note, state === 'stale' ? s.words.stale : note)
    setData(this.element, 'state', value === null ? 'missing' : state)
  }
}

export class Strip {
  private readonly place = el('span', 'brand-place-name')
  private readonly person = new PersonMark()
  private readonly simulated = el('span', 'brand-simulated-word')
  private readonly simulatedNote = el('span', 'brand-simulated-note')
  private readonly banner = el('div', 'brand-simulated', this.simulated, this.simulatedNote)
  private readonly refuses = el('div', 'strip-refuses')
  private readonly language = el('button', 'language')
  private readonly nodes = new Metric()
  private readonly rate = new Metric()
  private readonly p50 = new Metric()
  private readonly p99 = new Metric()
  private readonly gaps = new Metric()
  private readonly clock = el('div', 'clock-time')
  private readonly zone = el('span', 'clock-zone', 'WIB')
  private readonly date = el('div', 'clock-date')
  readonly element = el(
    'header', 'strip',
    el('div', 'brand', el('div', 'brand-line', el('span', 'brand-name', 'SIAGA'), this.language), el('div', 'brand-place', this.place, this.person.element)),
    el('div', 'strip-marks', this.banner, this.refuses),
    el('div', 'metrics', this.nodes.element, this.rate.element, this.p50.element, this.p99.element, this.gaps.element),
    el('div', 'clock', el('div', 'clock-line', this.clock, this.zone), this.date),
  )

  constructor(switchLanguage: () => void) {
    this.language.addEventListener('click', switchLanguage)
    setData(this.gaps.element, 'metric', 'gaps')
    setData(this.nodes.element, 'metric', 'nodes')
  }

  /** unheard is how many nodes are only in the inventory: status counts those that
   * were heard of. */
  update(status: Status | null, unheard: number, who: Session | null, current: boolean, simulated: boolean, nowMs: number | null, s: Speech): void {
    const w = s.words
    const lang = s.lang
    setText(this.place, w.place)
    this.person.update(who, s)
    setText(this.language, w.other)
    setAttr(this.language, 'title', w.otherTitle)
    setHidden(this.banner, !simulated)
    setText(this.simulated, w.simulated)
    setText(this.simulatedNote, w.simulatedNote)
    setHidden(this.refuses, status?.accepting !== false)
    setText(this.refuses, w.notAccepting)

    const fresh = current ? 'fresh' : 'stale'
    const number = (v: number | null | undefined, decimals: number) => (v == null ? null : formatNumber(v, decimals, lang))
    const delay = (v: number | null | undefined) => (v == null ? null : formatSeconds(v, lang))
    const online = number(status?.nodesOnline, 0)
    const total = number(status?.nodesTotal, 0)
    const repair = status?.nodesRepair ?? 0
    const away = (status?.nodesTotal ?? 0) - (status?.nodesOnline ?? 0) - repair
    const note = [
      away > 0 ? `▲ ${w.state.offline} ${away}` : repair > 0 ? w.underRepair(repair) : '',
      unheard > 0 ? w.notHeard(unheard) : '',
    ].filter(Boolean).join(' · ')
    const rate = status?.readingsPerSecond
    this.nodes.update(w.nodesOnline, online && total && `${online}/${total}`, '', note, s, current && away > 0 ? 'attention' : fresh)
    this.rate.update(w.perSecond, number(rate, (rate ?? 0) < 1000 ? 1 : 0), '', '', s, fresh)
    this.p50.update(`${w.delay} p50`, delay(status?.delayP50S), w.seconds, '', s, fresh)
    this.p99.update(`${w.delay} p99`, delay(status?.delayP99S), w.seconds, '', s, fresh)
    const gaps = status?.openGaps ?? 0
    const held = status?.quarantined ?? 0
    this.gaps.update(w.gaps, number(status?.openGaps, 0), '', held > 0 ? `${formatNumber(held, 0, lang)} ${w.quarantined}` : '', s, current && gaps > 0 ? 'attention' : fresh)

    setText(this.clock, nowMs === null ? '--:--:--' : formatClock(nowMs))
    setText(this.date, nowMs === null ? w.waiting : formatDate(nowMs, lang))
  }
}
