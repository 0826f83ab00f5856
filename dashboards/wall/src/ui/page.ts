// Puts the parts together and paints them.

import { detail } from '../detail'
import type { Language } from '../format'
import type { Store } from '../store'
import type { Trace } from '../trace'
import type { Now } from '../shown'
import { village, type Village } from '../village'
import { words } from '../words'
import { Attention } from './attention'
import { Cards } from './cards'
import { Detail } from './detail'
import { el, setAttr, setHidden } from './dom'
import { Lost } from './lost'
import { VillageMap } from './map'
import { Opened } from './opened'
import { may, type Session } from '../session'
import { Strip } from './strip'
import type { Speech } from './tile'

/** A status older than this is no longer the present one; one comes a second. */
const statusFreshMs = 5_000

export interface Scene {
  store: Store
  traces: Map<string, Trace>
  lang: Language
  /** Null until the center said what time it is. */
  now: Now | null
  connected: boolean
  /** Null while the center did not say. */
  who: Session | null
  /** Seconds since the last event; null before the first. */
  silentS: number | null
}

export class Page {
  private readonly strip: Strip
  private readonly lost = new Lost()
  private readonly map = new VillageMap()
  private readonly attention = new Attention()
  private readonly opened: Opened
  private readonly cards = new Cards((node) => this.opened.open(node))
  private readonly detail = new Detail(() => this.opened.close())
  /** The node whose details stand there now, and how far the page was scrolled
   * before. */
  private detailed: string | null = null
  private scrolledTo = 0

  constructor(root: HTMLElement, switchLanguage: () => void, repaint: () => void) {
    this.strip = new Strip(switchLanguage)
    this.opened = new Opened(repaint)
    this.detail.element.hidden = true
    root.append(
      this.strip.element,
      this.lost.element,
      el('main', 'main', el('div', 'left', this.map.element, this.attention.element), this.cards.element, this.detail.element),
    )
  }

  /** Returns the time of the newest reading painted, Unix ms; null if none. */
  paint(scene: Scene): number | null {
    const { store, now, lang, connected } = scene
    const speech = { lang, words: words[lang] }
    setAttr(document.documentElement, 'lang', lang)
    const refused = !connected && scene.who !== null && !may(scene.who, 'viewer')
    const title = connected ? 'Siaga' : `${refused ? speech.words.signInFirst : speech.words.lost} · Siaga`
    if (document.title !== title) document.title = title

    const nodes = [...store.nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const villages = now === null ? [] : nodes.map((n) => village(n, store.of(n.id), now))
    const status = store.status
    const current = connected && now !== null && status !== null && now.centerMs - status.timeMs < statusFreshMs
    const simulated = status?.demo === true || villages.some((v) => v.simulated)
    const unheard = villages.filter((v) => v.state === 'unheard').length
    this.strip.update(status, unheard, scene.who, current, simulated, now?.centerMs ?? null, speech)
    this.lost.update(connected, refused, scene.silentS, now?.centerMs ?? null, speech)
    this.map.update(villages, speech)
    this.attention.update(villages, connected, now?.centerMs ?? 0, speech)
    if (now !== null) {
      const chosen = villages.findIndex((v) => v.node.id === this.opened.node)
      if (chosen < 0) this.opened.close()
      this.show(villages[chosen] ?? null)
      if (chosen < 0) this.cards.update(villages, speech, (key) => scene.traces.get(key) ?? null, now.centerMs, now.monoMs)
      else this.paintDetail(villages[chosen]!, String(chosen + 1), store, now, speech)
    }
    const newest = villages.map((v) => v.newestMs ?? -Infinity)
    const max = Math.max(-Infinity, ...newest)
    return max === -Infinity ? null : max
  }

  private paintDetail(v: Village, number: string, store: Store, now: Now, s: Speech): void {
    this.detail.update(v, number, detail(v.node, store.of(v.node.id), store.quantities, now), now.centerMs, s)
  }

  /** Puts a village's details, or with null the cards, beside the map. */
  private show(v: Village | null): void {
    const node = v?.node.id ?? null
    if (node === this.detailed) return
    const before = this.detailed
    this.detailed = node
    if (before === null) this.scrolledTo = scrollY
    document.body.classList.toggle('opened', node !== null)
    setHidden(this.cards.element, node !== null)
    setHidden(this.detail.element, node === null)
    if (node !== null) return this.detail.begin()
    scrollTo(0, this.scrolledTo)
    this.cards.focus(before!)
  }
}
