// A small mark that says who is signed in, and leads to the page for it.

import { roleName } from '../api'
import { may, type Session } from '../session'
import { signInPath } from '../signin/back'
import { el, setAttr, setHidden, setText, svg } from './dom'
import type { Speech } from './tile'

export class PersonMark {
  private readonly name = el('span', 'person-name')
  readonly element = el(
    'a', 'person',
    svg('svg', { class: 'person-sign', viewBox: '0 0 24 24', 'aria-hidden': 'true' }, svg('path', { d: 'M12 3a4.5 4.5 0 1 1-.01 0zM3 21c1-6 5-8 9-8s8 2 9 8z' })),
    this.name,
  )

  constructor() {
    setHidden(this.element, true)
  }

  /** who null: not known. */
  update(who: Session | null, s: Pick<Speech, 'lang'> & { words: { signInLink: string; signedIn(name: string, role: string): string } }): void {
    setHidden(this.element, who === null)
    if (who === null) return
    const inside = who.person && may(who, 'viewer')
    setText(this.name, inside ? who.name : s.words.signInLink)
    setAttr(this.element, 'title', inside ? s.words.signedIn(who.name, roleName(who.role, s.lang)) : s.words.signInLink)
    setAttr(this.element, 'href', inside ? '/masuk' : signInPath())
  }
}
