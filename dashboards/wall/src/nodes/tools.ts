// What a person looks for: a search and three choices.

import type { VillageNode } from '../center'
import { el, setAttr, setText } from '../ui/dom'
import { option } from '../ui/form'
import { choices, everything, standings, wanted, type Wanted } from './filter'
import type { Speech } from './list'

class Choice {
  private readonly title = el('span', 'field-label')
  readonly select = document.createElement('select')
  readonly element = el('label', 'field', this.title, this.select)
  private madeFor = ''

  constructor(changed: () => void) {
    this.select.className = 'field-input'
    this.select.addEventListener('change', changed)
  }

  /** Keeps what is chosen where that is still there. */
  update(title: string, all: [value: string, label: string][]): void {
    setText(this.title, title)
    const key = JSON.stringify(all)
    if (key === this.madeFor) return
    this.madeFor = key
    const before = this.select.value
    this.select.replaceChildren(...all.map(([value, label]) => option(value, label)))
    this.select.value = all.some(([value]) => value === before) ? before : (all[0]?.[0] ?? '')
  }
}

export class Tools {
  private readonly title = el('span', 'field-label')
  private readonly search = document.createElement('input')
  private readonly district: Choice
  private readonly site: Choice
  private readonly standing: Choice
  private readonly count = el('output', 'nodes-count')
  readonly element: HTMLElement

  constructor(changed: () => void) {
    this.search.type = 'search'
    this.search.className = 'field-input'
    this.search.spellcheck = false
    this.search.addEventListener('input', changed)
    this.district = new Choice(changed)
    this.site = new Choice(changed)
    this.standing = new Choice(changed)
    this.element = el(
      'div', 'tools', el('label', 'field tools-search', this.title, this.search),
      this.district.element, this.site.element, this.standing.element, this.count,
    )
    this.element.setAttribute('role', 'search')
  }

  get wanted(): Wanted {
    return {
      text: this.search.value,
      district: this.district.select.value,
      site: this.site.select.value,
      standing: (this.standing.select.value || everything.standing) as Wanted['standing'],
    }
  }

  update(nodes: VillageNode[], shown: number, nowMs: number, s: Speech): void {
    const w = s.words
    const { districts, sites } = choices(nodes, this.district.select.value)
    const many = (standing: Wanted['standing']) => wanted(nodes, { ...everything, standing }, nowMs).length
    setText(this.title, w.search)
    setAttr(this.search, 'placeholder', w.searchHint)
    this.district.update(w.district, [['', w.all], ...districts.map((d): [string, string] => [d, d])])
    this.site.update(w.village, [['', w.all], ...sites])
    this.standing.update(w.standing, [
      ['service', `${w.inService} (${many('service')})`],
      ...standings.map((of): [string, string] => [of, `${w.standings[of]} (${many(of)})`]),
      ['all', `${w.all} (${nodes.length})`],
    ])
    setText(this.count, w.shown(shown, nodes.length))
  }
}
