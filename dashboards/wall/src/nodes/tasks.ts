// What a technician does to a node, each in a dialog of its own.

import { ask, path, refusal, sent, type Answer } from '../api'
import { el, setHidden, setText } from '../ui/dom'
import { Dialog } from '../ui/dialog'
import { Field, Form } from '../ui/form'
import { parseAsset, parseSite, type Asset, type Mounting, type Site } from './inventory'
import type { Speech } from './list'
import { fieldNumber, fieldTime, numberOf, timeOf } from './entry'

export interface Task {
  s: Speech
  /** Called when something was changed. */
  changed(): void
}

/** A dialog with a form that closes when it is done. */
export function formDialog(t: Task, title: string, parts: (Field | HTMLElement)[], submit: string, does: () => Promise<string[]>, danger = false): Form {
  const w = t.s.words
  const dialog = new Dialog(title, w.close)
  const form = new Form({
    parts, submit, busy: w.busy, danger,
    does: async () => {
      const wrong = await does()
      if (wrong.length === 0) {
        dialog.close()
        t.changed()
      }
      return wrong
    },
    cancel: { label: w.cancel, does: () => dialog.close() },
  })
  dialog.show(form.element)
  return form
}

/** What is wrong with a change, with what to do about it. */
function wrongWith(a: Answer, t: Task): string[] {
  const lines = refusal(a, t.s.lang)
  return a.ok ? [] : a.status === 409 || a.status === 412 ? [...lines, t.s.words.changedMeanwhile] : lines
}

export function sureDialog(t: Task, title: string, question: string, does: () => Promise<Answer>): void {
  formDialog(t, title, [el('p', 'intro', question)], t.s.words.sure, async () => wrongWith(await does(), t), true)
}

interface SiteFields {
  parts: HTMLElement[]
  values(): { body: Record<string, unknown>; wrong: string[] }
}

function siteFields(site: Site | null, t: Task): SiteFields {
  const w = t.s.words
  const name = new Field(w.villageName, { value: site?.name ?? '', maxLength: 100 })
  const district = new Field(w.kecamatan, { value: site?.district ?? '', maxLength: 100 })
  const lat = new Field(w.lat, { value: fieldNumber(site?.lat ?? null, t.s.lang), inputMode: 'text', hint: w.degreesHint })
  const lon = new Field(w.lon, { value: fieldNumber(site?.lon ?? null, t.s.lang), inputMode: 'text' })
  return {
    parts: [name, district, lat, lon].map((f) => f.element),
    values: () => {
      const wrong = [lat, lon].map((f, i) => (Number.isNaN(numberOf(f.value)) ? w.notNumber([w.lat, w.lon][i]!) : '')).filter(Boolean)
      return { wrong, body: { name: name.value, district: district.value, lat: numberOf(lat.value), lon: numberOf(lon.value) } }
    },
  }
}

/** sites are those known. done gets the node's id. */
export function addNode(sites: Site[], node: string, t: Task, done: (node: string) => void): void {
  const w = t.s.words
  const id = new Field(w.nodeId, { value: node, required: true, maxLength: 31, hint: w.nodeRule })
  const code = new Field(w.code, {
    required: true, maxLength: 13, inputMode: 'decimal', hint: w.codeHint,
    choices: sites.map((s) => [s.code, [s.name, s.district].filter(Boolean).join(', ')]),
  })
  const model = new Field(w.model, { maxLength: 100 })
  const serial = new Field(w.serial, { maxLength: 100 })
  const note = new Field(w.note, { maxLength: 2000 })
  const which = el('p', 'intro')
  const fresh = siteFields(null, t)
  const more = el('div', 'form-part', which, ...fresh.parts)
  const known = () => sites.find((s) => s.code === code.value)
  const look = () => {
    const site = known()
    setHidden(more, code.value.length < 13 && !site)
    for (const part of fresh.parts) setHidden(part, site !== undefined)
    setText(which, site ? w.siteKnown([site.name, site.district].filter(Boolean).join(', ')) : w.siteUnknown)
  }
  code.input.addEventListener('input', look)
  look()
  formDialog(t, w.add, [id, code, more, model, serial, note], w.add, async () => {
    if (!known()) {
      const { body, wrong } = fresh.values()
      if (wrong.length > 0) return wrong
      const made = await ask('PATCH', path(t.s.lang, ['sites', code.value], { version: 'new' }), sent(body))
      if (!made.ok) return wrongWith(made, t)
      const site = parseSite(made.body)
      // What fails after this must not try to make it again.
      if (site) sites.push(site)
    }
    const answer = await ask('POST', path(t.s.lang, ['nodes']), sent({ node: id.value, site: code.value, model: model.value, serial: serial.value, note: note.value }))
    if (!answer.ok) return wrongWith(answer, t)
    done(parseAsset(answer.body)?.id ?? id.value)
    return []
  })
}

