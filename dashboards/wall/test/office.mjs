// The pages to sign in and of nodes in a real browser, against bin/siaga as a real
// center that shows nothing to strangers. Needs `make build` and Debian's chromium;
// SIAGA_BIN names another program.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { launch } from './chromium.mjs'
import { officeCenter } from './office-center.mjs'

const { url, secure, dir, link, end } = await officeCenter()

/** What somebody could have entered for a village's name. */
const hostile = '<img src=x onerror="window.broken=1">'
const password = 'empat kata yang biasa'

const outside = []
const broken = []
const browser = await launch()
const context = await browser.newContext({ viewport: { width: 1920, height: 1080 } })
// A browser without a screen prints nothing, and says at once that it has.
await context.addInitScript(() => { window.print = () => { window.printed = (window.printed ?? 0) + 1 } })
context.on('request', (r) => r.url().startsWith(url) || outside.push(r.url()))

async function open(path, width = 1920, height = 1080) {
  const page = await context.newPage()
  await page.setViewportSize({ width, height })
  page.on('pageerror', (e) => broken.push(String(e)))
  page.on('console', (m) => /Content Security Policy/i.test(m.text()) && broken.push(m.text()))
  await page.goto(url + path)
  return page
}
const until = (page, what, check, argument) =>
  page.waitForFunction(check, argument, { timeout: 60_000 }).catch(() => assert.fail(`never happened: ${what}`))
const says = (page, what) => until(page, what, (w) => [...document.querySelectorAll('[role="alert"]')].some((e) => e.checkVisibility() && e.textContent.includes(w)), what)
const shot = (page, name) => page.screenshot({ path: join(dir, `${name}.png`) })
const fill = (page, label, text) => page.locator('dialog[open], main').last().getByLabel(label, { exact: true }).fill(text)
const press = (page, name) => page.getByRole('button', { name, exact: true }).click()
const submit = (page) => page.locator('dialog[open] form button[type="submit"]').click()
const closed = (page) => until(page, 'the dialog closed', () => document.querySelector('dialog[open]') === null)
/** Asks the API as the page does. */
const api = (page, method, path, body) => page.evaluate(async ([method, path, body]) => {
  const r = await fetch(path, { method, headers: { 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) })
  return { status: r.status, body: await r.json().catch(() => null) }
}, [method, path, body])

async function step(name, does) {
  await does()
  console.log(`ok  ${name}`)
}

