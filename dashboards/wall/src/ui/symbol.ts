// The sign of a village: a shape for its state, so that colour is never the only
// signal, and the number that ties its card to the map.

import type { State } from '../village'
import { setAttr, setData, setText, svg } from './dom'

/** What a sign can stand for: a village's state, and what only an inventory has. */
export type Mark = State | 'unclaimed' | 'retired'

const shapes: Record<Mark, string> = {
  ok: 'M0-13a13 13 0 1 0 .01 0z',
  attention: 'M0-16L17 13.5H-17z',
  stale: 'M0-16L16 0 0 16-16 0z',
  offline: 'M-12.5-12.5H12.5V12.5H-12.5z',
  unheard: 'M0 16L-17-13.5H17z',
  repair: 'M-8.5-14.5H8.5L17 0 8.5 14.5H-8.5L-17 0z',
  unclaimed: 'M0-13a13 13 0 1 0 .01 0z',
  retired: 'M-14-5H14V5H-14z',
}

export class StateSymbol {
  readonly element: SVGElement
  private readonly shape = svg('path', { class: 'symbol-shape' })
  private readonly number = svg('text', { class: 'symbol-number', 'text-anchor': 'middle' })

  constructor() {
    const cross = svg('path', { class: 'symbol-cross', d: 'M-16-16L16 16M16-16L-16 16' })
    this.element = svg('svg', { class: 'symbol', viewBox: '-18 -18 36 36', 'aria-hidden': 'true' }, cross, this.shape, this.number)
  }

  update(state: Mark, number: string): void {
    setData(this.element, 'state', state)
    setAttr(this.shape, 'd', shapes[state])
    setText(this.number, number)
    setAttr(this.number, 'y', state === 'attention' ? '9.5' : state === 'unheard' ? '1' : '5.5')
  }
}
