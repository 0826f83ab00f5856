// The grid of cards: made once per node, kept in order, turned in pages where
// there are more than fit.

import { pageAt, perPage } from '../pages'
import type { Trace } from '../trace'
import type { Village } from '../village'
import { Card } from './card'
import { el, setAttr, setData, setHidden, setText } from './dom'
import type { Speech } from './tile'

export class Cards {
  private readonly grid = el('div', 'cards')
  private readonly page = el('div', 'cards-page')
  private readonly empty = el('div', 'cards-empty')
  readonly element = el('section', 'cards-area', this.grid, this.empty, this.page)
  private readonly byNode = new Map<string, Card>()
  /** Where cards stand in one column a person scrolls; then all are shown. */
  private readonly narrow = matchMedia('(max-width: 60rem)')

  /** open is called with the node whose card a person chose. */
  constructor(private readonly open: (node: string) => void) {}

  /** Puts the keyboard's focus on a node's card. */
  focus(node: string): void {
    this.byNode.get(node)?.focus()
  }

  update(villages: Village[], s: Speech, traceOf: (key: string) => Trace | null, nowMs: number, monoMs: number): void {
    setAttr(this.element, 'aria-label', s.words.cards)
    const ids = new Set(villages.map((v) => v.node.id))
    for (const [id, card] of this.byNode) {
      if (ids.has(id)) continue
      card.element.remove()
      this.byNode.delete(id)
    }
    const { page, of } = this.narrow.matches ? { page: 0, of: 1 } : pageAt(villages.length, nowMs / 1000)
    const shown = this.narrow.matches ? villages.length : perPage
    setData(this.grid, 'size', villages.length > 9 ? 'large' : villages.length > 4 ? 'medium' : 'small')
    villages.forEach((v, i) => {
      let card = this.byNode.get(v.node.id)
      if (!card) this.byNode.set(v.node.id, (card = new Card(() => this.open(v.node.id))))
      if (this.grid.children[i] !== card.element) this.grid.insertBefore(card.element, this.grid.children[i] ?? null)
      const visible = i >= page * shown && i < (page + 1) * shown
      setHidden(card.element, !visible)
      if (visible) card.update(v, String(i + 1), s, traceOf, nowMs, monoMs)
    })
    setHidden(this.empty, villages.length > 0)
    setText(this.empty, s.words.noVillages)
    setHidden(this.page, of === 1)
    setText(this.page, s.words.page(page + 1, of))
  }
}
