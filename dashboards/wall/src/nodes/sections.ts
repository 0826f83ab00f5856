// The sections of an opened node. Whatever people wrote becomes text nodes.

import { refusal, roleName, type Answer } from '../api'
import type { VillageNode } from '../center'
import { formatDay, formatNumber, formatTime } from '../format'
import { el } from '../ui/dom'
import { button } from '../ui/form'
import { SignView, type Sign } from '../ui/sign'
import { actionWords, fieldWords, valueWords } from './changes'
import {
  moment, validity, type Asset, type Certificate, type Change, type Health, type Mounting, type OpenToken, type Planned, type Site, type Validity, type Work,
} from './inventory'
import type { Speech } from './list'
import { needs, type Part } from './load'

export function section(title: string, actions: HTMLElement[], ...body: HTMLElement[]): HTMLElement {
  return el('section', 'part', el('header', 'part-head', el('h3', 'part-title', title), ...actions), ...body)
}

/** What of the center's answer there is to say where it holds nothing. */
export function without(part: Part, a: Answer | null, s: Speech): HTMLElement {
  if (a === null) return el('p', 'hidden-part', s.words.hidden(roleName(needs[part], s.lang)))
  return el('p', 'warning', refusal(a, s.lang)[0] ?? '')
}

const nothing = (text: string): HTMLElement => el('p', 'hidden-part', text)

/** Names and what they are; what is empty is left out. */
function facts(of: [name: string, is: string | HTMLElement][]): HTMLElement {
  return el('dl', 'facts', ...of.filter(([, is]) => is !== '').flatMap(([name, is]) => [el('dt', '', name), el('dd', '', is)]))
}

function signed(sign: Sign, word: string): HTMLElement {
  const view = new SignView()
  view.update(sign)
  const line = el('span', 'signed')
  line.append(view.element, word)
  return line
}

const pct = (v: number | null, s: Speech): string => (v === null ? '–' : `${formatNumber(v, 1, s.lang)} %`)
const at = (ms: number | null, s: Speech): string => (ms === null ? '…' : formatTime(ms, s.lang))

export function healthPart(n: VillageNode, h: Health, s: Speech): HTMLElement[] {
  const w = s.words
  const c = h.completeness
  return [
    ...h.anomalies.map((a) => el('p', 'warning', `${s.lang === 'id' ? a.id : a.en} (${at(a.lastMs, s)})`)),
    facts([
      [w.heard, n.lastSeenMs === null ? w.never : `${formatTime(n.lastSeenMs, s.lang)} WIB`],
      [w.version, h.version],
      [w.clock, w.clocks[h.clock] ?? h.clock],
      [w.queue, w.packs(formatNumber(h.queuePacks, 0, s.lang))],
      [w.completeness, `${w.perHour} ${pct(c.hour, s)} · ${w.perDay} ${pct(c.day, s)} · ${w.perMonth} ${pct(c.month, s)}`],
      ...h.gaps.slice(0, 10).map((g): [string, string] =>
        [`${w.gaps}: ${w.gapStates[g.state] ?? g.state}`, [w.gap(formatNumber(g.packs, 0, s.lang), at(g.fromMs, s), at(g.toMs, s)), g.reason].filter(Boolean).join(' · ')]),
    ]),
  ]
}

const healthSigns: Record<string, Sign> = { ok: 'good', starting: 'waiting', warming: 'waiting', failing: 'bad' }

/** asset null: not allowed to see; edit null: not allowed to change. */
export function sensorsPart(n: VillageNode, asset: Asset | null, edit: ((sensor: string, m: Mounting | null) => HTMLElement[]) | null, s: Speech): HTMLElement[] {
  const w = s.words
  const ids = [...new Set([...n.sensors.map((x) => x.id), ...(asset?.mountings ?? []).map((m) => m.sensor)])].sort()
  if (ids.length === 0) return [nothing(w.noSensors)]
  return [el('ul', 'things', ...ids.map((id) => {
    const told = n.sensors.find((x) => x.id === id)
    const m = asset?.mountings.find((x) => x.sensor === id) ?? null
    const known = told !== undefined && n.online
    const health = told ? (known ? w.healths[told.health] ?? w.unknown : w.unknown) : w.notReported
    return el(
      'li', 'thing',
      el('div', 'thing-head', el('strong', '', id), el('span', 'dim', told?.driver ?? ''), signed(known ? healthSigns[told.health] ?? 'none' : 'none', health), ...(edit?.(id, m) ?? [])),
      ...(known && told.error && told.health !== 'ok' ? [el('div', 'warning', told.error)] : []),
      ...(asset ? [el('div', m ? '' : 'dim', m ? mounted(m, s) : w.notNoted)] : []),
    )
  }))]
}

function mounted(m: Mounting, s: Speech): string {
  const w = s.words
  const metres = (v: number) => String(v).replace('.', s.lang === 'id' ? ',' : '.')
  return [
    m.model, m.serial,
    m.heightM === null ? '' : w.heightShort(metres(m.heightM)),
    m.datumM === null ? '' : w.datumShort(metres(m.datumM)),
    m.orientation, m.sinceMs === null ? '' : w.sinceShort(formatDay(m.sinceMs, s.lang)), m.note,
  ].filter(Boolean).join(' · ') || '–'
}