let page
try {
  const [setUp, fromElsewhere] = await link
  assert.equal(fromElsewhere, setUp.replace(url, `https://siaga.blitarkab.example:${secure}`))

  await step('a stranger is told to sign in, by the wall and by the page of nodes', async () => {
    const wall = await open('/')
    await until(wall, 'the wall says so', () => document.querySelector('.lost-title').textContent === 'MASUK DULU')
    assert.equal(await wall.locator('.card').count(), 0)
    await shot(wall, 'wall-stranger')
    await wall.locator('.lost-link').click()
    await until(wall, 'the page to sign in', () => location.pathname === '/masuk')
    await wall.close()
    const nodes = await open('/nodes#jegu-01')
    await says(nodes, 'Masuk dulu')
    assert.equal(await nodes.locator('.node-row').count(), 0)
    await nodes.locator('.nodes-notice a').click()
    await until(nodes, 'it leads back', () => location.href.endsWith('/masuk?ke=%2Fnodes%23jegu-01'))
    await nodes.close()
  })

  await step('the first admin is made by the link, once', async () => {
    page = await open(new URL(setUp).pathname + new URL(setUp).hash)
    await fill(page, 'Nama admin', 'sari')
    await fill(page, 'Kata sandi', 'pendek')
    await fill(page, 'Ulangi kata sandi', 'pendek')
    await press(page, 'Buat admin pertama')
    await says(page, 'Paling sedikit 10 karakter')
    await fill(page, 'Kata sandi', password)
    await press(page, 'Buat admin pertama')
    await says(page, 'Kedua kata sandi tidak sama')
    await shot(page, 'setup')
    await fill(page, 'Ulangi kata sandi', password)
    await press(page, 'Buat admin pertama')
    await until(page, 'the page of nodes', () => location.pathname === '/nodes' && document.querySelector('.person-name')?.textContent === 'sari')
    const again = await open(new URL(setUp).pathname + new URL(setUp).hash)
    await says(again, 'tidak berlaku lagi')
    await again.close()
  })

  await step('the list has every node; search and filters narrow it', async () => {
    await until(page, 'three rows', () => document.querySelectorAll('.node-row').length === 3)
    const [first] = await page.locator('.node-id').allTextContents()
    await page.locator('.tools input').fill(first)
    await until(page, 'one row', () => document.querySelectorAll('.node-row').length === 1)
    await page.locator('.tools input').fill('')
    await page.locator('.tools select').last().selectOption('retired')
    await until(page, 'none', () => document.querySelector('.node-empty').checkVisibility())
    await page.locator('.tools select').last().selectOption('service')
  })

  await step('a node is added at a village that was not known', async () => {
    await press(page, 'Tambah node')
    await fill(page, 'Nama node', 'UJI 1')
    await fill(page, 'Kode Kemendagri', '35.05.20.2003')
    await fill(page, 'Nama desa atau kelurahan', hostile)
    await fill(page, 'Kecamatan', '<b>Sutojayan</b>')
    await fill(page, 'Lintang', 'delapan')
    await fill(page, 'Bujur', '112,2194')
    await submit(page)
    await says(page, 'Lintang: harus angka')
    await fill(page, 'Lintang', '−8,1856')
    await submit(page)
    await says(page, 'harus 2 sampai 31 dari a-z')
    await shot(page, 'add')
    await fill(page, 'Nama node', 'uji-01')
    await submit(page)
    await closed(page)
    await until(page, 'it is open', () => location.hash === '#uji-01' && document.querySelector('.detail-name').textContent === 'uji-01')
  })

  await step('names are text wherever they stand', async () => {
    const spoken = await page.locator('.node-row[data-node="uji-01"]').textContent()
    assert.ok(spoken.includes(hostile), spoken)
    assert.ok((await page.locator('.detail-about').textContent()).includes(hostile))
    await page.locator('.facts').getByText(hostile).first().waitFor()
    assert.equal(await page.locator('img').count(), 0)
    assert.equal(await page.evaluate(() => window.broken), undefined)
  })

  await step('what two change at once is not overwritten, and said', async () => {
    await page.locator('.part-head').getByRole('button', { name: 'Ubah', exact: true }).click()
    await fill(page, 'Model', 'Raspberry Pi 4')
    assert.equal((await api(page, 'PATCH', '/api/v1/nodes/uji-01?version=*', { note: 'dari orang lain' })).status, 200)
    await submit(page)
    await says(page, 'Sudah diubah orang lain')
    await page.keyboard.press('Escape')
    await closed(page)
    await page.reload()
    await page.locator('.part-head').getByRole('button', { name: 'Ubah', exact: true }).click()
    await fill(page, 'Model', 'Raspberry Pi 4')
    await submit(page)
    await closed(page)
    await page.locator('.facts').getByText('Raspberry Pi 4').waitFor()
  })

  await step('a sensor, a maintenance entry and a repair are written down', async () => {
    await press(page, 'Catat sensor')
    await fill(page, 'Sensor', 'air-1')
    await fill(page, 'Tinggi (m di atas tanah)', '5,25')
    await submit(page)
    await closed(page)
    await page.locator('.thing').getByText('tinggi 5,25 m').waitFor()
    await press(page, 'Tulis catatan')
    await fill(page, 'Apa yang dikerjakan', 'kipas dibersihkan')
    await submit(page)
    await closed(page)
    await page.locator('.thing').getByText('kipas dibersihkan').first().waitFor()
    await press(page, 'Rencanakan perbaikan')
    await fill(page, 'Alasan', 'tiang diganti')
    await submit(page)
    await closed(page)
    await until(page, 'it is under repair', () => document.querySelector('.detail-state').textContent.includes('Perbaikan sampai'))
    const wall = await open('/')
    await until(wall, 'the wall too says until when', () => /^PERBAIKAN\nsampai /.test(document.querySelector('[data-node="uji-01"] .card-state')?.textContent ?? ''))
    assert.equal(await wall.evaluate(() => [...document.querySelectorAll('img')].length + Number(window.broken ?? 0)), 0)
    assert.equal(await wall.locator('.person-name').textContent(), 'sari')
    await shot(wall, 'wall-repair')
    await wall.close()
  })

  await step('an enrolment token is shown once, with its code', async () => {
    await press(page, 'Buat token')
    await submit(page)
    await page.locator('dialog[open] .qr').waitFor()
    const command = await page.locator('.token-command').inputValue()
    assert.match(command, /^sudo siaga-edge enroll SIAGA1\.[\w-]+$/)
    await shot(page, 'token')
    await press(page, '× Tutup').catch(() => page.locator('dialog[open] .dialog-head button').click())
    await closed(page)
    assert.ok(!(await page.content()).includes(command.slice(25)))
    await until(page, 'it can be withdrawn', () => [...document.querySelectorAll('.thing button')].some((b) => b.textContent === 'Tarik'))
  })

  await step('the history speaks in words', async () => {
    const history = page.locator('.part', { has: page.getByRole('heading', { name: 'Riwayat perubahan' }) })
    const text = await history.textContent()
    for (const said of ['dicatat di inventaris', 'desa (kode): ', 'token pendaftaran dibuat', 'berlaku sampai: ']) assert.ok(text.includes(said), `${said} is not in ${text}`)
    assert.doesNotMatch(text, /[a-z]+\.[a-z]+ *\w+:|\bsite:|\bexpires:|\bauthor:|didaftarkan/)
    const none = page.locator('.part', { has: page.getByRole('heading', { name: 'Sertifikat' }) })
    assert.match(await none.textContent(), /Belum ada: node ini belum memakai token pendaftaran\./)
    assert.match(await page.locator('.node-detail .detail-state').textContent(), /Belum terdengar/)
    await shot(page, 'history')
  })

  await step('labels print on sheets of 24', async () => {
    await page.keyboard.press('Escape')
    await press(page, 'Cetak label (4)')
    const base = page.getByLabel('Alamat pusat pada kode QR', { exact: true })
    assert.equal(await base.inputValue(), `https://siaga.blitarkab.example:${secure}`)
    assert.equal(await page.locator('dialog .warning').first().isVisible(), false)
    await base.fill(url)
    await until(page, 'it warns of an address that nobody reaches', () => [...document.querySelectorAll('dialog .warning')].some((e) => e.checkVisibility()))
    await fill(page, 'Alamat pusat pada kode QR', 'https://siaga.blitarkab.example')
    await fill(page, 'Label yang sudah terpakai di lembar pertama', '22')
    await shot(page, 'labels')
    await submit(page)
    await until(page, 'it printed', () => window.printed === 1 && document.querySelectorAll('.sheet').length === 2)
    assert.equal(await page.locator('.sheet .qr').count(), 4)
    const pdf = await page.pdf({ path: join(dir, 'labels.pdf'), preferCSSPageSize: true })
    assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 2)
    await page.evaluate(() => dispatchEvent(new Event('afterprint')))
    assert.equal(await page.locator('.paper').count(), 0)
  })

  await step('a keyboard opens and closes a node', async () => {
    await page.locator('.node-row[data-node="uji-01"] a').focus()
    await page.keyboard.press('Enter')
    await until(page, 'it is open', () => !document.querySelector('.node-detail').hidden)
    await page.keyboard.press('Escape')
    await until(page, 'it is closed, and the focus is back', () => document.querySelector('.node-detail').hidden && document.activeElement.textContent === 'uji-01')
  })

  await step('a viewer may look, and is told what he may not see', async () => {
    const made = await api(page, 'POST', '/api/v1/accounts', { name: 'tamu', role: 'viewer', password })
    assert.equal(made.status, 201)
    const other = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    const guest = await other.newPage()
    await guest.goto(`${url}/masuk?ke=%2Fnodes%23uji-01`)
    await fill(guest, 'Nama', 'tamu')
    await fill(guest, 'Kata sandi', 'bukan ini sama sekali')
    await guest.getByRole('main').getByRole('button', { name: 'Masuk', exact: true }).click()
    await says(guest, 'Nama atau kata sandi salah')
    await fill(guest, 'Kata sandi', password)
    await guest.getByRole('main').getByRole('button', { name: 'Masuk', exact: true }).click()
    await until(guest, 'the node of before', () => location.pathname + location.hash === '/nodes#uji-01' && document.body.textContent.includes('Terlihat dengan peran operator.'))
    for (const name of ['Tambah node', 'Buat token', 'Pensiunkan', 'Catat sensor']) {
      assert.equal(await guest.getByRole('button', { name, exact: true }).isVisible(), false, name)
    }
    await guest.screenshot({ path: join(dir, 'viewer.png') })
    // Who looks when the session ends is told.
    const wall = await other.newPage()
    await wall.goto(`${url}/`)
    await wall.locator('.card').first().waitFor()
    await guest.goto(`${url}/masuk`)
    await press(guest, 'Keluar')
    await guest.getByLabel('Nama', { exact: true }).waitFor()
    await until(wall, 'the wall says so', () => document.querySelector('.lost-banner').checkVisibility() && document.querySelector('.lost-title').textContent === 'MASUK DULU')
    await wall.screenshot({ path: join(dir, 'wall-signed-out.png') })
    await other.close()
  })

  for (const [width, height] of [[1920, 1080], [3840, 2160], [390, 844]]) {
    await step(`looks at ${width} × ${height}`, async () => {
      for (const [name, path] of [['nodes', '/nodes'], ['node', '/nodes#uji-01'], ['signed-in', '/masuk'], ['wall', '/']]) {
        const p = await open(path, width, height)
        await p.locator({ nodes: '.node-row', node: '.node-detail .part', 'signed-in': '.signed-in', wall: '.card' }[name]).first().waitFor()
        await p.waitForTimeout(1_000)
        await p.screenshot({ path: join(dir, `${name}-${width}.png`), fullPage: width < 960 })
        const wide = await p.evaluate(() => [document.documentElement, ...document.querySelectorAll('.node-list, .detail-scroll, .strip, .bar')].filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.tagName))
        assert.deepEqual(wide, [], `${name} scrolls sideways`)
        await p.close()
      }
    })
  }

  await step('a node is retired by typing its name, and the wall forgets it', async () => {
    await page.goto(`${url}/nodes#uji-01`)
    const wall = await open('/')
    await wall.locator('.card[data-node="uji-01"]').waitFor()
    await press(page, 'Pensiunkan')
    await fill(page, 'Alasan: dicuri, diganti, tempat ditinggalkan', 'dicuri')
    const does = page.locator('dialog[open] form button[type="submit"]')
    await fill(page, 'Ketik uji-01 untuk memastikan', 'uji-02')
    assert.equal(await does.isDisabled(), true)
    await fill(page, 'Ketik uji-01 untuk memastikan', 'uji-01')
    await does.click()
    await closed(page)
    await until(page, 'it is said', () => document.querySelector('.detail-state').textContent.startsWith('Pensiun sejak'))
    await until(wall, 'the wall forgets it', () => document.querySelector('.card[data-node="uji-01"]') === null)
    await shot(page, 'retired')
    await wall.close()
  })

  await step('English is spoken too, and stays', async () => {
    await page.locator('.bar .language').click()
    await until(page, 'the page speaks English', () => document.documentElement.lang === 'en' && document.querySelector('.bar-title').textContent === 'Nodes' && document.body.textContent.includes('Maintenance log'))
    await page.goto(`${url}/masuk`)
    await page.getByText('You are signed in as').waitFor()
    await shot(page, 'english')
  })

  await step('nothing was asked of another host, nothing broke the content security policy', () => {
    assert.deepEqual(outside, [])
    assert.deepEqual(broken, [])
  })
} catch (e) {
  if (page) await shot(page, 'failed').catch(() => {})
  throw e
} finally {
  await browser.close()
  await end()
  console.log(`screenshots in ${dir}`)
}
