// The node's page in a real browser, at a phone's width and at a desk's. Run it
// with `go test -tags browser -run TestPageInBrowser ./edge/local`: that serves
// a village. Screenshots go to a temporary folder, named at the end.

import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launch } from '../../dashboards/wall/test/chromium.mjs'

const url = process.argv[2]
const shots = await mkdtemp(join(tmpdir(), 'siaga-page-'))
const browser = await launch()
const outside = []
const violations = []

async function open(width, height) {
  const page = await browser.newPage({ viewport: { width, height } })
  page.on('request', (r) => new URL(r.url()).origin === new URL(url).origin || outside.push(r.url()))
  page.on('pageerror', (e) => violations.push(String(e)))
  page.on('console', (m) => m.type() === 'error' && /Content Security Policy|Uncaught/.test(m.text()) && violations.push(m.text()))
  await page.goto(url)
  await page.locator('.sensor').first().waitFor()
  return page
}

const shoot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
const until = (page, what, check, argument) =>
  page.waitForFunction(check, argument, { timeout: 30_000 }).catch(() => assert.fail(`never happened: ${what}`))

async function step(name, run) {
  await run()
  console.log(`ok  ${name}`)
}

try {
  const page = await open(390, 844)

  await step('values stand raw beside corrected, with quality and age', async () => {
    const pm = page.locator('[data-sensor="pm-1"] [data-quantity="pm2_5"]')
    assert.match(await pm.locator('.value-main').textContent(), /^42,1 µg\/m³/)
    assert.match(await pm.locator('.value-raw').first().textContent(), /^58,0 µg\/m³/)
    assert.match(await pm.locator('[data-age]').textContent(), /^\d+ dtk lalu$/)
    assert.match(await page.locator('[data-quantity="level"] .value-quality').textContent(), /▲ meragukan/)
  })

  await step('a failing sensor says what is wrong and what to do; its values are stale', async () => {
    const card = page.locator('[data-sensor="bme-1"]')
    assert.equal(await card.locator('.advice p').count(), 2)
    assert.match(await card.locator('.value.old [data-age]').first().textContent(), /^BASI 12 mnt/)
  })

  await step('simulation is marked', async () => {
    assert.match(await page.locator('#simulated').textContent(), /^SIMULASI/)
  })

  await step('what the center put into quarantine does not pass for received', async () => {
    const queue = page.locator('#facts .fact').nth(2)
    await page.route('**/api/v1/node', async (r) => {
      const answer = await r.fetch()
      const node = await answer.json()
      node.queue = { ...node.queue, packs: 0, ranges: [], oldest_age_s: null }
      await r.fulfill({ response: answer, json: node })
    })
    await until(page, 'the queue is empty', () => /Kosong/.test(document.getElementById('facts').textContent))
    assert.equal(await queue.getAttribute('data-state'), 'attention')
    assert.match(await queue.textContent(), /pusat menolak 2 paket terakhir ke karantina: holds real readings\. Di pusat: siaga quarantine list/)
    assert.doesNotMatch(await page.locator('#facts').textContent(), /diterima pusat|pusat menerima/)
    await page.unroute('**/api/v1/node')
    await until(page, 'packs wait again', () => /541 paket.*pusat menolak 2 paket/.test(document.getElementById('facts').textContent))
  })

  await step('the PIN opens the tools; a datum is measured against the staff gauge', async () => {
    assert.equal(await page.locator('#scan-form').isVisible(), false)
    await shoot(page, 'phone')
    await page.locator('#pin').fill('000000')
    await page.locator('#pin-form button').click()
    await until(page, 'the wrong PIN is told', () => /PIN salah/.test(document.querySelector('#pin-form .result').textContent))
    await page.waitForTimeout(1100)
    await page.locator('#pin').fill('246813')
    await page.locator('#pin-form button').click()
    await page.locator('#tape-form').waitFor()
    await page.locator('#tape-value').fill('1,25')
    await until(page, 'the height is reckoned', () => /3,203 m/.test(document.getElementById('tape-sum').textContent))
    await page.locator('#tape-author').fill('Sari')
    await page.locator('#tape-reason').fill('pemasangan')
    await page.locator('#tape-form button').click()
    await until(page, 'it is saved', () => /versi 1/.test(document.querySelector('#tape-form .result').textContent))
    await page.locator('#scan-form button').click()
    await until(page, 'what was found is shown', () => document.querySelectorAll('.found').length > 0)
    await shoot(page, 'phone-tools')
  })

  await step('the language switches, and stays over a reload', async () => {
    await page.locator('#lang').click()
    await until(page, 'the page speaks English', () => document.documentElement.lang === 'en' && /good$/.test(document.querySelector('.value-quality[data-quality="good"]').textContent))
    await page.reload()
    await until(page, 'it still does', () => document.documentElement.lang === 'en' && document.querySelector('.sensor'))
    await shoot(page, 'phone-english')
    await page.locator('#lang').click()
  })

  await step('without answers nothing passes for current, and ages go on', async () => {
    await page.route('**/api/v1/node', (r) => r.abort())
    await until(page, 'the loss is shown', () => !document.getElementById('lost').hidden)
    assert.equal(await page.locator('.value:not(.old)').count(), 0)
    assert.doesNotMatch(await page.locator('#tape-sum').textContent(), /sekarang/)
    const age = () => page.locator('[data-sensor="pm-1"] .value [data-age]').first().textContent()
    const before = await age()
    assert.match(before, /^BASI \d+ dtk$/)
    await until(page, 'the age grew', (b) => document.querySelector('[data-sensor="pm-1"] .value [data-age]').textContent !== b, before)
    await shoot(page, 'phone-lost')
    await page.unroute('**/api/v1/node')
    await until(page, 'it is back', () => document.getElementById('lost').hidden && !document.querySelector('[data-sensor="pm-1"] .value.old'))
  })

  for (const [width, height] of [[320, 640], [390, 844], [1920, 1080]]) {
    await step(`fits into ${width} × ${height}`, async () => {
      const p = await open(width, height)
      assert.equal(await p.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'scrolls sideways')
      const small = await p.evaluate(() => [...document.querySelectorAll('button, input, select')]
        .filter((e) => e.offsetParent && e.offsetHeight < 40).map((e) => e.id))
      assert.deepEqual(small, [], 'too small for a finger')
      await shoot(p, `page-${width}`)
      await p.close()
    })
  }

  await step('nothing was asked of another host, nothing broke the content security policy', () => {
    assert.deepEqual(outside, [])
    assert.deepEqual(violations, [])
  })
} finally {
  await browser.close()
  console.log(`screenshots in ${shots}`)
}
