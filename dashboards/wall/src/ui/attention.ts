// The list of what a person should look at, worst first.

import { formatAge, formatMoment } from '../format'
import type { Issue, State, Village } from '../village'
import { el, setAttr, setHidden, setText, svg } from './dom'
import { StateSymbol } from './symbol'
import type { Speech } from './tile'

const rank: Record<State, number> = { offline: 0, stale: 1, attention: 2, repair: 3, unheard: 4, ok: 5 }
/** As many as fit under the map, also below the banner of a lost center. */
const rows = 6

class Row {
  private readonly symbol = new StateSymbol()
  private readonly name = el('span', 'issue-name')
  private readonly text = el('span', 'issue-text')
  readonly element = el('li', 'issue', this.symbol.element, this.name, this.text)

  update(entry: Entry, nowMs: number, s: Speech): void {
    this.symbol.update(entry.issue.state, entry.number)
    setText(this.name, entry.village.node.name)
    const text = sentence(entry.issue, nowMs, s)
    setText(this.text, text)
    setAttr(this.text, 'title', text)
  }
}

interface Entry {
  village: Village
  number: string
  issue: Issue
}

export class Attention {
  private readonly title = el('h2', 'attention-title')
  private readonly list = el('ul', 'attention-list')
  private readonly more = el('div', 'attention-more')
  private readonly wellText = el('div', 'well-text')
  private readonly wellNote = el('div', 'well-note')
  private readonly well = el('div', 'attention-well', tick(), el('div', 'well-words', this.wellText, this.wellNote))
  readonly element = el('section', 'attention', this.title, this.well, this.list, this.more)
  private readonly rows = Array.from({ length: rows }, () => new Row())

  constructor() {
    this.list.append(...this.rows.map((r) => r.element))
  }

  update(villages: Village[], connected: boolean, nowMs: number, s: Speech): void {
    const entries = villages
      .flatMap((village, i) => village.issues.map((issue) => ({ village, number: String(i + 1), issue })))
      .sort((a, b) => rank[a.issue.state] - rank[b.issue.state])
    setText(this.title, entries.length === 0 ? s.words.attention : `${s.words.attention} (${entries.length})`)
    setText(this.wellText, s.words.allWell)
    setText(this.wellNote, s.words.allWellNote(villages.length))
    setHidden(this.well, entries.length > 0 || villages.length === 0 || !connected)
    this.rows.forEach((row, i) => {
      const entry = entries[i]
      setHidden(row.element, !entry)
      if (entry) row.update(entry, nowMs, s)
    })
    setHidden(this.more, entries.length <= rows)
    setText(this.more, s.words.more(entries.length - rows))
  }
}

function tick(): SVGElement {
  return svg('svg', { class: 'well-tick', viewBox: '0 0 48 48', 'aria-hidden': 'true' }, svg('path', { d: 'M12 25l8 9 17-20' }))
}

function sentence(issue: Issue, nowMs: number, s: Speech): string {
  const w = s.words
  if (issue.what === 'repair') return `${w.repairUntil(formatMoment(issue.number ?? nowMs, nowMs, s.lang))}: ${issue.detail}`
  const age = issue.number === null ? '' : formatAge(issue.number, s.lang)
  const of = issue.quantities.map((q) => w.quantity[q]).join(', ')
  switch (issue.what) {
    case 'offline': return age ? `${w.state.offline} ${w.since(age)}` : w.state.offline
    case 'unheard': return w.unheard
    case 'stale': return `${w.stale} ${age}: ${of}`
    case 'failing': return `${w.failing}, ${issue.detail}`
    case 'bad': return `${w.bad}: ${of}`
    case 'suspect': return `${w.suspect}: ${of}`
    case 'missing': return `${w.noData}: ${of}`
    case 'unmeasured': return `${of}: ${w.unmeasured}`
    case 'clock': return w.clockUnsure
    case 'unclaimed': return w.unclaimed
    case 'gaps': return w.gapsOpen(issue.number ?? 0)
  }
}
