// Puts what the node said on the page.

import { words, englishUnits } from './words.js'

const started = Date.now()

export const state = { node: null, heard: null, lost: false, age: Infinity, lang: language() }

function language() {
  try {
    return localStorage.getItem('lang') === 'en' ? 'en' : 'id'
  } catch {
    return 'id'
  }
}

export const w = () => words[state.lang]
export const $ = (id) => document.getElementById(id)

/** An element with attributes and children; text is never taken for HTML. */
export function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value)
  e.append(...children.filter((c) => c !== null && c !== undefined && c !== ''))
  return e
}

/** The words that do not depend on the node. */
export function say() {
  document.documentElement.lang = state.lang
  for (const e of document.querySelectorAll('[data-t]')) e.textContent = w()[e.dataset.t]
  for (const e of document.querySelectorAll('[data-label]')) e.setAttribute('aria-label', w()[e.dataset.label])
  $('lang').textContent = w().other
  $('lang').title = w().otherTitle
  $('waiting').textContent = w().waiting
}

/** A number as people write it, with as many decimals as it has where none are
 * given. */
export function number(value, decimals) {
  return new Intl.NumberFormat(state.lang === 'en' ? 'en-GB' : 'id-ID', {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals ?? 3, signDisplay: 'negative',
  }).format(value).replace('-', '−')
}

/** An age in its two largest units. */
export function age(seconds) {
  const s = Math.max(0, Math.floor(seconds))
  const [sec, min, hour, day] = w().units
  if (s < 60) return `${s} ${sec}`
  if (s < 3600) return `${Math.floor(s / 60)} ${min} ${s % 60} ${sec}`
  if (s < 86400) return `${Math.floor(s / 3600)} ${hour} ${Math.floor(s / 60) % 60} ${min}`
  return `${Math.floor(s / 86400)} ${day} ${Math.floor(s / 3600) % 24} ${hour}`
}

/** A whole interval: "10 s", "5 min". */
function interval(seconds) {
  if (seconds < 60) return `${number(seconds, seconds % 1 ? 1 : 0)} ${w().units[0]}`
  return age(seconds).replace(` 0 ${w().units[0]}`, '')
}

function bytes(n) {
  const steps = ['byte', 'kB', 'MB', 'GB', 'TB']
  let i = 0
  while (n >= 1000 && i < steps.length - 1) {
    n /= 1000
    i++
  }
  return [number(n, i && n < 10 ? 1 : 0), steps[i]]
}

/** A value and its unit as people read them. */
function measured(v, value) {
  switch (v.unit) {
    case 'byte': return bytes(value)
    case '0/1': return [value ? w().yes : w().no, '']
    case 's': if (v.quantity === 'uptime') return [age(value), '']
  }
  const unit = state.lang === 'en' ? englishUnits[v.unit] ?? v.unit : v.unit
  return [number(value, v.decimals), unit]
}

/** Puts the node's answer on the page. */
export function show() {
  const n = state.node
  document.title = `${n.node} · Siaga`
  $('node').textContent = n.node
  $('site').textContent = n.site
  $('waiting').hidden = true
  $('simulated').hidden = !n.simulated
  $('simulated').textContent = w().simulated
  $('facts').replaceChildren(sensorsFact(n), linkFact(n), queueFact(n), clockFact(n), ...signalFacts(n))
  const cards = (n.sensors ?? []).map(sensorCard)
  $('sensors').replaceChildren(...cards.length ? cards : [el('p', { class: 'empty' }, w().noSensors)])
  $('about').textContent = w().about(n.version, age(n.uptime_s))
}

const marks = { ok: '●', attention: '▲', bad: '✕', none: '○' }

function fact(title, condition, main, ...notes) {
  return el('div', { class: 'fact', 'data-state': condition },
    el('h3', {}, title),
    el('strong', {}, el('span', { class: 'mark' }, marks[condition] + ' '), main),
    ...notes.filter(Boolean).map((note) => el('p', {}, note)))
}