export function editNode(n: Asset, sites: Site[], t: Task): void {
  const w = t.s.words
  const code = new Field(w.code, { value: n.site, required: true, maxLength: 13, hint: w.codeHint, choices: sites.map((s) => [s.code, s.name]) })
  const model = new Field(w.model, { value: n.model, maxLength: 100 })
  const serial = new Field(w.serial, { value: n.serial, maxLength: 100 })
  const note = new Field(w.note, { value: n.note, maxLength: 2000 })
  formDialog(t, w.editNode(n.id), [code, model, serial, note], w.save, async () =>
    wrongWith(await ask('PATCH', path(t.s.lang, ['nodes', n.id], { version: n.version }), sent({ site: code.value, model: model.value, serial: serial.value, note: note.value })), t))
}

export function editSite(code: string, site: Site | null, t: Task): void {
  const w = t.s.words
  const place = siteFields(site, t)
  const river = new Field(w.riverName, { value: site?.river ?? '', maxLength: 100 })
  const order = new Field(w.riverOrder, { value: site?.riverOrder ? String(site.riverOrder) : '', inputMode: 'numeric' })
  const datum = new Field(w.datumText, { value: site?.datum ?? '', maxLength: 2000 })
  const photo = new Field(w.photo, { value: site?.photo ?? '', maxLength: 500 })
  const note = new Field(w.note, { value: site?.note ?? '', maxLength: 2000 })
  formDialog(t, w.editSite(site?.name || code), [...place.parts, river, order, datum, photo, note], w.save, async () => {
    const { body, wrong } = place.values()
    const along = order.value === '' ? 0 : numberOf(order.value)
    if (Number.isNaN(along)) wrong.push(w.notNumber(w.riverOrder))
    if (wrong.length > 0) return wrong
    const whole = { ...body, river: river.value, river_order: along, datum: datum.value, photo: photo.value, note: note.value }
    return wrongWith(await ask('PATCH', path(t.s.lang, ['sites', code], { version: site?.version ?? 'new' }), sent(whole)), t)
  })
}

