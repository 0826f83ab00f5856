// What a wall says when it no longer hears the center, or may not: over the whole
// page, so that nobody takes it for a living one.

import { formatAge, formatClock } from '../format'
import { el, setAttr, setData, setHidden, setText } from './dom'
import { signInPath } from '../signin/back'
import type { Speech } from './tile'

export class Lost {
  private readonly title = el('strong', 'lost-title')
  private readonly text = el('span', 'lost-text')
  private readonly link = el('a', 'lost-link')
  private readonly trying = el('span', 'lost-trying')
  readonly element = el('div', 'lost-banner', this.title, this.text, this.link, this.trying)

  constructor() {
    this.element.setAttribute('role', 'alert')
    setAttr(this.link, 'href', signInPath())
  }

  /** silentS is how long ago the last event came; null where none ever did.
   * refused: the center is there, and wants to know first who this is. */
  update(connected: boolean, refused: boolean, silentS: number | null, nowMs: number | null, s: Speech): void {
    document.body.classList.toggle('lost', !connected)
    // There is nothing on the page yet that somebody could take for a value.
    document.body.classList.toggle('stranger', refused && silentS === null)
    setHidden(this.element, connected)
    if (connected) return
    setData(this.element, 'why', refused ? 'sign-in' : 'lost')
    setHidden(this.link, !refused)
    setText(this.link, s.words.signInLink)
    setHidden(this.trying, refused)
    if (refused) {
      setText(this.title, s.words.signInFirst)
      setText(this.text, s.words.signInWhy)
      return
    }
    setText(this.title, s.words.lost)
    setText(this.trying, s.words.reconnecting)
    const heard = silentS !== null && nowMs !== null
    setText(this.text, heard ? s.words.lostSince(formatAge(silentS, s.lang), formatClock(nowMs - silentS * 1000)) : s.words.neverHeard)
  }
}