/** Text with an age that goes on: text is a function of the age in words. */
function aging(seconds, text) {
  const e = el('span', { 'data-age': seconds })
  e.say = text
  return e
}

function sensorsFact(n) {
  const all = n.sensors ?? []
  const named = (...health) => all.filter((s) => health.includes(s.health)).map((s) => s.id).join(', ')
  const failing = named('failing')
  const notYet = named('starting', 'warming')
  const ok = all.filter((s) => s.health === 'ok').length
  const raw = n.calibration_error
  return fact(w().fact.sensors, failing || raw ? 'bad' : notYet ? 'attention' : 'ok', w().sensorsOK(ok, all.length),
    failing && w().failing(failing), notYet && w().notYet(notYet), ok === all.length && w().allOK, raw && w().uncorrected)
}

function linkFact(n) {
  const b = n.broker
  const centers = n.centers ?? []
  const refusing = centers.length && !centers.some((c) => c.accepting)
  const acked = n.refused ? aging(n.refused.ago_s, w().refusedAgo)
    : b.ack_ago_s === null || b.ack_ago_s === undefined ? w().neverAcked : aging(b.ack_ago_s, w().acked)
  if (!b.connected) return fact(w().fact.link, 'bad', w().disconnected, w().kept, acked, b.last_error && el('code', {}, b.last_error))
  return fact(w().fact.link, refusing || !centers.length ? 'attention' : 'ok', w().connected, acked,
    refusing && w().refusing(centers[0].reason), !centers.length && w().centerUnheard)
}

function queueFact(n) {
  const q = n.queue
  const refused = n.refused ? w().quarantined(number(n.refused.packs, 0), n.refused.reason) : ''
  const lost = q.given_up ? w().lostPacks(number(q.given_up, 0)) : ''
  const room = q.days_left === null || q.days_left === undefined ? w().room(bytes(q.room_bytes).join(' '))
    : q.days_left > 366 ? w().manyDays
      : q.days_left < 2 ? w().hours(number(Math.floor(q.days_left * 24), 0)) : w().days(number(Math.floor(q.days_left), 0))
  const tight = q.days_left !== null && q.days_left < 3
  if (!q.packs) return fact(w().fact.queue, tight || lost || refused ? 'attention' : 'ok', w().queueEmpty, refused || w().queueEmptyNote, room, lost)
  const known = q.oldest_age_s !== null && q.oldest_age_s !== undefined
  const late = known && q.oldest_age_s > 300
  return fact(w().fact.queue, tight ? 'bad' : late || lost || refused ? 'attention' : 'ok', w().packs(number(q.packs, 0)),
    refused, known ? aging(q.oldest_age_s, w().oldest) : w().oldestUnknown, room, lost)
}

function clockFact(n) {
  const words = w().clock[n.clock] ?? n.clock
  if (!n.time) return fact(w().fact.clock, 'attention', words, w().clockNone)
  const at = el('span', { 'data-clock': Date.parse(n.time) })
  const error = n.clock_error_s < 1 ? `${number(n.clock_error_s, 2)} ${w().units[0]}` : age(n.clock_error_s)
  return fact(w().fact.clock, n.clock === 'sync' ? 'ok' : 'attention', at, `${words}, ${w().clockError(error)}`)
}

// Received power in dBm at which a link is weak, fair, strong: of a mobile
// network (LTE's RSRP) and of Wi-Fi.
const mobileSteps = [-110, -100, -90]
const wifiSteps = [-80, -70, -60]

