// Nodes that are in the inventory and have never said a word, on the wall and on the
// page of nodes; and a water sensor whose level nobody has measured.

import assert from 'node:assert/strict'
import { join } from 'node:path'

export async function unheard({ wall, center, url, shots, open, until, texts, cardsAll }) {
  for (const node of ['soso-01', 'karangrejo-01', 'wonodadi-01']) center.faults.unheard.add(node)
  center.faults.unmeasured.add('jegu-01')
  await wall.reload() // it has readings of all of them
  await until(wall, 'it is shown', () => document.querySelectorAll('.village-marker [data-state="unheard"]').length === 3)
  const card = wall.locator('.card[data-node="karangrejo-01"]')
  assert.equal(await card.getAttribute('data-state'), 'unheard')
  assert.equal(await card.locator('.card-state').textContent(), 'BELUM TERDENGAR')
  assert.deepEqual(await card.locator('.tile-value').allTextContents(), ['–', '–', '–'])
  assert.match((await texts(wall, '.issue:not([hidden])')).join('\n'), /Karangrejo *belum pernah terdengar/)
  assert.match(await wall.locator('.metric[data-metric="nodes"]').textContent(), /9\/9.*3 belum terdengar/)
  assert.equal(await wall.locator('.attention-well').isVisible(), false)
  assert.equal(await wall.locator('.card[data-state="offline"]').count(), 0)
  assert.equal(await wall.locator('.card[data-node="jegu-01"] .tile[data-quantity="level"] .tile-value').textContent(), 'tinggi belum diukur')
  for (const [width, height] of [[1920, 1080], [3840, 2160], [390, 844]]) {
    const page = await open(width, height)
    await page.waitForTimeout(2_000)
    await page.screenshot({ path: join(shots, `unheard-${width}.png`), fullPage: width < 960 })
    const cut = await page.evaluate(() => [...document.querySelectorAll('.strip, .card:not([hidden]), .card-head, .metric-line, .map-legend')]
      .filter((e) => e.offsetParent !== null && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1 && e.className !== 'metric-line')).map((e) => e.className))
    assert.deepEqual(cut, [])
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'scrolls sideways')
    await page.goto(url + 'nodes')
    await page.locator('.node-row[data-standing="unheard"]').first().waitFor()
    await page.screenshot({ path: join(shots, `nodes-unheard-${width}.png`), fullPage: width < 960 })
    assert.equal(await page.locator('.node-row[data-node="soso-01"] .node-state').textContent(), 'Belum terdengar')
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'scrolls sideways')
    await page.close()
  }
  center.faults.unheard.clear()
  center.faults.unmeasured.clear()
  await until(wall, 'all is well again', cardsAll, 'ok')
}
