// The wall in a real browser over the whole real chain: bin/siaga as a demo
// center and bin/siaga-sim with twelve villages, then without them. Needs
// `make build` and Debian's chromium.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launch } from './chromium.mjs'

const bin = fileURLToPath(new URL('../../../bin/', import.meta.url))
const dir = await mkdtemp(join(tmpdir(), 'siaga-chain-'))
const port = () => new Promise((done) => {
  const s = createServer().listen(0, '127.0.0.1', () => {
    const { port } = s.address()
    s.close(() => done(port))
  })
})
const [http, mqtt, influx] = await Promise.all([port(), port(), port()])
const url = `http://127.0.0.1:${http}/`

function run(program, ...args) {
  const child = spawn(join(bin, program), args, { stdio: ['ignore', 'ignore', 'inherit'] })
  child.ended = new Promise((done, fail) => {
    child.on('error', (e) => fail(new Error(`${program}: ${e.message}: run make build first`)))
    child.on('exit', (code, signal) => done({ code, signal }))
  })
  return child
}

async function step(name, does) {
  await does()
  console.log(`ok  ${name}`)
}

const center = run('siaga', 'up', '--demo', '0', '--data', join(dir, 'center'),
  '--http', `127.0.0.1:${http}`, '--mqtt', `127.0.0.1:${mqtt}`, '--influx', `127.0.0.1:${influx}`)
const fleet = run('siaga-sim', 'fleet', '--nodes', '12', '--broker', `tcp://127.0.0.1:${mqtt}`, '--dir', join(dir, 'villages'))
const browser = await launch()
try {
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } })
  const outside = []
  page.on('request', (r) => r.url().startsWith(url) || outside.push(r.url()))
  const until = (what, check, argument) =>
    page.waitForFunction(check, argument, { timeout: 60_000 }).catch(() => assert.fail(`never happened: ${what}`))

  await step('the wall shows twelve villages with values', async () => {
    for (let tries = 0; ; tries++) {
      try {
        await page.goto(url)
        break
      } catch (e) {
        if (tries > 50) throw e
        await page.waitForTimeout(200)
      }
    }
    await until('twelve cards', () => document.querySelectorAll('.card:not([hidden])').length === 12)
    await until('fresh air and water on each', () => [...document.querySelectorAll('.tile:is([data-quantity="pm2_5"], [data-quantity="level"])')].every((t) => t.dataset.state === 'fresh'))
  })

  await step('values change', async () => {
    const before = await page.locator('.tile-value').allTextContents()
    await until('a value changed', (b) => [...document.querySelectorAll('.tile-value')].some((e, i) => e.textContent !== b[i]), before)
  })

  await step('when the villages stop, their values become stale and the ages grow', async () => {
    fleet.kill('SIGKILL')
    await fleet.ended
    await until('air and water are stale everywhere', () => [...document.querySelectorAll('.tile:is([data-quantity="pm2_5"], [data-quantity="level"])')].every((t) => t.dataset.state === 'stale'))
    const before = await page.locator('.card').first().textContent()
    await until('an age grew', (b) => document.querySelector('.card').textContent !== b, before)
    await page.screenshot({ path: join(dir, 'stale.png') })
  })

  await step('at the center too every node is offline', async () => {
    const { nodes } = await (await fetch(url + 'api/v1/nodes')).json()
    assert.deepEqual(nodes.map((n) => n.online), Array(12).fill(false))
  })

  await step('when the center stops, the page says so', async () => {
    const asked = Date.now()
    center.kill('SIGTERM')
    const { code } = await center.ended
    assert.equal(code, 0)
    console.log(`    the center ended after ${((Date.now() - asked) / 1000).toFixed(1)} s`)
    await until('the page is marked', () => document.body.classList.contains('lost'))
  })

  assert.deepEqual(outside, [], 'another host was asked')
  console.log(`screenshot in ${dir}`)
} finally {
  await browser.close()
  fleet.kill('SIGKILL')
  center.kill('SIGKILL')
  await Promise.allSettled([fleet.ended, center.ended])
  await rm(join(dir, 'center'), { recursive: true, force: true })
  await rm(join(dir, 'villages'), { recursive: true, force: true })
}
