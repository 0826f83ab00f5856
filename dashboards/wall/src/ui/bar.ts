// The bar along the top of every page but the wall: where one is, where one can
// go, who one is.

import type { Language } from '../format'
import type { Session } from '../session'
import { el, setAttr, setText } from './dom'
import { PersonMark } from './person'

export interface BarWords {
  title: string
  wall: string
  nodes: string
  other: string
  otherTitle: string
  signInLink: string
  signedIn(name: string, role: string): string
}

export class Bar {
  private readonly title = el('h1', 'bar-title')
  private readonly links: Record<'wall' | 'nodes', HTMLElement> = { wall: el('a', 'bar-link'), nodes: el('a', 'bar-link') }
  private readonly language = el('button', 'language')
  private readonly person = new PersonMark()
  readonly element = el(
    'header', 'bar',
    el('span', 'bar-brand', 'SIAGA'), this.title,
    el('nav', 'bar-nav', this.links.wall, this.links.nodes), this.person.element, this.language,
  )

  constructor(switchLanguage: () => void) {
    setAttr(this.links.wall, 'href', '/')
    setAttr(this.links.nodes, 'href', '/nodes')
    for (const a of Object.values(this.links)) if (a.getAttribute('href') === location.pathname) setAttr(a, 'aria-current', 'page')
    this.language.addEventListener('click', switchLanguage)
  }

  update(who: Session | null, lang: Language, words: BarWords): void {
    setAttr(document.documentElement, 'lang', lang)
    document.title = `${words.title} · Siaga`
    setText(this.title, words.title)
    setText(this.links.wall, words.wall)
    setText(this.links.nodes, words.nodes)
    setText(this.language, words.other)
    setAttr(this.language, 'title', words.otherTitle)
    this.person.update(who, { lang, words })
  }
}
