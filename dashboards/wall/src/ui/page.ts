// Puts the parts together and paints them.

import type { Language } from '../format'
import type { Store } from '../store'
import type { Trace } from '../trace'
import { village, type Now } from '../village'
import { words } from '../words'
import { Attention } from './attention'
import { Cards } from './cards'
import { el, setAttr } from './dom'
import { Lost } from './lost'
import { VillageMap } from './map'
import { Strip } from './strip'

/** A status older than this is no longer the present one; one comes a second. */
const statusFreshMs = 5_000

export interface Scene {
  store: Store
  traces: Map<string, Trace>
  lang: Language
  /** Null until the center said what time it is. */
  now: Now | null
  connected: boolean
  /** Seconds since the last event; null before the first. */
  silentS: number | null
}

export class Page {
  private readonly strip: Strip
  private readonly lost = new Lost()
  private readonly map = new VillageMap()
  private readonly attention = new Attention()
  private readonly cards = new Cards()

  constructor(root: HTMLElement, switchLanguage: () => void) {
    this.strip = new Strip(switchLanguage)
    root.append(
      this.strip.element,
      this.lost.element,
      el('main', 'main', el('div', 'left', this.map.element, this.attention.element), this.cards.element),
    )
  }

  /** Returns the time of the newest reading painted, Unix ms; null if none. */
  paint(scene: Scene): number | null {
    const { store, now, lang, connected } = scene
    const speech = { lang, words: words[lang] }
    setAttr(document.documentElement, 'lang', lang)
    const title = connected ? 'Siaga' : `${speech.words.lost} · Siaga`
    if (document.title !== title) document.title = title

    const nodes = [...store.nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
    const villages = now === null ? [] : nodes.map((n) => village(n, store.of(n.id), now))
    const status = store.status
    const current = connected && now !== null && status !== null && now.centerMs - status.timeMs < statusFreshMs
    const simulated = status?.demo === true || villages.some((v) => v.simulated)
    this.strip.update(status, current, simulated, now?.centerMs ?? null, speech)
    this.lost.update(connected, scene.silentS, now?.centerMs ?? null, speech)
    this.map.update(villages, speech)
    this.attention.update(villages, connected, speech)
    if (now !== null) {
      this.cards.update(villages, speech, (key) => scene.traces.get(key) ?? null, now.centerMs, now.monoMs)
    }
    const newest = villages.map((v) => v.newestMs ?? -Infinity)
    const max = Math.max(-Infinity, ...newest)
    return max === -Infinity ? null : max
  }
}