export function inventoryPart(asset: Asset, site: Site | null, s: Speech): HTMLElement[] {
  const w = s.words
  const degrees = (v: number | null) => (v === null ? '…' : formatNumber(v, 5, s.lang))
  return [facts([
    [w.model, asset.model], [w.serial, asset.serial], [w.note, asset.note],
    [w.code, asset.site], [w.villageName, site?.name ?? ''], [w.kecamatan, site?.district ?? ''],
    [w.place, site ? `${degrees(site.lat)}, ${degrees(site.lon)}` : ''],
    [w.riverName, site?.river ? [site.river, site.riverOrder ? `#${site.riverOrder}` : ''].join(' ') : ''],
    [w.datumText, site?.datum ?? ''], [w.photo, site?.photo ? link(site.photo) : ''], [`${w.note} (${w.site})`, site?.note ?? ''],
  ])]
}

/** A link where it is a web address; the center takes no other, and neither does
 * this page. */
function link(to: string): HTMLElement | string {
  if (!/^https?:\/\//i.test(to)) return to
  const a = el('a', 'link', to) as HTMLAnchorElement
  a.href = to
  a.rel = 'noreferrer noopener'
  a.target = '_blank'
  return a
}

export function levelsPart(asset: Asset, s: Speech): HTMLElement[] {
  const w = s.words
  return asset.levels.map((set) => el(
    'div', 'thing',
    el('div', '', w.levelFrom(set.quantity, set.sensor, set.fromMs === null ? '…' : formatDay(set.fromMs, s.lang)), set.invented ? ` · ${w.invented}` : ''),
    el('div', 'dim', set.names.map((l) => `${l.rank} ${l.name}: ↑ ${l.rising ?? '–'} ↓ ${l.falling ?? '–'}`).join(' · ')),
  ))
}

export function workPart(all: Work[], s: Speech): HTMLElement[] {
  if (all.length === 0) return [nothing(s.words.noMaintenance)]
  return [el('ul', 'things', ...all.map((x) => el('li', 'thing', el('div', 'dim', `${at(x.atMs, s)} · ${x.who}`), el('div', '', x.what))))]
}

/** off null: not allowed to call off. */
export function eventsPart(all: Planned[], nowMs: number, off: ((e: Planned) => void) | null, s: Speech): HTMLElement[] {
  const w = s.words
  if (all.length === 0) return [nothing(w.noEvents)]
  return [el('ul', 'things', ...all.map((e) => {
    const state = e.cancelled ? w.calledOff : nowMs >= e.toMs ? w.past : nowMs >= e.fromMs ? w.running : w.coming
    const open = !e.cancelled && nowMs < e.toMs
    return el(
      'li', 'thing',
      el('div', 'thing-head', el('strong', '', w.kinds[e.kind] ?? e.kind), el('span', 'dim', state), ...(open && off ? [button(w.callOff, 'small', () => off(e))] : [])),
      el('div', '', `${at(e.fromMs, s)} – ${at(e.toMs, s)}`), el('div', '', e.reason), el('div', 'dim', e.who),
    )
  }))]
}

const validitySigns: Record<Validity, Sign> = { good: 'good', late: 'suspect', expired: 'bad', revoked: 'bad' }

export function certificatesPart(all: Certificate[], nowMs: number, s: Speech): HTMLElement[] {
  const w = s.words
  if (all.length === 0) return [nothing(w.noCertificates)]
  // Only the newest is to be renewed: one before it is just not needed any more.
  return [el('ul', 'things', ...all.slice(0, 10).map((c, i) => {
    const is = validity(c, nowMs)
    const says = is === 'late' && i > 0 ? 'good' : is
    return el(
      'li', 'thing',
      el('div', 'thing-head', signed(validitySigns[says], w.validity[says]), el('span', '', w.validSpan(formatDay(c.fromMs, s.lang), formatDay(c.toMs, s.lang)))),
      el('div', 'dim serial', [c.serial, c.reason].filter(Boolean).join(' · ')),
    )
  }))]
}

export function tokensPart(all: OpenToken[], withdraw: (id: string) => void, s: Speech): HTMLElement[] {
  const w = s.words
  return all.map((t) => el('div', 'thing thing-head', el('span', '', w.tokenUntil(at(t.expiresMs, s), t.by)), button(w.withdraw, 'small', () => withdraw(t.id))))
}

/** Moments in WIB, the center's own words in the person's language, all else as it
 * was written. */
function told(field: string, v: string, s: Speech): string {
  const ms = moment(v)
  return ms === null ? valueWords(field, v, s.lang) || v : formatTime(ms, s.lang)
}

export function historyPart(all: Change[], s: Speech): HTMLElement[] {
  const w = s.words
  if (all.length === 0) return [nothing(w.noHistory)]
  return [el('ul', 'things', ...all.map((c) => el(
    'li', 'thing',
    el('div', '', el('span', 'dim', `${at(c.atMs, s)} · ${c.who} · `), actionWords(c.action, s.lang), c.refused ? ` · ${w.refused}: ${c.refused}` : ''),
    ...c.of.map(([field, before, after]) => el('div', 'change', el('span', 'dim', `${fieldWords(field, s.lang)}: `), before ? el('del', '', told(field, before, s)) : '', before && after ? ' → ' : '', after ? el('ins', '', told(field, after, s)) : before ? ` → ${w.nothingBefore}` : '')),
  )))]
}