/** m null: of a sensor that is not written down yet. */
export function editMounting(n: Asset, sensor: string, m: Mounting | null, t: Task): void {
  const w = t.s.words
  const name = new Field(w.sensor, { value: sensor, required: true, maxLength: 31, hint: w.sensorHint })
  const model = new Field(w.model, { value: m?.model ?? '', maxLength: 100 })
  const serial = new Field(w.serial, { value: m?.serial ?? '', maxLength: 100 })
  const height = new Field(w.height, { value: fieldNumber(m?.heightM ?? null, t.s.lang), inputMode: 'text' })
  const datum = new Field(w.datum, { value: fieldNumber(m?.datumM ?? null, t.s.lang), inputMode: 'text' })
  const way = new Field(w.orientation, { value: m?.orientation ?? '', maxLength: 2000, hint: w.orientationHint })
  const since = new Field(w.since, { type: 'datetime-local', value: fieldTime(m?.sinceMs ?? null) })
  const note = new Field(w.note, { value: m?.note ?? '', maxLength: 2000 })
  const fixed = sensor !== ''
  name.input.disabled = fixed
  formDialog(t, fixed ? w.mountingOf(sensor) : w.addMounting, [name, model, serial, height, datum, way, since, note], w.save, async () => {
    const metres = [height, datum].map((f) => (f.value === '' ? null : numberOf(f.value)))
    const wrong = metres.flatMap((v, i) => (Number.isNaN(v) ? [w.notNumber([w.height, w.datum][i]!)] : []))
    if (wrong.length > 0) return wrong
    const body = {
      model: model.value, serial: serial.value, height_m: metres[0], datum_m: metres[1],
      orientation: way.value, since: timeOf(since.value), note: note.value,
    }
    return wrongWith(await ask('PUT', path(t.s.lang, ['nodes', n.id, 'mountings', name.value], { version: n.version }), sent(body)), t)
  })
}

export function removeMounting(n: Asset, sensor: string, t: Task): void {
  sureDialog(t, t.s.words.mountingOf(sensor), t.s.words.removeMounting(sensor), () =>
    ask('DELETE', path(t.s.lang, ['nodes', n.id, 'mountings', sensor], { version: n.version })))
}

export function addWork(node: string, t: Task): void {
  const w = t.s.words
  const what = new Field(w.what, { required: true, maxLength: 2000 })
  const who = new Field(w.who, { maxLength: 100 })
  const when = new Field(w.when, { type: 'datetime-local', value: fieldTime(Date.now()) })
  formDialog(t, w.addMaintenance, [what, who, when], w.save, async () => {
    const time = timeOf(when.value)
    const body = { what: what.value, ...(who.value ? { who: who.value } : {}), ...(time ? { time } : {}) }
    return wrongWith(await ask('POST', path(t.s.lang, ['nodes', node, 'maintenance']), sent(body)), t)
  })
}

const hourMs = 3_600_000

export function planRepair(node: string, nowMs: number, t: Task): void {
  const w = t.s.words
  const from = new Field(w.from, { type: 'datetime-local', required: true, value: fieldTime(nowMs) })
  const to = new Field(w.to, { type: 'datetime-local', required: true, value: fieldTime(nowMs + 4 * hourMs) })
  const reason = new Field(w.reason, { required: true, maxLength: 500 })
  formDialog(t, w.plan, [el('p', 'intro', w.planNote), from, to, reason], w.save, async () =>
    wrongWith(await ask('POST', path(t.s.lang, ['events']), sent({
      kind: 'repair', scope: 'node', object: node, from: timeOf(from.value), to: timeOf(to.value), reason: reason.value,
    })), t))
}

export function callOff(id: number, t: Task): void {
  sureDialog(t, t.s.words.callOff, t.s.words.callOffSure, () => ask('DELETE', path(t.s.lang, ['events', String(id)])))
}

export function withdrawToken(id: string, t: Task): void {
  sureDialog(t, t.s.words.withdraw, t.s.words.withdrawSure, () => ask('DELETE', path(t.s.lang, ['enrolment', 'tokens', id])))
}

/** Asks for the node's name, so that nobody retires one by a slip. */
export function retire(node: string, t: Task): void {
  const w = t.s.words
  const reason = new Field(w.retireWhy, { required: true, maxLength: 500 })
  const typed = new Field(w.retireType(node), { required: true, maxLength: 31 })
  const form = formDialog(t, w.retireOf(node), [el('p', 'intro', w.retireNote), reason, typed], w.retire, async () =>
    wrongWith(await ask('POST', path(t.s.lang, ['nodes', node, 'retire']), sent({ reason: reason.value })), t), true)
  const look = () => form.allow(typed.value === node)
  typed.input.addEventListener('input', look)
  look()
}
