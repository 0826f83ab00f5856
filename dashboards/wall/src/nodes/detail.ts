// An opened node: what is known of it, and what may be done to it.

import type { VillageNode } from '../center'
import { formatTime } from '../format'
import { may, type Session } from '../session'
import { el, setData, setText } from '../ui/dom'
import { button } from '../ui/form'
import { StateSymbol } from '../ui/symbol'
import { isUnderRepair, markOf, standing, standingsOf } from './filter'
import {
  parseAsset, parseCertificates, parseHealth, parseHistory, parsePlanned, parseSite, parseTokens, parseWork, type Site,
} from './inventory'
import type { Speech } from './list'
import { load, type Loaded, type Part } from './load'
import { printLabels } from './print'
import {
  certificatesPart, eventsPart, healthPart, historyPart, inventoryPart, levelsPart, section, sensorsPart, tokensPart, without, workPart,
} from './sections'
import { addNode, addWork, callOff, editMounting, editNode, editSite, planRepair, removeMounting, retire, withdrawToken, type Task } from './tasks'
import { makeToken } from './token'

export interface Around {
  who: Session | null
  /** The center's time, Unix ms. */
  nowMs: number
  s: Speech
  sites(): Promise<Site[]>
  /** Called when something was changed. */
  changed(): void
}

/** Its state, and until when or since when it is so. */
function stateWords(n: VillageNode, nowMs: number, s: Speech): string {
  const w = s.words
  if (n.retiredMs !== null) return w.retiredSince(formatTime(n.retiredMs, s.lang))
  const repair = isUnderRepair(n, nowMs) ? n.repair : null
  const rest = [...standingsOf(n, nowMs)].filter((of) => of !== 'repair').map((of) => w.standings[of])
  const until = repair ? [`${w.repairUntil(formatTime(repair.untilMs, s.lang))}: ${repair.reason}`] : []
  return [...until, ...rest].join(' · ')
}

export class NodeDetail {
  private readonly symbol = new StateSymbol()
  private readonly id = el('h2', 'detail-name')
  private readonly about = el('span', 'detail-about')
  private readonly state = el('span', 'detail-state')
  private readonly close: HTMLButtonElement
  private readonly actions = el('div', 'detail-actions')
  private readonly body = el('div', 'detail-scroll')
  readonly element: HTMLElement
  private loads = 0
  private node: VillageNode | null = null

  constructor(close: () => void) {
    this.close = button('', 'detail-close', close)
    this.element = el('section', 'detail node-detail', el('header', 'detail-head', this.symbol.element, this.id, this.state, this.about, this.close), this.actions, this.body)
  }

  /** The head, which is true at any time. */
  update(n: VillageNode, nowMs: number, s: Speech): void {
    const w = s.words
    const is = standing(n, nowMs)
    this.node = n
    this.symbol.update(markOf[is], '')
    setData(this.element, 'state', markOf[is])
    setText(this.id, n.id)
    this.element.ariaLabel = n.id
    setText(this.about, [n.name === n.id ? '' : n.name, n.district, n.site].filter(Boolean).join(' · '))
    setText(this.state, stateWords(n, nowMs, s))
    setText(this.close, `× ${w.close}`)
  }

  /** Begins at the top, with the keyboard's focus on what closes it. */
  begin(): void {
    this.body.scrollTop = 0
    this.body.replaceChildren()
    this.actions.replaceChildren()
    this.close.focus({ preventScroll: true })
  }

  /** Asks the center for everything else. An answer that another overtook is
   * dropped. */
  async load(around: Around): Promise<void> {
    const n = this.node
    if (!n) return
    const mine = ++this.loads
    const { s } = around
    if (this.body.childElementCount === 0) this.body.replaceChildren(el('p', 'loading', s.words.loading))
    const all = await load(n.id, n.site, around.who, around.nowMs, s.lang)
    if (mine !== this.loads) return
    const scrolled = this.body.scrollTop
    this.paint(this.node ?? n, all, around)
    this.body.scrollTop = scrolled
  }

  private paint(n: VillageNode, all: Loaded, around: Around): void {
    const { s, who, nowMs } = around
    const w = s.words
    const t: Task = { s, changed: around.changed }
    const ok = (part: Part): unknown => (all[part]?.ok ? all[part].body : null)
    const asset = parseAsset(ok('inventory'))
    const site = parseSite(ok('site'))
    const health = parseHealth(ok('health'))
    const inService = n.retiredMs === null
    const works = may(who, 'technician') && inService
    const plans = may(who, 'operator') && inService
    const small = (label: string, does: () => void) => button(label, 'small', does)

    this.actions.replaceChildren(
      ...(works && n.claimed ? [button(w.makeToken, 'primary', () => makeToken(n.id, t))] : []),
      ...(works && !n.claimed ? [button(w.add, 'primary', () => void around.sites().then((sites) => addNode(sites, n.id, t, () => {})))] : []),
      ...(plans ? [button(w.plan, '', () => planRepair(n.id, nowMs, t))] : []),
      ...(inService ? [button(w.label, '', () => void printLabels([n], s))] : []),
      ...(works ? [button(w.retire, 'danger', () => retire(n.id, t))] : []),
    )

    const mountings = works && asset ? (sensor: string, m: Parameters<typeof editMounting>[2]) => [
      small(w.edit, () => editMounting(asset, sensor, m, t)),
      ...(m ? [small(w.remove, () => removeMounting(asset, sensor, t))] : []),
    ] : null
    const edits = works && asset && n.claimed ? [
      small(w.edit, () => void around.sites().then((sites) => editNode(asset, sites, t))),
      small(`${w.edit}: ${w.site}`, () => editSite(asset.site, site, t)),
    ] : []
    const tokens = parseTokens(ok('tokens'), nowMs)
    const part = (of: Part, made: () => HTMLElement[]): HTMLElement[] => (all[of]?.ok ? made() : [without(of, all[of], s)])

    this.body.replaceChildren(
      section(w.state, [], ...(health ? healthPart(n, health, s) : [without('health', all.health, s)])),
      section(w.sensors, works && asset ? [small(w.addMounting, () => editMounting(asset, '', null, t))] : [], ...sensorsPart(n, asset, mountings, s)),
      section(w.inventory, edits, ...part('inventory', () => (asset ? inventoryPart(asset, site, s) : []))),
      ...(asset && asset.levels.length > 0 ? [section(w.levels, [], ...levelsPart(asset, s))] : []),
      section(w.maintenance, works ? [small(w.addMaintenance, () => addWork(n.id, t))] : [], ...part('maintenance', () => workPart(parseWork(ok('maintenance')), s))),
      section(w.events, [], ...part('events', () => eventsPart(parsePlanned(ok('events'), n.id), nowMs, may(who, 'operator') ? (e) => callOff(e.id, t) : null, s))),
      section(w.certificates, [], ...part('certificates', () => certificatesPart(parseCertificates(ok('certificates')), nowMs, s))),
      ...(tokens.length > 0 ? [section(w.tokens, [], ...tokensPart(tokens, (id) => withdrawToken(id, t), s))] : []),
      section(w.history, [], ...part('history', () => historyPart(parseHistory(ok('history')), s))),
    )
  }
}
