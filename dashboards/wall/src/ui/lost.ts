// What a wall says when it no longer hears the center: over the whole page, so
// that nobody takes it for a living one.

import { formatAge, formatClock } from '../format'
import { el, setHidden, setText } from './dom'
import type { Speech } from './tile'

export class Lost {
  private readonly title = el('strong', 'lost-title')
  private readonly text = el('span', 'lost-text')
  private readonly trying = el('span', 'lost-trying')
  readonly element = el('div', 'lost-banner', this.title, this.text, this.trying)

  constructor() {
    this.element.setAttribute('role', 'alert')
  }

  /** silentS is how long ago the last event came; null where none ever did. */
  update(connected: boolean, silentS: number | null, nowMs: number | null, s: Speech): void {
    document.body.classList.toggle('lost', !connected)
    setHidden(this.element, connected)
    if (connected) return
    setText(this.title, s.words.lost)
    setText(this.trying, s.words.reconnecting)
    const heard = silentS !== null && nowMs !== null
    setText(this.text, heard ? s.words.lostSince(formatAge(silentS, s.lang), formatClock(nowMs - silentS * 1000)) : s.words.neverHeard)
  }
}
