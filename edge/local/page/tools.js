// What a technician changes, after the PIN.

import { ask } from './ask.js'
import { $, el, number, state, w, current } from './show.js'

let access = 'view'

/** The answer's body, or the words for what went wrong. */
async function request(path, method, body, limit = 10_000) {
  const { said, refused, wait } = await ask(path, method, body, limit)
  if (said) return { said }
  if (!refused) return { error: w().noAnswer }
  if (refused.code === 'pin_needed') setAccess('locked')
  if (refused.code === 'pin_wrong') return { error: w().pinWrong(wait) }
  const words = w().error[refused.code] ?? refused.code
  return { error: ['refused', 'failed'].includes(refused.code) ? `${words}: ${refused.message}` : words }
}

function setAccess(a) {
  access = a
  $('tools').hidden = false
  $('view-only').hidden = a !== 'view'
  $('pin-form').hidden = a !== 'locked'
  $('scan-form').hidden = $('lock').hidden = a !== 'open'
  tools.update()
}

/** Runs a form's request with its button off, and says what became of it. */
async function submit(form, busy, asked, done) {
  const result = form.querySelector('.result')
  const button = form.querySelector('button')
  button.disabled = true
  result.removeAttribute('data-state')
  result.textContent = busy
  const { said, error } = await asked()
  button.disabled = false
  result.dataset.state = error ? 'bad' : 'ok'
  result.textContent = error ?? done(said)
}

/** The number that somebody wrote, with a comma or a point; NaN for none. */
function written(text) {
  return /^\s*-?\d{1,4}([.,]\d{1,4})?\s*$/.test(text) ? Number(text.replace(',', '.')) : NaN
}

const distances = () => (state.node?.sensors ?? []).flatMap((s) =>
  (s.values ?? []).filter((v) => v.quantity === 'distance').map((v) => ({ s, v })))

/** The height above gauge zero that the form says, or why there is none. */
function height() {
  const d = distances().find(({ s }) => s.id === $('tape-sensor').value)
  const m = written($('tape-value').value)
  if (!d) return { error: w().tapeOld }
  if ($('tape-how').value === 'height') return Number.isNaN(m) ? { error: w().noNumber } : { m }
  if (!current(d.s, d.v)) return { error: w().tapeOld, note: w().tapeOld }
  const now = w().tapeDistance(number(d.v.raw, 0))
  if (Number.isNaN(m)) return { note: now, error: w().noNumber }
  return { m: Math.round(1000 * m + d.v.raw) / 1000, note: now }
}

/** What a scan found at one place. */
function found(f) {
  const advice = f.advice?.[state.lang]
  const known = f.model ? (f.sure ? w().sure : w().likely) : ''
  const values = f.values.map((v) => `${state.lang === 'en' ? v.title_en : v.title_id} ${number(v.value)} ${v.unit}${v.suspect ? ' ▲' : ''}`)
  return el('div', { class: 'found' },
    el('strong', {}, f.model || advice?.what || '?'),
    el('p', {}, [known, f.at, f.detail, f.sensor].filter(Boolean).join(' · ')),
    f.also?.length ? el('p', {}, w().also(f.also.join(', '))) : null,
    values.length ? el('p', { class: 'found-values' }, values.join(' · ')) : null,
    advice && f.model ? el('p', {}, advice.what) : null,
    advice ? el('p', { class: 'found-remedy' }, '→ ', advice.remedy) : null)
}

export const tools = {
  async start() {
    $('pin-form').addEventListener('submit', (e) => {
      e.preventDefault()
      submit(e.target, '', () => request('/api/v1/session', 'POST', { pin: $('pin').value }), (said) => {
        setAccess(said.access)
        return ''
      })
      $('pin').value = ''
    })
    $('lock').addEventListener('click', async () => {
      await request('/api/v1/session', 'DELETE')
      setAccess('locked')
    })
    $('scan-form').addEventListener('submit', (e) => {
      e.preventDefault()
      $('found').replaceChildren()
      submit(e.target, w().scanning, () => request('/api/v1/scan', 'POST', {}, 150_000), (said) => {
        $('found').replaceChildren(...said.map(found))
        return said.length ? '' : w().nothingFound
      })
    })
    $('tape-form').addEventListener('submit', (e) => {
      e.preventDefault()
      const { m, error } = height()
      submit(e.target, w().saving, async () => error ? { error } : request('/api/v1/calibrations', 'POST', {
        sensor: $('tape-sensor').value, quantity: 'distance', kind: 'datum', datum_m: m,
        author: $('tape-author').value.trim(), reason: $('tape-reason').value.trim(),
      }), (said) => w().saved(said.version))
    })
    for (const id of ['tape-sensor', 'tape-how', 'tape-value']) $(id).addEventListener('input', () => tools.update())
    for (;;) {
      const { said } = await request('/api/v1/session', 'GET')
      if (said) return setAccess(said.access)
      await new Promise((resolve) => setTimeout(resolve, 2000))
    }
  },

  /** Follows the node's answers. */
  update() {
    const all = distances()
    $('tape-form').hidden = access !== 'open' || !all.length
    const select = $('tape-sensor')
    const ids = all.map(({ s }) => s.id)
    if ([...select.options].map((o) => o.value).join() !== ids.join()) {
      select.replaceChildren(...ids.map((id) => el('option', { value: id }, id)))
    }
    $('tape-asks').textContent = w().tapeAsks[$('tape-how').value]
    const { m, note } = height()
    $('tape-sum').textContent = [note, m === undefined ? '' : w().tapeSum(number(m, 3))].filter(Boolean).join(' ')
  },
}