function signalFacts(n) {
  const all = (n.sensors ?? []).flatMap((s) => (s.values ?? []).filter((v) => v.quantity === 'signal').map((v) => [s, v]))
  if (!all.length) return [fact(w().fact.signal, 'none', w().noSignal, w().noSignalNote)]
  return all.map(([s, v]) => {
    const title = `${w().fact.signal} · ${s.id}`
    if (v.age_s > limit(s)) return fact(title, 'none', aging(v.age_s, (old) => `${w().stale} ${old}`))
    const level = (s.driver === 'wifi' ? wifiSteps : mobileSteps).filter((step) => v.raw >= step).length
    const bars = '▮'.repeat(level + 1) + '▯'.repeat(3 - level)
    return fact(title, ['bad', 'attention', 'ok', 'ok'][level], `${bars} ${w().signal[level]}`,
      el('span', {}, `${number(v.raw, v.decimals)} dBm · `, aging(v.age_s, w().ago)))
  })
}

function sensorCard(s) {
  const card = el('article', { class: 'card sensor', 'data-sensor': s.id, 'data-health': s.health },
    el('div', { class: 'sensor-head' }, el('h2', {}, s.id), el('span', { class: 'health' }, w().health[s.health] ?? s.health)),
    el('p', { class: 'sensor-model' }, `${s.model} · ${w().every(interval(s.interval_s))}`,
      s.health === 'ok' ? '' : el('span', {}, ' · ', aging(s.since_s, w().since))))
  const advice = s.advice?.[state.lang]
  if (advice) {
    card.append(el('div', { class: 'advice' }, el('p', {}, el('strong', {}, advice.what)), el('p', {}, advice.remedy),
      s.error ? el('code', {}, s.error) : null))
  }
  for (const v of s.values ?? []) card.append(valueRow(s, v))
  if (!s.values?.length) card.append(el('p', { class: 'empty' }, w().noValue))
  return card
}

/** From which age on, in seconds, a sensor's value is stale. */
const limit = (s) => 3 * s.interval_s + 5

function valueRow(s, v) {
  const corrected = v.corrected !== null && v.corrected !== undefined
  const [main, unit] = measured(v, corrected ? v.corrected : v.raw)
  const [raw, rawUnit] = measured(v, v.raw)
  return el('div', { class: corrected ? 'value twin' : 'value', 'data-quantity': v.quantity, 'data-limit': limit(s) },
    el('span', { class: 'value-title' }, state.lang === 'en' ? v.title_en : v.title_id),
    el('span', { class: 'value-quality', 'data-quality': v.quality }, w().quality[v.quality] ?? v.quality),
    el('span', { class: 'value-main' }, el('b', {}, main), ' ', el('small', {}, unit)),
    corrected ? el('span', { class: 'value-raw' }, el('b', {}, raw), ' ', el('small', {}, rawUnit)) : null,
    el('span', { class: 'value-note' }, corrected ? w().corrected(v.calibration) : w().raw, ' · ', aging(v.age_s, w().ago)),
    corrected ? el('span', { class: 'value-note value-raw' }, w().raw) : null)
}

const clock = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Asia/Jakarta', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
})

/** Lets everything grow older, and shows whether the node still answers. */
export function tick() {
  const heard = state.heard !== null
  const lost = state.lost && (heard || Date.now() - started > 6000)
  document.body.classList.toggle('lost-node', lost)
  $('lost').hidden = !lost
  $('lost-title').textContent = w().lost
  $('lost-since').textContent = heard ? w().lostSince(age(state.age)) : w().neverHeard
  $('answers').textContent = heard && !lost ? w().answering : ''
  if (!heard) return
  for (const e of document.querySelectorAll('[data-age]')) {
    const s = Number(e.dataset.age) + state.age
    const row = e.closest('.value')
    const old = row !== null && (lost || s > Number(row.dataset.limit))
    row?.classList.toggle('old', old)
    e.textContent = old ? `${w().stale} ${age(s)}` : e.say(age(s))
  }
  for (const e of document.querySelectorAll('[data-clock]')) {
    e.textContent = `${clock.format(Number(e.dataset.clock) + (lost ? 0 : state.age * 1000))} WIB`
  }
}

/** Whether a value of the last answer may be used as it is now. */
export function current(s, v) {
  return !state.lost && v.age_s + state.age <= limit(s) && !['bad', 'missing', 'suspect'].includes(v.quality)
}
