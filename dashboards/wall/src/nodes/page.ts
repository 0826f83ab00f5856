// The page of nodes: search and filters, list, map, and an opened node.

import { ask, path, refusal } from '../api'
import { nodesOf, type VillageNode } from '../center'
import type { Language } from '../format'
import { fields, time } from '../json'
import { keepLanguage, otherLanguage } from '../language'
import { may, session, type Session } from '../session'
import { signInPath } from '../signin/back'
import { Bar } from '../ui/bar'
import { el, setAttr, setHidden, setText } from '../ui/dom'
import { button, Notice } from '../ui/form'
import { NodeDetail, type Around } from './detail'
import { wanted } from './filter'
import { parseSites, type Site } from './inventory'
import { NodeList, type Speech } from './list'
import { NodeMap } from './map'
import { printLabels } from './print'
import { addNode } from './tasks'
import { Tools } from './tools'
import { nodesWords } from './words'

/** The list is asked for so often; a person sees a node come within it. */
const everyMs = 10_000

export class NodesPage {
  private readonly bar: Bar
  /** What is wrong with the whole page, and what was just done. */
  private readonly trouble = new Notice()
  private readonly done = new Notice()
  private readonly signIn = el('a', 'button primary')
  private readonly tools = new Tools(() => this.paint())
  private readonly add = button('', 'primary', () => void this.begin())
  private readonly labels = button('', '', () => void printLabels(this.labelled(), this.speech))
  private readonly list = new NodeList()
  private readonly map = new NodeMap((node) => this.open(node))
  private readonly detail = new NodeDetail(() => this.shut())
  private readonly main: HTMLElement
  private who: Session | null = null
  private nodes: VillageNode[] = []
  private heard = false
  /** The center's time less this browser's, ms. */
  private aheadMs = 0
  private opened: string | null = null

  constructor(root: HTMLElement, private lang: Language) {
    this.bar = new Bar(() => {
      this.lang = otherLanguage(this.lang)
      keepLanguage(this.lang)
      this.paint()
      void this.loadDetail()
    })
    this.main = el(
      'main', 'nodes-main',
      el('div', 'nodes-left', el('div', 'nodes-tools', this.tools.element, el('div', 'nodes-actions', this.add, this.labels)), this.list.element),
      el('div', 'nodes-right', this.map.element, this.detail.element),
    )
    root.append(this.bar.element, el('div', 'nodes-notice', this.trouble.element, this.signIn, this.done.element), this.main)
    addEventListener('hashchange', () => this.turn())
    addEventListener('keydown', (e) => {
      if (e.key === 'Escape' && !document.querySelector('dialog[open]')) this.shut()
    })
  }

  async start(): Promise<void> {
    this.paint()
    await this.refresh()
    this.turn()
    setInterval(() => void this.refresh(), everyMs)
  }

  private get speech(): Speech {
    return { lang: this.lang, words: nodesWords[this.lang] }
  }

  private get nowMs(): number {
    return Date.now() + this.aheadMs
  }

  private async refresh(): Promise<void> {
    const [who, answer] = await Promise.all([session(), ask('GET', path(this.lang, ['nodes']))])
    const before = this.who
    this.who = who ?? this.who
    this.heard = answer.ok || answer.status === 401
    if (answer.ok) {
      this.nodes = nodesOf(answer.body).sort((a, b) => (a.id < b.id ? -1 : 1))
      this.aheadMs = (time(fields(answer.body)?.time) ?? Date.now()) - Date.now()
      this.trouble.clear()
    } else if (answer.status === 401) this.nodes = []
    else this.trouble.say(answer.status === 0 ? [this.speech.words.lost] : refusal(answer, this.lang))
    this.paint()
    // Another person may do other things.
    if (before?.name !== this.who?.name || before?.role !== this.who?.role) void this.loadDetail()
  }

  private paint(): void {
    const s = this.speech
    const w = s.words
    const out = this.heard && !may(this.who, 'viewer')
    const shown = wanted(this.nodes, this.tools.wanted, this.nowMs)
    this.bar.update(this.who, this.lang, w)
    if (out) this.trouble.say([w.signInFirst, w.signInWhy])
    setHidden(this.signIn, !out)
    setText(this.signIn, w.signInLink)
    setAttr(this.signIn, 'href', signInPath())
    setHidden(this.main, out)
    this.tools.update(this.nodes, shown.length, this.nowMs, s)
    setText(this.add, w.add)
    setHidden(this.add, !may(this.who, 'technician'))
    setText(this.labels, `${w.labels} (${this.labelled().length})`)
    setHidden(this.labels, this.labelled().length === 0)
    this.list.update(shown, this.nodes.length, this.opened, this.nowMs, s)
    this.map.update(shown, this.opened, this.nowMs, s)
    const node = this.chosen()
    setHidden(this.detail.element, node === null)
    document.body.classList.toggle('opened', node !== null)
    if (node) this.detail.update(node, this.nowMs, s)
  }

  private labelled(): VillageNode[] {
    return wanted(this.nodes, this.tools.wanted, this.nowMs).filter((n) => n.retiredMs === null)
  }

  private chosen(): VillageNode | null {
    return this.nodes.find((n) => n.id === this.opened) ?? null
  }

  /** Opens what the address names: a label's code leads there. */
  private turn(): void {
    const before = this.opened
    let named = location.hash.slice(1)
    try {
      named = decodeURIComponent(named)
    } catch {
      // No address of ours.
    }
    this.opened = named || null
    if (this.opened === before) return
    if (before) this.done.clear()
    this.paint()
    if (this.chosen()) {
      this.detail.begin()
      void this.loadDetail()
    } else if (before) this.list.focus(before)
  }

  private open(node: string): void {
    location.hash = encodeURIComponent(node)
  }

  private shut(): void {
    if (this.opened === null) return
    history.pushState(null, '', location.pathname + location.search)
    this.turn()
  }

  private async loadDetail(): Promise<void> {
    if (this.chosen()) await this.detail.load(this.around())
  }

  private around(): Around {
    return { who: this.who, nowMs: this.nowMs, s: this.speech, sites: () => this.sites(), changed: () => void this.changed() }
  }

  private async changed(): Promise<void> {
    await this.refresh()
    await this.loadDetail()
  }

  private async sites(): Promise<Site[]> {
    const answer = await ask('GET', path(this.lang, ['sites']))
    return answer.ok ? parseSites(answer.body) : []
  }

  private async begin(): Promise<void> {
    addNode(await this.sites(), '', { s: this.speech, changed: () => void this.changed() }, (node) => {
      void this.refresh().then(() => {
        this.open(node)
        this.done.say([this.speech.words.taken(node)], 'done')
      })
    })
  }
}
