// The built wall in a real browser, against the mock center, or against a
// running one: SIAGA_WALL_URL=http://127.0.0.1:8088/ npm run test:browser
// (then without what needs faults). CHROMIUM names another browser than
// Debian's. Screenshots go to a temporary folder, named at the end.

import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from './chromium.mjs'
import { mockCenter } from './mock-center.mjs'
import { unheard } from './unheard.mjs'

const real = process.env.SIAGA_WALL_URL
const shots = await mkdtemp(join(tmpdir(), 'siaga-wall-'))
let center = real ? null : await mockCenter()
const url = real ?? center.url
const browser = await launch()

const outside = []
const violations = []
async function open(width, height, search = '') {
  const page = await browser.newPage({ viewport: { width, height } })
  page.on('request', (r) => new URL(r.url()).origin === new URL(url).origin || outside.push(r.url()))
  page.on('pageerror', (e) => violations.push(String(e)))
  page.on('console', (m) => /Content Security Policy/i.test(m.text()) && violations.push(m.text()))
  await page.goto(url + search)
  await page.locator('.tile[data-state="fresh"]').first().waitFor()
  return page
}

const texts = (page, selector) => page.locator(selector).allTextContents()
const count = (page, selector) => page.locator(selector).count()
const until = (page, what, check, argument) =>
  page.waitForFunction(check, argument, { timeout: 30_000 }).catch(() => assert.fail(`never happened: ${what}`))
const cardsAll = (state) => [...document.querySelectorAll('.card')].every((c) => c.dataset.state === state)

async function step(name, run) {
  await run()
  console.log(`ok  ${name}`)
}

const wall = await open(1920, 1080)
try {
  await step('every village has a card and a marker, all on one screen', async () => {
    const cards = await count(wall, '.card:not([hidden])')
    if (!real) assert.equal(cards, 12)
    assert.ok(cards > 0)
    assert.equal(await count(wall, '.village-marker'), await count(wall, '.card'))
    const cut = await wall.evaluate(() => [...document.querySelectorAll('.strip, .card:not([hidden]), .attention')]
      .filter((e) => {
        const r = e.getBoundingClientRect()
        return r.right > innerWidth || r.bottom > innerHeight || e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1
      }).map((e) => e.className + ' ' + (e.dataset.node ?? '')))
    assert.deepEqual(cut, [])
  })

  await step('values change as readings arrive, and have a line', async () => {
    const before = await texts(wall, '.tile-value')
    await until(wall, 'a value changed', (b) => [...document.querySelectorAll('.tile-value')].some((e, i) => e.textContent !== b[i]), before)
    await until(wall, 'sparklines are drawn', () => document.querySelectorAll('.spark canvas').length >= document.querySelectorAll('.tile[data-state="fresh"]').length)
  })

  await step('the clock runs', async () => {
    const [before] = await texts(wall, '.clock-time')
    assert.match(before, /^\d\d:\d\d:\d\d$/)
    await until(wall, 'the clock moved', (b) => document.querySelector('.clock-time').textContent !== b, before)
  })

  await step('updates do not pile up elements', async () => {
    const before = await count(wall, '*')
    await wall.waitForTimeout(5_000)
    assert.ok((await count(wall, '*')) <= before + 20)
  })

  if (center) await details()
  if (center) await faults()

  await step('the language switches, and stays over a reload', async () => {
    await wall.locator('.language').click()
    await until(wall, 'the page speaks English', () => document.documentElement.lang === 'en' && document.querySelector('.attention-title').textContent.startsWith('Needs attention'))
    await wall.reload()
    await until(wall, 'it still does', () => document.documentElement.lang === 'en')
  })

  for (const [width, height] of [[1920, 1080], [3840, 2160], [390, 844]]) {
    await step(`looks at ${width} × ${height}`, async () => {
      const page = await open(width, height)
      await page.waitForTimeout(3_000)
      await page.screenshot({ path: join(shots, `wall-${width}.png`), fullPage: width < 960 })
      const wider = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
      assert.equal(wider, false, 'scrolls sideways')
      await page.locator('.card .card-name').nth(center ? 3 : 0).click()
      await page.locator('.detail .row').first().waitFor()
      await page.screenshot({ path: join(shots, `village-${width}.png`) })
      const cut = await page.evaluate(() => {
        const list = document.querySelector('.detail-scroll')
        const right = list.getBoundingClientRect().right
        const beyond = [...list.querySelectorAll('.line > *, .sensor-head > *, .domain-name')].filter((e) => e.getBoundingClientRect().right > right + 1)
        return { page: document.documentElement.scrollWidth > innerWidth, list: list.scrollWidth > list.clientWidth, beyond: beyond.map((e) => e.textContent) }
      })
      assert.deepEqual(cut, { page: false, list: false, beyond: [] })
      const close = await page.locator('.detail-close').boundingBox()
      assert.ok(close.x >= 0 && close.x + close.width <= width && close.y + close.height <= height, 'what closes it is on the screen')
      if (center && width < 960) assert.ok(await page.locator('.detail-scroll').evaluate((e) => e.scrollHeight > e.clientHeight), 'scrolls inside')
      await page.close()
    })
  }

  await step('nothing was asked of another host, nothing broke the content security policy', () => {
    assert.deepEqual(outside, [])
    assert.deepEqual(violations, [])
  })
} finally {
  await browser.close()
  await center?.close()
  console.log(`screenshots in ${shots}`)
}

