// A small sign for a value's quality or a sensor's health: a shape of its own for
// each, beside the word.

import { setAttr, setData, svg } from './dom'

export type Sign = 'good' | 'unjudged' | 'suspect' | 'bad' | 'stale' | 'waiting' | 'none'

const shapes: Record<Sign, string> = {
  good: 'M-8 0l6 7 11-14',
  unjudged: 'M0-5.5a5.5 5.5 0 1 0 .01 0z',
  suspect: 'M0-10L11 9H-11z',
  bad: 'M-8-8L8 8M8-8L-8 8',
  stale: 'M0-10L10 0 0 10-10 0z',
  waiting: 'M-7-9H7L-7 9H7z',
  none: 'M-8 0H8',
}

export class SignView {
  private readonly shape = svg('path', {})
  readonly element = svg('svg', { class: 'sign', viewBox: '-12 -12 24 24', 'aria-hidden': 'true' }, this.shape)

  update(sign: Sign): void {
    setData(this.element, 'sign', sign)
    setAttr(this.shape, 'd', shapes[sign])
  }
}
