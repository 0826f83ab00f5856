// The list of nodes: a row each, made once and then only changed.

import type { VillageNode } from '../center'
import { formatNumber, formatShortAge } from '../format'
import type { Language } from '../format'
import { el, setAttr, setData, setHidden, setText } from '../ui/dom'
import { StateSymbol } from '../ui/symbol'
import { markOf, standing, standingsOf, type Standing } from './filter'
import type { NodesWords } from './words'

export interface Speech {
  lang: Language
  words: NodesWords
}

/** A node's state in words, also those that its sign does not show. */
export function standingWords(n: VillageNode, nowMs: number, w: NodesWords): string {
  const first = standing(n, nowMs)
  const rest = [...standingsOf(n, nowMs)].filter((s) => s !== first && (s === 'unclaimed' || s === 'repair' || first === 'repair'))
  return [first, ...rest].map((s: Standing) => w.standings[s]).join(', ')
}

class Row {
  private readonly symbol = new StateSymbol()
  private readonly state = el('span', 'node-state')
  private readonly id = el('a', 'node-id')
  private readonly simulated = el('span', 'mark mark-simulated')
  private readonly cells = Array.from({ length: 4 }, () => el('td', 'node-cell'))
  readonly element: HTMLElement

  constructor(id: string) {
    setText(this.id, id)
    setAttr(this.id, 'href', `#${encodeURIComponent(id)}`)
    const [village, district, heard, complete] = this.cells as [HTMLElement, HTMLElement, HTMLElement, HTMLElement]
    this.element = el(
      'tr', 'node-row',
      el('td', 'node-cell node-standing', this.symbol.element, this.state),
      el('td', 'node-cell node-name', this.id, this.simulated), village, district, heard, complete,
    )
    setData(this.element, 'node', id)
    // The whole row may be pressed; the keyboard has its link.
    this.element.addEventListener('click', () => {
      if (getSelection()?.isCollapsed !== false) this.id.click()
    })
    this.id.addEventListener('click', (e) => e.stopPropagation())
  }

  update(n: VillageNode, chosen: boolean, nowMs: number, s: Speech): void {
    const w = s.words
    const is = standing(n, nowMs)
    this.symbol.update(markOf[is], '')
    setData(this.element, 'standing', is)
    setAttr(this.element, 'aria-selected', String(chosen))
    setText(this.state, standingWords(n, nowMs, w))
    setText(this.simulated, w.simulated)
    setHidden(this.simulated, !n.simulated)
    const heard = n.lastSeenMs === null ? w.never : w.ago(formatShortAge(Math.max(0, nowMs - n.lastSeenMs) / 1000, s.lang))
    const complete = n.completenessPct === null ? '–' : `${formatNumber(n.completenessPct, 1, s.lang)} %`
    const texts = [n.name === n.id ? '–' : n.name, n.district || '–', n.online ? w.now : heard, complete]
    texts.forEach((text, i) => setText(this.cells[i]!, text))
    ;['', w.district, w.heard, w.complete].forEach((label, i) => setData(this.cells[i]!, 'label', label))
  }
}

export class NodeList {
  private readonly heads = Array.from({ length: 6 }, () => el('th', 'node-head'))
  private readonly body = el('tbody', '')
  private readonly empty = el('p', 'node-empty')
  private readonly rows = new Map<string, Row>()
  readonly element = el('div', 'node-list', el('table', 'node-table', el('thead', '', el('tr', '', ...this.heads)), this.body), this.empty)

  update(nodes: VillageNode[], all: number, chosen: string | null, nowMs: number, s: Speech): void {
    const w = s.words
    ;[w.state, w.node, w.village, w.district, w.heard, w.complete].forEach((text, i) => setText(this.heads[i]!, text))
    const ids = new Set(nodes.map((n) => n.id))
    for (const [id, row] of this.rows) {
      if (ids.has(id)) continue
      row.element.remove()
      this.rows.delete(id)
    }
    nodes.forEach((n, i) => {
      let row = this.rows.get(n.id)
      if (!row) this.rows.set(n.id, (row = new Row(n.id)))
      if (this.body.children[i] !== row.element) this.body.insertBefore(row.element, this.body.children[i] ?? null)
      row.update(n, n.id === chosen, nowMs, s)
    })
    setHidden(this.empty, nodes.length > 0)
    setText(this.empty, all === 0 ? w.none : w.nothing)
  }

  /** Puts the keyboard's focus on a node's row. */
  focus(node: string): void {
    this.rows.get(node)?.element.querySelector('a')?.focus({ preventScroll: true })
  }
}