async function details() {
  const line = (sensor, quantity, raw = false) => wall.locator(`.sensor[data-sensor="${sensor}"] .row[data-quantity="${quantity}"] .line${raw ? '-raw' : ':not(.line-raw)'}`)
  const state = (l) => l.getAttribute('data-state')

  await step('nothing is open, and a corrected value says so on its card', async () => {
    assert.equal(await wall.locator('.detail').isVisible(), false)
    const marked = await wall.locator('.tile:has(.tile-corrected:not([hidden]))').evaluateAll((all) => all.map((e) => `${e.closest('.card').dataset.node} ${e.dataset.quantity} ${e.querySelector('.tile-corrected').textContent}`))
    assert.deepEqual(marked, ['jegu-01 pm2_5 terkoreksi', 'jegu-01 level terkoreksi'])
  })

  await step('an opened village lists every sensor and quantity, in order', async () => {
    await wall.locator('.card[data-node="jegu-01"]').click()
    await wall.locator('.detail .row').first().waitFor()
    assert.equal(await wall.locator('.cards-area').isVisible(), false)
    assert.deepEqual(await texts(wall, '.domain-name'), ['Udara', 'Air', 'Lalu lintas', 'Cuaca', 'Daya', 'Node'])
    const { nodes } = await (await fetch(url + 'api/v1/nodes')).json()
    const { sensors } = nodes.find((n) => n.id === 'jegu-01')
    const listed = await wall.locator('.sensor').evaluateAll((all) => all.map((e) => e.dataset.sensor))
    assert.deepEqual([...new Set(listed)].sort(), sensors.map((s) => s.id).sort())
    assert.equal(await count(wall, '.detail .row'), sensors.flatMap((s) => s.quantities).filter((q) => !q.endsWith('_cor')).length)
    assert.ok((await texts(wall, '.sensor-health')).every((t) => t === 'sehat'))
    assert.ok(await wall.locator('.detail .mark-simulated').isVisible())
    assert.match(await line('co2-1', 'co2').textContent(), /^Karbon dioksida[\d.,]+ppmbelum dinilai\d+ dtk$/)
  })

  await step('a corrected value stands there with the raw one', async () => {
    assert.match(await line('pm-1', 'pm2_5').textContent(), /^PM2\.5terkoreksi[\d.,]+µg/)
    assert.match(await line('pm-1', 'pm2_5', true).textContent(), /^mentah[\d.,]+µg/)
    assert.equal(await line('pm-2', 'pm2_5', true).isVisible(), false)
  })

  await step('what is missing, suspect, failing or old is shown as such there too', async () => {
    center.faults.missing.set('jegu-01', 'co')
    center.faults.suspect.set('jegu-01', 'o3')
    center.faults.failing.set('jegu-01', 'gas-so2')
    await until(wall, 'no data is said', () => document.querySelector('.row[data-quantity="co"] .line-value').textContent === 'tidak ada data')
    await until(wall, 'suspect is said', () => document.querySelector('.row[data-quantity="o3"] .line-word').textContent === 'meragukan')
    await until(wall, 'failing is said', () => document.querySelector('.sensor[data-sensor="gas-so2"] .sensor-health').textContent === 'gagal')
    assert.equal(await wall.locator('.sensor[data-sensor="gas-so2"] .sensor-error').textContent(), 'no answer')
    center.faults.data = false
    await until(wall, 'everything is stale', () => [...document.querySelectorAll('.detail .line:not([hidden])')].every((l) => ['stale', 'missing'].includes(l.dataset.state)))
    assert.equal(await state(line('pm-1', 'pm1')), 'stale')
    assert.match(await line('pm-1', 'pm1').textContent(), /BASI/)
    assert.equal(await line('pm-1', 'pm1').locator('.line-value').evaluate((e) => getComputedStyle(e).textDecorationLine), 'line-through')
    await wall.screenshot({ path: join(shots, 'village-stale.png') })
    center.faults.data = true
    for (const f of ['missing', 'suspect', 'failing']) center.faults[f].clear()
    await until(wall, 'all is well again', () => [...document.querySelectorAll('.detail .line:not([hidden])')].every((l) => l.dataset.state === 'fresh'))
  })

  await step('close, Esc and back close it, a reload does not open it, and a keyboard opens it', async () => {
    const closed = () => until(wall, 'it is closed', () => document.querySelector('.detail').hidden && !document.querySelector('.cards-area').hidden)
    const opened = () => until(wall, 'it is open', () => !document.querySelector('.detail').hidden)
    await wall.locator('.detail-close').click()
    await closed()
    await wall.waitForFunction(() => document.activeElement.closest('.card')?.dataset.node === 'jegu-01')
    await wall.keyboard.press('Enter')
    await opened()
    await wall.keyboard.press('Escape')
    await closed()
    await wall.locator('.card[data-node="bacem-01"]').click()
    await opened()
    await wall.goBack()
    await closed()
    await wall.locator('.card[data-node="bacem-01"]').click()
    await opened()
    await wall.reload()
    await wall.locator('.tile[data-state="fresh"]').first().waitFor()
    await closed()
  })
}

async function faults() {
  await step('simulated values are marked, on the strip and on every card', async () => {
    assert.ok(await wall.locator('.brand-simulated').isVisible())
    assert.equal(await count(wall, '.mark-simulated:visible'), 12)
  })

  await step('what was painted is reported', async () => {
    const [first] = center.walls
    assert.match(first.wall, /^wall-/)
    assert.ok(Math.abs(Date.parse(first.newest) - Date.now()) < 120_000)
  })

  await step('a missing value says so, and is never 0', async () => {
    center.faults.missing.set('jegu-01', 'level')
    await until(wall, 'no data is said', () => document.querySelector('[data-node="jegu-01"] .tile[data-quantity="level"] .tile-value').textContent === 'tidak ada data')
    center.faults.missing.clear()
  })

  await step('an offline village and a failing sensor show on card, map and list', async () => {
    center.faults.offline.set('wlingi-01', Date.now() - 60_000)
    center.faults.failing.set('bacem-01', 'air-1')
    const state = (node) => wall.locator(`.card[data-node="${node}"]`).getAttribute('data-state')
    await until(wall, 'offline is shown', () => document.querySelector('.village-marker [data-node="wlingi-01"]').dataset.state === 'offline')
    assert.equal(await state('wlingi-01'), 'offline')
    assert.equal(await state('bacem-01'), 'attention')
    const list = (await texts(wall, '.issue:not([hidden])')).join('\n')
    assert.match(list, /Wlingi.*PUTUS/)
    assert.match(list, /Bacem.*sensor gagal, air-1: no answer/)
    await wall.screenshot({ path: join(shots, 'wall-faults.png') })
    center.faults.offline.clear()
    center.faults.failing.clear()
    await until(wall, 'all is well again', cardsAll, 'ok')
  })

  await step('a silence that was announced is none, and says until when', async () => {
    center.faults.repair.set('wlingi-01', { until: new Date(Date.now() + 3_600_000).toISOString(), reason: 'tiang diganti' })
    center.faults.offline.set('wlingi-01', Date.now() - 60_000)
    await until(wall, 'the repair is shown', () => document.querySelector('.village-marker [data-node="wlingi-01"]').dataset.state === 'repair')
    assert.match(await wall.locator('.card[data-node="wlingi-01"] .card-state').textContent(), /^PERBAIKAN\nsampai (\d+ \S+ )?\d\d:\d\d$/)
    assert.match((await texts(wall, '.issue:not([hidden])')).join('\n'), /Wlingi *Perbaikan sampai .*: tiang diganti/)
    assert.match(await wall.locator('.metric[data-metric="nodes"]').textContent(), /11\/12.*1 diperbaiki/)
    const cut = await wall.locator('.card[data-node="wlingi-01"] .card-head').evaluate((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
    assert.equal(cut, false)
    await wall.screenshot({ path: join(shots, 'wall-repair.png') })
    center.faults.repair.clear()
    center.faults.offline.clear()
    await until(wall, 'all is well again', cardsAll, 'ok')
  })

  await step('a node that was never heard is neither well nor lost, and is counted', () => unheard({ wall, center, url, shots, open, until, texts, cardsAll }))

  await step('a retired node leaves the wall', async () => {
    center.faults.retired.set('soso-01', new Date().toISOString())
    await until(wall, 'it is gone', () => document.querySelectorAll('.card').length === 11 && document.querySelectorAll('.village-marker').length === 11)
    center.faults.retired.clear()
    await until(wall, 'it is back', () => document.querySelectorAll('.card').length === 12)
    await until(wall, 'all is well again', cardsAll, 'ok')
  })

  await step('who is signed in is marked; when nobody is any more, the page asks for it', async () => {
    assert.equal(await wall.locator('.person-name').textContent(), 'budi')
    center.faults.locked = true
    center.drop()
    await until(wall, 'it asks to sign in', () => document.querySelector('.lost-title').textContent === 'MASUK DULU' && document.body.classList.contains('lost'))
    assert.ok(await wall.locator('.lost-link').isVisible())
    center.faults.locked = false
    await until(wall, 'all is well again', () => !document.body.classList.contains('lost') && [...document.querySelectorAll('.card')].every((c) => c.dataset.state === 'ok'))
  })

  await step('when data stop, ages grow and every card turns stale; then all is well again', async () => {
    center.faults.data = false
    await until(wall, 'every card is stale', cardsAll, 'stale')
    assert.ok((await texts(wall, '.card-state')).every((t) => t === 'BASI'))
    const age = () => wall.locator('.tile-age').first().textContent()
    const before = await age()
    assert.match(before, /^BASI \d+ dtk$/)
    await until(wall, 'the age grew', (b) => parseInt(document.querySelector('.tile-age').textContent.slice(5), 10) > b, parseInt(before.slice(5), 10))
    const line = await wall.locator('.tile[data-state="stale"] .tile-value').first().evaluate((e) => getComputedStyle(e).textDecorationLine)
    assert.equal(line, 'line-through')
    assert.equal(await wall.locator('.lost-banner').isVisible(), false)
    await wall.screenshot({ path: join(shots, 'wall-stale.png') })
    center.faults.data = true
    await until(wall, 'all is well again', cardsAll, 'ok')
  })

  await step('a cut stream comes back by itself', async () => {
    const lost = until(wall, 'the loss is shown', () => document.body.classList.contains('lost')) // it is short
    center.drop()
    await lost
    await until(wall, 'it is back', () => !document.body.classList.contains('lost'))
  })

  await step('without a center the whole page says so and ages on; with a new one it recovers', async () => {
    const { port } = center
    await center.close()
    await until(wall, 'the loss is shown', () => document.body.classList.contains('lost') && !document.querySelector('.lost-banner').hidden)
    await until(wall, 'every card is stale', cardsAll, 'stale')
    await until(wall, 'ages grow', () => [...document.querySelectorAll('.tile-age')].every((e) => parseInt(e.textContent.replace('BASI ', ''), 10) > 12))
    assert.ok((await texts(wall, '.metric-note')).every((t) => t === 'BASI'))
    await wall.screenshot({ path: join(shots, 'wall-lost.png') })
    center = await mockCenter(port)
    await until(wall, 'all is well again', () => !document.body.classList.contains('lost') && [...document.querySelectorAll('.card')].every((c) => c.dataset.state === 'ok'))
  })
}
